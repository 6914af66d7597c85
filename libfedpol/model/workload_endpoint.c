/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/decode.h"

/* A workload that is stored as an object of its own: etcd clusters, OpenStack, virtual machines. */

#define AUTOMATIC_LABELS 3u

static const fp_path spec_path = {NULL, "spec", 0};

static int read_place(fp_decoder *d, const fp_value *spec, fp_endpoint_desc *ret)
{
    fp_try(fp_decode_string(d, spec, "node", &spec_path, &ret->node));
    if (!fp_valid_subdomain(ret->node))
        return fp_decode_refuse(d, FP_DIAG_INVALID_NAME, FP_PATH(&spec_path, "node"),
                                "%s is not the name of a node", fp_decode_quote(d, ret->node));
    fp_try(fp_decode_string(d, spec, "interfaceName", &spec_path, &ret->interface_name));
    if (ret->interface_name.len > 0 && !fp_valid_interface(ret->interface_name))
        return fp_decode_refuse(d, FP_DIAG_INVALID_NAME, FP_PATH(&spec_path, "interfaceName"),
                                "%s is not the name of an interface",
                                fp_decode_quote(d, ret->interface_name));
    return 0;
}

static int read_name(fp_decoder *d, const fp_value *spec, const char *key, fp_str *ret)
{
    fp_try(fp_decode_string(d, spec, key, &spec_path, ret));
    if (ret->len > 0 && !fp_valid_subdomain(*ret))
        return fp_decode_refuse(d, FP_DIAG_INVALID_NAME, FP_PATH(&spec_path, key),
                                "%s is not a valid name", fp_decode_quote(d, *ret));
    return 0;
}

static void strip_labels(fp_decoder *d, bool orchestrator, bool account, fp_label_list *labels)
{
    const char *replaced[AUTOMATIC_LABELS + 1] = {FP_LABEL_NAMESPACE};
    size_t n = 1;

    if (orchestrator)
        replaced[n++] = FP_LABEL_ORCHESTRATOR;
    if (account)
        replaced[n++] = FP_LABEL_SERVICE_ACCOUNT;
    fp_decode_strip_labels(d, replaced, labels);
}

static int read_labels(fp_decoder *d, const fp_value *spec, fp_label_list *labels)
{
    fp_str orchestrator;
    fp_str account;

    fp_try(read_name(d, spec, "orchestrator", &orchestrator));
    fp_try(read_name(d, spec, "serviceAccountName", &account));
    fp_try(fp_decode_labels(d, AUTOMATIC_LABELS, labels));
    strip_labels(d, orchestrator.len > 0, account.len > 0, labels);
    fp_label_list_set(labels, FP_STR(FP_LABEL_NAMESPACE), d->ns);
    if (orchestrator.len > 0)
        fp_label_list_set(labels, FP_STR(FP_LABEL_ORCHESTRATOR), orchestrator);
    if (account.len > 0)
        fp_label_list_set(labels, FP_STR(FP_LABEL_SERVICE_ACCOUNT), account);
    return 0;
}

static int read_endpoint(fp_decoder *d, fp_endpoint_draft *draft, fp_endpoint_desc *ret)
{
    const fp_value *spec = fp_decode_get(d->root, "spec");
    uint32_t n_addresses;

    fp_try(read_place(d, spec, ret));
    fp_try(read_labels(d, spec, &draft->labels));
    fp_try(fp_endpoint_read_addresses(d, spec, &spec_path, "ipNetworks", draft, &n_addresses));
    fp_try(fp_endpoint_read_profiles(d, spec, &spec_path, draft));
    fp_try(fp_endpoint_read_ports(d, spec, &spec_path, draft));
    return fp_endpoint_finish(d, draft, ret);
}

int fp_decode_workload_endpoint(fp_decoder *d, fp_object *ret)
{
    fp_endpoint_draft draft = {0};
    int r = read_endpoint(d, &draft, &ret->endpoint);

    fp_endpoint_draft_done(&draft);
    fp_try(r);
    ret->endpoint.type = FP_ENDPOINT_WORKLOAD;
    ret->cls = FP_OBJECT_ENDPOINT;
    return 0;
}
