/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/client.h"

#include <poll.h>

#include "libfedpol/client/clock.h"
#include "tests/support/fp_test.h"

static bool is_readable(const fp_client *client, int wait_ms)
{
    struct pollfd fd = {.fd = fp_client_get_fd(client), .events = POLLIN};

    return poll(&fd, 1, wait_ms) == 1;
}

START_TEST(a_wake_is_not_forgotten_for_what_is_due_later)
{
    fp_client *client = NULL;

    ck_assert_int_eq(fp_client_new(FP_HTTP_EVENTS, &client), 0);
    fp_client_wake(client);
    fp_client_set_due(client, fp_clock_ms() + 3600000);
    ck_assert(is_readable(client, 10000));
    ck_assert_int_ge(fp_client_process(client, 0), 0);
    ck_assert(!is_readable(client, 5));
    fp_client_set_due(client, fp_clock_ms() + 1);
    ck_assert(is_readable(client, 10000));
    fp_client_free(client);
}
END_TEST

FP_TEST_MAIN("client/client", a_wake_is_not_forgotten_for_what_is_due_later)
