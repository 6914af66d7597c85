/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/backends.h"

#include <stdlib.h>

static int cmp_targets(const fp_backend *a, const fp_backend *b)
{
    int order = fp_str_cmp(a->target_ns, b->target_ns);

    if (order == 0)
        order = fp_str_cmp(a->target_name, b->target_name);
    if (order == 0)
        order = fp_str_cmp(a->target_kind, b->target_kind);
    if (order == 0)
        order = fp_str_cmp(a->target_uid, b->target_uid);
    return order ? order : fp_str_cmp(a->target_version, b->target_version);
}

int fp_backend_cmp(const fp_backend *a, const fp_backend *b)
{
    int order = fp_ip_cmp(&a->ip, &b->ip);

    if (order == 0)
        order = cmp_targets(a, b);
    if (order == 0)
        order = fp_str_cmp(a->hostname, b->hostname);
    if (order == 0)
        order = fp_str_cmp(a->node, b->node);
    if (order == 0)
        order = fp_str_cmp(a->zone, b->zone);
    return order ? order : (a->conditions > b->conditions) - (a->conditions < b->conditions);
}

static int by_all(const void *a, const void *b)
{
    return fp_backend_cmp(a, b);
}

int fp_backends_read_metadata(fp_decoder *d, fp_backends_desc *ret)
{
    const fp_path path = {NULL, "metadata", 0};
    const fp_value *metadata = fp_decode_get(d->root, "metadata");

    fp_try(fp_decode_word(d, metadata, "uid", &path, &ret->uid));
    return fp_decode_word(d, metadata, "resourceVersion", &path, &ret->version);
}

int fp_backend_draft_init(fp_backend_draft *draft, fp_decoder *d, size_t room)
{
    *draft = (fp_backend_draft){.d = d};
    draft->items = fp_arena_array(d->arena, room, sizeof(*draft->items));
    return draft->items ? 0 : FEDPOL_E_NOMEM;
}

bool fp_backend_read_ip(fp_backend_draft *draft, const fp_value *text, const fp_path *path,
                        fp_ip *ret)
{
    if (!fp_value_is(text, FP_VALUE_STRING) || !fp_ip_parse(text->text, ret)) {
        fp_decode_report(draft->d, FP_SEVERITY_WARNING, FP_DIAG_INVALID_ADDRESS, path,
                         "%s is not an address and is left out",
                         fp_decode_quote(draft->d, fp_decode_shown(text)));
        return false;
    }
    /* What stands for "this machine" in another cluster must not stand for it here. */
    if (fp_ip_is_special(ret)) {
        fp_decode_report(draft->d, FP_SEVERITY_WARNING, FP_DIAG_SPECIAL_ADDRESS, path,
                         "%s can't be the address of a back end and is left out",
                         fp_decode_quote(draft->d, text->text));
        return false;
    }
    return true;
}

static int read_target(fp_backend_draft *draft, const fp_value *value, const fp_path *path,
                       fp_backend *ret)
{
    const fp_path here = {path, "targetRef", 0};
    const fp_value *target = fp_decode_get(value, "targetRef");

    if (!target)
        return 0;
    fp_try(fp_decode_word(draft->d, target, "kind", &here, &ret->target_kind));
    fp_try(fp_decode_word(draft->d, target, "namespace", &here, &ret->target_ns));
    fp_try(fp_decode_word(draft->d, target, "name", &here, &ret->target_name));
    fp_try(fp_decode_word(draft->d, target, "uid", &here, &ret->target_uid));
    return fp_decode_word(draft->d, target, "resourceVersion", &here, &ret->target_version);
}

int fp_backend_read_texts(fp_backend_draft *draft, const fp_value *value, const fp_path *path,
                          fp_backend *ret)
{
    fp_try(fp_decode_word(draft->d, value, "hostname", path, &ret->hostname));
    fp_try(fp_decode_word(draft->d, value, "nodeName", path, &ret->node));
    fp_try(fp_decode_word(draft->d, value, "zone", path, &ret->zone));
    return read_target(draft, value, path, ret);
}

void fp_backend_draft_add(fp_backend_draft *draft, const fp_backend *backend)
{
    draft->items[draft->n++] = *backend;
}

void fp_backend_draft_finish(fp_backend_draft *draft, fp_backend_group *ret)
{
    if (draft->n > 0)
        qsort(draft->items, draft->n, sizeof(*draft->items), by_all);
    ret->backends = draft->items;
    ret->n_backends = draft->n;
}
