/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/backends.h"

#include <stdlib.h>

/* After the address: the target first, by its place. */
int fp_backend_cmp(const fp_backend *a, const fp_backend *b)
{
    static const fp_backend_field fields[] = {
        FP_BACKEND_TARGET_NS,  FP_BACKEND_TARGET_NAME,    FP_BACKEND_TARGET_KIND,
        FP_BACKEND_TARGET_UID, FP_BACKEND_TARGET_VERSION, FP_BACKEND_HOSTNAME,
        FP_BACKEND_NODE,       FP_BACKEND_ZONE,
    };
    int order = fp_ip_cmp(&a->ip, &b->ip);

    if (order)
        return order;
    if (memcmp(a->lens, b->lens, sizeof(a->lens)) == 0 &&
        fp_str_eq(fp_backend_words(a), fp_backend_words(b)))
        return (a->conditions > b->conditions) - (a->conditions < b->conditions);
    for (size_t i = 0; i < FP_ARRAY_LEN(fields) && order == 0; i++)
        order = fp_str_cmp(fp_backend_get(a, fields[i]), fp_backend_get(b, fields[i]));
    return order ? order : (a->conditions > b->conditions) - (a->conditions < b->conditions);
}

int fp_backend_set_words(fp_backend *backend, const fp_str words[FP_BACKEND_FIELDS],
                         fp_arena *arena)
{
    size_t len = 0;
    char *text;

    for (size_t i = 0; i < FP_BACKEND_FIELDS; i++)
        len += words[i].len;
    text = fp_arena_alloc(arena, len ? len : 1);
    if (!text)
        return FEDPOL_E_NOMEM;
    backend->text = text;
    for (size_t i = 0; i < FP_BACKEND_FIELDS; i++) {
        backend->lens[i] = (uint16_t)words[i].len;
        if (words[i].len > 0)
            memcpy(text, words[i].ptr, words[i].len);
        text += words[i].len;
    }
    return 0;
}

static int by_all(const void *a, const void *b)
{
    return fp_backend_cmp(a, b);
}

int fp_backends_read_metadata(fp_decoder *d, fp_backends_desc *ret)
{
    const fp_path path = {NULL, "metadata", 0};
    const fp_value *metadata = fp_decode_get(d->root, "metadata");
    fp_backends_origin *origin = fp_arena_zero(d->arena, 1, sizeof(*origin));

    if (!origin)
        return FEDPOL_E_NOMEM;
    ret->origin = origin;
    fp_try(fp_decode_word(d, metadata, "uid", &path, &origin->uid));
    fp_try(fp_decode_word(d, metadata, "resourceVersion", &path, &origin->version));
    return fp_decode_copy(
        d, fp_value_get_str(fp_decode_get(metadata, "annotations"), FP_SERVICE_SELECTOR),
        &origin->marker);
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
                       fp_str words[FP_BACKEND_FIELDS])
{
    const fp_path here = {path, "targetRef", 0};
    const fp_value *target = fp_decode_get(value, "targetRef");

    if (!target)
        return 0;
    fp_try(fp_decode_word(draft->d, target, "kind", &here, &words[FP_BACKEND_TARGET_KIND]));
    fp_try(fp_decode_word(draft->d, target, "namespace", &here, &words[FP_BACKEND_TARGET_NS]));
    fp_try(fp_decode_word(draft->d, target, "name", &here, &words[FP_BACKEND_TARGET_NAME]));
    fp_try(fp_decode_word(draft->d, target, "uid", &here, &words[FP_BACKEND_TARGET_UID]));
    return fp_decode_word(draft->d, target, "resourceVersion", &here,
                          &words[FP_BACKEND_TARGET_VERSION]);
}

int fp_backend_read_texts(fp_backend_draft *draft, const fp_value *value, const fp_path *path,
                          fp_backend *ret)
{
    fp_str words[FP_BACKEND_FIELDS] = {{NULL, 0}};

    fp_try(fp_decode_word(draft->d, value, "hostname", path, &words[FP_BACKEND_HOSTNAME]));
    fp_try(fp_decode_word(draft->d, value, "nodeName", path, &words[FP_BACKEND_NODE]));
    fp_try(fp_decode_word(draft->d, value, "zone", path, &words[FP_BACKEND_ZONE]));
    fp_try(read_target(draft, value, path, words));
    return fp_backend_set_words(ret, words, draft->d->arena);
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
