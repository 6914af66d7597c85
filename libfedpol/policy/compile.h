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

#endif
