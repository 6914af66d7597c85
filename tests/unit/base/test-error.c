/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/error.h"

#include "tests/support/fp_test.h"

static const struct {
    int code;
    const char *name;
    const char *sentence;
} table[] = {
#define FP_ERROR(name, sentence) {name, #name, sentence},
#include "libfedpol/base/errors.def"
#undef FP_ERROR
};

/* A code without a case is a warning here, so the table has every code of the header. */
static bool is_public(int code)
{
    switch ((enum fedpol_error_code)code) {
    case FEDPOL_OK:
    case FEDPOL_E_NOMEM:
    case FEDPOL_E_INVALID:
    case FEDPOL_E_ABI:
    case FEDPOL_E_STATE:
    case FEDPOL_E_PARSE:
    case FEDPOL_E_TOO_LONG:
    case FEDPOL_E_TOO_DEEP:
    case FEDPOL_E_LIMIT:
    case FEDPOL_E_NOT_FOUND:
    case FEDPOL_E_EXISTS:
    case FEDPOL_E_UNSUPPORTED:
    case FEDPOL_E_IO:
    case FEDPOL_E_FORKED:
    case FEDPOL_E_BAD_OBJECT:
    case FEDPOL_E_INTERNAL:
        return true;
    }
    return false;
}

START_TEST(the_table_and_the_header_have_the_same_codes)
{
    int n_public = 0;

    for (int code = 0; code > -200; code--)
        n_public += is_public(code);
    ck_assert_int_eq(n_public, (int)FP_ARRAY_LEN(table));
    for (size_t i = 0; i < FP_ARRAY_LEN(table); i++) {
        ck_assert_int_eq(table[i].code, -(int)i);
        ck_assert_str_eq(fedpol_error_name(table[i].code), table[i].name);
        ck_assert_str_eq(fedpol_strerror(table[i].code), table[i].sentence);
    }
}
END_TEST

START_TEST(sentences_are_short_and_of_one_kind)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(table); i++) {
        size_t len = strlen(table[i].sentence);

        ck_assert_uint_gt(len, 4);
        ck_assert_uint_lt(len, 80);
        ck_assert(table[i].sentence[0] >= 'a' && table[i].sentence[0] <= 'z');
        ck_assert_int_ne(table[i].sentence[len - 1], '.');
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(table[i].sentence, table[k].sentence);
    }
}
END_TEST

START_TEST(unknown_codes_have_words_too)
{
    ck_assert_str_eq(fedpol_strerror(-9999), "unknown error");
    ck_assert_str_eq(fedpol_strerror(1), "unknown error");
    ck_assert_str_eq(fedpol_error_name(-9999), "FEDPOL_E_UNKNOWN");
}
END_TEST

START_TEST(a_failure_tells_its_story)
{
    fedpol_error *error = NULL;
    int r = fp_error_set(&error, FEDPOL_E_PARSE, FP_STR("cluster=west"), 17, "expected %s", "x");

    ck_assert_int_eq(r, FEDPOL_E_PARSE);
    ck_assert_int_eq(fedpol_error_get_code(error), FEDPOL_E_PARSE);
    ck_assert_str_eq(fedpol_error_get_message(error), "expected x");
    ck_assert_str_eq(fedpol_error_get_where(error), "cluster=west");
    ck_assert_int_eq(fedpol_error_get_offset(error), 17);
    ck_assert(!fedpol_error_is_retriable(error));
    ck_assert_ptr_null(fedpol_error_free(error));
}
END_TEST

START_TEST(the_first_failure_is_kept)
{
    fedpol_error *error = NULL;

    fp_error_set(&error, FEDPOL_E_IO, FP_STR_NULL, -1, "first");
    ck_assert_int_eq(fp_error_set(&error, FEDPOL_E_PARSE, FP_STR_NULL, 0, "second"),
                     FEDPOL_E_PARSE);
    ck_assert_str_eq(fedpol_error_get_message(error), "first");
    ck_assert_int_eq(fedpol_error_get_offset(error), -1);
    ck_assert_str_eq(fedpol_error_get_where(error), "");
    ck_assert(fedpol_error_is_retriable(error));
    fedpol_error_free(error);
}
END_TEST

START_TEST(no_failure_is_a_success)
{
    ck_assert_int_eq(fedpol_error_get_code(NULL), FEDPOL_OK);
    ck_assert_str_eq(fedpol_error_get_message(NULL), "");
    ck_assert_str_eq(fedpol_error_get_where(NULL), "");
    ck_assert_int_eq(fedpol_error_get_offset(NULL), -1);
    ck_assert(!fedpol_error_is_retriable(NULL));
    ck_assert_ptr_null(fedpol_error_free(NULL));
    ck_assert_int_eq(fp_error_set(NULL, FEDPOL_E_LIMIT, FP_STR_NULL, 0, "unheard"), FEDPOL_E_LIMIT);
}
END_TEST

static int scenario(void *user)
{
    fedpol_error *error = NULL;
    int r = fp_error_set(&error, FEDPOL_E_PARSE, FP_STR("here"), 1, "message %d", 1);

    (void)user;
    ck_assert_int_eq(r == FEDPOL_E_NOMEM, error == NULL);
    fedpol_error_free(error);
    return r == FEDPOL_E_PARSE ? 0 : r;
}

START_TEST(out_of_memory_takes_the_place_of_the_failure)
{
    fp_test_oom(scenario, NULL);
}
END_TEST

FP_TEST_MAIN("base/error", the_table_and_the_header_have_the_same_codes,
             sentences_are_short_and_of_one_kind, unknown_codes_have_words_too,
             a_failure_tells_its_story, the_first_failure_is_kept, no_failure_is_a_success,
             out_of_memory_takes_the_place_of_the_failure)
