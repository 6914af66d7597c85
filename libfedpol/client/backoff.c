/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/backoff.h"

void fp_backoff_init(fp_backoff *backoff, uint64_t seed)
{
    *backoff = (fp_backoff){.random = seed * 0x9e3779b97f4a7c15u + 0x632be59bd9b4e019u};
    if (backoff->random == 0)
        backoff->random = 1;
}

/* xorshift64*: chance is for spreading in time, nothing depends on its being secret. */
uint32_t fp_backoff_random(fp_backoff *backoff, uint32_t below)
{
    backoff->random ^= backoff->random >> 12;
    backoff->random ^= backoff->random << 25;
    backoff->random ^= backoff->random >> 27;
    return (uint32_t)(((backoff->random * 0x2545f4914f6cdd1du) >> 32) * below >> 32);
}

int64_t fp_backoff_next(fp_backoff *backoff, int64_t now_ms)
{
    int64_t delay = FP_BACKOFF_MIN_MS;

    if (backoff->delay_ms && now_ms - backoff->failed_ms < FP_BACKOFF_RESET_MS)
        delay = backoff->delay_ms * 2;
    if (delay > FP_BACKOFF_MAX_MS)
        delay = FP_BACKOFF_MAX_MS;
    backoff->delay_ms = delay;
    backoff->failed_ms = now_ms;
    return delay + fp_backoff_random(backoff, (uint32_t)delay);
}
