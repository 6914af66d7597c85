/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/gunzip.h"

#include <string.h>

#include "libfedpol/base/buf.h"
#include "tests/support/fp_gzip.h"
#include "tests/support/fp_test.h"

static void put_text(fp_buf *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fp_buf_printf(text, "line %zu of %zu\n", i, n);
}

/* Reads GZIP in chunks; after each piece the rest may be kept. */
static int unpack(fp_str gzip, size_t chunk, bool keep, fp_buf *text, bool *ret_whole)
{
    fp_gunzip *gunzip = NULL;
    int r = fp_gunzip_new(&gunzip);

    for (size_t at = 0; r == 0 && at < gzip.len; at += chunk) {
        fp_cleanup_buf fp_buf copy = {0}; /* gone when the next chunk comes */
        fp_str piece;

        fp_buf_add(&copy, fp_str_sub(gzip, at, at + chunk));
        r = fp_buf_error(&copy);
        if (r < 0)
            break;
        fp_gunzip_add(gunzip, fp_buf_str(&copy));
        while ((r = fp_gunzip_next(gunzip, &piece)) > 0) {
            fp_buf_add(text, piece);
            if (keep && (r = fp_gunzip_keep(gunzip)) < 0)
                break;
            if (keep && copy.len)
                memset(copy.data, 'x', copy.len);
        }
    }
    *ret_whole = gunzip && fp_gunzip_is_whole(gunzip);
    fp_gunzip_free(gunzip);
    return r;
}

START_TEST(a_stream_in_any_chunks_gives_its_text)
{
    static const size_t sizes[] = {0, 1, 10, 1000, 20000};
    static const size_t chunks[] = {1, 2, 7, 18, 1000, 16384, 1 << 20};

    for (size_t i = 0; i < FP_ARRAY_LEN(sizes); i++) {
        fp_cleanup_buf fp_buf text = {0};
        fp_cleanup_buf fp_buf gzip = {0};

        put_text(&text, sizes[i]);
        fp_gzip_pack(fp_buf_str(&text), &gzip);
        for (size_t c = 0; c < 2 * FP_ARRAY_LEN(chunks); c++) {
            fp_cleanup_buf fp_buf got = {0};
            bool whole;

            ck_assert_int_eq(unpack(fp_buf_str(&gzip), chunks[c / 2], c % 2, &got, &whole), 0);
            ck_assert(whole);
            ck_assert(fp_str_eq(fp_buf_str(&got), fp_buf_str(&text)));
        }
    }
}
END_TEST

START_TEST(a_stream_that_is_cut_is_not_whole)
{
    fp_cleanup_buf fp_buf text = {0};
    fp_cleanup_buf fp_buf gzip = {0};

    put_text(&text, 100);
    fp_gzip_pack(fp_buf_str(&text), &gzip);
    for (size_t len = 0; len < gzip.len; len++) {
        fp_cleanup_buf fp_buf got = {0};
        bool whole;

        ck_assert_int_eq(unpack(fp_str_n(gzip.data, len), 64, false, &got, &whole), 0);
        ck_assert_msg(whole == (len == 0), "cut at %zu", len); /* nothing is no stream */
        ck_assert(fp_str_starts_with(fp_buf_str(&text), fp_buf_str(&got)));
    }
}
END_TEST

START_TEST(what_is_no_stream_or_goes_on_behind_it_is_refused)
{
    fp_cleanup_buf fp_buf text = {0};
    fp_cleanup_buf fp_buf gzip = {0};
    fp_cleanup_buf fp_buf longer = {0};
    fp_cleanup_buf fp_buf got = {0};
    bool whole;

    put_text(&text, 100);
    fp_gzip_pack(fp_buf_str(&text), &gzip);
    ck_assert_int_eq(unpack(fp_buf_str(&text), 64, false, &got, &whole), FEDPOL_E_PARSE);
    gzip.data[gzip.len - 6] ^= 1; /* of the checksum */
    ck_assert_int_eq(unpack(fp_buf_str(&gzip), 64, false, &got, &whole), FEDPOL_E_PARSE);
    gzip.data[gzip.len - 6] ^= 1;
    fp_buf_add(&longer, fp_buf_str(&gzip));
    fp_buf_puts(&longer, "{}");
    for (size_t chunk = 1; chunk < longer.len + 2; chunk++)
        ck_assert_int_eq(unpack(fp_buf_str(&longer), chunk, false, &got, &whole), FEDPOL_E_PARSE);
}
END_TEST

START_TEST(a_piece_is_small_however_much_is_packed)
{
    fp_cleanup_buf fp_buf zeros = {0};
    fp_cleanup_buf fp_buf gzip = {0};
    fp_gunzip *gunzip = NULL;
    fp_str piece;
    size_t got = 0;

    for (size_t i = 0; i < 4096; i++)
        fp_buf_puts(&zeros, "{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}");
    fp_gzip_pack(fp_buf_str(&zeros), &gzip);
    ck_assert_uint_lt(gzip.len, zeros.len / 500);
    ck_assert_int_eq(fp_gunzip_new(&gunzip), 0);
    fp_gunzip_add(gunzip, fp_buf_str(&gzip));
    while (fp_gunzip_next(gunzip, &piece) > 0) {
        ck_assert_uint_le(piece.len, 16u << 10);
        got += piece.len;
        ck_assert(fp_gunzip_has_more(gunzip) || got == zeros.len);
    }
    ck_assert_uint_eq(got, zeros.len);
    ck_assert(fp_gunzip_is_whole(gunzip));
    fp_gunzip_free(gunzip);
}
END_TEST

typedef struct packed {
    fp_str gzip;
    fp_buf got;
} packed;

static int unpack_all(void *user)
{
    packed *p = user;
    bool whole;
    int r;

    fp_buf_clear(&p->got);
    r = unpack(p->gzip, 100, true, &p->got, &whole);
    if (r == 0)
        r = fp_buf_error(&p->got);
    fp_buf_done(&p->got);
    return r;
}

START_TEST(memory_that_runs_out_is_told)
{
    fp_cleanup_buf fp_buf text = {0};
    fp_cleanup_buf fp_buf gzip = {0};
    packed p = {0};

    put_text(&text, 300);
    fp_gzip_pack(fp_buf_str(&text), &gzip);
    p.gzip = fp_buf_str(&gzip);
    fp_test_oom(unpack_all, &p);
}
END_TEST

FP_TEST_MAIN("client/gunzip", a_stream_in_any_chunks_gives_its_text,
             a_stream_that_is_cut_is_not_whole, what_is_no_stream_or_goes_on_behind_it_is_refused,
             a_piece_is_small_however_much_is_packed, memory_that_runs_out_is_told)
