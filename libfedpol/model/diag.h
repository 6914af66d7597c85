/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_MODEL_DIAG_H
#define FP_MODEL_DIAG_H

/* What was wrong with one object: typed, with the path inside the object. Collected while it is
   decoded; cluster/ keeps them for as long as the object stands. */

#include "libfedpol/base/arena.h"
#include "libfedpol/base/buf.h"
#include "libfedpol/base/vec.h"

typedef enum fp_severity {
    FP_SEVERITY_INFO = 1,
    FP_SEVERITY_WARNING = 2,
    FP_SEVERITY_ERROR = 3,
} fp_severity;

/* Codes are public (`diagnostics` prints the name) and never renamed. */
typedef enum fp_diag_code {
    FP_DIAG_UNREADABLE = 1, /* bytes or document that could not be read */
    FP_DIAG_INVALID_OBJECT, /* the object as a whole is refused */
    FP_DIAG_INVALID_NAME,
    FP_DIAG_INVALID_LABEL,
    FP_DIAG_INVALID_ADDRESS,
    FP_DIAG_INVALID_PORT,
    FP_DIAG_INVALID_SELECTOR,
    FP_DIAG_RULE_NOT_UNDERSTOOD,
    FP_DIAG_SUBJECT_NOT_UNDERSTOOD,
    FP_DIAG_UNSUPPORTED,
    FP_DIAG_HOST_BITS,
    FP_DIAG_CATCH_ALL_NEGATED,
    FP_DIAG_STRIPPED_LABEL,
    FP_DIAG_STAGED,
    FP_DIAG_NO_EFFECT, /* doNotTrack/preDNAT on workloads and such */
    FP_DIAG_UNKNOWN_TIER,
    FP_DIAG_MISSING_PROFILE,
    FP_DIAG_DUPLICATE_ADDRESS,
    FP_DIAG_LOCAL_ADDRESS_CLAIMED,
    FP_DIAG_SPECIAL_ADDRESS,
    FP_DIAG_OVERRIDDEN,          /* Pod beats WorkloadEndpoint, Namespace beats Profile */
    FP_DIAG_IGNORED_REMOTE_KIND, /* a remote sent policies, tiers, sets */
    FP_DIAG_DUPLICATE_OBJECT,    /* twice in one source */
    FP_DIAG_LIMIT,
    FP_DIAG_SAME_CLUSTER,
    FP_DIAG_FOREIGN_ENDPOINTS, /* somebody else made what would be written */
    FP_DIAG_INVALID_FIELD,     /* a member that can't be read; the object stands */
    FP_DIAG_OUTSIDE_CLAIM,     /* addresses that the cluster may not claim */
    FP_DIAG_COUNT,
} fp_diag_code;

typedef struct fp_diag {
    fp_severity severity;
    fp_diag_code code;
    fp_str path;    /* "spec.ingress[0].source.nets[1]"; empty for the object itself */
    fp_str message; /* one line; names from outside are quoted and cut */
} fp_diag;

/* Items and their text live in the arena that fp_diags_init() was given. */
typedef struct fp_diags {
    fp_arena *arena;
    FP_VEC(fp_diag) list;
    uint32_t dropped; /* beyond FP_DIAGS_MAX */
    int error;        /* sticky FEDPOL_E_NOMEM */
} fp_diags;

#define FP_DIAGS_MAX 64u /* of one object */

void fp_diags_init(fp_diags *diags, fp_arena *arena);
void fp_diags_done(fp_diags *diags);
void fp_diags_add(fp_diags *diags, fp_severity severity, fp_diag_code code, fp_str path,
                  const char *format, ...) FP_PRINTF(5, 6);
void fp_diags_addv(fp_diags *diags, fp_severity severity, fp_diag_code code, fp_str path,
                   const char *format, va_list args) FP_PRINTF(5, 0);
const char *fp_diag_code_name(fp_diag_code code);   /* "rule-not-understood" */
const char *fp_severity_name(fp_severity severity); /* "info", "warning", "error" */

#endif
