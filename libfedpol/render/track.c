/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/track.h"

#include <stdlib.h>

#include "libfedpol/render/build.h"

static void clear(fp_tracked *tracked)
{
    fp_vec_done(&tracked->wide);
    fp_vec_done(&tracked->next_wide);
    fp_vec_done(&tracked->nets);
    fp_vec_done(&tracked->services);
    *tracked = (fp_tracked){0};
}

void fp_tracker_done(fp_tracker *tracker)
{
    for (size_t i = 0; i < tracker->items.len; i++)
        clear(&tracker->items.items[i]);
    fp_vec_done(&tracker->items);
    fp_vec_done(&tracker->dirty);
    *tracker = (fp_tracker){0};
}

static fp_tracked *at(fp_tracker *tracker, uint32_t id)
{
    size_t old = tracker->items.len;

    if (id >= old) {
        if (fp_vec_reserve(&tracker->items, id + 1 - old) < 0)
            return NULL;
        memset(tracker->items.items + old, 0, (id + 1 - old) * sizeof(*tracker->items.items));
        tracker->items.len = (size_t)id + 1;
    }
    return &tracker->items.items[id];
}

/* The prefixes among the members, to the end of WIDE. */
static int read_wide(const fp_view *view, const fp_set *set, fp_cidr_vec *wide)
{
    fp_cidr_vec nets = {0};
    fp_port_member_vec ports = {0};
    int r = 0;

    if (set->type == FP_SET_NET)
        r = view->members(view->source, set, &nets, &ports);
    for (size_t i = 0; r == 0 && i < nets.len; i++)
        if (!fp_cidr_is_host(&nets.items[i]))
            r = fp_vec_push(wide, nets.items[i]);
    fp_vec_done(&nets);
    fp_vec_done(&ports);
    return r;
}

int fp_tracker_fill(fp_tracker *tracker, const fp_view *view)
{
    fp_u32_vec ids = {0};
    int r = view->sets(view->source, &ids);

    for (size_t i = 0; r == 0 && i < ids.len; i++) {
        const fp_set *set = view->set(view->source, ids.items[i]);
        fp_tracked *tracked = at(tracker, ids.items[i]);

        if (!set || !tracked) {
            r = set ? FEDPOL_E_NOMEM : FEDPOL_E_INTERNAL;
            break;
        }
        tracked->used = true;
        r = read_wide(view, set, &tracked->wide);
    }
    fp_vec_done(&ids);
    return r;
}

static int mark(fp_tracker *tracker, fp_tracked *tracked, uint32_t id)
{
    if (tracked->dirty)
        return 0;
    fp_try(fp_vec_push(&tracker->dirty, id));
    tracked->dirty = true;
    return 0;
}

static int note_changes(fp_tracked *tracked, const fp_set_delta *delta)
{
    for (size_t i = 0; i < delta->n_removed; i++)
        fp_try(fp_vec_push(&tracked->nets, (fp_net_change){delta->removed[i], false}));
    for (size_t i = 0; i < delta->n_added; i++)
        fp_try(fp_vec_push(&tracked->nets, (fp_net_change){delta->added[i], true}));
    for (size_t i = 0; i < delta->n_removed_ports; i++)
        fp_try(
            fp_vec_push(&tracked->services, (fp_service_change){delta->removed_ports[i], false}));
    for (size_t i = 0; i < delta->n_added_ports; i++)
        fp_try(fp_vec_push(&tracked->services, (fp_service_change){delta->added_ports[i], true}));
    tracked->prepared = false;
    return 0;
}

int fp_tracker_note(fp_tracker *tracker, const fp_set_delta *delta)
{
    uint32_t id = delta->set->id;
    fp_tracked *tracked = at(tracker, id);
    bool was_dirty;

    if (!tracked)
        return FEDPOL_E_NOMEM;
    if (delta->is_new || delta->is_gone) {
        was_dirty = tracked->dirty;
        clear(tracked);
        tracked->dirty = was_dirty;
        tracked->used = delta->is_new;
        tracked->fresh = delta->is_new;
        tracker->structural = true;
        return mark(tracker, tracked, id);
    }
    if (!tracked->used || tracked->fresh)
        return 0; /* all its members will be read */
    fp_try(mark(tracker, tracked, id));
    return note_changes(tracked, delta);
}

static int compare_nets(const void *a, const void *b)
{
    return fp_cidr_cmp(&((const fp_net_change *)a)->net, &((const fp_net_change *)b)->net);
}

static int compare_services(const void *a, const void *b)
{
    return fp_port_member_cmp(&((const fp_service_change *)a)->member,
                              &((const fp_service_change *)b)->member);
}

/* Additions and removals of a member alternate, so their sum is -1, 0 or 1. */
static void sum_nets(fp_tracked *tracked)
{
    fp_net_change *items = tracked->nets.items;
    size_t n = tracked->nets.len;
    size_t kept = 0;

    if (n > 1)
        qsort(items, n, sizeof(*items), compare_nets);
    for (size_t i = 0, end; i < n; i = end) {
        int sum = 0;

        for (end = i; end < n && compare_nets(&items[i], &items[end]) == 0; end++)
            sum += items[end].added ? 1 : -1;
        if (sum)
            items[kept++] = (fp_net_change){items[i].net, sum > 0};
    }
    tracked->nets.len = kept;
}

static void sum_services(fp_tracked *tracked)
{
    fp_service_change *items = tracked->services.items;
    size_t n = tracked->services.len;
    size_t kept = 0;

    if (n > 1)
        qsort(items, n, sizeof(*items), compare_services);
    for (size_t i = 0, end; i < n; i = end) {
        int sum = 0;

        for (end = i; end < n && compare_services(&items[i], &items[end]) == 0; end++)
            sum += items[end].added ? 1 : -1;
        if (sum)
            items[kept++] = (fp_service_change){items[i].member, sum > 0};
    }
    tracked->services.len = kept;
}

/* next_wide = wide with the changes; both are in order. */
static int merge_wide(fp_tracked *tracked)
{
    size_t w = 0;

    fp_vec_clear(&tracked->next_wide);
    for (size_t i = 0; i < tracked->nets.len; i++) {
        const fp_net_change *change = &tracked->nets.items[i];

        if (fp_cidr_is_host(&change->net))
            continue;
        while (w < tracked->wide.len && fp_cidr_cmp(&tracked->wide.items[w], &change->net) < 0)
            fp_try(fp_vec_push(&tracked->next_wide, tracked->wide.items[w++]));
        if (w < tracked->wide.len && fp_cidr_eq(&tracked->wide.items[w], &change->net))
            w++;
        if (change->added)
            fp_try(fp_vec_push(&tracked->next_wide, change->net));
    }
    while (w < tracked->wide.len)
        fp_try(fp_vec_push(&tracked->next_wide, tracked->wide.items[w++]));
    return 0;
}

static uint8_t mask_of(const fp_cidr_vec *wide)
{
    uint8_t mask = 0;

    for (size_t i = 0; i < wide->len; i++)
        mask |= (uint8_t)fp_family_bit(wide->items[i].ip.family);
    return mask;
}

static int prepare(fp_tracked *tracked, const fp_view *view, uint32_t id)
{
    const fp_set *set = view->set(view->source, id);

    if (tracked->prepared)
        return 0;
    if (tracked->fresh) {
        fp_vec_clear(&tracked->next_wide);
        if (!set)
            return FEDPOL_E_INTERNAL;
        fp_try(read_wide(view, set, &tracked->next_wide));
    } else {
        sum_nets(tracked);
        sum_services(tracked);
        fp_try(merge_wide(tracked));
    }
    /* A fresh set may get more members before its text is written. */
    tracked->prepared = !tracked->fresh;
    return 0;
}

int fp_tracker_prepare(fp_tracker *tracker, const fp_view *view, bool *ret_structural)
{
    bool structural = tracker->structural;

    for (size_t i = 0; i < tracker->dirty.len; i++) {
        uint32_t id = tracker->dirty.items[i];
        fp_tracked *tracked = &tracker->items.items[id];

        if (!tracked->used)
            continue;
        fp_try(prepare(tracked, view, id));
        structural |= mask_of(&tracked->wide) != mask_of(&tracked->next_wide);
    }
    *ret_structural = structural;
    return 0;
}

int fp_tracker_masks(const fp_tracker *tracker, uint8_t **ret, size_t *ret_n)
{
    uint8_t *masks = fp_alloc_zero(tracker->items.len, 1);

    if (!masks)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < tracker->items.len; i++) {
        const fp_tracked *tracked = &tracker->items.items[i];

        masks[i] = mask_of(tracked->dirty ? &tracked->next_wide : &tracked->wide);
    }
    *ret = masks;
    *ret_n = tracker->items.len;
    return 0;
}

void fp_tracker_commit(fp_tracker *tracker)
{
    for (size_t i = 0; i < tracker->dirty.len; i++) {
        fp_tracked *tracked = &tracker->items.items[tracker->dirty.items[i]];
        fp_cidr_vec old = tracked->wide;

        tracked->wide = tracked->next_wide;
        tracked->next_wide = old;
        fp_vec_clear(&tracked->next_wide);
        fp_vec_clear(&tracked->nets);
        fp_vec_clear(&tracked->services);
        tracked->dirty = false;
        tracked->fresh = false;
        tracked->prepared = false;
    }
    fp_vec_clear(&tracker->dirty);
    tracker->structural = false;
}

/* One `add element` or `delete element`, opened at its first member. */
typedef struct element_line {
    const fp_nft *nft;
    const char *verb;
    fp_str set;
    size_t n;
} element_line;

static void next_member(element_line *line)
{
    fp_buf *buf = line->nft->buf;

    if (line->n++) {
        fp_buf_puts(buf, ", ");
        return;
    }
    fp_buf_puts(buf, line->verb);
    fp_buf_puts(buf, " element ");
    fp_nft_put_table(line->nft);
    fp_buf_putc(buf, ' ');
    fp_buf_add(buf, line->set);
    fp_buf_puts(buf, " { ");
}

static void end_line(const element_line *line)
{
    if (line->n)
        fp_buf_puts(line->nft->buf, " }\n");
}

static void put_hosts(const fp_tracked *tracked, unsigned family, bool added, element_line *line)
{
    for (size_t i = 0; i < tracked->nets.len; i++) {
        const fp_net_change *change = &tracked->nets.items[i];

        if (change->added != added || change->net.ip.family != family ||
            !fp_cidr_is_host(&change->net))
            continue;
        next_member(line);
        fp_cidr_put(line->nft->buf, &change->net);
    }
}

static void put_services(const fp_tracked *tracked, unsigned family, bool added, element_line *line)
{
    for (size_t i = 0; i < tracked->services.len; i++) {
        const fp_service_change *change = &tracked->services.items[i];

        if (change->added != added || change->member.ip.family != family)
            continue;
        next_member(line);
        fp_nft_put_port_member(line->nft->buf, &change->member);
    }
}

static int push_net(void *user, const fp_cidr *net)
{
    fp_cidr_vec *nets = user;

    return fp_vec_push(nets, *net);
}

/* What is in A and not in B; both in order. */
static void put_difference(const fp_cidr_vec *a, const fp_cidr_vec *b, element_line *line)
{
    size_t j = 0;

    for (size_t i = 0; i < a->len; i++) {
        while (j < b->len && fp_cidr_cmp(&b->items[j], &a->items[i]) < 0)
            j++;
        if (j < b->len && fp_cidr_eq(&b->items[j], &a->items[i]))
            continue;
        next_member(line);
        fp_cidr_put(line->nft->buf, &a->items[i]);
    }
}

static int put_wide(const fp_tracked *tracked, unsigned family, element_line lines[2])
{
    fp_cidr_vec old = {0};
    fp_cidr_vec next = {0};
    int r = fp_view_each_net(tracked->wide.items, tracked->wide.len, family, true, push_net, &old);

    if (r == 0)
        r = fp_view_each_net(tracked->next_wide.items, tracked->next_wide.len, family, true,
                             push_net, &next);
    if (r == 0) {
        put_difference(&old, &next, &lines[0]);
        end_line(&lines[0]);
        put_difference(&next, &old, &lines[1]);
        end_line(&lines[1]);
    }
    fp_vec_done(&old);
    fp_vec_done(&next);
    return r;
}

/* What goes is deleted first: in an interval set nothing may overlap at any moment. */
int fp_tracked_put_changes(const fp_nft *nft, const fp_tracked *tracked, fp_str name,
                           fp_ir_part part, unsigned family)
{
    element_line lines[2] = {{nft, "delete", name, 0}, {nft, "add", name, 0}};

    if (part == FP_PART_WIDE)
        return put_wide(tracked, family, lines);
    for (size_t i = 0; i < 2; i++) {
        if (part == FP_PART_HOSTS)
            put_hosts(tracked, family, i == 1, &lines[i]);
        else
            put_services(tracked, family, i == 1, &lines[i]);
        end_line(&lines[i]);
    }
    return 0;
}
