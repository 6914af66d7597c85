/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/decode.h"

static const fp_path spec_path = {NULL, "spec", 0};

static int read_place(fp_decoder *d, const fp_value *spec, fp_endpoint_desc *ret)
{
    fp_try(fp_decode_string(d, spec, "node", &spec_path, &ret->node));
    if (!fp_valid_subdomain(ret->node))
        return fp_decode_refuse(d, FP_DIAG_INVALID_NAME, FP_PATH(&spec_path, "node"),
                                "%s is not the name of a node", fp_decode_quote(d, ret->node));
    fp_try(fp_decode_string(d, spec, "interfaceName", &spec_path, &ret->interface_name));
    if (ret->interface_name.len > 0 && !fp_str_is(ret->interface_name, "*") &&
        !fp_valid_interface(ret->interface_name))
        return fp_decode_refuse(d, FP_DIAG_INVALID_NAME, FP_PATH(&spec_path, "interfaceName"),
                                "%s is not the name of an interface",
                                fp_decode_quote(d, ret->interface_name));
    return 0;
}

static int read_endpoint(fp_decoder *d, fp_endpoint_draft *draft, fp_endpoint_desc *ret)
{
    static const char *const none[] = {NULL};
    const fp_value *spec = fp_decode_get(d->root, "spec");
    uint32_t n_addresses;

    fp_try(read_place(d, spec, ret));
    fp_try(fp_endpoint_read_addresses(d, spec, &spec_path, "expectedIPs", draft, &n_addresses));
    if (ret->interface_name.len == 0 && n_addresses == 0)
        return fp_decode_refuse(d, FP_DIAG_INVALID_OBJECT, &spec_path,
                                "neither interfaceName nor expectedIPs is given");
    fp_try(fp_decode_labels(d, 0, &draft->labels));
    fp_decode_strip_labels(d, none, &draft->labels);
    fp_try(fp_endpoint_read_profiles(d, spec, &spec_path, draft));
    fp_try(fp_endpoint_read_ports(d, spec, &spec_path, draft));
    return fp_endpoint_finish(d, draft, ret);
}

int fp_decode_host_endpoint(fp_decoder *d, fp_object *ret)
{
    fp_endpoint_draft draft = {0};
    int r = read_endpoint(d, &draft, &ret->endpoint);

    fp_endpoint_draft_done(&draft);
    fp_try(r);
    ret->endpoint.type = FP_ENDPOINT_HOST;
    ret->cls = FP_OBJECT_ENDPOINT;
    return 0;
}
