/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/intake.h"
#include "libfedpol/api/remotes.h"
#include "libfedpol/api/source.h"
#include "libfedpol/base/error.h"
#include "libfedpol/client/clock.h"

#include <sys/epoll.h>
#include <sys/random.h>

/* What a live connection says goes into the world, as what a caller feeds does. */

static fp_kind kind_of(const fp_follow_view *view)
{
    return fp_kind_of(fp_str_of(view->api_version), fp_str_of(view->kind));
}

_Static_assert(FP_KIND_COUNT <= 32, "doubtful_lists has a bit for each kind");

static uint32_t bit_of(const fp_follow_view *view)
{
    return (uint32_t)1 << kind_of(view);
}

static int list_begins(void *user, const fp_follow_view *view)
{
    fedpol_cluster *cluster = user;

    if (fp_remotes_wants(view))
        return fp_remotes_list_begins(cluster->context, view);
    cluster->doubtful_lists &= ~bit_of(view);
    fp_world_begin_resync(cluster->context->world, cluster->core, kind_of(view));
    return 0;
}

static int list_ends(void *user, const fp_follow_view *view)
{
    fedpol_cluster *cluster = user;

    if (fp_remotes_wants(view))
        return fp_remotes_list_ends(cluster->context, view);
    if (!(cluster->doubtful_lists & bit_of(view)))
        return fp_world_end_resync(cluster->context->world, cluster->core, kind_of(view));
    /* What seems to be gone may be what could not be read. */
    fp_cluster_abort_resync(cluster->core, kind_of(view));
    return 0;
}

static void list_fails(void *user, const fp_follow_view *view)
{
    fedpol_cluster *cluster = user;

    if (!fp_remotes_wants(view))
        fp_cluster_abort_resync(cluster->core, kind_of(view));
}

static int take_object(void *user, const fp_follow_view *view, const fp_wire_object *object)
{
    fedpol_cluster *cluster = user;
    fp_intake intake = {.cluster = cluster};
    int r;

    if (fp_remotes_wants(view))
        return fp_remotes_object(cluster->context, view, object);
    r = fp_intake_object(&intake, object, fp_str_of(view->path));
    if (intake.over_limit && !cluster->over_limit) {
        cluster->over_limit = true;
        fp_context_log(cluster->context, FEDPOL_LOG_WARNING, "connection",
                       "%s: more objects than its limit; the rest is left out", cluster->name);
    }
    return r;
}

/* An object that can't be read is still there: what was known of it stays, so that a list which
   ends well does not take a policy away that could only not be read. */
static int keep_known(const fedpol_cluster *cluster, const fp_follow_view *view,
                      const fp_wire_object *where)
{
    const fp_value *metadata = fp_value_get(where->value, "metadata");
    fp_str ns = fp_value_get_str(metadata, "namespace");
    fp_str name = fp_value_get_str(metadata, "name");
    fp_kind kind = kind_of(view);
    fp_record_id id;
    bool is_new;
    bool seen_twice;

    if (name.len == 0 || fp_cluster_find(cluster->core, kind, ns, name) == FP_NO_ID)
        return 0;
    return fp_cluster_put(cluster->core, kind, ns, name, &id, &is_new, &seen_twice);
}

static int take_bad(void *user, const fp_follow_view *view, const fp_wire_object *where,
                    const fedpol_error *error)
{
    fedpol_cluster *cluster = user;

    if (fp_value_get_str(fp_value_get(where->value, "metadata"), "name").len == 0)
        cluster->doubtful_lists |= bit_of(view);
    fp_try(keep_known(cluster, view, where));
    return fp_world_report(cluster->context->world, cluster->core, where, error,
                           fp_str_of(view->path));
}

static void changed(void *user)
{
    fedpol_cluster *cluster = user;

    cluster->context->identities_news = true;
    if (cluster->connection)
        fp_cluster_note_connection(cluster);
    if (cluster->role == FEDPOL_ROLE_LOCAL)
        fp_remotes_phase_changed(cluster->context);
}

static void answered(void *user)
{
    fedpol_cluster *cluster = user;

    cluster->context->request_news = true;
}

/* The state of the connection is that of the cluster. */
void fp_cluster_note_connection(fedpol_cluster *cluster)
{
    static const fp_cluster_state states[] = {
        [FP_CONNECTION_NEVER] = FP_STATE_CONNECTING,
        [FP_CONNECTION_IN_SYNC] = FP_STATE_IN_SYNC,
        [FP_CONNECTION_LOST] = FP_STATE_RESYNC,
    };
    fp_cluster_state state = states[fp_connection_get_state(cluster->connection)];

    if (state == FP_STATE_CONNECTING && fp_cluster_was_complete(cluster->core))
        state = FP_STATE_RESYNC;
    fp_cluster_change_state(cluster, state);
}

/* --- the client of a context --- */

static int open_client(fedpol_context *context)
{
    struct epoll_event event = {.events = EPOLLIN};
    fp_client *client;

    if (context->client)
        return 0;
    fp_try(fp_client_new(FP_HTTP_DEFAULT_MODE, &client));
    event.data.fd = fp_client_get_fd(client);
    if (epoll_ctl(context->epoll_fd, EPOLL_CTL_ADD, fp_client_get_fd(client), &event) < 0) {
        fp_client_free(client);
        return FEDPOL_E_IO;
    }
    context->client = client;
    return 0;
}

static uint64_t random_seed(const fedpol_cluster *cluster)
{
    uint64_t seed = 0;

    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
        seed = (uint64_t)(uintptr_t)cluster; /* jitter need not be secret, only different */
    return seed;
}

static fp_resource_scope scope_of(const fedpol_cluster *cluster, const fedpol_source *options)
{
    const fp_admission *admission = fp_cluster_admission(cluster->core);
    bool is_local = cluster->role == FEDPOL_ROLE_LOCAL;

    return (fp_resource_scope){
        .is_local = is_local,
        .follow_remotes = is_local && cluster->context->follow_remotes,
        .services = cluster->context->asks_services,
        .label_filter = options->label_filter ? options->label_filter : cluster->label_filter,
        .namespaces = (const char *const *)admission->namespaces.items,
        .n_namespaces = admission->namespaces.len,
        .excluded = (const char *const *)admission->excluded.items,
        .n_excluded = admission->excluded.len,
    };
}

int fp_cluster_connect(fedpol_cluster *cluster, fp_client_config *config,
                       const fedpol_source *options, fedpol_error **ret_error)
{
    fedpol_context *context = cluster->context;
    const fp_connection_hooks hooks = {list_begins, list_ends, list_fails, take_object,
                                       take_bad,    changed,   answered,   cluster};
    const fp_connection_options settings = {
        .scope = scope_of(cluster, options),
        .required = options->required,
        .start_ms = options->start_ms,
        .seed = random_seed(cluster),
        .limits = context->limits.wire,
    };
    fp_connection *connection;

    fp_try(fp_client_config_check(config, ret_error));
    fp_try(open_client(context));
    fp_try(fp_client_add(context->client, config, &settings, &hooks, &connection));
    fp_cluster_drop_connection(cluster);
    cluster->connection = connection;
    cluster->restart_due = false;
    fp_cluster_note_connection(cluster);
    fp_context_log(context, FEDPOL_LOG_INFO, "connection", "%s: %s", cluster->name,
                   fp_connection_config(connection)->server);
    fp_context_signal(context);
    return 0;
}

void fp_cluster_drop_connection(fedpol_cluster *cluster)
{
    if (!cluster->connection)
        return;
    if (cluster->role == FEDPOL_ROLE_LOCAL)
        fp_remotes_forget_follows(cluster->context);
    cluster->context->identities_news = true;
    fp_client_drop(cluster->context->client, cluster->connection);
    cluster->connection = NULL;
}

int fedpol_cluster_connect(fedpol_cluster *cluster, const fedpol_source *source,
                           fedpol_error **ret_error)
{
    fp_client_config config = {0};
    int r;

    fp_try(fp_cluster_check(cluster));
    fp_check_arg(source);
    fp_try(fp_client_config_copy(&source->config, &config));
    r = fp_cluster_connect(cluster, &config, source, ret_error);
    fp_client_config_done(&config);
    return r;
}

int fedpol_cluster_disconnect(fedpol_cluster *cluster)
{
    fp_try(fp_cluster_check(cluster));
    if (!cluster->connection)
        return FEDPOL_E_STATE;
    fp_cluster_drop_connection(cluster);
    fp_cluster_change_state(cluster, fp_cluster_was_complete(cluster->core)
                                         ? FP_STATE_RESYNC
                                         : FP_STATE_NOT_CONNECTING);
    return 0;
}

int fedpol_context_is_settled(const fedpol_context *context)
{
    int64_t now_ms = fp_clock_ms();

    fp_try(fp_context_check(context));
    for (size_t i = 0; i < context->clusters.len; i++) {
        const fedpol_cluster *cluster = context->clusters.items[i];

        if (cluster->connection && !fp_connection_is_settled(cluster->connection, now_ms))
            return 0;
    }
    return fp_remotes_pending(context) ? 0 : 1;
}

int fedpol_context_set_follow_remotes(fedpol_context *context, bool on)
{
    fp_try(fp_context_check(context));
    for (size_t i = 0; i < context->clusters.len; i++)
        if (context->clusters.items[i]->role == FEDPOL_ROLE_LOCAL &&
            context->clusters.items[i]->connection)
            return FEDPOL_E_STATE;
    context->follow_remotes = on;
    return 0;
}

int fedpol_context_set_live_changes(fedpol_context *context, bool on)
{
    fp_try(fp_context_check(context));
    context->frozen_remotes = !on;
    if (on)
        fp_remotes_touch_all(context);
    fp_context_signal(context);
    return 0;
}
