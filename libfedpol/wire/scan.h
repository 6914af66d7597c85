/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_WIRE_SCAN_H
#define FP_WIRE_SCAN_H

/*
 * The path-directed scan: walks along keep.def while bytes arrive and writes, for each object, a
 * reduced JSON text with the members that are kept. It reads keys and brackets where the table has
 * members below, and leaves everything else to fp_raw, to be copied or skipped. Of the members of
 * a spec that are not in the table the first is noted as `"key":true`: a policy warns of it.
 * Behind `containers` nothing is noted, since that is a pod.
 *
 * There are two texts: `outer`, the outermost object, and `inner`, the item of a List or the
 * object of a watch event inside it. Once an object is refused only its identity is written on.
 */

#include "libfedpol/base/buf.h"
#include "libfedpol/wire/keep.h"
#include "libfedpol/wire/raw.h"
#include "libfedpol/wire/tree.h"

/* Longest key that is compared, escapes included; longer ones are not in keep.def. */
#define FP_SCAN_KEY_MAX 256u
/* Of a key that is noted only; what is longer is cut. */
#define FP_SCAN_STRANGER_MAX 64u

/* Where a copied run of the reduced text came from, to translate offsets of faults. */
typedef struct fp_scan_run {
    size_t text;
    uint64_t offset;
} fp_scan_run;

typedef struct fp_scan_object {
    fp_buf text;
    FP_VEC(fp_scan_run) runs;
    fp_wire_fault fault; /* the object is refused */
    size_t text_limit;
    uint64_t offset; /* where it begins in the stream */
    uint64_t inside; /* bytes of inner objects, which don't count as its own */
    uint32_t base;   /* levels outside of it */
    bool stranger;   /* a member of its spec that is not in the table was noted */
} fp_scan_object;

typedef struct fp_scan fp_scan;

/* A negative return ends the scan with that code. */
typedef struct fp_scan_hooks {
    int (*list_begins)(void *user);
    int (*item_ends)(void *user);
    int (*event_ends)(void *user);
    int (*outer_ends)(void *user);
    void *user;
} fp_scan_hooks;

typedef struct fp_scan_level {
    uint8_t node;
    bool array;
    bool items; /* the array of a List */
} fp_scan_level;

/* The List and its array, and what is nested in keep.def with the arrays of ELEMENTS. */
#define FP_SCAN_LEVELS (2 + 2 * FP_KEEP_DEPTH)

struct fp_scan {
    fp_wire_limits limits;
    fp_scan_hooks hooks;
    fp_keep_index keep;
    fp_scan_object outer;
    fp_scan_object inner;
    bool in_inner;
    bool inner_is_event;
    uint8_t state;
    uint8_t bom; /* bytes of a byte order mark that were seen */
    bool key_escape;
    bool copying;
    uint8_t node; /* of the value that comes next, or FP_KEEP_NONE */
    uint32_t n_levels;
    fp_scan_level levels[FP_SCAN_LEVELS];
    fp_raw raw;
    size_t member;  /* length of the text before the member or element that is being written */
    size_t key_len; /* beyond FP_SCAN_KEY_MAX: too long to be compared */
    char key[FP_SCAN_KEY_MAX];
    uint8_t stranger_len; /* of the key of the value that comes next, if it is to be noted */
    char stranger[FP_SCAN_STRANGER_MAX];
    const char *chunk; /* the chunk that is being scanned, and its place in the stream */
    uint64_t chunk_offset;
    uint64_t top_blanks; /* since the last object at the top */
    fp_wire_fault fault; /* why the scan ended, with the offset in the stream */
};

void fp_scan_init(fp_scan *scan, const fp_wire_limits *limits, const fp_scan_hooks *hooks);
void fp_scan_done(fp_scan *scan);
/* 0; FEDPOL_E_PARSE or FEDPOL_E_TOO_LONG with scan->fault; FEDPOL_E_NOMEM; or what a hook returned.
 */
int fp_scan_feed(fp_scan *scan, const char *data, size_t len);
/* True between objects, where a stream may end. */
bool fp_scan_at_rest(const fp_scan *scan);
/* The object that is being scanned, the innermost. */
const fp_scan_object *fp_scan_current(const fp_scan *scan);
/* The place in the stream of an offset in the reduced text of OBJECT. */
uint64_t fp_scan_offset(const fp_scan_object *object, uint64_t text_offset);

#endif
