/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/connection.h"

#include "libfedpol/client/clock.h"
#include "libfedpol/client/courier.h"
#include "libfedpol/client/probe.h"
#include "libfedpol/client/url.h"

/* How long a question that got no answer rests. */
#define PROBE_REST_MS 2000
/* How often an absent or doubtful Calico group is asked for again. */
#define GROUP_REST_MS 60000
#define UID_PATH "/api/v1/namespaces/kube-system"

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

typedef enum group_step {
    GROUP_ASK_CRD,
    GROUP_ASK_V3,
    GROUP_KNOWN,
} group_step;

struct fp_connection {
    fp_client_config config;
    fp_connection_options options;
    char *label_filter;
    fp_connection_hooks hooks;
    fp_courier *courier;
    fp_transport transport;
    fp_calls calls;
    FP_VEC(fp_follow *) follows;
    fp_probe group_probe;
    fp_probe uid_probe;
    group_step step;
    fp_calico_group calico;
    int crd_status;   /* HTTP, of the question for the CRD group */
    bool group_asked; /* and not yet answered */
    bool group_known;
    bool group_doubtful; /* neither group was there: asked again */
    int64_t group_due_ms;
    bool uid_asked;
    bool uid_known; /* asked and answered, or it may not be asked */
    int64_t uid_due_ms;
    char uid[FP_PROBE_UID_MAX + 1];
    char heard_uid[FP_PROBE_UID_MAX + 1]; /* in a list or event, not yet taken in; "" if none */
    int64_t now_ms;
    int64_t started_ms;
    bool was_in_sync;
    bool failed_once;
    bool cut;       /* something failed since the uid was asked for last */
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
    fp_probe_done(&connection->group_probe);
    fp_probe_done(&connection->uid_probe);
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
    if (options->label_filter && *options->label_filter) {
        connection->label_filter = fp_str_dup(fp_str_of(options->label_filter));
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

/* Whoever answers now: if it is not who answered before, nothing that was listed counts. */
static void note_uid(fp_connection *connection, const char *uid)
{
    bool is_other = connection->uid[0] && strcmp(connection->uid, uid) != 0;
    bool is_new = strcmp(connection->uid, uid) != 0;

    memcpy(connection->uid, uid, strlen(uid) + 1);
    connection->uid_known = true;
    if (is_other)
        for (size_t i = 0; i < connection->follows.len; i++)
            fp_reflector_relist(connection->follows.items[i]->reflector);
    if (is_new)
        connection->hooks.changed(connection->hooks.user);
}

static int on_object(void *user, const fp_wire_object *object)
{
    fp_follow *follow = user;
    fp_follow_view view = view_of(follow);

    if (follow->dead)
        return 0;
    if (fp_str_is(object->kind, "Namespace") &&
        fp_str_is(fp_value_get_str(fp_value_get(object->value, "metadata"), "name"), "kube-system"))
        (void)fp_probe_read_uid(object->value, follow->connection->heard_uid);
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
        return connection->options.is_local || phase != FP_REFLECTOR_FORBIDDEN;
    return resource->mandatory;
}

static fp_connection_state find_state(fp_connection *connection)
{
    bool in_sync = connection->group_known;
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
            connection->cut = true;
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

static void put_path(fp_buf *path, const fp_connection *connection, const fp_resource *resource)
{
    const char *api_version = fp_resource_api_version(resource, connection->calico);

    fp_buf_puts(path, resource->group && !*resource->group ? "/api/" : "/apis/");
    fp_buf_puts(path, api_version);
    fp_buf_putc(path, '/');
    if (resource->namespaced && connection->options.n_namespaces == 1) {
        fp_buf_puts(path, "namespaces/");
        fp_buf_puts(path, connection->options.namespaces[0]);
        fp_buf_putc(path, '/');
    }
    fp_buf_puts(path, resource->plural);
}

/* A URL has its limits, and proxies have lower ones: a long list is sorted out on this side. */
#define MAX_EXCLUDED 20u

static void put_field(fp_buf *fields, const char *field, const char *operator, const char * value)
{
    if (fields->len)
        fp_buf_putc(fields, ',');
    fp_buf_puts(fields, field);
    fp_buf_puts(fields, operator);
    fp_buf_puts(fields, value);
}

/* Everything that the server is to leave out: what the resource itself does not need, and
   namespaces that are not wanted. */
static int put_fields(fp_buf *fields, const fp_connection *connection, const fp_resource *resource)
{
    const fp_connection_options *options = &connection->options;
    bool is_namespace = fp_str_is(fp_str_of(resource->kind), "Namespace");
    const char *field = is_namespace ? "metadata.name" : "metadata.namespace";

    fp_buf_puts(fields, resource->fields ? resource->fields : "");
    if (!is_namespace && !resource->namespaced)
        return fp_buf_error(fields);
    if (is_namespace && options->n_namespaces == 1)
        put_field(fields, field, "=", options->namespaces[0]);
    for (size_t i = 0; options->n_namespaces == 0 && options->n_excluded <= MAX_EXCLUDED &&
                       i < options->n_excluded;
         i++)
        put_field(fields, field, "!=", options->excluded[i]);
    return fp_buf_error(fields);
}

static int put_query(fp_buf *query, const fp_connection *connection, const fp_resource *resource)
{
    fp_cleanup_buf fp_buf fields = {0};

    fp_try(put_fields(&fields, connection, resource));
    if (fields.len) {
        fp_buf_puts(query, "fieldSelector=");
        fp_url_put_encoded(query, fp_buf_str(&fields));
    }
    if (!resource->takes_filter || connection->options.is_local || !connection->label_filter)
        return fp_buf_error(query);
    if (query->len)
        fp_buf_putc(query, '&');
    fp_buf_puts(query, "labelSelector=");
    fp_url_put_encoded(query, fp_str_of(connection->label_filter));
    return fp_buf_error(query);
}

static int follow_resource(fp_connection *connection, const fp_resource *resource)
{
    fp_cleanup_buf fp_buf path = {0};
    fp_cleanup_buf fp_buf query = {0};
    fp_follow *follow;

    put_path(&path, connection, resource);
    fp_try(put_query(&query, connection, resource));
    fp_try(fp_buf_error(&path));
    return follow_new(connection, resource, path.data, query.data,
                      fp_resource_api_version(resource, connection->calico), resource->kind,
                      &follow);
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
    if (resource->local_only && !connection->options.is_local)
        return false;
    if (resource->follows_remotes && !connection->options.follow_remotes)
        return false;
    if (resource->services && !connection->options.services &&
        !(connection->options.is_local && resource->in_rules))
        return false;
    return resource->group || connection->group_known;
}

static int follow_wanted(fp_connection *connection)
{
    const fp_resource *resource;

    for (size_t i = 0; (resource = fp_resource_get(i)) != NULL; i++)
        if (is_wanted(connection, resource) && !is_followed(connection, resource))
            fp_try(follow_resource(connection, resource));
    return 0;
}

/* --- which Calico group --- */

static int ask_group(fp_connection *connection)
{
    fp_cleanup_buf fp_buf path = {0};
    fp_calico_group kept = connection->calico;

    connection->calico = connection->step == GROUP_ASK_V3 ? FP_CALICO_V3 : FP_CALICO_CRD;
    put_path(&path, connection, fp_resource_probe());
    fp_buf_puts(&path, "?limit=1");
    connection->calico = kept;
    fp_try(fp_buf_error(&path));
    fp_try(fp_probe_ask(&connection->group_probe, &connection->transport, path.data,
                        &connection->options.limits));
    connection->group_asked = true;
    return 0;
}

/* The kinds of the group that no longer counts go; those of the other one are listed in place. */
static void choose_group(fp_connection *connection, fp_calico_group group)
{
    if (connection->calico != group)
        for (size_t i = 0; i < connection->follows.len; i++) {
            fp_follow *follow = connection->follows.items[i];

            if (follow->resource && !follow->resource->group) {
                follow->dead = true;
                follow->resource = NULL;
            }
        }
    connection->calico = group;
    connection->group_known = true;
    connection->step = GROUP_KNOWN;
}

/* Of two groups the CRDs count where they can be listed, else the other one where it can; where
   neither can, the one that is there, so that what is missing gets told. */
static void take_group_answer(fp_connection *connection)
{
    int status = connection->group_probe.status;
    bool served = status == 200;
    bool no = status == 404 || status == 403;

    connection->group_asked = false;
    connection->group_probe.done = false;
    if (connection->step == GROUP_ASK_CRD && served) {
        choose_group(connection, FP_CALICO_CRD);
        connection->group_doubtful = false;
    } else if (connection->step == GROUP_ASK_CRD && no) {
        connection->crd_status = status;
        connection->step = GROUP_ASK_V3;
        connection->group_due_ms = connection->now_ms;
    } else if (connection->step == GROUP_ASK_V3 && (served || no)) {
        bool v3 = served || (status == 403 && connection->crd_status == 404);

        choose_group(connection, v3 ? FP_CALICO_V3 : FP_CALICO_CRD);
        connection->group_doubtful = !served;
        connection->group_due_ms = connection->now_ms + GROUP_REST_MS;
    } else { /* the kinds that are followed meet the same trouble, and tell more of it */
        connection->group_due_ms = connection->now_ms + PROBE_REST_MS;
    }
}

static int mind_group(fp_connection *connection)
{
    if (connection->group_probe.done)
        take_group_answer(connection);
    if (connection->step == GROUP_KNOWN && connection->group_doubtful &&
        connection->now_ms >= connection->group_due_ms) {
        connection->step = GROUP_ASK_CRD;
        connection->group_due_ms = connection->now_ms;
    }
    if (connection->step != GROUP_KNOWN && !connection->group_asked &&
        connection->now_ms >= connection->group_due_ms)
        return ask_group(connection);
    return 0;
}

/* --- who it is --- */

static int mind_uid(fp_connection *connection)
{
    fp_probe *probe = &connection->uid_probe;

    if (probe->done) {
        probe->done = false;
        connection->uid_asked = false;
        if (probe->status == 200 && probe->uid[0])
            note_uid(connection, probe->uid);
        else if (probe->status == 403 || probe->status == 404)
            connection->uid_known = true;
        else /* a server that does not say is not asked all the time */
            connection->uid_due_ms =
                connection->now_ms + (probe->status == 200 ? GROUP_REST_MS : PROBE_REST_MS);
    }
    if (connection->heard_uid[0]) {
        note_uid(connection, connection->heard_uid);
        connection->heard_uid[0] = '\0';
    }
    if (connection->uid_known && connection->cut) {
        connection->uid_known = false;
        connection->cut = false;
        connection->uid_due_ms = connection->now_ms;
    }
    if (connection->uid_known || connection->uid_asked ||
        connection->now_ms < connection->uid_due_ms)
        return 0;
    fp_try(fp_probe_ask(probe, &connection->transport, UID_PATH, &connection->options.limits));
    connection->uid_asked = true;
    return 0;
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
    fp_try(mind_uid(connection));
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
    bool asked = !connection->options.follow_remotes;

    for (size_t i = 0; i < connection->follows.len; i++) {
        const fp_follow *follow = connection->follows.items[i];

        if (remotes_due_ms(connection, follow) > now_ms)
            return false;
        asked = asked || (follow->resource && follow->resource->follows_remotes);
    }
    return asked;
}

int64_t fp_connection_deadline_ms(const fp_connection *connection)
{
    int64_t deadline = fp_courier_deadline_ms(connection->courier);
    int64_t settles = connection->started_ms + connection->options.start_ms;

    if (connection->now_ms < settles && settles < deadline)
        deadline = settles;
    if (!connection->group_asked && connection->group_due_ms < deadline &&
        (connection->step != GROUP_KNOWN || connection->group_doubtful))
        deadline = connection->group_due_ms;
    if (fp_calls_deadline_ms(&connection->calls) < deadline)
        deadline = fp_calls_deadline_ms(&connection->calls);
    if (!connection->uid_known && !connection->uid_asked && connection->uid_due_ms < deadline)
        deadline = connection->uid_due_ms;
    for (size_t i = 0; i < connection->follows.len; i++) {
        const fp_follow *follow = connection->follows.items[i];
        int64_t due = fp_reflector_deadline_ms(follow->reflector);
        int64_t remotes = remotes_due_ms(connection, follow);

        if (due < deadline)
            deadline = due;
        if (remotes > connection->now_ms && remotes < deadline)
            deadline = remotes;
    }
    return deadline;
}

bool fp_connection_is_settled(const fp_connection *connection, int64_t now_ms)
{
    if (connection->was_in_sync && knows_remotes(connection, now_ms))
        return true;
    if (connection->failed_once && !connection->options.required && !connection->options.is_local)
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
    return connection->uid;
}

const char *fp_connection_message(const fp_connection *connection)
{
    const char *message = fp_courier_message(connection->courier);

    for (size_t i = 0; i < connection->follows.len && !*message; i++) {
        fp_reflector_status status;

        fp_reflector_get_status(connection->follows.items[i]->reflector, &status);
        message = status.message;
    }
    if (!*message && !connection->group_known)
        message = connection->group_probe.trouble;
    return *message || connection->uid_known ? message : connection->uid_probe.trouble;
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
