/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_MODEL_RULE_H
#define FP_MODEL_RULE_H

/*
 * Rules of Calico's kinds. Whatever part of a rule can't be read, or is not known, makes the whole
 * rule not understood: leaving out one criterion would let it match more than its author wrote. All
 * parts are read nevertheless, so that one look tells everything that is wrong.
 */

#include "libfedpol/model/decode.h"
#include "libfedpol/model/policy_draft.h"

typedef struct fp_rule_reader {
    fp_decoder *d;
    fp_str ns; /* scope of its selectors; empty: cluster-wide */
    fp_rule rule;
} fp_rule_reader;

/* Reports what is wrong at PATH and marks the rule. */
void fp_rule_reject(fp_rule_reader *reader, fp_diag_code code, const fp_path *path,
                    const char *format, ...) FP_PRINTF(4, 5);
/* Marks the rule if VALUE has a member that is not in KEYS or is no object. */
void fp_rule_check_keys(fp_rule_reader *reader, const fp_value *value, const char *const *keys,
                        const fp_path *path);
/* The list KEY: NULL if it is absent, empty, or (rule marked) not a list or too long. */
const fp_value *fp_rule_list(fp_rule_reader *reader, const fp_value *object, const char *key,
                             const fp_path *path);
/* Voids the rule if it is marked, says so, and appends it. The reader's rule is given up. */
int fp_rule_emit(fp_rule_reader *reader, const fp_path *path, fp_rule_vec *rules);

/* The rules of `spec.<key>`. A list that can't be read gives one Deny that is not understood. */
int fp_rules_read(fp_decoder *d, const char *key, fp_rule_vec *ret);
/* ACTION not understood for a whole direction; its index is 0. */
int fp_rules_push_void(fp_action action, fp_rule_vec *rules);

/* entity.c: `source` or `destination`; the protocol is known already. */
int fp_rule_read_entity(fp_rule_reader *reader, const fp_value *value, const fp_path *path,
                        fp_entity *ret);
void fp_rule_read_net(fp_rule_reader *reader, const fp_value *item, const fp_path *path,
                      fp_cidr *ret);
int fp_rule_read_nets(fp_rule_reader *reader, const fp_value *list, const fp_path *path,
                      fp_net_match *ret);

/* rule_ports.c */
typedef FP_VEC(fp_port_range) fp_range_vec;
typedef FP_VEC(fp_str) fp_name_vec;
typedef struct fp_port_draft {
    fp_range_vec ranges;
    fp_name_vec names; /* borrowed text */
} fp_port_draft;
void fp_port_draft_done(fp_port_draft *draft);
/* A number, "80", "80:90" or a name. False (rule marked) if it is none of them. */
int fp_rule_read_port(fp_rule_reader *reader, const fp_value *value, const fp_path *path,
                      fp_port_draft *draft);
/* Canonical arrays in the arena; `present` is set. */
int fp_port_draft_finish(fp_decoder *d, fp_port_draft *draft, fp_port_match *ret);
/* The lists `ports` and `notPorts`. */
int fp_rule_read_ports(fp_rule_reader *reader, const fp_value *list, const fp_path *path,
                       fp_port_match *ret);

/* selector_field.c: the selector under KEY. *RET is NULL if it is absent or empty, or (returns 1,
   reported) if it can't be read or uses global() where that has no meaning. */
typedef enum fp_global_use {
    FP_GLOBAL_FORBIDDEN,
    FP_GLOBAL_ALONE, /* as the whole of a rule's namespaceSelector */
} fp_global_use;
int fp_decode_selector(fp_decoder *d, const fp_value *object, const char *key, const fp_path *path,
                       fp_global_use global, fp_selector **ret);

/* label_selector.c: a Kubernetes label selector as `first && terms…`; FIRST may be NULL. *RET is
   NULL if it has no terms. Returns 1, reported, if any part of it is not understood. */
int fp_decode_label_selector(fp_decoder *d, const fp_value *value, const fp_path *path,
                             fp_selector *first, fp_selector **ret);

/* policy_head.c: what policies of all kinds have in common. */
int fp_policy_head_read(fp_decoder *d, bool ingress_rules, bool egress_rules, fp_policy *head,
                        bool *ret_doubtful);
/* A key of the spec that is not in KEYS: the rules may be fine without it, so it costs a warning.
   Inside rules nothing is skipped. */
void fp_policy_warn_keys(fp_decoder *d, const char *const *keys);
uint8_t fp_policy_types_read(fp_decoder *d, const fp_value *list, const fp_path *path,
                             uint8_t by_rules);
void fp_decode_subject_lost(fp_decoder *d);

/* k8s_rule.c: one entry of a Kubernetes policy's ingress or egress becomes any number of rules with
   its INDEX, one for each protocol and peer. */
int fp_k8s_rule_read(fp_decoder *d, const fp_value *value, const fp_path *path, bool ingress,
                     uint32_t index, fp_rule_vec *rules);
/* `projectcalico.org/orchestrator == 'k8s'`: pods and nothing else. */
int fp_k8s_pods(fp_selector **ret);

#endif
