/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/rule.h"

#include <inttypes.h>

static void report_parse_error(fp_decoder *d, const fp_path *path, const fedpol_error *error)
{
    int64_t offset = fedpol_error_get_offset(error);

    if (offset < 0)
        fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_INVALID_SELECTOR, path, "%s",
                         fedpol_error_get_message(error));
    else
        fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_INVALID_SELECTOR, path,
                         "%s (at byte %" PRId64 ")", fedpol_error_get_message(error), offset);
}

static bool has_global(const fp_selector *selector)
{
    size_t n;
    const fp_selector_node *nodes = fp_selector_nodes(selector, &n);

    for (size_t i = 0; i < n; i++)
        if (nodes[i].op == FP_SEL_GLOBAL)
            return true;
    return false;
}

static bool is_global_misused(const fp_selector *selector, fp_global_use use)
{
    size_t n;

    if (!has_global(selector))
        return false;
    (void)fp_selector_nodes(selector, &n);
    return use == FP_GLOBAL_FORBIDDEN || n > 1;
}

int fp_decode_selector(fp_decoder *d, const fp_value *object, const char *key, const fp_path *path,
                       fp_global_use global, fp_selector **ret)
{
    const fp_path here = {path, key, 0};
    const fp_value *value = fp_decode_get(object, key);
    fedpol_error *error = NULL;
    fp_selector *selector = NULL;
    int r;

    if (value && value->type != FP_VALUE_STRING) {
        fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_INVALID_SELECTOR, &here,
                         "expected a string");
        return 1;
    }
    if (!value || value->text.len == 0)
        return 0;
    r = fp_selector_parse(value->text, &selector, &error);
    if (r < 0) {
        report_parse_error(d, &here, error);
        fedpol_error_free(error);
        return r == FEDPOL_E_NOMEM ? r : 1;
    }
    if (is_global_misused(selector, global)) {
        fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_INVALID_SELECTOR, &here,
                         "global() stands only alone, as the namespaceSelector of a rule");
        fp_selector_unref(selector);
        return 1;
    }
    *ret = selector;
    return 0;
}
