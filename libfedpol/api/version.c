/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/version.h>

const char *fedpol_version(void)
{
    return FEDPOL_VERSION;
}

uint32_t fedpol_version_number(void)
{
    return FEDPOL_VERSION_NUMBER;
}
