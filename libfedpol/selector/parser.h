/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_SELECTOR_PARSER_H
#define FP_SELECTOR_PARSER_H

/*
 * A parser that keeps its memory from one text to the next. The last selector too: if its users
 * have dropped it when the next text comes, its block is used again, so that parsing, looking and
 * dropping allocates nothing after the first rounds. One thread at a time.
 */

#include "libfedpol/selector/selector.h"

typedef struct fp_selector_parser fp_selector_parser;

int fp_selector_parser_new(fp_selector_parser **ret);
fp_selector_parser *fp_selector_parser_free(fp_selector_parser *parser); /* NULL allowed */
/* Like fp_selector_parse(). */
int fp_selector_parser_parse(fp_selector_parser *parser, fp_str text, fp_selector **ret,
                             fedpol_error **ret_error);

#endif
