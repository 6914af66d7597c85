/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/diag.h"

void fp_diags_init(fp_diags *diags, fp_arena *arena)
{
    *diags = (fp_diags){.arena = arena};
}

void fp_diags_done(fp_diags *diags)
{
    fp_vec_done(&diags->list);
    *diags = (fp_diags){.arena = diags->arena};
}

static int add(fp_diags *diags, const fp_diag *diag, fp_str path, const char *format, va_list args)
    FP_PRINTF(4, 0);

static int add(fp_diags *diags, const fp_diag *diag, fp_str path, const char *format, va_list args)
{
    fp_cleanup_buf fp_buf text = {0};
    fp_diag kept = *diag;

    fp_buf_vprintf(&text, format, args);
    fp_try(fp_buf_error(&text));
    kept.path = fp_arena_str(diags->arena, path);
    kept.message = fp_arena_str(diags->arena, fp_buf_str(&text));
    if (!kept.path.ptr || !kept.message.ptr)
        return FEDPOL_E_NOMEM;
    return fp_vec_push(&diags->list, kept);
}

void fp_diags_addv(fp_diags *diags, fp_severity severity, fp_diag_code code, fp_str path,
                   const char *format, va_list args)
{
    if (diags->error)
        return;
    if (diags->list.len >= FP_DIAGS_MAX) {
        diags->dropped++;
        return;
    }
    diags->error = add(diags, &(fp_diag){.severity = severity, .code = code}, path, format, args);
}

void fp_diags_add(fp_diags *diags, fp_severity severity, fp_diag_code code, fp_str path,
                  const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fp_diags_addv(diags, severity, code, path, format, args);
    va_end(args);
}

const char *fp_diag_code_name(fp_diag_code code)
{
    static const char *const names[FP_DIAG_COUNT] = {
        [FP_DIAG_UNREADABLE] = "unreadable",
        [FP_DIAG_INVALID_OBJECT] = "invalid-object",
        [FP_DIAG_INVALID_NAME] = "invalid-name",
        [FP_DIAG_INVALID_LABEL] = "invalid-label",
        [FP_DIAG_INVALID_ADDRESS] = "invalid-address",
        [FP_DIAG_INVALID_PORT] = "invalid-port",
        [FP_DIAG_INVALID_SELECTOR] = "invalid-selector",
        [FP_DIAG_RULE_NOT_UNDERSTOOD] = "rule-not-understood",
        [FP_DIAG_SUBJECT_NOT_UNDERSTOOD] = "subject-not-understood",
        [FP_DIAG_UNSUPPORTED] = "unsupported",
        [FP_DIAG_HOST_BITS] = "host-bits",
        [FP_DIAG_CATCH_ALL_NEGATED] = "catch-all-negated",
        [FP_DIAG_STRIPPED_LABEL] = "stripped-label",
        [FP_DIAG_STAGED] = "staged",
        [FP_DIAG_NO_EFFECT] = "no-effect",
        [FP_DIAG_UNKNOWN_TIER] = "unknown-tier",
        [FP_DIAG_MISSING_PROFILE] = "missing-profile",
        [FP_DIAG_DUPLICATE_ADDRESS] = "duplicate-address",
        [FP_DIAG_LOCAL_ADDRESS_CLAIMED] = "local-address-claimed",
        [FP_DIAG_SPECIAL_ADDRESS] = "special-address",
        [FP_DIAG_OVERRIDDEN] = "overridden",
        [FP_DIAG_IGNORED_REMOTE_KIND] = "ignored-remote-kind",
        [FP_DIAG_DUPLICATE_OBJECT] = "duplicate-object",
        [FP_DIAG_LIMIT] = "limit",
        [FP_DIAG_SAME_CLUSTER] = "same-cluster",
        [FP_DIAG_FOREIGN_ENDPOINTS] = "foreign-endpoints",
        [FP_DIAG_INVALID_FIELD] = "invalid-field",
        [FP_DIAG_OUTSIDE_CLAIM] = "outside-claim",
    };

    if ((size_t)code >= FP_ARRAY_LEN(names) || !names[code])
        return "unknown";
    return names[code];
}

const char *fp_severity_name(fp_severity severity)
{
    switch (severity) {
    case FP_SEVERITY_INFO:
        return "info";
    case FP_SEVERITY_WARNING:
        return "warning";
    case FP_SEVERITY_ERROR:
        return "error";
    }
    return "unknown";
}
