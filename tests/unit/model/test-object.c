/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/object.h"

#include "tests/support/fp_model_dump.h"
#include "tests/support/fp_test.h"

START_TEST(interface_names_are_calico_s_own)
{
    char name[FP_INTERFACE_NAME_MAX + 1];

    fp_interface_name(FP_STR("cali"), FP_STR("default"), FP_STR("my-nginx-b1337a"), name);
    ck_assert_str_eq(name, "calidf6f7cbdf39");
    fp_interface_name(FP_STR("x"), FP_STR("default"), FP_STR("my-nginx-b1337a"), name);
    ck_assert_str_eq(name, "xdf6f7cbdf39");
    fp_interface_name(FP_STR("toolong"), FP_STR("default"), FP_STR("my-nginx-b1337a"), name);
    ck_assert_str_eq(name, "toold"
                           "f6f7cbdf39");
}
END_TEST

FP_TEST_MAIN("model/object", interface_names_are_calico_s_own)
