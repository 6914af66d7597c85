/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_POLICY_COMPILE_H
#define FP_POLICY_COMPILE_H

/* How a rule takes part: decided here once, for the calculation and for whoever explains it. */

#include "libfedpol/policy/world.h"

fp_rule_mode fp_rule_mode_of(const fp_rule *rule, bool ignore_unknown);

/*
 * The clusters whose endpoints a positive match of RULE reaches: the local one alone under scope
 * "local", for Allow and Pass rules, unless the selector names the cluster label. POSITIVE is NULL
 * for a named port without a selector: nobody was selected, so nobody is left out.
 */
fp_domain fp_rule_domain(const fp_world_options *options, const fp_rule *rule,
                         const fp_entity *entity);

/* What adds to a rule's reach has the use of its action; what takes from it the opposite: an Allow
   is narrowed by a deny set. Log rules decide nothing and count as allow. */
fp_set_use fp_rule_use(const fp_rule *rule, bool positive);

/* Where a set of DOMAIN and USE finds its members: a cluster that was lost for long may not count
   for one use any more. */
fp_domain fp_use_domain(fp_domain domain, fp_set_use use);

#endif
