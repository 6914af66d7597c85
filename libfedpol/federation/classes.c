/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/private.h"

#include <string.h>

/* A block is the number of ids that it has room for, then the ids. */
static uint32_t *block_at(const fp_federation *federation, const fp_class_list *list)
{
    return fp_pool_at(&federation->class_blocks, list->at);
}

static size_t block_size(uint32_t cap)
{
    return ((size_t)cap + 1) * sizeof(fp_endpoint_id);
}

static uint32_t len_of(const fp_class_list *list)
{
    return list->len & ~FP_CLASS_BLOCK;
}

static bool in_block(const fp_class_list *list)
{
    return list->len & FP_CLASS_BLOCK;
}

static fp_endpoint_id *ids_of(const fp_federation *federation, fp_class_list *list)
{
    return in_block(list) ? block_at(federation, list) + 1 : &list->at;
}

static void free_block(fp_federation *federation, fp_class_list *list)
{
    fp_pool_free(&federation->class_blocks, list->at, block_size(*block_at(federation, list)));
}

/* Moves the ids to a block with room for CAP of them. */
static int to_block(fp_federation *federation, fp_class_list *list, uint32_t cap)
{
    uint32_t at;
    uint32_t *block;

    fp_try(fp_pool_alloc(&federation->class_blocks, block_size(cap), &at));
    block = fp_pool_at(&federation->class_blocks, at);
    block[0] = cap;
    memcpy(block + 1, ids_of(federation, list), len_of(list) * sizeof(fp_endpoint_id));
    if (in_block(list))
        free_block(federation, list);
    list->at = at;
    list->len |= FP_CLASS_BLOCK;
    return 0;
}

static int grow_classes(fp_federation *federation, fp_class_id class_id)
{
    uint32_t n = class_id + class_id / 8 + 8;
    fp_class_list *classes = fp_realloc_array(federation->classes, n, sizeof(*classes));

    if (!classes)
        return FEDPOL_E_NOMEM;
    for (uint32_t i = federation->n_classes; i < n; i++)
        classes[i] = (fp_class_list){0};
    federation->classes = classes;
    federation->n_classes = n;
    return 0;
}

int fp_classes_reserve(fp_federation *federation, fp_class_id class_id)
{
    fp_class_list *list;
    uint32_t len;

    if (class_id >= federation->n_classes)
        fp_try(grow_classes(federation, class_id));
    list = &federation->classes[class_id];
    len = len_of(list);
    if (len < (in_block(list) ? *block_at(federation, list) : 1))
        return 0;
    return to_block(federation, list, len + len / 2 + 2);
}

void fp_classes_add(fp_federation *federation, fp_class_id class_id, fp_endpoint_id id)
{
    fp_class_list *list = &federation->classes[class_id];
    uint32_t len = len_of(list);

    ids_of(federation, list)[len] = id;
    fp_endpoint_at(federation, id)->class_pos = len;
    list->len++;
}

/* Gives memory back when little of it is used; failing to is harmless. */
static void shrink(fp_federation *federation, fp_class_list *list)
{
    uint32_t len = len_of(list);

    if (!in_block(list) || len > *block_at(federation, list) / 4)
        return;
    if (len <= 1) {
        fp_endpoint_id one = block_at(federation, list)[1];

        free_block(federation, list);
        *list = (fp_class_list){len, one};
    } else {
        (void)to_block(federation, list, len + len / 2);
    }
}

void fp_classes_remove(fp_federation *federation, fp_endpoint_id id)
{
    const fp_endpoint *endpoint = fp_endpoint_at(federation, id);
    fp_class_list *list = &federation->classes[endpoint->class_id];
    fp_endpoint_id *ids = ids_of(federation, list);
    fp_endpoint_id last = ids[len_of(list) - 1];

    ids[endpoint->class_pos] = last;
    fp_endpoint_at(federation, last)->class_pos = endpoint->class_pos;
    list->len--;
    shrink(federation, list);
}

const fp_endpoint_id *fp_federation_class_endpoints(const fp_federation *federation,
                                                    fp_class_id class_id, size_t *ret_n)
{
    fp_class_list *list;

    *ret_n = 0;
    if (class_id >= federation->n_classes)
        return NULL;
    list = &federation->classes[class_id];
    *ret_n = len_of(list);
    return ids_of(federation, list);
}

size_t fp_classes_memory(const fp_federation *federation)
{
    return federation->n_classes * sizeof(*federation->classes) +
           fp_pool_memory(&federation->class_blocks);
}

void fp_classes_done(fp_federation *federation)
{
    fp_free(federation->classes);
    federation->classes = NULL;
    federation->n_classes = 0;
    fp_pool_done(&federation->class_blocks);
}
