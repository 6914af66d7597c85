/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/decode.h"

#include <math.h>

/* These three have the same place and end whatever their object says. */
static const struct {
    const char *name;
    double order;
    fp_action default_action;
} built_in[] = {
    {"default", 1000000, FP_ACTION_DENY},
    {"kube-admin", 1000, FP_ACTION_PASS},
    {"kube-baseline", 10000000, FP_ACTION_PASS},
};

static bool set_built_in(fp_str name, fp_tier_desc *ret)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(built_in); i++) {
        if (!fp_str_is(name, built_in[i].name))
            continue;
        ret->order = built_in[i].order;
        ret->default_action = built_in[i].default_action;
        return true;
    }
    return false;
}

static fp_action read_default_action(fp_decoder *d, const fp_value *spec, const fp_path *path)
{
    const fp_value *value = fp_decode_get(spec, "defaultAction");

    if (!value)
        return FP_ACTION_DENY;
    if (value->type == FP_VALUE_STRING && fp_str_is_nocase(value->text, "Pass"))
        return FP_ACTION_PASS;
    if (value->type != FP_VALUE_STRING || !fp_str_is_nocase(value->text, "Deny"))
        fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_INVALID_FIELD,
                         FP_PATH(path, "defaultAction"),
                         "%s is neither Deny nor Pass; Deny is taken",
                         fp_decode_quote(d, fp_decode_shown(value)));
    return FP_ACTION_DENY;
}

int fp_decode_tier(fp_decoder *d, fp_object *ret)
{
    const fp_path spec_path = {NULL, "spec", 0};
    const fp_value *spec = fp_decode_get(d->root, "spec");
    const fp_value *order = fp_decode_get(spec, "order");

    ret->tier.name = d->name;
    ret->tier.order = HUGE_VAL;
    if (!set_built_in(d->name, &ret->tier)) {
        /* Without a readable place the tier counts as absent: its policies come last and end in
           deny, as for any tier that does not exist. */
        if (order &&
            (order->type != FP_VALUE_NUMBER || !fp_value_to_double(order, &ret->tier.order)))
            return fp_decode_refuse(d, FP_DIAG_INVALID_OBJECT, FP_PATH(&spec_path, "order"),
                                    "not a number");
        ret->tier.default_action = read_default_action(d, spec, &spec_path);
    }
    ret->cls = FP_OBJECT_TIER;
    return 0;
}
