/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fp_test.h"

START_TEST(placeholder)
{
}
END_TEST
FP_TEST_MAIN("services/services", placeholder)
