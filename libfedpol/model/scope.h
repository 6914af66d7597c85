/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_MODEL_SCOPE_H
#define FP_MODEL_SCOPE_H

/*
 * From the selectors that a user writes to those that are matched against endpoints
 * (docs/selectors.md): namespace scope, `pcns.` and `pcsa.` prefixes, all() and global(), the
 * negative selector. Everything on trees, so a literal is never touched. Conjunctions nest as in
 * Calico, so that canonical forms and ids are equal to its own.
 */

#include "libfedpol/model/policy.h"

/* The parts of one side of a rule; NULL and 0: not given. Borrowed. */
typedef struct fp_scope_parts {
    fp_selector *selector;
    fp_selector *not_selector;
    fp_selector *ns_selector;
    fp_selector *sa_selector;
    const fp_str *sa_names;
    size_t n_sa_names;
} fp_scope_parts;

/* Sets the selectors of *RET. NS is empty in a cluster-wide policy and in a profile. */
int fp_scope_entity(const fp_scope_parts *parts, fp_str ns, fp_entity *ret);
/* Whom a policy applies to; parts may be NULL. */
int fp_scope_subject(fp_selector *selector, fp_selector *sa_selector, fp_str ns, fp_selector **ret);
int fp_scope_global_subject(fp_selector *selector, fp_selector *ns_selector,
                            fp_selector *sa_selector, fp_selector **ret);

#endif
