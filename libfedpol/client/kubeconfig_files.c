/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/kubeconfig_files.h"

#include "libfedpol/base/error.h"
#include "libfedpol/client/kubeconfig.h"
#include "libfedpol/wire/object_stream.h"

#define MAX_DEPTH 32u

void fp_kubeconfig_files_init(fp_kubeconfig_files *files)
{
    *files = (fp_kubeconfig_files){0};
    fp_arena_init(&files->arena, 0);
}

static void wipe_blocks(fp_kubeconfig_files *files)
{
    /* Strings of trees may be secrets: they are reached through the values that hold them. */
    for (size_t i = 0; i < files->files.len; i++) {
        const fp_value *stack[MAX_DEPTH + 2];
        size_t n = 0;

        if (files->files.items[i].root)
            stack[n++] = files->files.items[i].root;
        while (n > 0) {
            const fp_value *value = stack[n - 1];
            volatile char *text = (volatile char *)(uintptr_t)value->text.ptr;

            for (size_t k = 0; text && k < value->text.len; k++)
                text[k] = '\0';
            n--;
            if (value->next && n < MAX_DEPTH + 1)
                stack[n++] = value->next;
            if (value->first && n < MAX_DEPTH + 2)
                stack[n++] = value->first;
        }
    }
}

void fp_kubeconfig_files_done(fp_kubeconfig_files *files)
{
    wipe_blocks(files);
    fp_arena_done(&files->arena);
    fp_vec_done(&files->files);
}

/* --- a tree that outlives its reader --- */

static fp_value *copy_one(fp_arena *arena, const fp_value *from)
{
    fp_value *to = fp_arena_zero(arena, 1, sizeof(*to));

    if (!to)
        return NULL;
    to->type = from->type;
    to->boolean = from->boolean;
    to->count = from->count;
    to->key = fp_arena_str(arena, from->key);
    to->text = fp_arena_str(arena, from->text);
    if ((from->key.len && !to->key.ptr) || (from->text.len && !to->text.ptr))
        return NULL;
    return to;
}

typedef struct level {
    const fp_value *from; /* the next child to copy */
    fp_value *parent;
    fp_value *last;
} level;

static int copy_tree(fp_arena *arena, const fp_value *root, const fp_value **ret)
{
    level levels[MAX_DEPTH + 1];
    size_t depth = 1;
    fp_value *top = copy_one(arena, root);

    if (!top)
        return FEDPOL_E_NOMEM;
    levels[0] = (level){root->first, top, NULL};
    while (depth > 0) {
        level *l = &levels[depth - 1];
        const fp_value *from = l->from;
        fp_value *to;

        if (!from) {
            depth--;
            continue;
        }
        to = copy_one(arena, from);
        if (!to)
            return FEDPOL_E_NOMEM;
        if (l->last)
            l->last->next = to;
        else
            l->parent->first = to;
        l->last = to;
        l->from = from->next;
        if (from->first) {
            if (depth == MAX_DEPTH + 1)
                return FEDPOL_E_TOO_DEEP;
            levels[depth++] = (level){from->first, to, NULL};
        }
    }
    *ret = top;
    return 0;
}

/* --- reading --- */

typedef struct reading {
    fp_kubeconfig_files *files;
    const fp_value *root;
    const char *name;
    bool bad;
    bool several;
    bool is_other; /* of another kind */
} reading;

static int on_document(void *user, const fp_wire_object *object)
{
    reading *r = user;
    fp_str kind = fp_value_get_str(object->value, "kind");

    r->several = r->several || r->root;
    r->is_other = r->is_other || (kind.len && !fp_str_is(kind, "Config"));
    return copy_tree(&r->files->arena, object->value, &r->root);
}

static int on_bad(void *user, const fp_wire_object *where, const fedpol_error *error)
{
    reading *r = user;

    (void)where;
    (void)error; /* its text may quote what stands there */
    r->bad = true;
    return 0;
}

static bool is_blank(fp_str bytes)
{
    bool comment = false;

    for (size_t i = 0; i < bytes.len; i++) {
        char c = bytes.ptr[i];

        if (c == '\n')
            comment = false;
        else if (c == '#')
            comment = true;
        else if (!comment && c != ' ' && c != '\t' && c != '\r')
            return false;
    }
    return true;
}

static int read_bytes(reading *r, fp_str bytes, fedpol_error **ret_error)
{
    fp_wire_limits limits = fp_wire_default_limits;
    const fp_wire_sink sink = {on_document, on_bad, r};
    int code;

    limits.max_depth = MAX_DEPTH;
    if (is_blank(bytes))
        return 0;
    code = fp_yaml_read(bytes.ptr, bytes.len, &limits, &sink, NULL);
    if (code == FEDPOL_E_NOMEM)
        return code;
    if (code < 0 || r->bad)
        return fp_error_set(ret_error, FEDPOL_E_PARSE, fp_str_of(r->name), -1,
                            "the kubeconfig is no YAML, has aliases or a key twice, or is nested "
                            "too deep");
    if (r->is_other || r->several)
        return fp_error_set(ret_error, FEDPOL_E_INVALID, fp_str_of(r->name), -1,
                            "a kubeconfig is one document of kind Config");
    return 0;
}

int fp_kubeconfig_files_add(fp_kubeconfig_files *files, fp_str bytes, const char *name,
                            const char *folder, fedpol_error **ret_error)
{
    reading r = {.files = files, .name = name};
    fp_kubeconfig_file file = {0};

    if (bytes.len > FP_KUBECONFIG_MAX_BYTES)
        return fp_error_set(ret_error, FEDPOL_E_TOO_LONG, fp_str_of(name), -1,
                            "the kubeconfig has more than %u bytes", FP_KUBECONFIG_MAX_BYTES);
    fp_try(read_bytes(&r, bytes, ret_error));
    file.root = r.root;
    file.name = fp_arena_str(&files->arena, fp_str_of(name)).ptr;
    if (folder)
        file.folder = fp_arena_str(&files->arena, fp_str_of(folder)).ptr;
    if (!file.name || (folder && !file.folder))
        return FEDPOL_E_NOMEM;
    return fp_vec_push(&files->files, file);
}

/* --- asking --- */

/* Of two entries of one name in one file the last counts. */
static int find_in(const fp_kubeconfig_file *file, const char *list, const char *inner, fp_str name,
                   const fp_value **ret, fedpol_error **ret_error)
{
    const fp_value *entries = fp_value_get(file->root, list);

    *ret = NULL;
    if (!entries || fp_value_is(entries, FP_VALUE_NULL))
        return 0;
    if (!fp_value_is(entries, FP_VALUE_ARRAY))
        return fp_error_set(ret_error, FEDPOL_E_INVALID, fp_str_of(file->name), -1,
                            "%s: a list was expected", list);
    for
        fp_value_each(entry, entries) if (fp_str_eq(fp_value_get_str(entry, "name"), name)) *ret =
            fp_value_get(entry, inner);
    if (*ret && !fp_value_is(*ret, FP_VALUE_OBJECT) && !fp_value_is(*ret, FP_VALUE_NULL))
        return fp_error_set(ret_error, FEDPOL_E_INVALID, fp_str_of(file->name), -1,
                            "%s: %s: an object was expected", list, inner);
    return 0;
}

int fp_kubeconfig_files_find(const fp_kubeconfig_files *files, const char *list, const char *inner,
                             fp_str name, fp_kubeconfig_entry *ret, fedpol_error **ret_error)
{
    *ret = (fp_kubeconfig_entry){0};
    for (size_t i = 0; i < files->files.len && !ret->value; i++) {
        ret->file = &files->files.items[i];
        fp_try(find_in(ret->file, list, inner, name, &ret->value, ret_error));
    }
    return 0;
}

fp_str fp_kubeconfig_files_current(const fp_kubeconfig_files *files)
{
    fp_str current = FP_STR_NULL;

    for (size_t i = 0; i < files->files.len && current.len == 0; i++)
        current = fp_value_get_str(files->files.items[i].root, "current-context");
    return current;
}
