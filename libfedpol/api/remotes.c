/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/remotes.h"

#include "libfedpol/api/source.h"
#include "libfedpol/base/error.h"
#include "libfedpol/client/remote_config.h"

#define RCC "RemoteClusterConfiguration"
/* More remotes than that of one local cluster are a mistake. */
#define MAX_REMOTES 1000u

typedef struct remote {
    char *name;
    fp_remote_config config; /* as in the object, or as it was when it could last be read */
    fp_remote_config secret; /* the same with the Secret's data in it, if there is one */
    bool valid;              /* config is one that could be read */
    bool has_secret;         /* the Secret is there and could be read */
    bool awaiting;           /* it is being asked for */
    bool gone;
    bool dirty;
    bool seen;               /* in the list that is being read */
    fp_follow *follow;       /* of the Secret */
    char *follows;           /* "NAMESPACE/NAME" of that Secret */
    fedpol_cluster *cluster; /* no reference, that would be a circle; NULL: none was made */
    fedpol_error *refusal;   /* why the object, as it is by now, could not be read */
    fedpol_error *error;     /* of the Secret */
} remote;

struct fp_remotes {
    FP_VEC(remote *) items; /* by name */
    bool listed;            /* the first list came */
    bool dirty;
};

static void remote_free(remote *r)
{
    fp_remote_config_done(&r->config);
    fp_remote_config_done(&r->secret);
    fedpol_error_free(r->refusal);
    fedpol_error_free(r->error);
    fp_free(r->follows);
    fp_free(r->name);
    fp_free(r);
}

fp_remotes *fp_remotes_free(fp_remotes *remotes)
{
    if (remotes) {
        for (size_t i = 0; i < remotes->items.len; i++)
            remote_free(remotes->items.items[i]);
        fp_vec_done(&remotes->items);
        fp_free(remotes);
    }
    return NULL;
}

static fp_remotes *open_remotes(fedpol_context *context)
{
    if (!context->remotes)
        context->remotes = fp_alloc_zero(1, sizeof(*context->remotes));
    return context->remotes;
}

bool fp_remotes_wants(const fp_follow_view *view)
{
    fp_str kind = fp_str_of(view->kind);

    return fp_str_is(kind, RCC) || fp_str_is(kind, "Secret");
}

bool fp_remotes_pending(const fedpol_context *context)
{
    return context->remotes && context->remotes->dirty;
}

static remote *find(const fp_remotes *remotes, fp_str name)
{
    for (size_t i = 0; i < remotes->items.len; i++)
        if (fp_str_is(name, remotes->items.items[i]->name))
            return remotes->items.items[i];
    return NULL;
}

static int find_or_add(fp_remotes *remotes, fp_str name, remote **ret)
{
    remote *r = find(remotes, name);
    size_t i;

    *ret = r;
    if (r)
        return 0;
    if (remotes->items.len >= MAX_REMOTES)
        return FEDPOL_E_LIMIT;
    fp_try(fp_vec_reserve(&remotes->items, 1));
    r = fp_alloc_zero(1, sizeof(*r));
    if (!r)
        return FEDPOL_E_NOMEM;
    r->name = fp_str_dup(name);
    if (!r->name) {
        fp_free(r);
        return FEDPOL_E_NOMEM;
    }
    for (i = remotes->items.len++; i > 0 && strcmp(remotes->items.items[i - 1]->name, r->name) > 0;
         i--)
        remotes->items.items[i] = remotes->items.items[i - 1];
    remotes->items.items[i] = r;
    *ret = r;
    return 0;
}

static void touch(fp_remotes *remotes, remote *r)
{
    r->dirty = true;
    remotes->dirty = true;
}

static void set_error(fedpol_error **place, fedpol_error *error)
{
    fedpol_error_free(*place);
    *place = error;
}

/* --- what the connection says --- */

/* CONFIG is emptied. */
static void take_valid(fp_remotes *remotes, remote *r, fp_remote_config *config)
{
    bool same = r->valid && fp_remote_config_equal(config, &r->config);

    if (same && !r->refusal)
        return;
    set_error(&r->refusal, NULL);
    touch(remotes, r);
    if (same)
        return;
    fp_remote_config_done(&r->config);
    fp_remote_config_done(&r->secret);
    r->config = *config;
    *config = (fp_remote_config){0};
    r->valid = true;
    r->has_secret = false;
    set_error(&r->error, NULL);
}

/* What was valid goes on: a slip in an edit takes no cluster away. */
static void take_refused(fp_remotes *remotes, remote *r, fedpol_error *refusal)
{
    set_error(&r->refusal, refusal);
    touch(remotes, r);
}

static int take_config(fp_remotes *remotes, const fp_wire_object *object)
{
    fp_str name = fp_value_get_str(fp_value_get(object->value, "metadata"), "name");
    fp_remote_config config = {0};
    fedpol_error *error = NULL;
    remote *r = object->type == FP_WATCH_DELETED ? find(remotes, name) : NULL;
    int code;

    if (name.len == 0 || (object->type == FP_WATCH_DELETED && !r))
        return 0;
    if (!r)
        fp_try(find_or_add(remotes, name, &r));
    r->gone = object->type == FP_WATCH_DELETED;
    r->seen = true;
    if (r->gone) {
        touch(remotes, r);
        return 0;
    }
    code = fp_remote_config_read(object->value, &config, &error);
    if (code == FEDPOL_E_NOMEM)
        return code;
    if (code == 0)
        take_valid(remotes, r, &config);
    else
        take_refused(remotes, r, error);
    fp_remote_config_done(&config);
    return 0;
}

static bool names_secret(const remote *r, fp_str ns, fp_str name)
{
    return r->valid && r->config.secret_name && fp_str_is(name, r->config.secret_name) &&
           fp_str_is(ns, r->config.secret_namespace);
}

/* The object is read anew for each, so that what an older Secret filled in is forgotten. */
static int fill_from_secret(remote *r, const fp_wire_object *object)
{
    fp_remote_config config = {0};
    fedpol_error *error = NULL;
    int code;

    fp_try(fp_remote_config_copy(&r->config, &config));
    code = fp_remote_config_apply_secret(&config, object->value, &error);
    if (code == FEDPOL_E_NOMEM) {
        fp_remote_config_done(&config);
        return code;
    }
    fp_remote_config_done(&r->secret);
    r->secret = config;
    r->has_secret = code == 0;
    set_error(&r->error, error);
    return 0;
}

static int take_secret(fp_remotes *remotes, const fp_wire_object *object)
{
    const fp_value *metadata = fp_value_get(object->value, "metadata");
    fp_str ns = fp_value_get_str(metadata, "namespace");
    fp_str name = fp_value_get_str(metadata, "name");

    for (size_t i = 0; i < remotes->items.len; i++) {
        remote *r = remotes->items.items[i];

        if (!names_secret(r, ns, name))
            continue;
        r->seen = true;
        if (object->type == FP_WATCH_DELETED)
            r->has_secret = false;
        else
            fp_try(fill_from_secret(r, object));
        touch(remotes, r);
    }
    return 0;
}

int fp_remotes_object(fedpol_context *context, const fp_follow_view *view,
                      const fp_wire_object *object)
{
    fp_remotes *remotes = open_remotes(context);

    if (!remotes)
        return FEDPOL_E_NOMEM;
    if (fp_str_is(fp_str_of(view->kind), RCC))
        return take_config(remotes, object);
    return take_secret(remotes, object);
}

int fp_remotes_list_begins(fedpol_context *context, const fp_follow_view *view)
{
    fp_remotes *remotes = open_remotes(context);
    bool configs = fp_str_is(fp_str_of(view->kind), RCC);

    if (!remotes)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < remotes->items.len; i++)
        if (configs || remotes->items.items[i] == view->tag)
            remotes->items.items[i]->seen = false;
    return 0;
}

int fp_remotes_list_ends(fedpol_context *context, const fp_follow_view *view)
{
    fp_remotes *remotes = open_remotes(context);
    bool configs = fp_str_is(fp_str_of(view->kind), RCC);

    if (!remotes)
        return FEDPOL_E_NOMEM;
    remotes->listed = remotes->listed || configs;
    for (size_t i = 0; i < remotes->items.len; i++) {
        remote *r = remotes->items.items[i];

        if (r->seen || (!configs && r != view->tag))
            continue;
        if (configs)
            r->gone = true;
        else
            r->has_secret = false;
        touch(remotes, r);
    }
    return 0;
}

/* --- what follows from it --- */

static fedpol_cluster *local_cluster(const fedpol_context *context)
{
    for (size_t i = 0; i < context->clusters.len; i++)
        if (context->clusters.items[i]->role == FEDPOL_ROLE_LOCAL)
            return context->clusters.items[i];
    return NULL;
}

/* One diagnostic of the configuration at the local cluster, or none. */
static int report(fedpol_context *context, const remote *r, fp_severity severity,
                  const char *message)
{
    fedpol_cluster *local = local_cluster(context);
    const fp_diag diag = {severity, FP_DIAG_INVALID_OBJECT, FP_STR_INIT("spec"),
                          fp_str_of(message)};

    if (!local)
        return 0;
    fp_try(fp_cluster_set_diags(local->core, FP_DIAG_SOURCE_FEED, RCC, FP_STR_NULL,
                                fp_str_of(r->name), FP_STR_NULL, &diag, message ? 1 : 0));
    fp_cluster_note_diags(local);
    return 0;
}

static void unfollow(fedpol_context *context, remote *r)
{
    const fedpol_cluster *local = local_cluster(context);

    if (r->follow && local && local->connection)
        fp_connection_unfollow(local->connection, r->follow);
    r->follow = NULL;
    fp_free(r->follows);
    r->follows = NULL;
}

/* Watches the Secret that the configuration names, and no other. */
static int follow_secret(fedpol_context *context, remote *r)
{
    const fedpol_cluster *local = local_cluster(context);
    fp_cleanup_buf fp_buf path = {0};
    fp_cleanup_buf fp_buf query = {0};
    fp_cleanup_buf fp_buf id = {0};

    if (!r->config.secret_name || !local || !local->connection) {
        unfollow(context, r);
        return 0;
    }
    fp_buf_printf(&id, "%s/%s", r->config.secret_namespace, r->config.secret_name);
    fp_buf_printf(&path, "/api/v1/namespaces/%s/secrets", r->config.secret_namespace);
    fp_buf_printf(&query, "fieldSelector=metadata.name%%3D%s", r->config.secret_name);
    fp_try(fp_buf_error(&id));
    fp_try(fp_buf_error(&path));
    fp_try(fp_buf_error(&query));
    if (r->follows && strcmp(r->follows, id.data) == 0)
        return 0;
    unfollow(context, r);
    r->follows = fp_buf_steal(&id, NULL);
    if (!r->follows)
        return FEDPOL_E_NOMEM;
    fp_client_wake(context->client);
    return fp_connection_follow(local->connection, path.data, query.data, "v1", "Secret", r,
                                &r->follow);
}

static int remove_cluster(remote *r)
{
    fedpol_cluster *cluster = r->cluster;

    if (!cluster)
        return 0;
    fp_try(fedpol_cluster_remove(cluster));
    r->cluster = NULL;
    return 0;
}

static int make_cluster(fedpol_context *context, remote *r, fedpol_error **ret_error)
{
    fedpol_cluster *cluster = NULL;

    if (r->cluster)
        return 0;
    fp_try(fedpol_cluster_new(context, r->name, FEDPOL_ROLE_REMOTE, &cluster, ret_error));
    r->cluster = cluster;
    fedpol_cluster_unref(cluster); /* the context has it */
    return 0;
}

/* Where live changes are not wanted, the old connection goes on, and the state says what is due. */
static int mind_restart(fedpol_cluster *cluster, bool is_due)
{
    cluster->state_news = cluster->state_news || cluster->restart_due != is_due;
    cluster->restart_due = is_due;
    return 0;
}

static int connect_cluster(remote *r, fedpol_error **ret_error)
{
    const fp_remote_config *config = r->config.secret_name ? &r->secret : &r->config;
    const fedpol_source options = {.start_ms = FP_START_MS};
    fp_client_config client = {0};
    int code;

    fp_try(fp_remote_config_resolve(config, &client, ret_error));
    if (r->cluster->connection &&
        fp_client_config_equal(fp_connection_config(r->cluster->connection), &client))
        code = mind_restart(r->cluster, false);
    else if (r->cluster->connection && r->cluster->context->frozen_remotes)
        code = mind_restart(r->cluster, true);
    else
        code = fp_cluster_connect(r->cluster, &client, &options, ret_error);
    fp_client_config_done(&client);
    return code;
}

/* What the configuration says can't be done for now: state 5, or 0 where it never will. What the
   cluster said before stays. */
static void rest(remote *r, int code)
{
    bool incomplete = code == FEDPOL_E_NOT_FOUND || code == FEDPOL_E_IO;

    if (r->cluster->connection && r->cluster->context->frozen_remotes) {
        (void)mind_restart(r->cluster, true);
        return;
    }
    fp_cluster_drop_connection(r->cluster);
    fp_cluster_change_state(r->cluster,
                            incomplete ? FP_STATE_CONFIG_INCOMPLETE : FP_STATE_NOT_CONNECTING);
}

/* Whether the Secret is asked for, and no answer came yet. */
static bool is_awaiting(const remote *r)
{
    return !r->has_secret && !r->error && r->follow && !fp_follow_is_answered(r->follow);
}

void fp_remotes_phase_changed(fedpol_context *context)
{
    fp_remotes *remotes = context->remotes;

    for (size_t i = 0; remotes && i < remotes->items.len; i++)
        if (remotes->items.items[i]->awaiting && !is_awaiting(remotes->items.items[i]))
            touch(remotes, remotes->items.items[i]);
}

/* Makes, connects or rests the cluster of a valid configuration. */
static int bring_about(fedpol_context *context, remote *r, fedpol_error **ret_error)
{
    int code;

    fp_try(make_cluster(context, r, ret_error));
    fp_try(follow_secret(context, r));
    r->awaiting = is_awaiting(r);
    if (r->config.secret_name && !r->has_secret)
        code = fp_error_set(ret_error, FEDPOL_E_NOT_FOUND, FP_STR_NULL, -1, "%s",
                            r->error      ? fedpol_error_get_message(r->error)
                            : r->awaiting ? "its Secret is being read"
                                          : "its Secret is not there, or may not be read");
    else
        code = connect_cluster(r, ret_error);
    if (code < 0 && code != FEDPOL_E_NOMEM)
        rest(r, code);
    return code;
}

static int apply_one(fedpol_context *context, remote *r)
{
    const fp_remote_config *used = r->has_secret ? &r->secret : &r->config;
    fedpol_error *error = NULL;
    int code = 0;

    if (r->valid)
        code = bring_about(context, r, &error);
    else
        r->awaiting = false;
    if (code != FEDPOL_E_NOMEM && r->refusal)
        code = report(context, r, FP_SEVERITY_ERROR, fedpol_error_get_message(r->refusal));
    else if (code == 0)
        code = report(context, r, FP_SEVERITY_INFO, used->note);
    else if (code != FEDPOL_E_NOMEM)
        code = report(context, r, r->awaiting ? FP_SEVERITY_INFO : FP_SEVERITY_ERROR,
                      error ? fedpol_error_get_message(error) : fedpol_strerror(code));
    fedpol_error_free(error);
    return code;
}

int fp_remotes_apply(fedpol_context *context)
{
    fp_remotes *remotes = context->remotes;
    size_t i = 0;

    if (!remotes || !remotes->dirty)
        return 0;
    while (i < remotes->items.len) {
        remote *r = remotes->items.items[i];

        if (r->gone) {
            unfollow(context, r);
            fp_try(report(context, r, FP_SEVERITY_INFO, NULL));
            fp_try(remove_cluster(r));
            remotes->items.len--;
            memmove(&remotes->items.items[i], &remotes->items.items[i + 1],
                    (remotes->items.len - i) * sizeof(remote *));
            remote_free(r);
            continue;
        }
        if (r->dirty)
            fp_try(apply_one(context, r));
        r->dirty = false;
        i++;
    }
    remotes->dirty = false;
    return 0;
}

void fp_remotes_touch_all(fedpol_context *context)
{
    for (size_t i = 0; context->remotes && i < context->remotes->items.len; i++)
        touch(context->remotes, context->remotes->items.items[i]);
}

void fp_remotes_forget_follows(fedpol_context *context)
{
    fp_remotes *remotes = context->remotes;

    for (size_t i = 0; remotes && i < remotes->items.len; i++) {
        remote *r = remotes->items.items[i];

        r->follow = NULL;
        fp_free(r->follows);
        r->follows = NULL;
        touch(remotes, r);
    }
}

void fp_remotes_forget_cluster(fedpol_context *context, const fedpol_cluster *cluster)
{
    fp_remotes *remotes = context->remotes;

    for (size_t i = 0; remotes && i < remotes->items.len; i++)
        if (remotes->items.items[i]->cluster == cluster)
            remotes->items.items[i]->cluster = NULL;
}
