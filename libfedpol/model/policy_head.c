/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/rule.h"

#include <math.h>

static const fp_path spec_path = {NULL, "spec", 0};

static int read_tier(fp_decoder *d, const fp_value *spec, fp_str *ret, bool *ret_doubtful)
{
    const fp_value *tier = fp_decode_get(spec, "tier");

    *ret = FP_STR("default");
    if (!tier || (tier->type == FP_VALUE_STRING && tier->text.len == 0))
        return 0;
    if (tier->type != FP_VALUE_STRING || !fp_valid_subdomain(tier->text)) {
        fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_INVALID_NAME, FP_PATH(&spec_path, "tier"),
                         "%s is not the name of a tier", fp_decode_quote(d, fp_decode_shown(tier)));
        *ret_doubtful = true;
        return 0;
    }
    return fp_decode_copy(d, tier->text, ret);
}

static double read_order(fp_decoder *d, const fp_value *spec, bool *ret_doubtful)
{
    const fp_value *order = fp_decode_get(spec, "order");
    double number;

    if (!order)
        return HUGE_VAL;
    if (order->type == FP_VALUE_NUMBER && fp_value_to_double(order, &number))
        return number;
    fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_INVALID_FIELD, FP_PATH(&spec_path, "order"),
                     "not a number");
    *ret_doubtful = true;
    return HUGE_VAL;
}

static bool read_flag(fp_decoder *d, const fp_value *spec, const char *key, bool *ret_doubtful)
{
    const fp_value *flag = fp_decode_get(spec, key);

    if (!flag)
        return false;
    if (flag->type == FP_VALUE_BOOL)
        return flag->boolean;
    fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_INVALID_FIELD, FP_PATH(&spec_path, key),
                     "neither true nor false");
    *ret_doubtful = true;
    return false;
}

static uint8_t type_of(const fp_value *item)
{
    if (item->type != FP_VALUE_STRING)
        return 0;
    if (fp_str_is_nocase(item->text, "Ingress"))
        return FP_TYPE_INGRESS;
    return fp_str_is_nocase(item->text, "Egress") ? FP_TYPE_EGRESS : 0;
}

uint8_t fp_policy_types_read(fp_decoder *d, const fp_value *list, const fp_path *path,
                             uint8_t by_rules)
{
    uint8_t types = 0;
    bool unread = list && list->type != FP_VALUE_ARRAY;
    size_t i = 0;

    if (unread)
        fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_INVALID_FIELD, path, "expected a list");
    fp_decode_each (item, unread ? NULL : list) {
        uint8_t type = type_of(item);

        if (!type) {
            fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_INVALID_FIELD, FP_PATH_AT(path, i),
                             "%s is neither Ingress nor Egress",
                             fp_decode_quote(d, fp_decode_shown(item)));
            unread = true;
        }
        types |= type;
        i++;
    }
    /* What can't be read may have meant either direction, and leaving one out would open it. */
    if (unread)
        return FP_TYPE_INGRESS | FP_TYPE_EGRESS;
    return types ? types : by_rules;
}

void fp_policy_warn_keys(fp_decoder *d, const char *const *keys)
{
    fp_str unknown;

    if (!fp_decode_keys_known(fp_decode_get(d->root, "spec"), keys, &unknown))
        fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_UNSUPPORTED, &spec_path,
                         "unknown key %s is ignored", fp_decode_quote(d, unknown));
}

int fp_policy_head_read(fp_decoder *d, bool ingress_rules, bool egress_rules, fp_policy *head,
                        bool *ret_doubtful)
{
    static const char *const keys[] = {
        "tier",        "order",       "selector",       "serviceAccountSelector",
        "types",       "ingress",     "egress",         "namespaceSelector",
        "doNotTrack",  "preDNAT",     "applyOnForward", "performanceHints",
        "podSelector", "policyTypes", "stagedAction",   NULL};
    const fp_value *spec = fp_decode_get(d->root, "spec");
    uint8_t by_rules = (uint8_t)((ingress_rules || !egress_rules ? FP_TYPE_INGRESS : 0) |
                                 (egress_rules ? FP_TYPE_EGRESS : 0));

    head->kind = d->kind;
    head->ns = d->ns;
    head->name = d->name;
    fp_policy_warn_keys(d, keys);
    fp_try(read_tier(d, spec, &head->tier, ret_doubtful));
    head->order = read_order(d, spec, ret_doubtful);
    head->types = fp_policy_types_read(d, fp_decode_get(spec, "types"),
                                       FP_PATH(&spec_path, "types"), by_rules);
    head->do_not_track = read_flag(d, spec, "doNotTrack", ret_doubtful);
    head->pre_dnat = read_flag(d, spec, "preDNAT", ret_doubtful);
    head->apply_on_forward = read_flag(d, spec, "applyOnForward", ret_doubtful);
    return 0;
}

void fp_decode_subject_lost(fp_decoder *d)
{
    fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_SUBJECT_NOT_UNDERSTOOD, &spec_path,
                     "it is not understood whom the policy applies to: it applies to nobody");
}
