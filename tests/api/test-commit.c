/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_test.h"
#include "mesh.h"

/* Callers that commit by themselves. */

/* The type of the next event about no cluster; 0 if there is none. */
static int next_news(mesh *m)
{
    fedpol_event *event;
    int type = 0;

    while (type == 0 && (event = fedpol_context_next_event(m->context)) != NULL) {
        type = *fedpol_event_get_cluster(event) ? 0 : fedpol_event_get_type(event);
        fedpol_event_free(event);
    }
    return type;
}

/* The sets and the members that the next commit adds, as "sets+added". */
static const char *commit_told(mesh *m, char *text, size_t size)
{
    fedpol_delta *delta = NULL;

    ck_assert_int_eq(fedpol_context_commit(m->context, &delta), 0);
    (void)snprintf(text, size, "%zu+%zu", fedpol_delta_get_set_count(delta),
                   fedpol_delta_get_added_count(delta, 0));
    fedpol_delta_unref(delta);
    return text;
}

static bool is_readable(mesh *m)
{
    struct pollfd fd = {fedpol_context_get_fd(m->context), POLLIN, 0};

    return poll(&fd, 1, 0) == 1;
}

START_TEST(a_caller_that_commits_by_itself_is_asked_once_and_told_of_everything)
{
    mesh m;
    char text[32];

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_context_set_auto_commit(m.context, false), 0);
    ck_assert_int_eq(fedpol_context_process(m.context), 1);
    ck_assert_int_eq(next_news(&m), FEDPOL_EVENT_CHANGED);
    ck_assert(!is_readable(&m));

    ck_assert_int_eq(mesh_west_pod(&m, "ADDED", "web-2", "web", "10.1.0.3"), 0);
    ck_assert_int_eq(fedpol_context_process(m.context), 0);
    ck_assert_int_eq(next_news(&m), 0);
    ck_assert_str_eq(commit_told(&m, text, sizeof(text)), "1+2");
    ck_assert_str_eq(commit_told(&m, text, sizeof(text)), "0+0");
    ck_assert(!is_readable(&m));

    ck_assert_int_eq(mesh_west_pod(&m, "ADDED", "web-3", "web", "10.1.0.4"), 0);
    ck_assert(is_readable(&m));
    ck_assert_int_eq(fedpol_context_process(m.context), 1);
    ck_assert_int_eq(next_news(&m), FEDPOL_EVENT_CHANGED);
    ck_assert_str_eq(commit_told(&m, text, sizeof(text)), "1+1");
    ck_assert_int_eq(fedpol_context_process(m.context), 0);
    mesh_done(&m);
}
END_TEST

START_TEST(what_a_query_commits_is_told_to_the_caller_that_commits_by_itself)
{
    mesh m;
    char text[32];
    const char *answers[] = {"1+1", "1+1", "1+1", "0+0"};

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_context_set_auto_commit(m.context, false), 0);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(text, sizeof(text), "10.1.1.%d", i);
        ck_assert_int_eq(mesh_ask(&m, "west:shop/web", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
        ck_assert_int_eq(mesh_west_pod(&m, "ADDED", text, "web", text), 0);
    }
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        ck_assert_int_ge(fedpol_context_process(m.context), 0);
        ck_assert_int_eq(next_news(&m), i < 3 ? FEDPOL_EVENT_CHANGED : 0);
        ck_assert_str_eq(commit_told(&m, text, sizeof(text)), answers[i]);
    }
    ck_assert_int_eq(mesh_west_pod(&m, "ADDED", "web-9", "web", "10.1.0.9"), 0);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.9", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
    ck_assert_int_eq(fedpol_context_set_auto_commit(m.context, true), 0);
    ck_assert_str_eq(commit_told(&m, text, sizeof(text)), "0+0");
    mesh_done(&m);
}
END_TEST

START_TEST(a_set_that_is_long_gone_is_still_told_by_its_words)
{
    mesh m;
    fedpol_delta *delta = NULL;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_context_commit(m.context, NULL), 0);
    ck_assert_int_eq(fedpol_context_set_auto_commit(m.context, false), 0);
    ck_assert_int_eq(fedpol_cluster_remove(m.west), 0);
    ck_assert_int_eq(fedpol_cluster_remove(m.east), 0);
    (void)mesh_ask(&m, "10.1.0.1", "10.1.0.2", 5432);
    ck_assert_int_eq(fedpol_context_commit(m.context, &delta), 0);
    ck_assert_uint_eq(fedpol_delta_get_set_count(delta), 1);
    ck_assert_int_eq(fedpol_delta_get_set_change(delta, 0), FEDPOL_CHANGE_GONE);
    ck_assert_ptr_nonnull(strstr(fedpol_delta_get_set_selector(delta, 0), "app == \"web\""));
    fedpol_delta_unref(delta);
    mesh_done(&m);
}
END_TEST

API_TEST_MAIN("api/commit", a_caller_that_commits_by_itself_is_asked_once_and_told_of_everything,
              what_a_query_commits_is_told_to_the_caller_that_commits_by_itself,
              a_set_that_is_long_gone_is_still_told_by_its_words)
