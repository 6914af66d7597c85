/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/wire/tree.h"

#include <stdlib.h>

#include "libfedpol/base/buf.h"
#include "libfedpol/base/error.h"

const fp_wire_limits fp_wire_default_limits = {
    .max_depth = 64,
    .max_object_bytes = 8u << 20,
    .max_reduced_bytes = 4u << 20,
    .max_members = 200000,
    .max_deferred_bytes = 16u << 20,
};

/* A tree takes 64 bytes a value, so a text of single digits grows by a factor of 32; this bounds
   what one object may cost. */
#define VALUES_PER_MEMBER_LIMIT 4u

/* Objects of up to this many members are checked pair by pair. */
#define FEW_MEMBERS 12u

/* Bytes of a key that a message shows. */
#define SUBJECT_SHOWN 64u

int fp_wire_fault_report(const fp_wire_fault *fault, fp_str where, int64_t offset,
                         fedpol_error **ret_error)
{
    fp_cleanup_buf fp_buf text = {0};

    if (fault->code == FEDPOL_E_NOMEM)
        return FEDPOL_E_NOMEM;
    fp_buf_puts(&text, fault->reason);
    if (fault->subject.len) {
        fp_buf_puts(&text, ": ");
        fp_buf_put_quoted(&text, fault->subject, SUBJECT_SHOWN);
    }
    fp_try(fp_buf_error(&text));
    return fp_error_set(ret_error, fault->code, where, offset, "%s", text.data);
}

void fp_tree_init(fp_tree *tree, const fp_wire_limits *limits)
{
    uint32_t depth = limits->max_depth;

    *tree = (fp_tree){
        .max_depth = depth < FP_WIRE_DEPTH_MAX ? depth : FP_WIRE_DEPTH_MAX,
        .max_members = limits->max_members,
    };
    if (__builtin_mul_overflow(limits->max_members, VALUES_PER_MEMBER_LIMIT, &tree->max_values))
        tree->max_values = UINT32_MAX;
}

void fp_tree_done(fp_tree *tree)
{
    fp_vec_done(&tree->levels);
    fp_vec_done(&tree->sorted);
}

void fp_tree_begin(fp_tree *tree, fp_arena *arena)
{
    tree->arena = arena;
    tree->root = NULL;
    tree->key = FP_STR_NULL;
    tree->n_values = 0;
    tree->fault = (fp_wire_fault){0};
    fp_vec_clear(&tree->levels);
}

static int fail(fp_tree *tree, int code, const char *reason, fp_str subject)
{
    tree->fault = (fp_wire_fault){.code = code, .reason = reason, .subject = subject};
    return code;
}

static int fail_nomem(fp_tree *tree)
{
    return fail(tree, FEDPOL_E_NOMEM, "out of memory", FP_STR_NULL);
}

static int append(fp_tree *tree, fp_value_type type, fp_value **ret)
{
    fp_tree_level *parent = tree->levels.len ? &tree->levels.items[tree->levels.len - 1] : NULL;
    fp_value *value;

    if (parent && parent->container->count >= tree->max_members)
        return fail(tree, FEDPOL_E_LIMIT, "too many members in one object or array",
                    parent->container->key);
    if (tree->n_values >= tree->max_values)
        return fail(tree, FEDPOL_E_LIMIT, "too many values in one object", FP_STR_NULL);
    value = fp_arena_alloc(tree->arena, sizeof(*value));
    if (!value)
        return fail_nomem(tree);
    *value = (fp_value){.type = type, .key = tree->key};
    tree->key = FP_STR_NULL;
    tree->n_values++;
    if (!parent) {
        tree->root = value;
    } else {
        if (parent->last)
            parent->last->next = value;
        else
            parent->container->first = value;
        parent->last = value;
        parent->container->count++;
    }
    *ret = value;
    return 0;
}

int fp_tree_open(fp_tree *tree, fp_value_type type)
{
    fp_value *value;

    if (tree->levels.len >= tree->max_depth)
        return fail(tree, FEDPOL_E_TOO_DEEP, "objects and arrays are nested too deep", tree->key);
    fp_try(append(tree, type, &value));
    if (fp_vec_push(&tree->levels, (fp_tree_level){.container = value}) < 0)
        return fail_nomem(tree);
    return 0;
}

static int fail_duplicate(fp_tree *tree, const fp_value *value)
{
    return fail(tree, FEDPOL_E_BAD_OBJECT, "a key appears twice in one object", value->key);
}

static int by_key(const void *a, const void *b)
{
    const fp_value *const *x = a;
    const fp_value *const *y = b;

    return fp_str_cmp((*x)->key, (*y)->key);
}

static int check_many_keys(fp_tree *tree, const fp_value *object)
{
    fp_vec_clear(&tree->sorted);
    if (fp_vec_reserve(&tree->sorted, object->count) < 0)
        return fail_nomem(tree);
    for
        fp_value_each(child, object) tree->sorted.items[tree->sorted.len++] = child;
    qsort(tree->sorted.items, tree->sorted.len, sizeof(*tree->sorted.items), by_key);
    for (size_t i = 1; i < tree->sorted.len; i++)
        if (fp_str_eq(tree->sorted.items[i - 1]->key, tree->sorted.items[i]->key))
            return fail_duplicate(tree, tree->sorted.items[i]);
    return 0;
}

static int check_keys(fp_tree *tree, const fp_value *object)
{
    if (object->count > FEW_MEMBERS)
        return check_many_keys(tree, object);
    for
        fp_value_each(a, object)
        {
            for (const fp_value *b = a->next; b; b = b->next)
                if (fp_str_eq(a->key, b->key))
                    return fail_duplicate(tree, b);
        }
    return 0;
}

int fp_tree_close(fp_tree *tree)
{
    const fp_value *container = tree->levels.items[--tree->levels.len].container;

    return container->type == FP_VALUE_OBJECT ? check_keys(tree, container) : 0;
}

void fp_tree_key(fp_tree *tree, fp_str key)
{
    tree->key = key;
}

int fp_tree_scalar(fp_tree *tree, fp_value_type type, fp_str text, bool boolean)
{
    fp_value *value;

    fp_try(append(tree, type, &value));
    value->text = text;
    value->boolean = boolean;
    return 0;
}
