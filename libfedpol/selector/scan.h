/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_SELECTOR_SCAN_H
#define FP_SELECTOR_SCAN_H

/*
 * The words of the selector language (docs/selectors.md), read from the front of a text. No word is
 * reserved: what a word means depends on where it stands, so the parser asks for what may come
 * there. A call that fails has set the error, with the place and what was expected.
 */

#include "libfedpol/selector/selector.h"

typedef struct fp_scan {
    const char *start;
    const char *at;
    const char *end;
    fedpol_error **ret_error;
} fp_scan;

/* True if S is made of label characters alone and is not empty. */
bool fp_scan_is_label(fp_str s);

/* Sets the failure "expected WHAT, found …" at the present place; returns its code. */
int fp_scan_expected(const fp_scan *scan, const char *what);
/* Skips spaces and tabs; true if anything is left. */
bool fp_scan_blanks(fp_scan *scan);
/* Takes TEXT if it comes next. */
bool fp_scan_take(fp_scan *scan, fp_str text);
/* A label of at most FP_SELECTOR_MAX_LABEL bytes; WHAT is for the error. */
int fp_scan_label(fp_scan *scan, const char *what, fp_str *ret);
/* The operator that follows a label. */
int fp_scan_operator(fp_scan *scan, fp_selector_op *ret);
/* A quoted string, without its quotes. */
int fp_scan_string(fp_scan *scan, const char *what, fp_str *ret);

#endif
