/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/decode.h"

#include <stdlib.h>

#define PROFILES_MAX 256u

void fp_endpoint_draft_done(fp_endpoint_draft *draft)
{
    fp_vec_done(&draft->nets);
    fp_vec_done(&draft->ports);
    fp_vec_done(&draft->profiles);
}

int fp_endpoint_add_address(fp_decoder *d, fp_str text, const fp_path *path, bool whole_only,
                            fp_endpoint_draft *draft)
{
    ptrdiff_t slash = fp_str_find_byte(text, '/');
    fp_str address = slash < 0 ? text : fp_str_sub(text, 0, (size_t)slash);
    fp_cidr cidr;
    fp_ip ip;
    bool host_bits;

    /* "10.0.0.5/24" of an interface names the address 10.0.0.5. */
    if (!fp_cidr_parse(text, &cidr, &host_bits) || !fp_ip_parse(address, &ip))
        return fp_decode_refuse(d, FP_DIAG_INVALID_ADDRESS, path, "%s is not an address",
                                fp_decode_quote(d, text));
    if (whole_only && !fp_cidr_is_host(&cidr))
        return fp_decode_refuse(d, FP_DIAG_INVALID_ADDRESS, path,
                                "%s is not a single address (/32 or /128)",
                                fp_decode_quote(d, text));
    if (d->options.remote && fp_ip_is_special(&ip)) {
        fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_SPECIAL_ADDRESS, path,
                         "%s can't belong to an endpoint of another cluster and is left out",
                         fp_decode_quote(d, text));
        return 0;
    }
    return fp_vec_push(&draft->nets, fp_cidr_of_ip(&ip));
}

int fp_endpoint_read_addresses(fp_decoder *d, const fp_value *spec, const fp_path *path,
                               const char *key, fp_endpoint_draft *draft, uint32_t *ret_count)
{
    const fp_path list_path = {path, key, 0};
    const fp_value *list;
    size_t i = 0;

    fp_try(fp_decode_array(d, spec, key, path, &list));
    fp_decode_each (item, list) {
        fp_str text = fp_value_is(item, FP_VALUE_STRING) ? item->text : FP_STR_NULL;

        fp_try(fp_endpoint_add_address(d, text, FP_PATH_AT(&list_path, i++), true, draft));
    }
    *ret_count = list ? list->count : 0;
    return 0;
}

int fp_endpoint_add_port(fp_decoder *d, fp_str name, uint8_t protocol, uint16_t port,
                         fp_endpoint_draft *draft)
{
    fp_endpoint_port item = {.protocol = protocol, .port = port};

    fp_try(fp_decode_copy(d, name, &item.name));
    return fp_vec_push(&draft->ports, item);
}

int fp_endpoint_add_profile(fp_decoder *d, const char *prefix, fp_str ns, fp_str name,
                            fp_endpoint_draft *draft)
{
    fp_cleanup_buf fp_buf text = {0};
    fp_str profile;

    fp_buf_puts(&text, prefix);
    fp_buf_add(&text, ns);
    if (name.len > 0) {
        fp_buf_putc(&text, '.');
        fp_buf_add(&text, name);
    }
    fp_try(fp_buf_error(&text));
    fp_try(fp_decode_copy(d, fp_buf_str(&text), &profile));
    return fp_vec_push(&draft->profiles, profile);
}

int fp_endpoint_read_profiles(fp_decoder *d, const fp_value *spec, const fp_path *path,
                              fp_endpoint_draft *draft)
{
    const fp_path list_path = {path, "profiles", 0};
    const fp_value *list;
    size_t i = 0;

    fp_try(fp_decode_array(d, spec, "profiles", path, &list));
    if (list && list->count > PROFILES_MAX)
        return fp_decode_refuse(d, FP_DIAG_LIMIT, &list_path, "%u profiles; the limit is %u",
                                list->count, PROFILES_MAX);
    fp_decode_each (item, list) {
        if (item->type != FP_VALUE_STRING || !fp_valid_subdomain(item->text))
            return fp_decode_refuse(d, FP_DIAG_INVALID_NAME, FP_PATH_AT(&list_path, i),
                                    "not the name of a profile");
        fp_try(fp_endpoint_add_profile(d, "", item->text, FP_STR_NULL, draft));
        i++;
    }
    return 0;
}

static bool read_protocol(const fp_value *value, uint8_t *ret)
{
    if (!value)
        return false;
    if (value->type != FP_VALUE_STRING && value->type != FP_VALUE_NUMBER)
        return false;
    return fp_proto_parse(value->text, ret) && fp_proto_has_ports(*ret);
}

static int read_port(fp_decoder *d, const fp_value *item, const fp_path *path,
                     fp_endpoint_draft *draft)
{
    fp_str name = fp_value_get_str(item, "name");
    int64_t port;
    uint8_t protocol;

    if (!fp_decode_int(fp_decode_get(item, "port"), 1, UINT16_MAX, &port))
        return fp_decode_refuse(d, FP_DIAG_INVALID_PORT, FP_PATH(path, "port"),
                                "not a port from 1 to 65535");
    if (!read_protocol(fp_decode_get(item, "protocol"), &protocol))
        return fp_decode_refuse(d, FP_DIAG_INVALID_PORT, FP_PATH(path, "protocol"),
                                "not a protocol with ports: TCP, UDP or SCTP");
    /* Only the host's own port mapping makes use of a port without a name. */
    if (name.len == 0)
        return 0;
    if (!fp_valid_port_name(name))
        return fp_decode_refuse(d, FP_DIAG_INVALID_PORT, FP_PATH(path, "name"),
                                "%s is not the name of a port", fp_decode_quote(d, name));
    return fp_endpoint_add_port(d, name, protocol, (uint16_t)port, draft);
}

int fp_endpoint_read_ports(fp_decoder *d, const fp_value *spec, const fp_path *path,
                           fp_endpoint_draft *draft)
{
    const fp_path list_path = {path, "ports", 0};
    const fp_value *list;
    size_t i = 0;

    fp_try(fp_decode_array(d, spec, "ports", path, &list));
    fp_decode_each (item, list) {
        fp_try(read_port(d, item, FP_PATH_AT(&list_path, i), draft));
        i++;
    }
    return 0;
}

static int compare_nets(const void *a, const void *b)
{
    return fp_cidr_cmp(a, b);
}

static int compare_ports(const void *left, const void *right)
{
    const fp_endpoint_port *a = left;
    const fp_endpoint_port *b = right;
    int order = fp_str_cmp(a->name, b->name);

    if (order != 0)
        return order;
    if (a->protocol != b->protocol)
        return a->protocol < b->protocol ? -1 : 1;
    return (a->port > b->port) - (a->port < b->port);
}

/* Sorts N items of SIZE bytes, drops equal ones and copies the rest to the arena. */
static int take_unique(fp_decoder *d, void *items, size_t *n, size_t size,
                       int (*compare)(const void *, const void *), const void **ret)
{
    char *base = items;
    char *copy;
    size_t kept = 0;

    if (*n == 0)
        return 0;
    qsort(items, *n, size, compare);
    for (size_t i = 0; i < *n; i++) {
        if (kept > 0 && compare(base + (kept - 1) * size, base + i * size) == 0)
            continue;
        memmove(base + kept * size, base + i * size, size);
        kept++;
    }
    copy = fp_arena_array(d->arena, kept, size);
    if (!copy)
        return FEDPOL_E_NOMEM;
    memcpy(copy, items, kept * size);
    *n = kept;
    *ret = copy;
    return 0;
}

/* The order of profiles means something; only repetitions go. */
static int take_profiles(fp_decoder *d, fp_endpoint_draft *draft, fp_endpoint_desc *ret)
{
    fp_str *copy = fp_arena_array(d->arena, draft->profiles.len, sizeof(*copy));
    size_t kept = 0;

    if (!copy)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < draft->profiles.len; i++) {
        bool seen = false;

        for (size_t k = 0; k < kept && !seen; k++)
            seen = fp_str_eq(copy[k], draft->profiles.items[i]);
        if (!seen)
            copy[kept++] = draft->profiles.items[i];
    }
    ret->profiles = copy;
    ret->n_profiles = kept;
    return 0;
}

int fp_endpoint_finish(fp_decoder *d, fp_endpoint_draft *draft, fp_endpoint_desc *ret)
{
    const void *nets = NULL;
    const void *ports = NULL;

    fp_try(
        take_unique(d, draft->nets.items, &draft->nets.len, sizeof(fp_cidr), compare_nets, &nets));
    fp_try(take_unique(d, draft->ports.items, &draft->ports.len, sizeof(fp_endpoint_port),
                       compare_ports, &ports));
    fp_try(take_profiles(d, draft, ret));
    ret->labels = draft->labels.items;
    ret->n_labels = draft->labels.n;
    ret->nets = nets;
    ret->n_nets = draft->nets.len;
    ret->ports = ports;
    ret->n_ports = draft->ports.len;
    return 0;
}
