/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/decode.h"

#include <stdlib.h>

typedef FP_VEC(fp_ip) ip_vec;
typedef FP_VEC(fp_cidr) cidr_vec;

static int compare_ips(const void *a, const void *b)
{
    return fp_ip_cmp(a, b);
}

static int read_address(fp_decoder *d, const fp_value *item, const fp_path *path, ip_vec *ips)
{
    fp_str type = fp_value_get_str(item, "type");
    fp_str text = fp_value_get_str(item, "address");
    fp_ip ip;

    if (!fp_str_is(type, "InternalIP") && !fp_str_is(type, "ExternalIP"))
        return 0;
    if (fp_ip_parse(text, &ip))
        return fp_vec_push(ips, ip);
    fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_INVALID_ADDRESS, FP_PATH(path, "address"),
                     "%s is not an address and is left out",
                     fp_decode_quote(d, fp_decode_shown(item)));
    return 0;
}

static int read_addresses(fp_decoder *d, ip_vec *ips)
{
    const fp_path status_path = {NULL, "status", 0};
    const fp_path list_path = {&status_path, "addresses", 0};
    const fp_value *list;
    size_t i = 0;

    fp_try(fp_decode_array(d, fp_decode_get(d->root, "status"), "addresses", &status_path, &list));
    fp_decode_each (item, list)
        fp_try(read_address(d, item, FP_PATH_AT(&list_path, i++), ips));
    return 0;
}

static int read_cidr(fp_decoder *d, const fp_value *item, const fp_path *path, cidr_vec *cidrs)
{
    fp_str text = fp_value_is(item, FP_VALUE_STRING) ? item->text : FP_STR_NULL;
    bool host_bits;
    fp_cidr cidr;

    if (!fp_cidr_parse(text, &cidr, &host_bits)) {
        fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_INVALID_ADDRESS, path,
                         "%s is not a prefix and is left out",
                         fp_decode_quote(d, fp_decode_shown(item)));
        return 0;
    }
    return fp_vec_push(cidrs, cidr);
}

static int read_cidrs(fp_decoder *d, cidr_vec *cidrs)
{
    const fp_path spec_path = {NULL, "spec", 0};
    const fp_path list_path = {&spec_path, "podCIDRs", 0};
    const fp_value *spec = fp_decode_get(d->root, "spec");
    const fp_value *single = fp_decode_get(spec, "podCIDR");
    const fp_value *list;
    size_t i = 0;

    fp_try(fp_decode_array(d, spec, "podCIDRs", &spec_path, &list));
    if (!list && single)
        return read_cidr(d, single, FP_PATH(&spec_path, "podCIDR"), cidrs);
    fp_decode_each (item, list)
        fp_try(read_cidr(d, item, FP_PATH_AT(&list_path, i++), cidrs));
    return 0;
}

static int finish(fp_decoder *d, ip_vec *ips, const cidr_vec *cidrs, fp_node_desc *ret)
{
    fp_ip *addresses = fp_arena_array(d->arena, ips->len, sizeof(*addresses));
    fp_cidr *pod_cidrs = fp_arena_array(d->arena, cidrs->len, sizeof(*pod_cidrs));

    if (!addresses || !pod_cidrs)
        return FEDPOL_E_NOMEM;
    if (ips->len > 1)
        qsort(ips->items, ips->len, sizeof(*ips->items), compare_ips);
    for (size_t i = 0; i < ips->len; i++)
        if (i == 0 || !fp_ip_eq(&ips->items[i], &ips->items[i - 1]))
            addresses[ret->n_addresses++] = ips->items[i];
    if (cidrs->len)
        memcpy(pod_cidrs, cidrs->items, cidrs->len * sizeof(*pod_cidrs));
    ret->name = d->name;
    ret->addresses = addresses;
    ret->pod_cidrs = pod_cidrs;
    ret->n_pod_cidrs = cidrs->len;
    return 0;
}

int fp_decode_node(fp_decoder *d, fp_object *ret)
{
    ip_vec ips = {0};
    cidr_vec cidrs = {0};
    int r = read_addresses(d, &ips);

    if (r == 0)
        r = read_cidrs(d, &cidrs);
    if (r == 0)
        r = finish(d, &ips, &cidrs, &ret->node);
    if (r == 0)
        ret->cls = FP_OBJECT_NODE;
    fp_vec_done(&ips);
    fp_vec_done(&cidrs);
    return r;
}
