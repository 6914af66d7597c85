/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/view.h"

int fp_view_each_net(const fp_cidr *nets, size_t n, unsigned family, bool wide, fp_net_fn fn,
                     void *user)
{
    const fp_cidr *cover = NULL;

    for (size_t i = 0; i < n; i++) {
        const fp_cidr *net = &nets[i];

        if (net->ip.family != family || fp_cidr_is_host(net) == wide)
            continue;
        /* Shorter prefixes stand before those inside them, so the last one kept is the cover. */
        if (cover && fp_cidr_contains(cover, net))
            continue;
        if (wide)
            cover = net;
        fp_try(fn(user, net));
    }
    return 0;
}
