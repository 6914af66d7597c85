/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api_test.h"
#include "mesh.h"

static bool is_readable(const fedpol_context *context)
{
    struct pollfd fd = {.fd = fedpol_context_get_fd(context), .events = POLLIN};

    return poll(&fd, 1, 0) == 1;
}

START_TEST(things_may_be_given_back_in_any_order)
{
    static const char orders[6][4] = {"abc", "acb", "bac", "bca", "cab", "cba"};

    for (size_t i = 0; i < 6; i++) {
        fedpol_context *context = NULL;
        fedpol_cluster *cluster = NULL;
        fedpol_renderer *renderer = NULL;

        ck_assert_int_eq(fedpol_context_new(&context), 0);
        ck_assert_int_eq(fedpol_cluster_new(context, "e", FEDPOL_ROLE_LOCAL, &cluster, NULL), 0);
        ck_assert_int_eq(fedpol_renderer_new(context, NULL, &renderer, NULL), 0);
        for (size_t k = 0; k < 3; k++) {
            if (orders[i][k] == 'a')
                ck_assert_ptr_null(fedpol_context_unref(context));
            else if (orders[i][k] == 'b')
                ck_assert_ptr_null(fedpol_cluster_unref(cluster));
            else
                ck_assert_ptr_null(fedpol_renderer_unref(renderer));
        }
    }
}
END_TEST

START_TEST(a_held_cluster_keeps_its_context_working)
{
    mesh m;
    fedpol_cluster_info info;

    ck_assert_int_eq(mesh_init(&m), 0);
    fedpol_context_unref(m.context);
    fedpol_cluster_unref(m.east);
    fedpol_cluster_info_init(&info, sizeof(info));
    ck_assert_int_eq(fedpol_cluster_get_info(m.west, &info), 0);
    ck_assert_uint_eq(info.endpoints, 2);
    fedpol_cluster_unref(m.west);
}
END_TEST

START_TEST(a_cluster_stays_when_nobody_holds_it_and_can_be_found)
{
    mesh m;
    fedpol_cluster *found = NULL;

    ck_assert_int_eq(mesh_init(&m), 0);
    m.west = fedpol_cluster_unref(m.west);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.1", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
    ck_assert_int_eq(fedpol_cluster_find(m.context, "west", &found), 0);
    ck_assert_int_eq(fedpol_cluster_get_role(found), FEDPOL_ROLE_REMOTE);
    ck_assert_int_eq(fedpol_cluster_get_state(found), FEDPOL_CLUSTER_IN_SYNC);
    ck_assert_int_eq(fedpol_cluster_find(m.context, "north", &found), FEDPOL_E_NOT_FOUND);
    ck_assert_int_eq(fedpol_cluster_remove(found), 0);
    ck_assert_int_eq(fedpol_cluster_find(m.context, "west", &found), FEDPOL_E_NOT_FOUND);
    fedpol_cluster_unref(found);
    mesh_done(&m);
}
END_TEST

START_TEST(a_feed_outlives_the_removal_of_its_cluster)
{
    mesh m;
    fedpol_feed *feed = NULL;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_feed_new(m.west, "v1", "Pod", &feed), 0);
    ck_assert_int_eq(fedpol_feed_write(feed, "{\"metadata\":", 12, NULL), 0);
    ck_assert_int_eq(fedpol_cluster_remove(m.west), 0);
    ck_assert_int_eq(fedpol_feed_write(feed, "{}}", 3, NULL), FEDPOL_E_STATE);
    mesh_done(&m);
    fedpol_feed_free(feed);
}
END_TEST

START_TEST(a_name_is_taken_until_removed_and_only_one_cluster_is_local)
{
    mesh m;
    fedpol_error *error = NULL;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_cluster_new(m.context, "west", FEDPOL_ROLE_REMOTE, NULL, &error),
                     FEDPOL_E_EXISTS);
    ck_assert_ptr_nonnull(strstr(fedpol_error_get_message(error), "west"));
    error = fedpol_error_free(error);
    ck_assert_int_eq(fedpol_cluster_new(m.context, "south", FEDPOL_ROLE_LOCAL, NULL, NULL),
                     FEDPOL_E_EXISTS);
    ck_assert_int_eq(fedpol_cluster_new(m.context, "So\nuth", FEDPOL_ROLE_REMOTE, NULL, &error),
                     FEDPOL_E_INVALID);
    ck_assert_ptr_null(strchr(fedpol_error_get_message(error), '\n'));
    error = fedpol_error_free(error);
    ck_assert_int_eq(fedpol_cluster_new(m.context, "south", 9, NULL, NULL), FEDPOL_E_INVALID);
    mesh_done(&m);
}
END_TEST

START_TEST(the_descriptor_is_readable_while_anything_is_left)
{
    mesh m;
    fedpol_event *event;
    size_t n = 0;
    int fd;

    ck_assert_int_eq(mesh_init(&m), 0);
    fd = fedpol_context_get_fd(m.context);
    ck_assert_int_ge(fd, 0);
    ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    ck_assert(is_readable(m.context));
    ck_assert_int_eq(fedpol_context_process(m.context), 1);
    while (is_readable(m.context)) {
        event = fedpol_context_next_event(m.context);
        ck_assert_ptr_nonnull(event);
        fedpol_event_free(event);
        n++;
    }
    ck_assert_uint_ge(n, 3);
    ck_assert_ptr_null(fedpol_context_next_event(m.context));
    ck_assert_int_eq(fedpol_context_process(m.context), 0);
    ck_assert_int_eq(mesh_west_pod(&m, "ADDED", "web-2", "web", "10.1.0.3"), 0);
    ck_assert(is_readable(m.context));
    ck_assert_int_eq(fedpol_context_get_fd(m.context), fd);
    mesh_done(&m);
}
END_TEST

/* Type and cluster of the next event, such as "200 west"; "" if there is none. */
static void next(mesh *m, char *ret, size_t size)
{
    fedpol_event *event = fedpol_context_next_event(m->context);
    fedpol_event_info info;

    ret[0] = '\0';
    if (!event)
        return;
    fedpol_event_info_init(&info, sizeof(info));
    ck_assert_int_eq(fedpol_event_get_info(event, &info), 0);
    ck_assert_uint_eq(info.type, (uint32_t)fedpol_event_get_type(event));
    ck_assert_uint_eq(info.state, (uint32_t)fedpol_event_get_state(event));
    ck_assert_str_eq(info.cluster, fedpol_event_get_cluster(event));
    ck_assert_int_eq(info.age_ms, fedpol_event_get_age_ms(event));
    (void)snprintf(ret, size, "%d %s %d", fedpol_event_get_type(event),
                   fedpol_event_get_cluster(event), fedpol_event_get_state(event));
    fedpol_event_free(event);
}

START_TEST(events_are_coalesced_and_come_in_order)
{
    mesh m;
    char text[64];

    ck_assert_int_eq(mesh_init(&m), 0);
    while (fedpol_context_process(m.context) > 0)
        next(&m, text, sizeof(text));
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(mesh_west_pod(&m, "MODIFIED", "web", i % 2 ? "web" : "idle", "10.1.0.1"),
                         0);
        ck_assert_int_ge(fedpol_context_process(m.context), 0);
        ck_assert_int_eq(fedpol_cluster_set_lost(m.west), 0);
        ck_assert_int_eq(fedpol_cluster_set_lost(m.east), 0);
        ck_assert_int_eq(fedpol_cluster_set_synced(m.east), 0);
        ck_assert_int_eq(mesh_west_pod(&m, "ADDED", "bad", "web", "10.1.0.999"), 0);
    }
    next(&m, text, sizeof(text));
    ck_assert_str_eq(text, "200 east 2");
    next(&m, text, sizeof(text));
    ck_assert_str_eq(text, "200 west 3");
    next(&m, text, sizeof(text));
    ck_assert_str_eq(text, "300 west 3");
    next(&m, text, sizeof(text));
    ck_assert_str_eq(text, "100  0");
    next(&m, text, sizeof(text));
    ck_assert_str_eq(text, "");
    mesh_done(&m);
}
END_TEST

START_TEST(a_removed_cluster_has_no_events)
{
    mesh m;
    char text[64];

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_context_commit(m.context, NULL), 0);
    ck_assert_int_eq(fedpol_cluster_remove(m.west), 0);
    next(&m, text, sizeof(text));
    ck_assert_str_eq(text, "200 east 2");
    do
        next(&m, text, sizeof(text));
    while (text[0] && strstr(text, "west") == NULL);
    ck_assert_str_eq(text, "");
    mesh_done(&m);
}
END_TEST

START_TEST(a_wake_is_seen_once_by_the_next_process)
{
    fedpol_context *context = NULL;

    ck_assert_int_eq(fedpol_context_new(&context), 0);
    ck_assert(!is_readable(context));
    ck_assert_int_eq(fedpol_context_wait(context, 0), 0);
    fedpol_context_wake(context);
    fedpol_context_wake(context);
    ck_assert(is_readable(context));
    ck_assert_ptr_null(fedpol_context_next_event(context));
    ck_assert(is_readable(context));
    ck_assert_int_eq(fedpol_context_wait(context, -1), 0);
    ck_assert(!is_readable(context));
    fedpol_context_unref(context);
    fedpol_context_wake(NULL);
}
END_TEST

static fedpol_context *woken_by_signal;

static void on_alarm(int number)
{
    (void)number;
    fedpol_context_wake(woken_by_signal);
}

START_TEST(a_wake_from_a_signal_handler_ends_a_wait)
{
    struct sigaction action = {.sa_handler = on_alarm};

    ck_assert_int_eq(fedpol_context_new(&woken_by_signal), 0);
    ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
    ck_assert_int_eq(raise(SIGUSR1), 0);
    ck_assert_int_eq(fedpol_context_wait(woken_by_signal, -1), 0);
    fedpol_context_unref(woken_by_signal);
}
END_TEST

static int failures_in_child(mesh *m)
{
    fedpol_endpoint_list *list = NULL;
    fedpol_renderer *renderer = NULL;
    int wrong = 0;

    wrong += fedpol_context_process(m->context) != FEDPOL_E_FORKED;
    wrong += fedpol_context_get_fd(m->context) != FEDPOL_E_FORKED;
    wrong += fedpol_context_wait(m->context, 0) != FEDPOL_E_FORKED;
    wrong += fedpol_context_commit(m->context, NULL) != FEDPOL_E_FORKED;
    wrong += fedpol_context_query_endpoints(m->context, NULL, &list) != FEDPOL_E_FORKED;
    wrong += fedpol_cluster_feed(m->west, "{}", 2, NULL) != FEDPOL_E_FORKED;
    wrong += fedpol_cluster_set_synced(m->west) != FEDPOL_E_FORKED;
    wrong += fedpol_renderer_new(m->context, NULL, &renderer, NULL) != FEDPOL_E_FORKED;
    wrong += fedpol_context_next_event(m->context) != NULL;
    fedpol_context_wake(m->context);
    mesh_done(m);
    return wrong;
}

START_TEST(after_a_fork_the_context_is_the_parents)
{
    mesh m;
    int status = 0;
    pid_t child;

    ck_assert_int_eq(mesh_init(&m), 0);
    while (fedpol_context_process(m.context) > 0)
        fedpol_event_free(fedpol_context_next_event(m.context));
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(failures_in_child(&m));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    ck_assert(!is_readable(m.context));
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.1", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
    mesh_done(&m);
}
END_TEST

API_TEST_MAIN("api/lifetime", things_may_be_given_back_in_any_order,
              a_held_cluster_keeps_its_context_working,
              a_cluster_stays_when_nobody_holds_it_and_can_be_found,
              a_feed_outlives_the_removal_of_its_cluster,
              a_name_is_taken_until_removed_and_only_one_cluster_is_local,
              the_descriptor_is_readable_while_anything_is_left,
              events_are_coalesced_and_come_in_order, a_removed_cluster_has_no_events,
              a_wake_is_seen_once_by_the_next_process, a_wake_from_a_signal_handler_ends_a_wait,
              after_a_fork_the_context_is_the_parents)
