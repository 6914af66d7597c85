/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/private.h"

/*
 * Diagnostics of addresses that several endpoints claim. Network sets describe addresses and claim
 * none. An address's message is the same for all its owners and made once in an update.
 */

#define MAX_NAMED 4u    /* owners that a message names */
#define MAX_REPORTED 8u /* addresses of one endpoint */
#define MAX_QUOTED 253u /* bytes of a name */

void fp_diags_mark_endpoint(fp_federation *federation, fp_endpoint_id id)
{
    fp_endpoint *endpoint = fp_endpoint_at(federation, id);

    if (endpoint->flags & FP_EP_STALE_DIAGS)
        return;
    endpoint->flags |= FP_EP_STALE_DIAGS;
    if (fp_vec_push(&federation->stale_endpoints, id) < 0)
        federation->stale_all = true;
}

void fp_diags_mark_list(fp_federation *federation, uint32_t tagged)
{
    fp_owner_list *list = fp_owner_list_at(federation, tagged);

    if (list->stale)
        return;
    list->stale = true;
    if (fp_vec_push(&federation->stale_lists, tagged & ~FP_OWNER_LIST) < 0)
        federation->stale_all = true;
}

/* Marks the owners of a list that is out of date; its id may be free by now. */
static void mark_owners(fp_federation *federation, uint32_t at)
{
    fp_owner_list *list;

    if (at >= federation->owner_lists.used)
        return;
    list = fp_owner_list_at(federation, at);
    if (!list->stale)
        return;
    for (uint32_t id = fp_idset_next(&list->ids, 0); id != FP_NO_ID;
         id = fp_idset_next(&list->ids, id + 1))
        fp_diags_mark_endpoint(federation, id);
}

/* The ids to look at: those that are marked, in the queue or, if that lost some, all of them. */
static int collect_stale(fp_federation *federation, fp_u32_vec *ret)
{
    size_t n = federation->stale_all ? federation->endpoints.used : federation->stale_endpoints.len;

    fp_try(fp_vec_reserve(ret, n));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = federation->stale_all ? i : federation->stale_endpoints.items[i];

        if (id < federation->endpoints.used &&
            (fp_endpoint_at(federation, id)->flags & FP_EP_LIVE) &&
            (fp_endpoint_at(federation, id)->flags & FP_EP_STALE_DIAGS))
            ret->items[ret->len++] = id;
    }
    return 0;
}

static void put_owner(const fp_federation *federation, fp_endpoint_id id, fp_buf *buf)
{
    fp_endpoint_view view;

    if (!fp_federation_get(federation, id, &view))
        return;
    fp_buf_add(buf, fp_cluster_name(view.cluster));
    fp_buf_putc(buf, ' ');
    fp_buf_puts(buf, fp_kind_name(view.kind));
    fp_buf_putc(buf, ' ');
    if (view.ns.len > 0) {
        fp_buf_put_quoted(buf, view.ns, MAX_QUOTED);
        fp_buf_putc(buf, '/');
    }
    fp_buf_put_quoted(buf, view.name, MAX_QUOTED);
}

/* "10.0.0.1 is the address of east Pod "shop"/"web-0", … and 3 more". */
static int make_message(const fp_federation *federation, const fp_owner_list *list, fp_arena *arena,
                        const char **ret)
{
    fp_cleanup_buf fp_buf buf = {0};
    fp_u32_vec ids = {0};
    fp_str text = FP_STR_NULL;
    int r = 0;

    for (uint32_t id = fp_idset_next(&list->ids, 0); r == 0 && id != FP_NO_ID;
         id = fp_idset_next(&list->ids, id + 1))
        if (fp_flags_is_claim(fp_endpoint_at(federation, id)->flags))
            r = fp_vec_push(&ids, id);
    if (r == 0)
        r = fp_endpoints_sort(federation, &ids, 0);
    if (r == 0) {
        fp_cidr_put(&buf, &list->net);
        fp_buf_puts(&buf, " is the address of ");
        for (size_t i = 0; i < ids.len && i < MAX_NAMED; i++) {
            fp_buf_puts(&buf, i > 0 ? ", " : "");
            put_owner(federation, ids.items[i], &buf);
        }
        if (ids.len > MAX_NAMED)
            fp_buf_printf(&buf, " and %zu more", ids.len - MAX_NAMED);
        r = fp_buf_error(&buf);
    }
    fp_vec_done(&ids);
    if (r == 0)
        text = fp_arena_str(arena, fp_buf_str(&buf));
    if (!text.ptr)
        return FEDPOL_E_NOMEM;
    *ret = text.ptr;
    return 0;
}

/* What is wrong with the owner of FLAGS on this address; 0: nothing. */
static fp_diag_code trouble(const fp_owner_list *list, unsigned flags)
{
    if (!fp_flags_is_claim(flags))
        return 0;
    if (!(flags & FP_EP_LOCAL) && list->n_local > 0)
        return FP_DIAG_LOCAL_ADDRESS_CLAIMED;
    /* A local owner is not to blame for remotes that claim its address. */
    if ((flags & FP_EP_LOCAL) ? list->n_local > 1 : list->n_remote > 1)
        return FP_DIAG_DUPLICATE_ADDRESS;
    return 0;
}

typedef struct update {
    fp_federation *federation;
    fp_arena arena;      /* messages, for the whole update */
    fp_u32_vec messages; /* lists that have one */
} update;

static int message_of(update *u, uint32_t tagged, const char **ret)
{
    fp_owner_list *list = fp_owner_list_at(u->federation, tagged);

    if (!list->message) {
        fp_try(fp_vec_reserve(&u->messages, 1));
        fp_try(make_message(u->federation, list, &u->arena, &list->message));
        (void)fp_vec_push(&u->messages, tagged);
    }
    *ret = list->message;
    return 0;
}

static int find_troubles(update *u, fp_endpoint_id id, fp_diag *diags, size_t *n)
{
    fp_state state = fp_state_now(u->federation, id);
    size_t n_nets = fp_state_net_count(&state);

    for (size_t i = 0; i < n_nets && *n < MAX_REPORTED; i++) {
        fp_cidr net = fp_state_net(&state, i);
        uint32_t found = fp_owners_find(u->federation, &net);
        fp_diag_code code;
        const char *message;

        if (found == FP_NO_ID || !(found & FP_OWNER_LIST))
            continue;
        code = trouble(fp_owner_list_at(u->federation, found), state.flags);
        if (code == 0)
            continue;
        fp_try(message_of(u, found, &message));
        diags[(*n)++] = (fp_diag){FP_SEVERITY_WARNING, code, FP_STR_NULL, fp_str_of(message)};
    }
    return 0;
}

static int update_endpoint(update *u, fp_endpoint_id id)
{
    fp_endpoint *endpoint = fp_endpoint_at(u->federation, id);
    fp_cluster *cluster = u->federation->slots.items[endpoint->cluster].cluster;
    fp_record_view view = fp_cluster_record(cluster, endpoint->record);
    fp_diag diags[MAX_REPORTED];
    size_t n = 0;

    if ((endpoint->flags & FP_EP_CONTESTED) && fp_flags_is_claim(endpoint->flags))
        fp_try(find_troubles(u, id, diags, &n));
    if (n > 0 || (endpoint->flags & FP_EP_HAS_DIAGS))
        fp_try(fp_cluster_set_diags(cluster, FP_DIAG_SOURCE_FEDERATION, fp_kind_name(view.kind),
                                    view.ns, view.name, FP_STR_NULL, diags, n));
    endpoint->flags &= (uint16_t) ~(FP_EP_STALE_DIAGS | FP_EP_HAS_DIAGS);
    if (n > 0)
        endpoint->flags |= FP_EP_HAS_DIAGS;
    return 0;
}

/* In the order of fp_federation_all(), since only so many diagnostics are kept of a cluster. */
static int update_all(update *u, fp_u32_vec *ids)
{
    fp_federation *federation = u->federation;

    for (uint32_t at = 0; federation->stale_all && at < federation->owner_lists.used; at++)
        mark_owners(federation, at);
    for (size_t i = 0; i < federation->stale_lists.len; i++)
        mark_owners(federation, federation->stale_lists.items[i]);
    fp_try(collect_stale(federation, ids));
    fp_try(fp_endpoints_sort(federation, ids, 0));
    for (size_t i = 0; i < ids->len; i++)
        fp_try(update_endpoint(u, ids->items[i]));
    return 0;
}

static void clear_marks(fp_federation *federation)
{
    for (uint32_t at = 0; federation->stale_all && at < federation->owner_lists.used; at++)
        fp_owner_list_at(federation, at)->stale = false;
    for (size_t i = 0; i < federation->stale_lists.len; i++)
        if (federation->stale_lists.items[i] < federation->owner_lists.used)
            fp_owner_list_at(federation, federation->stale_lists.items[i])->stale = false;
    fp_vec_done(&federation->stale_lists);
    fp_vec_done(&federation->stale_endpoints);
    federation->stale_all = false;
}

int fp_federation_update_diags(fp_federation *federation)
{
    update u = {.federation = federation};
    fp_u32_vec ids = {0};
    int r;

    if (federation->stale_lists.len == 0 && federation->stale_endpoints.len == 0 &&
        !federation->stale_all)
        return 0;
    fp_arena_init(&u.arena, 0);
    r = update_all(&u, &ids);
    for (size_t i = 0; i < u.messages.len; i++)
        fp_owner_list_at(federation, u.messages.items[i])->message = NULL;
    /* What was done stays done; the marks of the rest stay for the next time. */
    if (r == 0)
        clear_marks(federation);
    fp_vec_done(&u.messages);
    fp_arena_done(&u.arena);
    fp_vec_done(&ids);
    return r;
}
