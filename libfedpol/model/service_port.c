/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "libfedpol/model/decode.h"
#include "libfedpol/net/proto.h"

/* A uid, a resourceVersion, a kind: short words of the API server's. */
#define MAX_WORD 253u

int fp_service_port_cmp(const fp_service_port *a, const fp_service_port *b)
{
    int order = fp_str_cmp(a->name, b->name);

    if (order == 0)
        order = (a->protocol > b->protocol) - (a->protocol < b->protocol);
    if (order == 0)
        order = (a->port > b->port) - (a->port < b->port);
    return order ? order : fp_str_cmp(a->app_protocol, b->app_protocol);
}

static bool read_protocol(fp_decoder *d, const fp_value *value, const fp_path *path, uint8_t *ret)
{
    const fp_value *protocol = fp_decode_get(value, "protocol");
    fp_str text = fp_value_get_str(value, "protocol");

    if (!protocol || fp_str_is(text, "TCP") || fp_str_is(text, ""))
        *ret = FP_PROTO_TCP;
    else if (fp_str_is(text, "UDP"))
        *ret = FP_PROTO_UDP;
    else if (fp_str_is(text, "SCTP"))
        *ret = FP_PROTO_SCTP;
    else {
        fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_INVALID_PORT, FP_PATH(path, "protocol"),
                         "%s is not TCP, UDP or SCTP; the port is left out",
                         fp_decode_quote(d, fp_decode_shown(protocol)));
        return false;
    }
    return true;
}

static bool read_number(fp_decoder *d, const fp_value *value, const fp_path *path, bool needed,
                        uint16_t *ret)
{
    const fp_value *port = fp_decode_get(value, "port");
    int64_t number = 0;

    if (port ? fp_decode_int(port, 1, 65535, &number) : !needed) {
        *ret = (uint16_t)number;
        return true;
    }
    fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_INVALID_PORT, FP_PATH(path, "port"),
                     "%s is not a port from 1 to 65535; it is left out",
                     port ? fp_decode_quote(d, fp_decode_shown(port)) : "nothing");
    return false;
}

static bool read_texts(fp_decoder *d, const fp_value *value, const fp_path *path,
                       fp_service_port *ret, int *ret_code)
{
    fp_str name = fp_value_get_str(value, "name");

    if (name.len > 0 && !fp_valid_port_name(name)) {
        fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_INVALID_PORT, FP_PATH(path, "name"),
                         "%s is not the name of a port; it is left out", fp_decode_quote(d, name));
        return false;
    }
    *ret_code = fp_decode_copy(d, name, &ret->name);
    if (*ret_code == 0)
        *ret_code = fp_decode_copy(d, fp_value_get_str(value, "appProtocol"), &ret->app_protocol);
    return *ret_code == 0;
}

bool fp_decode_service_port(fp_decoder *d, const fp_value *value, const fp_path *path, bool needed,
                            fp_service_port *ret, int *ret_code)
{
    *ret_code = 0;
    *ret = (fp_service_port){0};
    return read_protocol(d, value, path, &ret->protocol) &&
           read_number(d, value, path, needed, &ret->port) &&
           read_texts(d, value, path, ret, ret_code);
}

typedef struct numbered_port {
    fp_service_port port;
    size_t place;
} numbered_port;

static int by_key_and_place(const void *left, const void *right)
{
    const numbered_port *a = left;
    const numbered_port *b = right;
    int order = fp_str_cmp(a->port.name, b->port.name);

    if (order == 0)
        order = (a->port.protocol > b->port.protocol) - (a->port.protocol < b->port.protocol);
    return order ? order : (a->place > b->place) - (a->place < b->place);
}

static size_t take_unique(fp_decoder *d, const fp_path *path, numbered_port *ports, size_t n,
                          fp_service_port *ret)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        const fp_service_port *port = &ports[i].port;

        if (kept > 0 && fp_str_eq(ret[kept - 1].name, port->name) &&
            ret[kept - 1].protocol == port->protocol)
            fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_INVALID_PORT,
                             FP_PATH_AT(path, ports[i].place),
                             "there is a port %s of this protocol already; the first one counts",
                             fp_decode_quote(d, port->name));
        else
            ret[kept++] = *port;
    }
    return kept;
}

int fp_decode_service_ports(fp_decoder *d, const fp_value *object, const fp_path *path, bool needed,
                            const fp_service_port **ret, size_t *ret_n)
{
    const fp_path list_path = {path, "ports", 0};
    const fp_value *list;
    numbered_port *ports;
    fp_service_port *kept;
    size_t place = 0;
    size_t n = 0;
    int code;

    fp_try(fp_decode_array(d, object, "ports", path, &list));
    ports = fp_arena_array(d->arena, list ? list->count : 0, sizeof(*ports));
    kept = fp_arena_array(d->arena, list ? list->count : 0, sizeof(*kept));
    if (!ports || !kept)
        return FEDPOL_E_NOMEM;
    fp_decode_each (item, list) {
        ports[n].place = place;
        n += fp_decode_service_port(d, item, FP_PATH_AT(&list_path, place++), needed,
                                    &ports[n].port, &code);
        fp_try(code);
    }
    qsort(ports, n, sizeof(*ports), by_key_and_place);
    *ret_n = take_unique(d, &list_path, ports, n, kept);
    *ret = kept;
    return 0;
}

int fp_decode_word(fp_decoder *d, const fp_value *object, const char *key, const fp_path *path,
                   fp_str *ret)
{
    const fp_value *value = fp_decode_get(object, key);
    bool fits = !value || (value->type == FP_VALUE_STRING && value->text.len <= MAX_WORD &&
                           !fp_has_control_bytes(value->text));

    if (!fits)
        fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_INVALID_FIELD, FP_PATH(path, key),
                         "%s is not what stands here and is left out",
                         fp_decode_quote(d, fp_decode_shown(value)));
    return fp_decode_copy(d, value && fits ? value->text : FP_STR_NULL, ret);
}
