/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/wire/cage.h"

#include <setjmp.h>
#include <yajl/yajl_parse.h>

#include "libfedpol/base/utf8.h"
#include "libfedpol/wire/json_text.h"

/* yajl's blocks of one parse; what exceeds this is given back at the next one. */
#define KEPT_MEMORY (64u << 10)

struct fp_cage {
    jmp_buf escape;
    fp_arena memory; /* of yajl; freed as a whole, so that jumping out leaks nothing */
    fp_tree tree;
    fp_str text;
    bool borrow;
    size_t consumed;
};

/* --- yajl's allocator --- */

/* Stands before each block, so that a block that grows can be copied. */
typedef union block_head {
    size_t size;
    max_align_t align;
} block_head;

static void *guarded_malloc(void *user, size_t size)
{
    fp_cage *cage = user;
    size_t need;
    block_head *head = NULL;

    if (!fp_add_overflow(size, sizeof(*head), &need))
        head = fp_arena_alloc(&cage->memory, need);
    if (!head)
        longjmp(cage->escape, 1);
    head->size = size;
    return head + 1;
}

static void *guarded_realloc(void *user, void *old, size_t size)
{
    const block_head *head = old;
    void *grown;

    if (old && head[-1].size >= size)
        return old;
    grown = guarded_malloc(user, size);
    if (old)
        memcpy(grown, old, head[-1].size);
    return grown;
}

static void guarded_free(void *user, void *block)
{
    (void)user;
    (void)block;
}

/* --- events into the tree --- */

static bool keep(fp_cage *cage, const unsigned char *bytes, size_t len, fp_str *ret)
{
    fp_str s = {(const char *)bytes, len};

    if (cage->borrow && s.ptr >= cage->text.ptr && s.ptr < cage->text.ptr + cage->text.len) {
        *ret = s;
        return true;
    }
    s = fp_arena_str(cage->tree.arena, s);
    if (!s.ptr) {
        cage->tree.fault = (fp_wire_fault){.code = FEDPOL_E_NOMEM, .reason = "out of memory"};
        return false;
    }
    *ret = s;
    return true;
}

static int text_scalar(fp_cage *cage, fp_value_type type, const void *bytes, size_t len)
{
    fp_str text;

    return keep(cage, bytes, len, &text) && fp_tree_scalar(&cage->tree, type, text, false) == 0;
}

static int on_null(void *user)
{
    fp_cage *cage = user;

    return fp_tree_scalar(&cage->tree, FP_VALUE_NULL, FP_STR_NULL, false) == 0;
}

static int on_boolean(void *user, int boolean)
{
    fp_cage *cage = user;

    return fp_tree_scalar(&cage->tree, FP_VALUE_BOOL, FP_STR_NULL, boolean != 0) == 0;
}

static int on_number(void *user, const char *text, size_t len)
{
    return text_scalar(user, FP_VALUE_NUMBER, text, len);
}

static int on_string(void *user, const unsigned char *text, size_t len)
{
    return text_scalar(user, FP_VALUE_STRING, text, len);
}

static int on_map_key(void *user, const unsigned char *text, size_t len)
{
    fp_cage *cage = user;
    fp_str key;

    if (!keep(cage, text, len, &key))
        return 0;
    fp_tree_key(&cage->tree, key);
    return 1;
}

static int on_start_map(void *user)
{
    fp_cage *cage = user;

    return fp_tree_open(&cage->tree, FP_VALUE_OBJECT) == 0;
}

static int on_start_array(void *user)
{
    fp_cage *cage = user;

    return fp_tree_open(&cage->tree, FP_VALUE_ARRAY) == 0;
}

static int on_end(void *user)
{
    fp_cage *cage = user;

    return fp_tree_close(&cage->tree) == 0;
}

static const yajl_callbacks tree_callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_map_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end,
};

/* --- running it --- */

/* 1 if the text is JSON, 0 if it isn't or a callback said no, FEDPOL_E_NOMEM. No local of this
   function changes between setjmp() and a jump back to it. */
static int run(fp_cage *cage, const yajl_callbacks *callbacks, void *user)
{
    yajl_alloc_funcs funcs = {guarded_malloc, guarded_realloc, guarded_free, cage};
    const unsigned char *bytes = (const unsigned char *)cage->text.ptr;

    if (cage->memory.total > KEPT_MEMORY)
        fp_arena_done(&cage->memory);
    fp_arena_reset(&cage->memory);
    if (setjmp(cage->escape) != 0)
        return FEDPOL_E_NOMEM;

    yajl_handle handle = yajl_alloc(callbacks, &funcs, user);
    yajl_status status;

    (void)yajl_config(handle, yajl_dont_validate_strings, 1);
    status = yajl_parse(handle, bytes, cage->text.len);
    if (status == yajl_status_ok)
        status = yajl_complete_parse(handle);
    cage->consumed = yajl_get_bytes_consumed(handle);
    return status == yajl_status_ok;
}

int fp_cage_new(const fp_wire_limits *limits, fp_cage **ret)
{
    fp_cage *cage = fp_alloc_zero(1, sizeof(*cage));

    if (!cage)
        return FEDPOL_E_NOMEM;
    fp_arena_init(&cage->memory, 0);
    fp_tree_init(&cage->tree, limits);
    *ret = cage;
    return 0;
}

fp_cage *fp_cage_free(fp_cage *cage)
{
    if (cage) {
        fp_arena_done(&cage->memory);
        fp_tree_done(&cage->tree);
        fp_free(cage);
    }
    return NULL;
}

int fp_cage_parse(fp_cage *cage, fp_str text, fp_arena *arena, bool borrow, fp_value **ret,
                  fp_wire_fault *ret_fault)
{
    fp_wire_fault fault = {.code = FEDPOL_E_NOMEM, .reason = "out of memory"};
    int r;

    cage->text = text;
    cage->borrow = borrow;
    fp_tree_begin(&cage->tree, arena);
    if (!fp_json_check_text(text, &fault)) {
        *ret_fault = fault;
        return fault.code;
    }
    r = run(cage, &tree_callbacks, cage);
    if (r == 1) {
        *ret = cage->tree.root;
        return 0;
    }
    if (cage->tree.fault.code)
        fault = cage->tree.fault;
    else if (r == 0)
        fault = (fp_wire_fault){.code = FEDPOL_E_PARSE, .reason = "not a JSON text"};
    fault.offset = cage->consumed < text.len ? cage->consumed : text.len;
    *ret_fault = fault;
    return fault.code;
}

/* --- identity of what was refused --- */

enum { ID_API_VERSION, ID_KIND, ID_NAME, ID_NAMESPACE, ID_COUNT, ID_METADATA, ID_NOTHING };

static const char *const id_keys[ID_COUNT] = {"apiVersion", "kind", "name", "namespace"};

typedef struct identity {
    fp_arena *arena;
    uint32_t depth;
    bool in_metadata;
    bool nomem;
    unsigned next; /* ID_*: what the value that comes next is */
    fp_str found[ID_COUNT];
} identity;

static int id_on_key(void *user, const unsigned char *text, size_t len)
{
    identity *id = user;
    fp_str key = {(const char *)text, len};
    unsigned from = id->depth == 1 ? ID_API_VERSION : ID_NAME;
    unsigned to = id->depth == 1 ? ID_NAME : ID_COUNT;

    id->next = ID_NOTHING;
    if (id->depth == 1 && fp_str_is(key, "metadata"))
        id->next = ID_METADATA;
    if (id->depth == 1 || (id->depth == 2 && id->in_metadata))
        for (unsigned i = from; i < to; i++)
            if (fp_str_is(key, id_keys[i]))
                id->next = i;
    return 1;
}

static int id_on_string(void *user, const unsigned char *text, size_t len)
{
    identity *id = user;
    fp_str s = {(const char *)text, len};

    if (id->next < ID_COUNT && !id->found[id->next].ptr && fp_utf8_valid(s) &&
        fp_str_find_byte(s, '\0') < 0) {
        s = fp_arena_str(id->arena, s);
        id->nomem = !s.ptr;
        id->found[id->next] = s;
    }
    id->next = ID_NOTHING;
    return !id->nomem;
}

static int id_on_open(identity *id, bool map)
{
    if (id->depth == 1 && map && id->next == ID_METADATA)
        id->in_metadata = true;
    id->depth++;
    id->next = ID_NOTHING;
    return 1;
}

static int id_on_start_map(void *user)
{
    return id_on_open(user, true);
}

static int id_on_start_array(void *user)
{
    return id_on_open(user, false);
}

static int id_on_end(void *user)
{
    identity *id = user;

    if (--id->depth == 1)
        id->in_metadata = false;
    return 1;
}

static const yajl_callbacks identity_callbacks = {
    .yajl_string = id_on_string,
    .yajl_start_map = id_on_start_map,
    .yajl_map_key = id_on_key,
    .yajl_end_map = id_on_end,
    .yajl_start_array = id_on_start_array,
    .yajl_end_array = id_on_end,
};

static fp_value *add_child(fp_arena *arena, fp_value *parent, fp_value_type type, fp_str key)
{
    fp_value *child = fp_arena_zero(arena, 1, sizeof(*child));

    if (!child)
        return NULL;
    child->type = type;
    child->key = key;
    if (parent) {
        child->next = parent->first;
        parent->first = child;
        parent->count++;
    }
    return child;
}

static int identity_tree(const identity *id, fp_value **ret)
{
    fp_value *root = add_child(id->arena, NULL, FP_VALUE_OBJECT, FP_STR_NULL);
    fp_value *metadata =
        root ? add_child(id->arena, root, FP_VALUE_OBJECT, FP_STR("metadata")) : NULL;

    if (!metadata)
        return FEDPOL_E_NOMEM;
    for (unsigned i = 0; i < ID_COUNT; i++) {
        fp_value *child;

        if (!id->found[i].ptr)
            continue;
        child = add_child(id->arena, i < ID_NAME ? root : metadata, FP_VALUE_STRING,
                          fp_str_of(id_keys[i]));
        if (!child)
            return FEDPOL_E_NOMEM;
        child->text = id->found[i];
    }
    *ret = root;
    return 0;
}

int fp_cage_identify(fp_cage *cage, fp_str text, fp_arena *arena, fp_value **ret)
{
    identity id = {.arena = arena, .next = ID_NOTHING};

    cage->text = text;
    if (run(cage, &identity_callbacks, &id) == FEDPOL_E_NOMEM || id.nomem)
        return FEDPOL_E_NOMEM;
    return identity_tree(&id, ret);
}
