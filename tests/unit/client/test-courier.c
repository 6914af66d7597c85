/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/courier.h"

#include <string.h>

#include "tests/support/fp_test.h"

START_TEST(why_there_is_no_credential_is_told_until_the_next_try)
{
    fp_client_config config = {0};
    fp_courier *courier = NULL;
    fp_courier_state state;
    fp_http *http = NULL;

    ck_assert_int_eq(fp_secret_set(&config.server, FP_STR("https://localhost")), 0);
    ck_assert_int_eq(fp_secret_set(&config.token_file, FP_STR("/nonexistent/token")), 0);
    ck_assert_int_eq(fp_http_new(FP_HTTP_EVENTS, &http), 0);
    ck_assert_int_eq(fp_courier_new(http, &config, 0, &courier), 0);
    for (int64_t now_ms = 0; now_ms < 1000; now_ms += 500) {
        ck_assert_int_eq(fp_courier_poll(courier, now_ms, 0, &state), 0);
        ck_assert(!state.ready);
        ck_assert_int_eq(state.code, FEDPOL_E_NOT_FOUND);
        ck_assert_str_ne(fp_courier_message(courier), "");
    }
    courier = fp_courier_free(courier);
    http = fp_http_free(http);
    fp_client_config_done(&config);
}
END_TEST

FP_TEST_MAIN("client/courier", why_there_is_no_credential_is_told_until_the_next_try)
