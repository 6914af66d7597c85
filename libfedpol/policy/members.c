/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

/*
 * Members of sets, less those that the last delta told, as two sorted lists that have nothing in
 * common. The changes of a commit are composed onto them: first all new lists are made, which may
 * fail and then has changed nothing; then they are put in place, which cannot.
 */

typedef int (*item_cmp)(const void *a, const void *b);

/* What kind of items a list has. */
typedef struct item_type {
    size_t size;
    item_cmp cmp;
} item_type;

static int cmp_cidrs(const void *a, const void *b)
{
    return fp_cidr_cmp(a, b);
}

static int cmp_ports(const void *a, const void *b)
{
    return fp_port_member_cmp(a, b);
}

static const item_type cidr_items = {sizeof(fp_cidr), cmp_cidrs};
static const item_type port_items = {sizeof(fp_port_member), cmp_ports};

typedef struct items {
    const char *at;
    const char *end;
} items;

static items items_of(const void *first, size_t n, const item_type *type)
{
    const char *at = first;

    return (items){at, n ? at + n * type->size : at};
}

/* Whether the first of LIST is ITEM, after all smaller ones were passed over. */
static bool skip_to(items *list, const void *item, const item_type *type)
{
    int order = -1;

    while (list->at != list->end && (order = type->cmp(list->at, item)) < 0)
        list->at += type->size;
    return list->at != list->end && order == 0;
}

/* (A without minus D) merged with (U without R); the results never meet. Returns the count. */
static size_t compose(items a, items d, items u, items r, const item_type *type, char *out)
{
    const char *start = out;

    while (a.at != a.end || u.at != u.end) {
        bool from_a = u.at == u.end || (a.at != a.end && type->cmp(a.at, u.at) < 0);
        items *source = from_a ? &a : &u;
        items *without = from_a ? &d : &r;
        items rest = *without;
        bool skip = skip_to(&rest, source->at, type);

        *without = rest;
        if (!skip) {
            memcpy(out, source->at, type->size);
            out += type->size;
        }
        source->at += type->size;
    }
    return (size_t)(out - start) / type->size;
}

/* The new lists of one set. */
typedef struct patch {
    uint32_t set;
    void *added;
    size_t n_added;
    void *removed;
    size_t n_removed;
} patch;

typedef FP_VEC(patch) patch_vec;

typedef struct list {
    const void *items;
    size_t n;
} list;

static int make_patch(patch_vec *patches, uint32_t set, const item_type *type, list added,
                      list removed, list up, list down)
{
    items a = items_of(added.items, added.n, type);
    items r = items_of(removed.items, removed.n, type);
    items u = items_of(up.items, up.n, type);
    items d = items_of(down.items, down.n, type);
    patch p = {.set = set};

    fp_try(fp_vec_reserve(patches, 1));
    p.added = fp_alloc_array(added.n + up.n, type->size);
    p.removed = fp_alloc_array(removed.n + down.n, type->size);
    if (!p.added || !p.removed) {
        fp_free(p.added);
        fp_free(p.removed);
        return FEDPOL_E_NOMEM;
    }
    p.n_added = compose(a, d, u, r, type, p.added);
    p.n_removed = compose(r, u, d, a, type, p.removed);
    patches->items[patches->len++] = p;
    return 0;
}

static int patch_nets(fp_calc *calc, patch_vec *patches, const fp_member_change *changes, size_t n)
{
    const fp_idset *sets = &calc->matches.items[changes[0].match_id].sets;
    fp_cidr_vec up = {0};
    fp_cidr_vec down = {0};
    int r = 0;

    for (size_t i = 0; i < n && r == 0; i++)
        r = changes[i].added ? fp_vec_push(&up, changes[i].net)
                             : fp_vec_push(&down, changes[i].net);
    for (uint32_t id = fp_idset_next(sets, 0); id != FP_NO_ID && r == 0;
         id = fp_idset_next(sets, id + 1)) {
        const fp_set_entry *set = calc->sets.items.items[id];

        if (set->pub.type != FP_SET_NET || set->fresh)
            continue;
        r = make_patch(patches, id, &cidr_items, (list){set->added.items, set->added.len},
                       (list){set->removed.items, set->removed.len}, (list){up.items, up.len},
                       (list){down.items, down.len});
    }
    fp_vec_done(&up);
    fp_vec_done(&down);
    return r;
}

static int collect_fresh(const fp_calc *calc, fp_u32_vec *ret)
{
    const fp_idset *fresh = &calc->fresh_matches;

    for (uint32_t id = fp_idset_next(fresh, 0); id != FP_NO_ID; id = fp_idset_next(fresh, id + 1))
        fp_try(fp_vec_push(ret, id));
    return 0;
}

static int change_nets(fp_calc *calc, patch_vec *patches)
{
    fp_member_change_vec changes = {0};
    fp_u32_vec fresh = {0};
    int r = collect_fresh(calc, &fresh);

    if (r == 0)
        r = fp_federation_member_changes(calc->federation, fresh.items, fresh.len, &changes);
    for (size_t i = 0, end; i < changes.len && r == 0; i = end) {
        fp_match_id match = changes.items[i].match_id;

        for (end = i; end < changes.len && changes.items[end].match_id == match;)
            end++;
        if (match < calc->matches.len)
            r = patch_nets(calc, patches, changes.items + i, end - i);
    }
    fp_vec_done(&changes);
    fp_vec_done(&fresh);
    return r;
}

static int patch_ports(fp_calc *calc, patch_vec *patches, const fp_port_change *changes, size_t n)
{
    uint32_t id = changes[0].tag;
    const fp_set_entry *set = calc->sets.items.items[id];
    fp_port_member_vec up = {0};
    fp_port_member_vec down = {0};
    int r = 0;

    for (size_t i = 0; i < n && r == 0; i++)
        r = changes[i].added ? fp_vec_push(&up, changes[i].member)
                             : fp_vec_push(&down, changes[i].member);
    if (r == 0)
        r = make_patch(patches, id, &port_items,
                       (list){set->added_ports.items, set->added_ports.len},
                       (list){set->removed_ports.items, set->removed_ports.len},
                       (list){up.items, up.len}, (list){down.items, down.len});
    fp_vec_done(&up);
    fp_vec_done(&down);
    return r;
}

typedef FP_VEC(fp_port_query) query_vec;

static int collect_queries(const fp_calc *calc, query_vec *ret)
{
    for (size_t i = 0; i < calc->sets.items.len; i++) {
        const fp_set_entry *set = calc->sets.items.items[i];

        if (set && set->pub.type == FP_SET_IP_PORT && !set->fresh)
            fp_try(fp_vec_push(ret, (fp_port_query){set->pub.match_id, set->pub.protocol,
                                                    set->pub.port, (uint32_t)i}));
    }
    return 0;
}

static int change_ports(fp_calc *calc, patch_vec *patches)
{
    fp_port_change_vec changes = {0};
    query_vec queries = {0};
    int r = collect_queries(calc, &queries);

    if (r == 0 && queries.len > 0)
        r = fp_federation_port_changes(calc->federation, queries.items, queries.len, &changes);
    for (size_t i = 0, end; i < changes.len && r == 0; i = end) {
        for (end = i; end < changes.len && changes.items[end].tag == changes.items[i].tag;)
            end++;
        r = patch_ports(calc, patches, changes.items + i, end - i);
    }
    fp_vec_done(&changes);
    fp_vec_done(&queries);
    return r;
}

/* All members of a set that is new are additions. */
static int list_fresh(fp_calc *calc, patch_vec *patches)
{
    const fp_marks *stale = &calc->sets.stale;

    for (size_t i = 0; i < stale->ids.len; i++) {
        fp_set_entry *set = calc->sets.items.items[stale->ids.items[i]];
        fp_cidr_vec nets = {0};
        fp_port_member_vec ports = {0};
        bool is_net;

        if (!set || !set->fresh || set->users == 0)
            continue;
        is_net = set->pub.type == FP_SET_NET;
        fp_try(fp_vec_reserve(patches, 1));
        if (fp_calc_set_members(calc, &set->pub, &nets, &ports) < 0) {
            fp_vec_done(&nets);
            fp_vec_done(&ports);
            return FEDPOL_E_NOMEM;
        }
        patches->items[patches->len++] =
            (patch){.set = set->pub.id,
                    .added = is_net ? (void *)nets.items : (void *)ports.items,
                    .n_added = is_net ? nets.len : ports.len};
    }
    return 0;
}

#define fp_replace(vec, new_items, n)                                                              \
    do {                                                                                           \
        fp_free((vec)->items);                                                                     \
        (vec)->items = (new_items);                                                                \
        (vec)->len = (vec)->cap = (n);                                                             \
    } while (0)

static void apply(fp_calc *calc, patch_vec *patches)
{
    for (size_t i = 0; i < patches->len; i++) {
        patch *p = &patches->items[i];
        fp_set_entry *set = calc->sets.items.items[p->set];

        if (set->pub.type == FP_SET_NET) {
            fp_replace(&set->added, p->added, p->n_added);
            fp_replace(&set->removed, p->removed, p->n_removed);
        } else {
            fp_replace(&set->added_ports, p->added, p->n_added);
            fp_replace(&set->removed_ports, p->removed, p->n_removed);
        }
        fp_marks_add(&calc->sets.changed, p->set);
    }
}

/* Sets that nobody uses any more and that no delta told go; the others wait for the next delta. */
static void settle(fp_calc *calc)
{
    const fp_marks *stale = &calc->sets.stale;

    for (size_t i = 0; i < stale->ids.len; i++) {
        uint32_t id = stale->ids.items[i];
        fp_set_entry *set = calc->sets.items.items[id];

        if (!set)
            continue;
        if (set->users == 0 && !set->told) {
            fp_sets_destroy(calc, id);
            continue;
        }
        set->fresh = false;
        fp_marks_add(&calc->sets.changed, id);
    }
}

/* Whether any set of TYPE was there before this commit. */
static bool has_old(const fp_calc *calc, fp_set_type type)
{
    const fp_sets *sets = &calc->sets;
    size_t n = type == FP_SET_NET ? sets->nets : sets->ports;

    for (size_t i = 0; i < sets->stale.ids.len; i++) {
        const fp_set_entry *set = sets->items.items[sets->stale.ids.items[i]];

        if (set && set->fresh && set->pub.type == type)
            n--;
    }
    return n > 0;
}

static bool has_changes(const fp_calc *calc)
{
    size_t n;

    (void)fp_label_index_transitions(calc->labels, &n);
    return n > 0 || fp_federation_has_changes(calc->federation);
}

int fp_members_update(fp_calc *calc)
{
    patch_vec patches = {0};
    bool changed = has_changes(calc);
    int r = list_fresh(calc, &patches);

    if (r == 0 && changed && has_old(calc, FP_SET_NET))
        r = change_nets(calc, &patches);
    if (r == 0 && changed && has_old(calc, FP_SET_IP_PORT))
        r = change_ports(calc, &patches);
    if (r == 0) {
        apply(calc, &patches);
        settle(calc);
    }
    for (size_t i = 0; r < 0 && i < patches.len; i++) {
        fp_free(patches.items[i].added);
        fp_free(patches.items[i].removed);
    }
    fp_vec_done(&patches);
    return r;
}
