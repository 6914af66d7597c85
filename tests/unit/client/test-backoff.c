/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/backoff.h"

#include "libfedpol/base/check.h"
#include "tests/support/fp_test.h"

/* The part that is not chance. */
static int64_t base_of(int failures)
{
    int64_t base = FP_BACKOFF_MIN_MS;

    while (--failures > 0 && base < FP_BACKOFF_MAX_MS)
        base *= 2;
    return base < FP_BACKOFF_MAX_MS ? base : FP_BACKOFF_MAX_MS;
}

START_TEST(waits_double_up_to_half_a_minute_and_chance_adds_less_than_as_much)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        fp_backoff backoff;

        fp_backoff_init(&backoff, seed);
        for (int failures = 1; failures < 12; failures++) {
            int64_t base = base_of(failures);
            int64_t wait = fp_backoff_next(&backoff, failures * 1000);

            ck_assert_msg(wait >= base && wait < 2 * base, "failure %d: %lld ms", failures,
                          (long long)wait);
        }
    }
}
END_TEST

START_TEST(two_minutes_without_failure_forget_the_earlier_ones)
{
    static const struct {
        int64_t pause_ms;
        bool forgotten;
    } rows[] = {{FP_BACKOFF_RESET_MS - 1, false}, {FP_BACKOFF_RESET_MS, true}};

    for (size_t i = 0; i < FP_ARRAY_LEN(rows); i++) {
        fp_backoff backoff;
        int64_t wait;

        fp_backoff_init(&backoff, 7);
        for (int failures = 0; failures < 5; failures++)
            (void)fp_backoff_next(&backoff, 0);
        wait = fp_backoff_next(&backoff, rows[i].pause_ms);
        ck_assert_int_eq(wait < 2 * FP_BACKOFF_MIN_MS, rows[i].forgotten);
    }
}
END_TEST

START_TEST(many_who_fail_together_come_back_spread_out)
{
    enum { CLIENTS = 1000, SLOTS = 10 };
    int in_slot[SLOTS] = {0};

    for (uint64_t seed = 0; seed < CLIENTS; seed++) {
        fp_backoff backoff;

        fp_backoff_init(&backoff, seed);
        in_slot[(fp_backoff_next(&backoff, 0) - FP_BACKOFF_MIN_MS) * SLOTS / FP_BACKOFF_MIN_MS]++;
    }
    for (int i = 0; i < SLOTS; i++)
        ck_assert_msg(in_slot[i] > CLIENTS / SLOTS / 2 && in_slot[i] < CLIENTS / SLOTS * 2,
                      "slot %d: %d", i, in_slot[i]);
}
END_TEST

START_TEST(no_seed_stops_chance)
{
    /* The one whose state would be zero: xorshift would stay there for ever. */
    const uint64_t bad = (uint64_t)(0 - 0x632be59bd9b4e019u) * 0xf1de83e19937733du;
    const uint64_t seeds[] = {0, 1, UINT64_MAX, bad};

    for (size_t i = 0; i < FP_ARRAY_LEN(seeds); i++) {
        fp_backoff backoff;
        bool differs = false;
        uint32_t first;

        fp_backoff_init(&backoff, seeds[i]);
        ck_assert(backoff.random != 0);
        first = fp_backoff_random(&backoff, 1000);
        for (int n = 0; n < 50; n++)
            differs = fp_backoff_random(&backoff, 1000) != first || differs;
        ck_assert(differs);
    }
}
END_TEST

FP_TEST_MAIN("client/backoff", waits_double_up_to_half_a_minute_and_chance_adds_less_than_as_much,
             two_minutes_without_failure_forget_the_earlier_ones,
             many_who_fail_together_come_back_spread_out, no_seed_stops_chance)
