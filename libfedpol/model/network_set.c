/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/decode.h"

static const fp_path spec_path = {NULL, "spec", 0};

/* An entry that can't be read is left out and the others stay, as Calico does it. */
static int read_net(fp_decoder *d, const fp_value *item, const fp_path *path,
                    fp_endpoint_draft *draft)
{
    fp_str text = fp_value_is(item, FP_VALUE_STRING) ? item->text : FP_STR_NULL;
    bool host_bits;
    fp_cidr cidr;

    if (!fp_cidr_parse(text, &cidr, &host_bits)) {
        fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_INVALID_ADDRESS, path,
                         "%s is neither an address nor a prefix and is left out",
                         fp_decode_quote(d, fp_decode_shown(item)));
        return 0;
    }
    if (host_bits)
        fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_HOST_BITS, path,
                         "%s has bits set behind its length; they are taken as zero",
                         fp_decode_quote(d, fp_decode_shown(item)));
    return fp_vec_push(&draft->nets, cidr);
}

static int read_nets(fp_decoder *d, const fp_value *spec, fp_endpoint_draft *draft)
{
    const fp_path list_path = {&spec_path, "nets", 0};
    const fp_value *list;
    size_t i = 0;

    fp_try(fp_decode_array(d, spec, "nets", &spec_path, &list));
    fp_decode_each (item, list)
        fp_try(read_net(d, item, FP_PATH_AT(&list_path, i++), draft));
    return 0;
}

static void report_domains(fp_decoder *d, const fp_value *spec)
{
    const fp_value *domains = fp_decode_get(spec, "allowedEgressDomains");

    if (domains && domains->count > 0)
        fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_UNSUPPORTED,
                         FP_PATH(&spec_path, "allowedEgressDomains"),
                         "domain names are not supported; no address is a member because of them");
}

static int read_set(fp_decoder *d, fp_endpoint_draft *draft, fp_endpoint_desc *ret)
{
    static const char *const none[] = {NULL};
    const fp_value *spec = fp_decode_get(d->root, "spec");

    fp_try(fp_decode_labels(d, 1, &draft->labels));
    fp_decode_strip_labels(d, none, &draft->labels);
    if (d->kind == FP_KIND_NETWORK_SET) {
        fp_label_list_set(&draft->labels, FP_STR(FP_LABEL_NAMESPACE), d->ns);
        fp_try(fp_endpoint_add_profile(d, FP_PROFILE_NAMESPACE, d->ns, FP_STR_NULL, draft));
    }
    fp_try(read_nets(d, spec, draft));
    report_domains(d, spec);
    return fp_endpoint_finish(d, draft, ret);
}

int fp_decode_network_set(fp_decoder *d, fp_object *ret)
{
    fp_endpoint_draft draft = {0};
    int r = read_set(d, &draft, &ret->endpoint);

    fp_endpoint_draft_done(&draft);
    fp_try(r);
    ret->endpoint.type = FP_ENDPOINT_NETWORK_SET;
    ret->cls = FP_OBJECT_ENDPOINT;
    return 0;
}
