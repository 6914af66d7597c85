/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/connection.h"

#include "libfedpol/client/clock.h"
#include "libfedpol/client/courier.h"
#include "libfedpol/client/group_choice.h"
#include "libfedpol/client/identity.h"

struct fp_follow {
    fp_connection *connection;
    const fp_resource *resource;
    char *path;
    char *query;
    char *api_version;
    char *kind;
    void *tag;
    fp_reflector *reflector;
    int64_t since_ms;
    bool dead; /* waits to be freed outside of hooks */
};

struct fp_connection {
    fp_client_config config;
    fp_connection_options options;
    char *label_filter;
    fp_connection_hooks hooks;
    fp_courier *courier;
    fp_transport transport;
    fp_calls calls;
    FP_VEC(fp_follow *) follows;
    fp_group_choice choice;
    fp_identity identity;
    int64_t now_ms;
    int64_t started_ms;
    bool was_in_sync;
    bool failed_once;
    bool awake;     /* there is something to do before the deadline */
    bool time_told; /* since the last poll */
    fp_connection_state state;
    int credential_code;
};

static void follow_free(fp_follow *follow)
{
    fp_reflector_free(follow->reflector);
    fp_free(follow->path);
    fp_free(follow->query);
    fp_free(follow->api_version);
    fp_free(follow->kind);
    fp_free(follow);
}

fp_connection *fp_connection_free(fp_connection *connection)
{
    if (!connection)
        return NULL;
    fp_calls_abort(&connection->calls);
    for (size_t i = 0; i < connection->follows.len; i++)
        follow_free(connection->follows.items[i]);
    fp_vec_done(&connection->follows);
    fp_group_choice_done(&connection->choice);
    fp_identity_done(&connection->identity);
    fp_courier_free(connection->courier);
    fp_client_config_done(&connection->config);
    fp_free(connection->label_filter);
    fp_free(connection);
    return NULL;
}

static void tell_time(fp_connection *connection, int64_t now_ms)
{
    connection->time_told = true;
    connection->now_ms = now_ms;
    fp_courier_tell_time(connection->courier, now_ms);
    fp_calls_tell_time(&connection->calls, now_ms);
    for (size_t i = 0; i < connection->follows.len; i++)
        fp_reflector_tell_time(connection->follows.items[i]->reflector, now_ms);
}

static void on_wake(void *user, bool heard)
{
    fp_connection *connection = user;

    connection->awake = true;
    if (heard && !connection->time_told) /* it may be long since the last poll */
        tell_time(connection, fp_clock_ms());
}

bool fp_connection_is_awake(const fp_connection *connection)
{
    return connection->awake;
}

int fp_connection_new(fp_http *http, fp_client_config *config, const fp_connection_options *options,
                      const fp_connection_hooks *hooks, int64_t now_ms, fp_connection **ret)
{
    fp_connection *connection = fp_alloc_zero(1, sizeof(*connection));
    int r = 0;

    if (!connection)
        return FEDPOL_E_NOMEM;
    connection->options = *options;
    connection->hooks = *hooks;
    connection->started_ms = connection->now_ms = now_ms;
    connection->config = *config;
    connection->options.scope.label_filter = NULL;
    if (options->scope.label_filter && *options->scope.label_filter) {
        connection->label_filter = fp_str_dup(fp_str_of(options->scope.label_filter));
        connection->options.scope.label_filter = connection->label_filter;
        r = connection->label_filter ? 0 : FEDPOL_E_NOMEM;
    }
    if (r == 0)
        r = fp_courier_new(http, &connection->config, now_ms, &connection->courier);
    if (r < 0) {
        connection->config = (fp_client_config){0}; /* still the caller's */
        fp_connection_free(connection);
        return r;
    }
    *config = (fp_client_config){0};
    connection->awake = true;
    fp_courier_set_wake(connection->courier, on_wake, connection);
    connection->transport = fp_courier_transport(connection->courier);
    connection->calls.transport = &connection->transport;
    connection->calls.answered = hooks->answered;
    connection->calls.user = hooks->user;
    *ret = connection;
    return 0;
}

/* --- hooks of the reflectors --- */

static fp_follow_view view_of(const fp_follow *follow)
{
    return (fp_follow_view){follow->resource, follow->api_version, follow->kind, follow->path,
                            follow->tag};
}

static int on_list_begins(void *user)
{
    fp_follow *follow = user;
    fp_follow_view view = view_of(follow);

    if (follow->dead)
        return 0;
    return follow->connection->hooks.list_begins(follow->connection->hooks.user, &view);
}

static int on_list_ends(void *user)
{
    fp_follow *follow = user;
    fp_follow_view view = view_of(follow);

    if (follow->dead)
        return 0;
    return follow->connection->hooks.list_ends(follow->connection->hooks.user, &view);
}

static void on_list_fails(void *user)
{
    fp_follow *follow = user;
    fp_follow_view view = view_of(follow);

    if (!follow->dead)
        follow->connection->hooks.list_fails(follow->connection->hooks.user, &view);
}

static int on_object(void *user, const fp_wire_object *object)
{
    fp_follow *follow = user;
    fp_follow_view view = view_of(follow);

    if (follow->dead)
        return 0;
    fp_identity_hear(&follow->connection->identity, object);
    return follow->connection->hooks.object(follow->connection->hooks.user, &view, object);
}

static int on_bad(void *user, const fp_wire_object *where, const fedpol_error *error)
{
    fp_follow *follow = user;
    fp_follow_view view = view_of(follow);

    if (follow->dead)
        return 0;
    return follow->connection->hooks.bad(follow->connection->hooks.user, &view, where, error);
}

/* Whether the cluster is complete without the kind. A remote that grants its pods only, or only one
   of Endpoints and slices, does not stand back for that. */
static bool is_needed(const fp_connection *connection, const fp_resource *resource,
                      fp_reflector_phase phase)
{
    if (resource->services)
        return connection->options.scope.is_local || phase != FP_REFLECTOR_FORBIDDEN;
    return resource->mandatory;
}

static fp_connection_state find_state(fp_connection *connection)
{
    bool in_sync = connection->choice.known;
    size_t n_mandatory = 0;

    for (size_t i = 0; i < connection->follows.len; i++) {
        const fp_follow *follow = connection->follows.items[i];
        fp_reflector_status status;

        if (!follow->resource)
            continue;
        fp_reflector_get_status(follow->reflector, &status);
        if (!is_needed(connection, follow->resource, status.phase))
            continue;
        n_mandatory++;
        in_sync = in_sync && status.current;
        if (status.code < 0 && !status.current)
            connection->failed_once = true;
        if (status.phase == FP_REFLECTOR_WAITING)
            fp_identity_doubt(&connection->identity);
    }
    if (in_sync && n_mandatory)
        return FP_CONNECTION_IN_SYNC;
    return connection->was_in_sync ? FP_CONNECTION_LOST : FP_CONNECTION_NEVER;
}

static void on_changed(void *user)
{
    const fp_follow *follow = user;
    fp_connection *connection = follow->connection;

    if (follow->dead)
        return;
    connection->state = find_state(connection);
    connection->was_in_sync = connection->was_in_sync || connection->state == FP_CONNECTION_IN_SYNC;
    connection->hooks.changed(connection->hooks.user);
}

/* --- which kinds --- */

static int add_follow(fp_connection *connection, const fp_resource *resource, fp_follow *follow)
{
    const fp_reflector_hooks hooks = {on_list_begins, on_list_ends, on_list_fails, on_object,
                                      on_bad,         on_changed,   follow};
    fp_reflector_options options;

    fp_try(fp_vec_reserve(&connection->follows, 1));
    fp_reflector_options_init(&options);
    options.path = follow->path;
    options.query = follow->query;
    options.api_version = follow->api_version;
    options.kind = follow->kind;
    options.may_be_absent = !fp_str_starts_with(fp_str_of(follow->path), FP_STR("/api/v1/"));
    options.seed = connection->options.seed + connection->follows.len + 1;
    options.limits = connection->options.limits;
    follow->resource = resource;
    follow->connection = connection;
    follow->since_ms = connection->now_ms;
    fp_try(fp_reflector_new(&options, &connection->transport, &hooks, &follow->reflector));
    (void)fp_vec_push(&connection->follows, follow); /* there is room */
    return 0;
}

static char *dup(const char *text)
{
    return fp_str_dup(fp_str_of(text ? text : ""));
}

static int follow_new(fp_connection *connection, const fp_resource *resource, const char *path,
                      const char *query, const char *api_version, const char *kind, fp_follow **ret)
{
    fp_follow *follow = fp_alloc_zero(1, sizeof(*follow));
    int r = FEDPOL_E_NOMEM;

    if (!follow)
        return r;
    follow->path = dup(path);
    follow->query = dup(query);
    follow->api_version = dup(api_version);
    follow->kind = dup(kind);
    if (follow->path && follow->query && follow->api_version && follow->kind)
        r = add_follow(connection, resource, follow);
    if (r < 0) {
        follow_free(follow);
        return r;
    }
    *ret = follow;
    return 0;
}

int fp_connection_follow(fp_connection *connection, const char *path, const char *query,
                         const char *api_version, const char *kind, void *tag, fp_follow **ret)
{
    fp_follow *follow;

    connection->now_ms = fp_clock_ms();
    connection->awake = true;
    fp_try(follow_new(connection, NULL, path, query, api_version, kind, &follow));
    follow->tag = tag;
    *ret = follow;
    return 0;
}

void fp_connection_unfollow(fp_connection *connection, fp_follow *follow)
{
    connection->awake = true;
    if (follow)
        follow->dead = true;
}

static int follow_resource(fp_connection *connection, const fp_resource *resource)
{
    fp_cleanup_buf fp_buf path = {0};
    fp_cleanup_buf fp_buf query = {0};
    fp_calico_group group = connection->choice.group;
    fp_follow *follow;

    fp_try(fp_resource_put_path(resource, group, &connection->options.scope, &path));
    fp_try(fp_resource_put_query(resource, &connection->options.scope, &query));
    return follow_new(connection, resource, path.data, query.data,
                      fp_resource_api_version(resource, group), resource->kind, &follow);
}

static bool is_followed(const fp_connection *connection, const fp_resource *resource)
{
    for (size_t i = 0; i < connection->follows.len; i++)
        if (connection->follows.items[i]->resource == resource)
            return true;
    return false;
}

static bool is_wanted(const fp_connection *connection, const fp_resource *resource)
{
    return (resource->group || connection->choice.known) &&
           fp_resource_is_wanted(resource, &connection->options.scope) &&
           !is_followed(connection, resource);
}

static int follow_wanted(fp_connection *connection)
{
    const fp_resource *resource;

    for (size_t i = 0; (resource = fp_resource_get(i)) != NULL; i++)
        if (is_wanted(connection, resource))
            fp_try(follow_resource(connection, resource));
    return 0;
}

/* --- which Calico group, and who it is --- */

static int mind_group(fp_connection *connection)
{
    fp_group_choice *choice = &connection->choice;
    fp_calico_group before = choice->group;
    int r = fp_group_choice_poll(choice, &connection->transport, &connection->options.scope,
                                 &connection->options.limits, connection->now_ms);

    /* The kinds of the group that no longer counts go; those of the other are listed in place. */
    for (size_t i = 0; choice->group != before && i < connection->follows.len; i++) {
        fp_follow *follow = connection->follows.items[i];

        if (follow->resource && !follow->resource->group) {
            follow->dead = true;
            follow->resource = NULL;
        }
    }
    return r;
}

/* If it is not who answered before, nothing that was listed counts. */
static int mind_identity(fp_connection *connection)
{
    fp_identity_news news;
    int r = fp_identity_poll(&connection->identity, &connection->transport,
                             &connection->options.limits, connection->now_ms, &news);

    for (size_t i = 0; news == FP_IDENTITY_OTHER && i < connection->follows.len; i++)
        fp_reflector_relist(connection->follows.items[i]->reflector);
    if (news != FP_IDENTITY_SAME)
        connection->hooks.changed(connection->hooks.user);
    return r;
}

/* --- as a whole --- */

static void bury_dead(fp_connection *connection)
{
    size_t kept = 0;

    for (size_t i = 0; i < connection->follows.len; i++) {
        fp_follow *follow = connection->follows.items[i];

        if (follow->dead)
            follow_free(follow);
        else
            connection->follows.items[kept++] = follow;
    }
    connection->follows.len = kept;
}

static int poll_follows(fp_connection *connection, bool renewed)
{
    int r = 0;

    for (size_t i = 0; i < connection->follows.len; i++) {
        fp_reflector *reflector = connection->follows.items[i]->reflector;

        if (renewed)
            fp_reflector_renewed(reflector);
        if (fp_reflector_poll(reflector, connection->now_ms) < 0)
            r = FEDPOL_E_NOMEM;
    }
    return r;
}

static int advance(fp_connection *connection, int64_t now_ms, int64_t now_unix_s, int *ret_fd)
{
    fp_courier_state courier;
    int r;

    *ret_fd = -1;
    bury_dead(connection);
    r = fp_courier_poll(connection->courier, now_ms, now_unix_s, &courier);
    *ret_fd = courier.fd;
    fp_try(r);
    if (courier.code != connection->credential_code) {
        connection->credential_code = courier.code;
        connection->failed_once = connection->failed_once || courier.code < 0;
        connection->hooks.changed(connection->hooks.user);
    }
    fp_try(mind_group(connection));
    fp_try(mind_identity(connection));
    fp_try(follow_wanted(connection));
    r = poll_follows(connection, courier.renewed);
    if (r == 0)
        r = fp_calls_poll(&connection->calls, now_ms, courier.renewed);
    /* What was asked for just now goes out at once. */
    if (r == 0)
        r = fp_courier_poll(connection->courier, now_ms, now_unix_s, &courier);
    *ret_fd = courier.fd;
    return r;
}

int fp_connection_poll(fp_connection *connection, int64_t now_ms, int64_t now_unix_s, int *ret_fd)
{
    int r;

    connection->now_ms = now_ms;
    connection->awake = connection->time_told = false;
    r = advance(connection, now_ms, now_unix_s, ret_fd);
    connection->awake = connection->awake || r < 0;
    return r;
}

fp_connection_state fp_connection_get_state(const fp_connection *connection)
{
    return connection->state;
}

bool fp_follow_is_answered(const fp_follow *follow)
{
    fp_reflector_status status;

    fp_reflector_get_status(follow->reflector, &status);
    return status.complete || status.code < 0;
}

/* What is followed for the sake of other clusters: their configurations and Secrets. Each may keep
   the start waiting as long as a cluster may. */
static int64_t remotes_due_ms(const fp_connection *connection, const fp_follow *follow)
{
    if (follow->dead || (follow->resource && !follow->resource->follows_remotes) ||
        fp_follow_is_answered(follow))
        return INT64_MIN;
    return follow->since_ms + connection->options.start_ms;
}

/* Whether the first lists of these came, or can't come. */
static bool knows_remotes(const fp_connection *connection, int64_t now_ms)
{
    bool asked = !connection->options.scope.follow_remotes;

    for (size_t i = 0; i < connection->follows.len; i++) {
        const fp_follow *follow = connection->follows.items[i];

        if (remotes_due_ms(connection, follow) > now_ms)
            return false;
        asked = asked || (follow->resource && follow->resource->follows_remotes);
    }
    return asked;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t fp_connection_deadline_ms(const fp_connection *connection)
{
    int64_t deadline = fp_courier_deadline_ms(connection->courier);
    int64_t settles = connection->started_ms + connection->options.start_ms;

    if (connection->now_ms < settles)
        deadline = earlier(deadline, settles);
    deadline = earlier(deadline, fp_group_choice_deadline_ms(&connection->choice));
    deadline = earlier(deadline, fp_identity_deadline_ms(&connection->identity));
    deadline = earlier(deadline, fp_calls_deadline_ms(&connection->calls));
    for (size_t i = 0; i < connection->follows.len; i++) {
        const fp_follow *follow = connection->follows.items[i];
        int64_t remotes = remotes_due_ms(connection, follow);

        deadline = earlier(deadline, fp_reflector_deadline_ms(follow->reflector));
        if (remotes > connection->now_ms)
            deadline = earlier(deadline, remotes);
    }
    return deadline;
}

bool fp_connection_is_settled(const fp_connection *connection, int64_t now_ms)
{
    if (connection->was_in_sync && knows_remotes(connection, now_ms))
        return true;
    if (connection->failed_once && !connection->options.required &&
        !connection->options.scope.is_local)
        return true;
    return !connection->was_in_sync &&
           now_ms >= connection->started_ms + connection->options.start_ms;
}

const fp_client_config *fp_connection_config(const fp_connection *connection)
{
    return &connection->config;
}

const char *fp_connection_uid(const fp_connection *connection)
{
    return connection->identity.uid;
}

const char *fp_connection_message(const fp_connection *connection)
{
    const char *message = fp_courier_message(connection->courier);

    for (size_t i = 0; i < connection->follows.len && !*message; i++) {
        fp_reflector_status status;

        fp_reflector_get_status(connection->follows.items[i]->reflector, &status);
        message = status.message;
    }
    if (!*message && !connection->choice.known)
        message = connection->choice.probe.trouble;
    return *message || connection->identity.known ? message : connection->identity.probe.trouble;
}

void fp_connection_relist(fp_connection *connection,
                          bool (*wanted)(const fp_follow_view *view, void *user), void *user)
{
    connection->awake = true;
    for (size_t i = 0; i < connection->follows.len; i++) {
        fp_follow_view view = view_of(connection->follows.items[i]);

        if (wanted(&view, user))
            fp_reflector_relist(connection->follows.items[i]->reflector);
    }
}

bool fp_connection_get(const fp_connection *connection, size_t i, fp_follow_view *ret_view,
                       fp_reflector_status *ret_status)
{
    if (i >= connection->follows.len)
        return false;
    *ret_view = view_of(connection->follows.items[i]);
    fp_reflector_get_status(connection->follows.items[i]->reflector, ret_status);
    return true;
}

int fp_connection_call(fp_connection *connection, const fp_call_request *request, int64_t now_ms,
                       fp_call **ret)
{
    connection->awake = true;
    return fp_calls_add(&connection->calls, request, now_ms, ret);
}
