/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tool.h"

/* What one commit changed, with what it means for the kernel: for watch and replay. */

int commits_next(commits *all, commit *ret)
{
    int r = fedpol_context_commit(all->context, &ret->delta);

    if (r == 0)
        r = all->rendered ? fedpol_renderer_delta(all->renderer, &ret->ruleset)
                          : fedpol_renderer_full(all->renderer, &ret->ruleset);
    if (r < 0)
        return r;
    all->rendered = true;
    ret->before = all->sets;
    all->sets = NULL;
    return fedpol_context_query_sets(all->context, &all->sets);
}

void commit_done(commit *one)
{
    one->before = fedpol_set_list_unref(one->before);
    one->ruleset = fedpol_ruleset_unref(one->ruleset);
    one->delta = fedpol_delta_unref(one->delta);
}

void commits_done(commits *all)
{
    all->sets = fedpol_set_list_unref(all->sets);
    all->renderer = fedpol_renderer_unref(all->renderer);
    all->context = fedpol_context_unref(all->context);
}

static bool is_set(const fedpol_set_list *list, size_t j, const fedpol_delta *delta, size_t i)
{
    return fedpol_set_list_get_type(list, j) == fedpol_delta_get_set_type(delta, i) &&
           fedpol_set_list_get_use(list, j) == fedpol_delta_get_set_use(delta, i) &&
           fedpol_set_list_get_scope(list, j) == fedpol_delta_get_set_scope(delta, i) &&
           strcmp(fedpol_set_list_get_selector(list, j), fedpol_delta_get_set_selector(delta, i)) ==
               0 &&
           strcmp(fedpol_set_list_get_protocol(list, j), fedpol_delta_get_set_protocol(delta, i)) ==
               0 &&
           strcmp(fedpol_set_list_get_port(list, j), fedpol_delta_get_set_port(delta, i)) == 0;
}

/* Calls FN for each member that set I lost; of a set that is gone, all that it had. */
static void each_removed(const commit *one, size_t i, void (*fn)(json *out, const char *member),
                         json *out)
{
    const fedpol_set_list *before = one->before;
    size_t j = 0;

    for (size_t m = 0; m < fedpol_delta_get_removed_count(one->delta, i); m++)
        fn(out, fedpol_delta_get_removed(one->delta, i, m));
    if (fedpol_delta_get_set_change(one->delta, i) != FEDPOL_CHANGE_GONE)
        return;
    while (j < fedpol_set_list_get_count(before) && !is_set(before, j, one->delta, i))
        j++;
    for (size_t m = 0; m < fedpol_set_list_get_member_count(before, j); m++)
        fn(out, fedpol_set_list_get_member(before, j, m));
}

/* --- JSON --- */

static void put_member(json *out, const char *member)
{
    json_string(out, NULL, member);
}

static void put_set(json *out, const commit *one, size_t i)
{
    const fedpol_delta *delta = one->delta;
    int type = fedpol_delta_get_set_type(delta, i);

    json_open(out, NULL, '{');
    json_string(out, "selector", fedpol_delta_get_set_selector(delta, i));
    json_string(out, "type", fedpol_set_type_name(type));
    json_string(out, "use", fedpol_set_use_name(fedpol_delta_get_set_use(delta, i)));
    json_string(out, "protocol", set_protocol(type, fedpol_delta_get_set_protocol(delta, i)));
    json_string(out, "port",
                type == FEDPOL_SET_IP_PORT ? fedpol_delta_get_set_port(delta, i) : NULL);
    json_string(out, "change", fedpol_change_name(fedpol_delta_get_set_change(delta, i)));
    json_open(out, "added", '[');
    for (size_t m = 0; m < fedpol_delta_get_added_count(delta, i); m++)
        put_member(out, fedpol_delta_get_added(delta, i, m));
    json_close(out, ']');
    json_open(out, "removed", '[');
    each_removed(one, i, put_member, out);
    json_close(out, ']');
    json_close(out, '}');
}

static void put_list(json *out, const char *key, size_t n,
                     const char *(*get)(const fedpol_delta *delta, size_t index),
                     const fedpol_delta *delta)
{
    json_open(out, key, '[');
    for (size_t i = 0; i < n; i++)
        json_string(out, NULL, get(delta, i));
    json_close(out, ']');
}

void put_commit(json *out, const commit *one)
{
    const fedpol_delta *delta = one->delta;

    json_open(out, NULL, '{');
    json_open(out, "sets", '[');
    for (size_t i = 0; i < fedpol_delta_get_set_count(delta); i++)
        put_set(out, one, i);
    json_close(out, ']');
    put_list(out, "policies_changed", fedpol_delta_get_policy_count(delta), fedpol_delta_get_policy,
             delta);
    put_list(out, "endpoints_changed", fedpol_delta_get_endpoint_count(delta),
             fedpol_delta_get_endpoint, delta);
    put_list(out, "departed", fedpol_delta_get_departed_count(delta), fedpol_delta_get_departed,
             delta);
    json_string(out, "text", fedpol_ruleset_get_text(one->ruleset, NULL));
    json_close(out, '}');
    json_end_line(out);
}

/* --- text --- */

static void print_removed(json *out, const char *member)
{
    (void)fprintf(out->file, "  - %s\n", member);
}

static void print_set(json *out, const commit *one, size_t i)
{
    const fedpol_delta *delta = one->delta;

    (void)fprintf(out->file, " %s set %s (%s, %s)\n",
                  fedpol_change_name(fedpol_delta_get_set_change(delta, i)),
                  fedpol_delta_get_set_selector(delta, i),
                  fedpol_set_type_name(fedpol_delta_get_set_type(delta, i)),
                  fedpol_set_use_name(fedpol_delta_get_set_use(delta, i)));
    for (size_t m = 0; m < fedpol_delta_get_added_count(delta, i); m++)
        (void)fprintf(out->file, "  + %s\n", fedpol_delta_get_added(delta, i, m));
    each_removed(one, i, print_removed, out);
}

void print_commit(json *out, const commit *one)
{
    const fedpol_delta *delta = one->delta;

    for (size_t i = 0; i < fedpol_delta_get_set_count(delta); i++)
        print_set(out, one, i);
    for (size_t i = 0; i < fedpol_delta_get_policy_count(delta); i++)
        (void)fprintf(out->file, " %s policy %s\n",
                      fedpol_change_name(fedpol_delta_get_policy_change(delta, i)),
                      fedpol_delta_get_policy(delta, i));
    for (size_t i = 0; i < fedpol_delta_get_endpoint_count(delta); i++)
        (void)fprintf(out->file, " %s endpoint %s\n",
                      fedpol_change_name(fedpol_delta_get_endpoint_change(delta, i)),
                      fedpol_delta_get_endpoint(delta, i));
    for (size_t i = 0; i < fedpol_delta_get_departed_count(delta); i++)
        (void)fprintf(out->file, " departed %s\n", fedpol_delta_get_departed(delta, i));
}
