/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <string.h>
#include <time.h>

#include "tool.h"

/*
 * Stays, and tells what changes: states of clusters, and what each commit did to the sets. The sets
 * before and after are compared, as a commit may have happened inside any call.
 */

typedef struct watch_state {
    const tool_options *options;
    fedpol_context *context;
    fedpol_renderer *renderer;
    fedpol_set_list *before;
    fedpol_diagnostic_list *shown;
    json out;
    int32_t commits;
    bool rendered;
} watch_state;

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static void tell_state(watch_state *watch, const fedpol_event *event)
{
    const char *cluster = fedpol_event_get_cluster(event);
    const char *state = fedpol_cluster_state_name(fedpol_event_get_state(event));
    json *out = &watch->out;

    if (!watch->options->json) {
        (void)printf("cluster %s: %s\n", cluster, state);
        return;
    }
    json_open(out, NULL, '{');
    json_string(out, "cluster", cluster);
    json_string(out, "state", state);
    json_close(out, '}');
    json_end_line(out);
}

/* --- sets before and after --- */

static int compare_sets(const fedpol_set_list *a, size_t i, const fedpol_set_list *b, size_t j)
{
    int order = strcmp(fedpol_set_list_get_selector(a, i), fedpol_set_list_get_selector(b, j));

    if (order == 0)
        order = fedpol_set_list_get_type(a, i) - fedpol_set_list_get_type(b, j);
    if (order == 0)
        order = fedpol_set_list_get_use(a, i) - fedpol_set_list_get_use(b, j);
    if (order == 0)
        order = fedpol_set_list_get_scope(a, i) - fedpol_set_list_get_scope(b, j);
    if (order == 0)
        order = strcmp(fedpol_set_list_get_protocol(a, i), fedpol_set_list_get_protocol(b, j));
    if (order == 0)
        order = strcmp(fedpol_set_list_get_port(a, i), fedpol_set_list_get_port(b, j));
    return order;
}

static size_t find_set(const fedpol_set_list *in, const fedpol_set_list *list, size_t i)
{
    size_t n = fedpol_set_list_get_count(in);
    size_t j = 0;

    while (j < n && compare_sets(in, j, list, i) != 0)
        j++;
    return j;
}

static bool has_member(const fedpol_set_list *list, size_t i, const char *member)
{
    size_t n = i < fedpol_set_list_get_count(list) ? fedpol_set_list_get_member_count(list, i) : 0;

    for (size_t m = 0; m < n; m++)
        if (strcmp(fedpol_set_list_get_member(list, i, m), member) == 0)
            return true;
    return false;
}

/* Members of set I of LIST that set J of OTHER lacks. */
static size_t put_missing(watch_state *watch, const char *key, const char *sign,
                          const fedpol_set_list *list, size_t i, const fedpol_set_list *other,
                          size_t j)
{
    size_t n = i < fedpol_set_list_get_count(list) ? fedpol_set_list_get_member_count(list, i) : 0;
    bool as_json = watch->options->json;
    size_t found = 0;

    if (as_json)
        json_open(&watch->out, key, '[');
    for (size_t m = 0; m < n; m++) {
        const char *member = fedpol_set_list_get_member(list, i, m);

        if (has_member(other, j, member))
            continue;
        found++;
        if (as_json)
            json_string(&watch->out, NULL, member);
        else
            (void)printf("  %s %s\n", sign, member);
    }
    if (as_json)
        json_close(&watch->out, ']');
    return found;
}

static void put_set(watch_state *watch, const fedpol_set_list *list, size_t i,
                    const fedpol_set_list *after, size_t j, const fedpol_set_list *before, size_t k)
{
    json *out = &watch->out;
    int type = fedpol_set_list_get_type(list, i);
    const char *change = j == fedpol_set_list_get_count(after)    ? "gone"
                         : k == fedpol_set_list_get_count(before) ? "new"
                                                                  : "changed";

    if (watch->options->json) {
        json_open(out, NULL, '{');
        json_string(out, "selector", fedpol_set_list_get_selector(list, i));
        json_string(out, "type", fedpol_set_type_name(type));
        json_string(out, "use", fedpol_set_use_name(fedpol_set_list_get_use(list, i)));
        json_string(out, "protocol", set_protocol(type, fedpol_set_list_get_protocol(list, i)));
        json_string(out, "port",
                    type == FEDPOL_SET_IP_PORT ? fedpol_set_list_get_port(list, i) : NULL);
        json_string(out, "change", change);
    } else {
        (void)printf(" %s set %s (%s, %s)\n", change, fedpol_set_list_get_selector(list, i),
                     fedpol_set_type_name(type),
                     fedpol_set_use_name(fedpol_set_list_get_use(list, i)));
    }
    (void)put_missing(watch, "added", "+", after, j, before, k);
    (void)put_missing(watch, "removed", "-", before, k, after, j);
    if (watch->options->json)
        json_close(out, '}');
}

static bool is_same(const fedpol_set_list *a, size_t i, const fedpol_set_list *b, size_t j)
{
    size_t n = fedpol_set_list_get_member_count(a, i);

    if (j == fedpol_set_list_get_count(b) || n != fedpol_set_list_get_member_count(b, j))
        return false;
    for (size_t m = 0; m < n; m++)
        if (strcmp(fedpol_set_list_get_member(a, i, m), fedpol_set_list_get_member(b, j, m)) != 0)
            return false;
    return true;
}

static void put_changes(watch_state *watch, const fedpol_set_list *after)
{
    const fedpol_set_list *before = watch->before;

    for (size_t i = 0; i < fedpol_set_list_get_count(after); i++) {
        size_t k = find_set(before, after, i);

        if (!is_same(after, i, before, k))
            put_set(watch, after, i, after, i, before, k);
    }
    for (size_t k = 0; k < fedpol_set_list_get_count(before); k++) {
        size_t j = find_set(after, before, k);

        if (j == fedpol_set_list_get_count(after))
            put_set(watch, before, k, after, j, before, k);
    }
}

static int tell_change(watch_state *watch)
{
    fedpol_ruleset *ruleset = NULL;
    fedpol_set_list *after = NULL;
    int r = watch->rendered ? fedpol_renderer_delta(watch->renderer, &ruleset)
                            : fedpol_renderer_full(watch->renderer, &ruleset);

    if (r == 0)
        r = fedpol_context_query_sets(watch->context, &after);
    if (r == 0) {
        watch->rendered = true;
        watch->commits++;
        if (watch->options->json) {
            json_open(&watch->out, NULL, '{');
            json_open(&watch->out, "sets", '[');
        } else {
            (void)printf("commit %d: %zu bytes for the kernel\n", (int)watch->commits,
                         strlen(fedpol_ruleset_get_text(ruleset, NULL)));
        }
        put_changes(watch, after);
        if (watch->options->json) {
            json_close(&watch->out, ']');
            json_string(&watch->out, "text", fedpol_ruleset_get_text(ruleset, NULL));
            json_close(&watch->out, '}');
            json_end_line(&watch->out);
        }
        watch->before = fedpol_set_list_unref(watch->before);
        watch->before = after;
    }
    ruleset = fedpol_ruleset_unref(ruleset);
    return r;
}

/* What waits is told; false once nobody reads any more. */
static bool tell_events(watch_state *watch)
{
    fedpol_event *event;

    while ((event = fedpol_context_next_event(watch->context)) != NULL) {
        int type = fedpol_event_get_type(event);
        int r = 0;

        if (type == FEDPOL_EVENT_CLUSTER_STATE)
            tell_state(watch, event);
        else if (type == FEDPOL_EVENT_DIAGNOSTICS)
            mesh_show_diagnostics(watch->context, &watch->shown);
        else if (type == FEDPOL_EVENT_CHANGED)
            r = tell_change(watch);
        if (r < 0)
            (void)complain(EXIT_SOURCE, "watch", r, NULL);
        event = fedpol_event_free(event);
    }
    return fflush(stdout) == 0 && !ferror(stdout);
}

static int64_t now_s(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec;
}

static int stay(watch_state *watch)
{
    const tool_options *options = watch->options;
    int64_t end = options->for_s < 0 ? INT64_MAX : now_s() + options->for_s;
    int r = 0;

    while (!stopped && r >= 0 && now_s() < end &&
           (options->count < 0 || watch->commits < options->count)) {
        r = fedpol_context_wait(watch->context, 500);
        if (!tell_events(watch))
            break;
    }
    return r < 0 ? complain(EXIT_SOURCE, "watch", r, NULL) : EXIT_DONE;
}

int cmd_watch(const tool_options *options)
{
    watch_state watch = {.options = options, .out = {stdout, false}};
    struct sigaction action = {.sa_handler = on_signal};
    fedpol_error *error = NULL;
    int status = mesh_connect(options, &watch.context);
    int r;

    if (status != EXIT_DONE)
        return status;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
    r = fedpol_renderer_new(watch.context, &options->render, &watch.renderer, &error);
    if (r < 0)
        status = complain(EXIT_USAGE, "watch", r, error);
    else
        status = stay(&watch);
    error = fedpol_error_free(error);
    watch.shown = fedpol_diagnostic_list_unref(watch.shown);
    watch.before = fedpol_set_list_unref(watch.before);
    watch.renderer = fedpol_renderer_unref(watch.renderer);
    watch.context = fedpol_context_unref(watch.context);
    return status;
}
