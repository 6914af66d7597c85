/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_RENDER_VIEW_H
#define FP_RENDER_VIEW_H

/*
 * All that a renderer reads of a calculation, as a table of functions: the renderer can be tried on
 * policies that no decoder would let pass. Orders are those of calc.h and federation.h.
 */

#include "libfedpol/policy/calc.h"

typedef struct fp_local_endpoint {
    fp_str ns;
    fp_str name;
    fp_str interface_name; /* empty: derived from the prefix and the name */
    size_t n_nets;
    const fp_policy_list *list; /* NULL: no policy is known for it, so nothing may pass */
} fp_local_endpoint;

typedef struct fp_view {
    const void *source;
    const fp_set *(*set)(const void *source, uint32_t id);
    const fp_active_policy *(*policy)(const void *source, uint32_t id);
    /* Append; 0 or FEDPOL_E_NOMEM. */
    int (*sets)(const void *source, fp_u32_vec *ret_ids);
    int (*policies)(const void *source, fp_u32_vec *ret_ids);
    int (*endpoints)(const void *source, fp_u32_vec *ret_ids); /* workloads enforced here */
    fp_local_endpoint (*endpoint)(const void *source, uint32_t id);
    fp_cidr (*net)(const void *source, uint32_t id, size_t i);
    int (*members)(const void *source, const fp_set *set, fp_cidr_vec *ret_nets,
                   fp_port_member_vec *ret_ports);
} fp_view;

fp_view fp_view_of_calc(const fp_calc *calc);

/* Of sorted, unique prefixes: calls FN for those of FAMILY that are hosts, or, with WIDE, for those
   that are not and that no other one covers. Stops at the first failure of FN and returns it. */
typedef int (*fp_net_fn)(void *user, const fp_cidr *net);
int fp_view_each_net(const fp_cidr *nets, size_t n, unsigned family, bool wide, fp_net_fn fn,
                     void *user);

#endif
