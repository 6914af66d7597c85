/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_WIRE_CAGE_H
#define FP_WIRE_CAGE_H

/*
 * yajl, kept where it can do no harm. It uses allocations unchecked, so its allocator jumps out of
 * it when one fails; it has no limit on depth, so our callbacks have; it lets duplicate keys, NUL
 * and half surrogate pairs through, so we look at the text first and at the tree afterwards.
 */

#include "libfedpol/wire/tree.h"

typedef struct fp_cage fp_cage;

int fp_cage_new(const fp_wire_limits *limits, fp_cage **ret);
fp_cage *fp_cage_free(fp_cage *cage);

/*
 * Reads TEXT, one whole JSON text, as a tree in ARENA. With BORROW strings without escapes point
 * into TEXT, which then must live as long as the tree. On failure *RET_FAULT says why.
 */
int fp_cage_parse(fp_cage *cage, fp_str text, fp_arena *arena, bool borrow, fp_value **ret,
                  fp_wire_fault *ret_fault);

/*
 * The identity in a text that fp_cage_parse() refused, as far as it can be read: an OBJECT with
 * some of apiVersion, kind and metadata {name, namespace}, each a valid string. Of a key that
 * appears twice the first counts. Fails only for want of memory.
 */
int fp_cage_identify(fp_cage *cage, fp_str text, fp_arena *arena, fp_value **ret);

#endif
