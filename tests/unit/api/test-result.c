/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/result.h"

#include "tests/support/fp_test.h"

typedef struct list {
    fp_result result;
    fp_texts texts;
} list;

static fp_ip ip(const char *text)
{
    fp_ip ret = {{0}, 0};

    ck_assert(fp_ip_parse(fp_str_of(text), &ret));
    return ret;
}

static int fill(list *l)
{
    fp_result *result = &l->result;
    const fp_ip address = ip("fd00::1");
    const fp_cidr net = {ip("10.1.0.0"), 16};
    const fp_port_member members[] = {{ip("10.0.0.1"), 6, 8080}, {ip("fd00::1"), 99, 1}};

    fp_try(fp_texts_init(result, &l->texts, 9));
    fp_try(fp_texts_add(&l->texts, fp_result_str(result, FP_STR("a"))));
    fp_try(fp_texts_add(&l->texts, fp_result_str(result, FP_STR_NULL)));
    fp_try(fp_texts_add(&l->texts, fp_result_ip(result, &address)));
    fp_try(fp_texts_add(&l->texts, fp_result_cidr(result, &net)));
    fp_try(fp_texts_add(&l->texts, fp_result_port_member(result, &members[0])));
    fp_try(fp_texts_add(&l->texts, fp_result_port_member(result, &members[1])));
    fp_try(fp_texts_add(&l->texts, fp_result_path(result, FP_STR("shop"), FP_STR("web"))));
    fp_try(fp_texts_add(&l->texts, fp_result_protocol(result, 0)));
    fp_try(fp_texts_add(&l->texts, fp_result_protocol(result, 17)));
    fp_result_seal(result);
    return 0;
}

static int make(void *user)
{
    list *l = fp_result_new(sizeof(*l));
    int r = l ? fill(l) : FEDPOL_E_NOMEM;

    (void)user;
    if (l)
        fp_result_unref(&l->result);
    return r;
}

START_TEST(texts_are_written_as_the_headers_say)
{
    static const char *const expected[] = {
        "a",        "", "fd00::1", "10.1.0.0/16", "10.0.0.1,tcp:8080", "fd00::1,99:1",
        "shop/web", "", "udp"};
    list *l = fp_result_new(sizeof(*l));

    ck_assert_int_eq(fill(l), 0);
    for (size_t i = 0; i < FP_ARRAY_LEN(expected); i++)
        ck_assert_str_eq(fp_texts_get(&l->texts, i), expected[i]);
    ck_assert_ptr_null(fp_texts_get(&l->texts, FP_ARRAY_LEN(expected)));
    fp_result_unref(&l->result);
}
END_TEST

START_TEST(the_last_reference_frees)
{
    list *l;

    fp_test_count_allocs();
    l = fp_result_new(sizeof(*l));
    ck_assert_int_eq(fill(l), 0);
    fp_result_ref(&l->result);
    fp_result_unref(&l->result);
    ck_assert_uint_gt(fp_test_live_allocs(), 0);
    fp_result_unref(&l->result);
    ck_assert_uint_eq(fp_test_live_allocs(), 0);
    fp_result_unref(NULL);
    fp_alloc_set(NULL);
}
END_TEST

START_TEST(out_of_memory_leaks_nothing)
{
    fp_test_oom(make, NULL);
}
END_TEST

FP_TEST_MAIN("api/result", texts_are_written_as_the_headers_say, the_last_reference_frees,
             out_of_memory_leaks_nothing)
