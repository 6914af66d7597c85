/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/inherited.h"

static int join(fp_decoder *d, fp_str a, fp_str b, fp_str *ret)
{
    char *text = fp_arena_alloc(d->arena, a.len + b.len + 1);

    if (!text)
        return FEDPOL_E_NOMEM;
    memcpy(text, a.ptr, a.len);
    memcpy(text + a.len, b.ptr, b.len);
    text[a.len + b.len] = '\0';
    *ret = fp_str_n(text, a.len + b.len);
    return 0;
}

int fp_inherited_profile_name(fp_decoder *d, const char *prefix, fp_str ns, fp_str name,
                              fp_str *ret)
{
    fp_str text;

    fp_try(join(d, fp_str_of(prefix), ns, &text));
    if (name.len > 0) {
        fp_try(join(d, text, FP_STR("."), &text));
        fp_try(join(d, text, name, &text));
    }
    *ret = text;
    return 0;
}

int fp_inherited_labels(fp_decoder *d, const char *prefix, fp_profile_desc *ret)
{
    fp_label_list labels = {0};

    fp_try(fp_decode_labels(d, 1, &labels));
    fp_label_list_set(&labels, FP_STR(FP_LABEL_NAME), d->name);
    /* One prefix before all names leaves them in order. */
    for (size_t i = 0; i < labels.n; i++)
        fp_try(join(d, fp_str_of(prefix), labels.items[i].name, &labels.items[i].name));
    ret->labels = labels.items;
    ret->n_labels = labels.n;
    return 0;
}
