/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/flow.h"

#include "libfedpol/base/error.h"
#include "libfedpol/net/proto.h"

/* One side: an address, or an endpoint whose address depends on the other side. */
typedef struct side {
    fp_str text;
    bool is_address;
    fp_ip ip;
    fp_endpoint_id endpoint;
} side;

static int fail(fedpol_error **ret_error, int code, fp_str text, const char *what)
{
    fp_cleanup_buf fp_buf quoted = {0};

    fp_buf_put_quoted(&quoted, text, 200);
    fp_try(fp_buf_error(&quoted));
    return fp_error_set(ret_error, code, FP_STR_NULL, -1, "%s: %s", quoted.data, what);
}

static const fedpol_cluster *local_cluster(const fedpol_context *context)
{
    for (size_t i = 0; i < context->clusters.len; i++)
        if (context->clusters.items[i]->role == FEDPOL_ROLE_LOCAL)
            return context->clusters.items[i];
    return NULL;
}

static int resolve_endpoint(const fedpol_context *context, side *s, fedpol_error **ret_error)
{
    const fp_federation *federation = fp_calc_federation(fp_world_calc(context->world));
    ptrdiff_t colon = fp_str_find_byte(s->text, ':');
    fp_str path = fp_str_sub(s->text, (size_t)(colon + 1), s->text.len);
    ptrdiff_t slash = fp_str_find_byte(path, '/');
    const fedpol_cluster *cluster;
    fp_str ns;
    fp_str name;

    if (slash <= 0 || (size_t)slash + 1 == path.len || colon == 0)
        return fail(ret_error, FEDPOL_E_INVALID, s->text,
                    "neither an address nor [CLUSTER:]NAMESPACE/POD");
    cluster = colon < 0 ? local_cluster(context)
                        : fp_context_find(context, fp_str_sub(s->text, 0, (size_t)colon));
    if (!cluster)
        return fail(ret_error, FEDPOL_E_NOT_FOUND, s->text, "there is no such cluster");
    ns = fp_str_sub(path, 0, (size_t)slash);
    name = fp_str_sub(path, (size_t)slash + 1, path.len);
    s->endpoint = fp_federation_find(federation, cluster->core, FP_ENDPOINT_WORKLOAD, ns, name);
    if (s->endpoint == FP_NO_ID)
        return fail(ret_error, FEDPOL_E_NOT_FOUND, s->text, "there is no such endpoint");
    return 0;
}

static int resolve_side(const fedpol_context *context, const char *text, side *ret,
                        fedpol_error **ret_error)
{
    fp_check_arg(text);
    *ret = (side){.text = fp_str_of(text), .endpoint = FP_NO_ID};
    ret->is_address = fp_ip_parse(ret->text, &ret->ip);
    return ret->is_address ? 0 : resolve_endpoint(context, ret, ret_error);
}

/* The first address of FAMILY; an address stands for itself. */
static bool has_family(const fp_federation *federation, const side *s, unsigned family, fp_ip *ret)
{
    fp_endpoint_view view;

    if (s->is_address) {
        *ret = s->ip;
        return s->ip.family == family;
    }
    if (!fp_federation_get(federation, s->endpoint, &view))
        return false;
    for (size_t i = 0; i < view.n_nets; i++) {
        fp_cidr net = fp_federation_net(federation, s->endpoint, i);

        if (net.ip.family == family) {
            *ret = net.ip;
            return true;
        }
    }
    return false;
}

static int choose_family(const fp_federation *federation, const side *from, const side *to,
                         fp_flow *ret, fedpol_error **ret_error)
{
    static const unsigned families[] = {4, 6};

    for (size_t i = 0; i < FP_ARRAY_LEN(families); i++)
        if (has_family(federation, from, families[i], &ret->source) &&
            has_family(federation, to, families[i], &ret->destination))
            return 0;
    return fail(ret_error, FEDPOL_E_INVALID, to->text, "no address of the other side's family");
}

static int check_number(int32_t number, int32_t max, const char *what, fedpol_error **ret_error)
{
    if (number >= -1 && number <= max)
        return 0;
    return fp_error_set(ret_error, FEDPOL_E_INVALID, FP_STR_NULL, -1, "%s %d is not in 0..%d", what,
                        (int)number, (int)max);
}

static int check_numbers(const fedpol_flow *flow, fp_flow *ret, fedpol_error **ret_error)
{
    fp_check_arg(flow->protocol);
    if (!fp_proto_parse(fp_str_of(flow->protocol), &ret->protocol))
        return fail(ret_error, FEDPOL_E_INVALID, fp_str_of(flow->protocol),
                    "not the name of a protocol or a number from 1 to 255");
    fp_try(check_number(flow->source_port, 65535, "source port", ret_error));
    fp_try(check_number(flow->destination_port, 65535, "port", ret_error));
    fp_try(check_number(flow->icmp_type, 255, "ICMP type", ret_error));
    fp_try(check_number(flow->icmp_code, 255, "ICMP code", ret_error));
    ret->source_port = flow->source_port;
    ret->destination_port = flow->destination_port;
    ret->icmp_type = flow->icmp_type;
    ret->icmp_code = flow->icmp_code;
    return 0;
}

int fp_flow_resolve(const fedpol_context *context, const fedpol_flow *flow, fp_flow *ret,
                    fedpol_error **ret_error)
{
    const fp_federation *federation = fp_calc_federation(fp_world_calc(context->world));
    side from;
    side to;

    fp_try(check_numbers(flow, ret, ret_error));
    fp_try(resolve_side(context, flow->from, &from, ret_error));
    fp_try(resolve_side(context, flow->to, &to, ret_error));
    fp_try(choose_family(federation, &from, &to, ret, ret_error));
    ret->source_endpoint = from.endpoint;
    ret->destination_endpoint = to.endpoint;
    return 0;
}
