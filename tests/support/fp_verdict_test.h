/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_VERDICT_TEST_H
#define FP_VERDICT_TEST_H

/* Flows and answers as text, so that a test of verdicts is a table. */

#include "libfedpol/policy/verdict.h"

/*
 * "SOURCE DESTINATION PROTOCOL [sport=N] [port=N] [type=N] [code=N]". An end is an address, or
 * ADDRESS@CLUSTER:NS/NAME for a workload that is meant whoever else owns the address. What can't
 * be read fails the test.
 */
fp_flow fp_test_flow(fp_world *world, const char *text);

/*
 * "none", or "VALUE REASON[ in TIER][ by POLICY][ #RULE][ peer CLUSTER+AGE]"; without parts that
 * are absent. Freed with fp_free().
 */
char *fp_test_direction_text(const fp_direction_verdict *direction);

/* "VALUE; egress: …; ingress: …", evaluated at NOW_MS. Freed with fp_free(). */
char *fp_test_verdict_text(fp_world *world, const char *flow, int64_t now_ms);

/* Fails the test, naming the flow, unless fp_test_verdict_text() is EXPECTED. */
void fp_test_expect_verdict(fp_world *world, const char *flow, int64_t now_ms,
                            const char *expected);

#endif
