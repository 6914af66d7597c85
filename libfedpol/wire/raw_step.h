/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_WIRE_RAW_STEP_H
#define FP_WIRE_RAW_STEP_H

/* What all ways of scanning a container share. Inside the raw scan only. */

#include "libfedpol/wire/raw.h"

#define FP_RAW_REMEMBERED_KINDS 64u

static inline const char *fp_raw_stop_bad(fp_raw *raw, const char *p)
{
    raw->bad = true;
    return p;
}

/*
 * Takes one byte that stands outside of strings; false if it closes another kind of bracket than
 * was opened. Brackets differ in few bits: 2 is set in those that open, 4 in those that close,
 * 0x20 in those of objects. C is a bracket, or one of Y, _, y and DEL, which have both of 2 and 4
 * or none; they change nothing. NEST is that of RAW, or a copy that stays in registers.
 */
static inline bool fp_raw_step(fp_raw *raw, fp_raw_nest *nest, char c)
{
    uint64_t object = (unsigned char)c >> 5 & 1;

    if (c & 2) {
        if (c & 4)
            return true;
        nest->kinds = nest->kinds << 1 | object;
        if (++nest->depth > raw->shallow) {
            raw->too_deep |= nest->depth > raw->max_depth;
            raw->lost_kinds |= nest->depth > FP_RAW_REMEMBERED_KINDS;
        }
        return true;
    }
    if (!(c & 4))
        return true;
    if ((nest->kinds & 1) != object && !raw->lost_kinds)
        return false;
    nest->kinds >>= 1;
    nest->depth--;
    return true;
}

/* Scans the whole blocks of P..END, with the instructions of one fp_raw_way. */
#if defined(__SSE2__)
const char *fp_raw_scan_sse2(fp_raw *raw, const char *p, const char *end);
const char *fp_raw_scan_avx2(fp_raw *raw, const char *p, const char *end);
#endif

#endif
