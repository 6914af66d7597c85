/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/guards.h"

#include "libfedpol/api/source.h"

/* What remote clusters may bring in, by their names. */

#define MAX_NAMESPACE 63u

int fedpol_guard_new(fedpol_guard **ret_guard)
{
    fedpol_guard *guard;

    fp_check_arg(ret_guard);
    guard = fp_alloc_zero(1, sizeof(*guard));
    if (!guard)
        return FEDPOL_E_NOMEM;
    guard->allow_timeout_ms = guard->deny_timeout_ms = guard->backend_timeout_ms = -1;
    *ret_guard = guard;
    return 0;
}

fedpol_guard *fedpol_guard_free(fedpol_guard *guard)
{
    if (guard) {
        fp_admission_done(&guard->admission);
        fp_free(guard->label_filter);
        fp_free(guard);
    }
    return NULL;
}

static int add_name(fp_name_vec *names, const char *name)
{
    fp_check_arg(name && *name && strlen(name) <= MAX_NAMESPACE);
    for (const char *c = name; *c; c++)
        fp_check_arg((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '-');
    return fp_name_vec_add(names, fp_str_of(name));
}

int fedpol_guard_add_namespace(fedpol_guard *guard, const char *name)
{
    fp_check_arg(guard);
    return add_name(&guard->admission.namespaces, name);
}

int fedpol_guard_exclude_namespace(fedpol_guard *guard, const char *name)
{
    fp_check_arg(guard);
    return add_name(&guard->admission.excluded, name);
}

int fedpol_guard_set_label_filter(fedpol_guard *guard, const char *selector)
{
    char *copy = NULL;

    fp_check_arg(guard);
    if (selector && *selector) {
        fp_check_arg(strlen(selector) <= FP_LABEL_FILTER_MAX);
        copy = fp_str_dup(fp_str_of(selector));
        if (!copy)
            return FEDPOL_E_NOMEM;
    }
    fp_free(guard->label_filter);
    guard->label_filter = copy;
    return 0;
}

int fedpol_guard_add_cidr(fedpol_guard *guard, const char *cidr)
{
    bool had_host_bits;
    fp_cidr parsed;

    fp_check_arg(guard && cidr);
    fp_check_arg(fp_cidr_parse(fp_str_of(cidr), &parsed, &had_host_bits) && !had_host_bits);
    return fp_admission_add_claim(&guard->admission, &parsed);
}

int fedpol_guard_set_max_objects(fedpol_guard *guard, uint64_t count)
{
    fp_check_arg(guard);
    guard->admission.max_objects = count;
    return 0;
}

int fedpol_guard_set_max_endpoints(fedpol_guard *guard, uint64_t count)
{
    fp_check_arg(guard);
    guard->admission.max_endpoints = count;
    return 0;
}

int fedpol_guard_set_max_bytes(fedpol_guard *guard, uint64_t bytes)
{
    fp_check_arg(guard);
    guard->admission.max_bytes = bytes;
    return 0;
}

int fedpol_guard_set_endpoint_timeout(fedpol_guard *guard, int use, int64_t milliseconds)
{
    fp_check_arg(guard && milliseconds >= -1);
    fp_check_arg(use == FEDPOL_USE_ALLOW || use == FEDPOL_USE_DENY);
    if (use == FEDPOL_USE_ALLOW)
        guard->allow_timeout_ms = milliseconds;
    else
        guard->deny_timeout_ms = milliseconds;
    return 0;
}

int fedpol_guard_set_backend_timeout(fedpol_guard *guard, int64_t milliseconds)
{
    fp_check_arg(guard && milliseconds >= -1);
    guard->backend_timeout_ms = milliseconds;
    return 0;
}

/* --- by name --- */

static int copy(const fedpol_guard *guard, fedpol_guard **ret)
{
    fedpol_guard *made;
    int r;

    fp_try(fedpol_guard_new(&made));
    r = fp_admission_copy(&guard->admission, &made->admission);
    if (r == 0)
        r = fedpol_guard_set_label_filter(made, guard->label_filter);
    if (r < 0) {
        fedpol_guard_free(made);
        return r;
    }
    made->allow_timeout_ms = guard->allow_timeout_ms;
    made->deny_timeout_ms = guard->deny_timeout_ms;
    made->backend_timeout_ms = guard->backend_timeout_ms;
    *ret = made;
    return 0;
}

static bool is_named(const struct fp_named_guard *entry, const char *name)
{
    return name ? entry->name && strcmp(entry->name, name) == 0 : !entry->name;
}

static void drop(fedpol_context *context, const char *name)
{
    for (size_t i = 0; i < context->guards.len; i++) {
        struct fp_named_guard *entry = &context->guards.items[i];

        if (!is_named(entry, name))
            continue;
        fp_free(entry->name);
        fedpol_guard_free(entry->guard);
        *entry = context->guards.items[--context->guards.len];
        return;
    }
}

int fedpol_context_set_guard(fedpol_context *context, const char *name, const fedpol_guard *guard)
{
    struct fp_named_guard entry = {0};
    int r = 0;

    fp_try(fp_context_check(context));
    fp_check_arg(!name || *name);
    if (guard) {
        fp_try(fp_vec_reserve(&context->guards, 1));
        if (name) {
            entry.name = fp_str_dup(fp_str_of(name));
            r = entry.name ? 0 : FEDPOL_E_NOMEM;
        }
        if (r == 0)
            r = copy(guard, &entry.guard);
        if (r < 0) {
            fp_free(entry.name);
            return r;
        }
    }
    drop(context, name);
    if (guard)
        (void)fp_vec_push(&context->guards, entry); /* there is room */
    return 0;
}

static const fedpol_guard *find(const fedpol_context *context, const char *name)
{
    const fedpol_guard *of_all = NULL;

    for (size_t i = 0; i < context->guards.len; i++) {
        const struct fp_named_guard *entry = &context->guards.items[i];

        if (is_named(entry, name))
            return entry->guard;
        if (!entry->name)
            of_all = entry->guard;
    }
    return of_all;
}

int fp_guards_apply(fedpol_cluster *cluster, fp_admission *ret)
{
    const fedpol_guard *guard = find(cluster->context, cluster->name);

    *ret = (fp_admission){0};
    if (!guard || cluster->role == FEDPOL_ROLE_LOCAL)
        return 0;
    if (guard->label_filter) {
        cluster->label_filter = fp_str_dup(fp_str_of(guard->label_filter));
        if (!cluster->label_filter)
            return FEDPOL_E_NOMEM;
    }
    cluster->allow_timeout_ms = guard->allow_timeout_ms;
    cluster->deny_timeout_ms = guard->deny_timeout_ms;
    cluster->backend_timeout_ms = guard->backend_timeout_ms;
    return fp_admission_copy(&guard->admission, ret);
}

/* --- overload --- */

/* Whether COUNT leaves some of LIMIT (0: there is none), so that a new list is worth the while. */
static bool leaves_room(uint64_t count, uint64_t limit)
{
    return limit == 0 || count < limit - limit / 10;
}

static bool has_room(const fedpol_cluster *cluster)
{
    const fp_admission *admission = fp_cluster_admission(cluster->core);
    const fp_federation *federation = fp_calc_federation(fp_world_calc(cluster->context->world));
    uint64_t objects = fp_cluster_count(cluster->core, FP_KIND_UNKNOWN);

    return leaves_room(objects, admission->max_objects) &&
           leaves_room(objects, cluster->context->limits.cluster.max_objects) &&
           leaves_room(fp_federation_cluster_count(federation, cluster->core),
                       admission->max_endpoints) &&
           leaves_room(fp_cluster_weight(cluster->core), admission->max_bytes);
}

static bool is_overloaded(const fp_follow_view *view, void *user)
{
    const fedpol_cluster *cluster = user;
    fp_kind kind = fp_kind_of(fp_str_of(view->api_version), fp_str_of(view->kind));

    return fp_cluster_overload(cluster->core) & (uint32_t)1 << kind;
}

void fp_cluster_mind_overload(fedpol_cluster *cluster, int64_t now_ms, int64_t *ret_due)
{
    if (!cluster->connection || fp_cluster_overload(cluster->core) == 0 || !has_room(cluster))
        return;
    if (now_ms < cluster->relist_due_ms) {
        *ret_due = cluster->relist_due_ms < *ret_due ? cluster->relist_due_ms : *ret_due;
        return;
    }
    cluster->relist_due_ms = now_ms + FP_OVERLOAD_REST_MS;
    cluster->over_limit = false;
    fp_connection_relist(cluster->connection, is_overloaded, cluster);
    fp_client_wake(cluster->context->client);
}

void fp_guards_done(fedpol_context *context)
{
    for (size_t i = 0; i < context->guards.len; i++) {
        fp_free(context->guards.items[i].name);
        fedpol_guard_free(context->guards.items[i].guard);
    }
    fp_vec_done(&context->guards);
}
