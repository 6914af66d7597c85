/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/wire/raw.h"

#include <string.h>

#include "libfedpol/wire/raw_step.h"

/* Shorter ends of chunks are cheaper byte by byte. */
#define TAIL_MIN 8u

void fp_raw_begin_container(fp_raw *raw, uint64_t max_depth)
{
    *raw = (fp_raw){
        .kind = FP_RAW_CONTAINER,
        .way = raw->way,
        .max_depth = max_depth,
        .shallow = max_depth < FP_RAW_REMEMBERED_KINDS ? max_depth : FP_RAW_REMEMBERED_KINDS,
    };
}

bool fp_raw_begin(fp_raw *raw, char first, uint64_t max_depth)
{
    fp_raw_begin_container(raw, max_depth);
    if (first == '{' || first == '[')
        return true;
    raw->kind = first == '"' ? FP_RAW_STRING : FP_RAW_SCALAR;
    return first == '"' || fp_raw_begins_scalar(first);
}

static inline bool is_bracket(char c)
{
    char folded = (char)(c | 0x20);

    return folded == '{' || folded == '}';
}

static const char *scan_bytes(fp_raw *raw, const char *p, const char *end)
{
    for (; p < end; p++) {
        char c = *p;

        if (raw->in_string) {
            if ((unsigned char)c < 0x20)
                return fp_raw_stop_bad(raw, p);
            if (raw->escape)
                raw->escape = false;
            else if (c == '\\')
                raw->escape = true;
            else if (c == '"')
                raw->in_string = false;
        } else if (c == '"') {
            raw->in_string = true;
        } else if (is_bracket(c)) {
            if (!fp_raw_step(raw, &raw->nest, c))
                return fp_raw_stop_bad(raw, p);
            if (raw->nest.depth == 0) {
                raw->done = true;
                return p + 1;
            }
        } else if (c == '\\') {
            return fp_raw_stop_bad(raw, p);
        }
    }
    return p;
}

#if defined(__SSE2__)

fp_raw_way fp_raw_best_way(void)
{
    bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("popcnt");

    return wide ? FP_RAW_AVX2 : FP_RAW_SSE2;
}

static const char *scan_whole_blocks(fp_raw *raw, const char *p, const char *end)
{
    return raw->way == FP_RAW_AVX2 ? fp_raw_scan_avx2(raw, p, end) : fp_raw_scan_sse2(raw, p, end);
}

/* The end of a chunk as a block with blanks behind it, which change nothing but take up an escape;
   so a backslash must not stand before them. */
static const char *scan_tail(fp_raw *raw, const char *p, const char *end)
{
    char tail[FP_RAW_BLOCK];
    size_t n = (size_t)(end - p);
    const char *stop;

    if (n < TAIL_MIN || end[-1] == '\\')
        return p;
    memset(tail, ' ', sizeof(tail));
    memcpy(tail, p, n);
    stop = scan_whole_blocks(raw, tail, tail + sizeof(tail));
    return raw->done || raw->bad ? p + (stop - tail) : end;
}

static const char *scan_blocks(fp_raw *raw, const char *p, const char *end)
{
    if (raw->way == FP_RAW_BYTES)
        return p;
    if (end - p >= FP_RAW_BLOCK)
        p = scan_whole_blocks(raw, p, end);
    return raw->done || raw->bad ? p : scan_tail(raw, p, end);
}

#else

fp_raw_way fp_raw_best_way(void)
{
    return FP_RAW_BYTES;
}

static const char *scan_blocks(fp_raw *raw, const char *p, const char *end)
{
    (void)raw;
    (void)end;
    return p;
}

#endif

const char *fp_raw_scan_container(fp_raw *raw, const char *p, const char *end)
{
    p = scan_blocks(raw, p, end);
    return raw->done || raw->bad ? p : scan_bytes(raw, p, end);
}

static const char *scan_string(fp_raw *raw, const char *p, const char *end)
{
    if (!raw->in_string) {
        raw->in_string = true;
        p++;
    }
    while (p < end) {
        if (raw->escape) {
            if ((unsigned char)*p < 0x20)
                return fp_raw_stop_bad(raw, p);
            raw->escape = false;
            p++;
            continue;
        }
        p = fp_raw_string_stop(p, end, raw->way);
        if (p == end)
            break;
        if (*p == '"') {
            raw->done = true;
            return p + 1;
        }
        if (*p != '\\')
            return fp_raw_stop_bad(raw, p);
        raw->escape = true;
        p++;
    }
    return p;
}

const char *fp_raw_scan(fp_raw *raw, const char *p, const char *end)
{
    switch (raw->kind) {
    case FP_RAW_CONTAINER:
        return fp_raw_scan_container(raw, p, end);
    case FP_RAW_STRING:
        return scan_string(raw, p, end);
    case FP_RAW_SCALAR:
        break;
    }
    while (p < end && fp_raw_in_scalar(*p))
        p++;
    raw->done = p < end;
    return p;
}
