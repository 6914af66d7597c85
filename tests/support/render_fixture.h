/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RENDER_FIXTURE_H
#define RENDER_FIXTURE_H

/*
 * A calculation made by hand: sets, policies, lists and endpoints as a test wants them, also such
 * as no decoder would let pass. Ids are places. All memory is the fixture's.
 */

#include "libfedpol/render/build.h"
#include "libfedpol/render/renderer.h"
#include "libfedpol/render/view.h"

typedef struct fx_set {
    fp_set set;
    fp_cidr_vec nets;
    fp_port_member_vec ports;
    bool gone;
} fx_set;

typedef struct fx_endpoint {
    fp_local_endpoint endpoint;
    fp_cidr nets[4];
    bool gone;
} fx_endpoint;

typedef struct fixture {
    fp_arena arena; /* of libc-backed pieces: not counted by the out-of-memory loops */
    FP_VEC(fx_set *) sets;
    FP_VEC(fp_active_policy *) policies;
    FP_VEC(fp_policy_list *) lists;
    FP_VEC(fx_endpoint *) endpoints;
} fixture;

void fx_init(fixture *fx);
void fx_done(fixture *fx);
fp_view fx_view(const fixture *fx);

fp_cidr fx_cidr(const char *text);
fp_ip fx_ip(const char *text);

/* KEY makes sets differ; members are texts, NULL-terminated. */
uint32_t fx_set_of(fixture *fx, const char *key, const char *const *members);
uint32_t fx_port_set(fixture *fx, const char *port);
void fx_port_member(fixture *fx, uint32_t set, const char *ip, uint8_t protocol, uint16_t port);
/* Keep the order; false if nothing changed. */
bool fx_join(fixture *fx, uint32_t set, const char *member);
bool fx_leave(fixture *fx, uint32_t set, const char *member);

/* A rule without criteria; fill in the rest. */
fp_active_rule fx_rule(fixture *fx, fp_action action, fp_rule **ret);
fp_net_match fx_nets(fixture *fx, const char *const *nets);
fp_port_match fx_ports(fixture *fx, const fp_port_range *ranges, size_t n);

/* Policies with rules for both directions alike. */
uint32_t fx_policy(fixture *fx, const char *ns, const char *name, const fp_active_rule *rules,
                   size_t n);
uint32_t fx_profile(fixture *fx, const char *name, const fp_active_rule *rules, size_t n);
/* A list with one tier of POLICIES, and PROFILE unless it is UINT32_MAX. */
fp_policy_list *fx_list(fixture *fx, const char *tier, fp_action end, const uint32_t *policies,
                        size_t n, uint32_t profile);
void fx_add_tier(fixture *fx, fp_policy_list *list, const char *tier, fp_action end,
                 const uint32_t *policies, size_t n);
uint32_t fx_endpoint_of(fixture *fx, const char *ns, const char *name, const char *interface,
                        const char *const *nets, const fp_policy_list *list);

/* Runs `nft -f` (CHECK: `-c -f`) on TEXT in a network namespace of its own; -1 if that can't be
   done here, else the exit status. */
int fx_nft(const char *text, bool check);
/* SCRIPT is fed to sh in a network namespace; its output is compared by tests. -1: can't. */
int fx_in_netns(const char *script, char **ret_output);

#endif
