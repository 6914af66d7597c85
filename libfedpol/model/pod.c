/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/decode.h"

/*
 * A pod is a workload endpoint once it is scheduled, unless it shares its node's network. It keeps
 * its place but has no addresses when it is over, or when the CNI plugin took them away while it is
 * still being deleted. Whether it is ready means nothing to policy.
 */

#define CALICO_POD_IP "cni.projectcalico.org/podIP"
#define CALICO_POD_IPS "cni.projectcalico.org/podIPs"
#define AWS_POD_IPS "vpc.amazonaws.com/pod-ips"
#define AUTOMATIC_LABELS 3u

typedef struct pod_reader {
    fp_decoder *d;
    const fp_value *metadata;
    const fp_value *annotations;
    const fp_value *spec;
    const fp_value *status;
    fp_endpoint_draft draft;
    bool has_address; /* some source has named one, even if it was left out */
} pod_reader;

static const fp_path spec_path = {NULL, "spec", 0};
static const fp_path status_path = {NULL, "status", 0};

static bool is_emptied(const fp_value *annotations, const char *key)
{
    const fp_value *value = fp_decode_get(annotations, key);

    return fp_value_is(value, FP_VALUE_STRING) && value->text.len == 0;
}

static bool has_no_network(const pod_reader *pod)
{
    fp_str phase = fp_value_get_str(pod->status, "phase");

    if (fp_str_is(phase, "Succeeded") || fp_str_is(phase, "Failed") ||
        fp_str_is(phase, "Completed"))
        return true;
    return fp_decode_get(pod->metadata, "deletionTimestamp") &&
           (is_emptied(pod->annotations, CALICO_POD_IP) ||
            is_emptied(pod->annotations, AWS_POD_IPS));
}

/* A string that may be empty: nothing is said then, and the next source is asked. */
static int add_address(pod_reader *pod, const fp_value *object, const char *key,
                       const fp_path *path)
{
    fp_str text;

    fp_try(fp_decode_string(pod->d, object, key, path, &text));
    if (text.len == 0)
        return 0;
    pod->has_address = true;
    return fp_endpoint_add_address(pod->d, text, FP_PATH(path, key), false, &pod->draft);
}

static int add_status_ips(pod_reader *pod)
{
    const fp_path list_path = {&status_path, "podIPs", 0};
    const fp_value *list;
    size_t i = 0;

    fp_try(fp_decode_array(pod->d, pod->status, "podIPs", &status_path, &list));
    fp_decode_each (item, list)
        fp_try(add_address(pod, item, "ip", FP_PATH_AT(&list_path, i++)));
    return 0;
}

static int add_annotation(pod_reader *pod, const char *key)
{
    const fp_path metadata_path = {NULL, "metadata", 0};
    const fp_path annotations_path = {&metadata_path, "annotations", 0};
    const fp_path path = {&annotations_path, key, 0};
    fp_str rest = fp_value_get_str(pod->annotations, key);

    while (rest.len > 0) {
        ptrdiff_t comma = fp_str_find_byte(rest, ',');
        size_t end = comma < 0 ? rest.len : (size_t)comma;
        fp_str item = fp_str_trim(fp_str_sub(rest, 0, end));

        if (item.len > 0) {
            pod->has_address = true;
            fp_try(fp_endpoint_add_address(pod->d, item, &path, false, &pod->draft));
        }
        rest = fp_str_sub(rest, comma < 0 ? end : end + 1, rest.len);
    }
    return 0;
}

/* The first source that says anything is the one that counts. */
static int read_addresses(pod_reader *pod)
{
    static const char *const annotations[] = {CALICO_POD_IPS, CALICO_POD_IP, AWS_POD_IPS};

    if (has_no_network(pod))
        return 0;
    fp_try(add_status_ips(pod));
    if (!pod->has_address)
        fp_try(add_address(pod, pod->status, "podIP", &status_path));
    for (size_t i = 0; i < FP_ARRAY_LEN(annotations) && !pod->has_address; i++)
        fp_try(add_annotation(pod, annotations[i]));
    return 0;
}

/* Ports that policy can't name (no name, another protocol) are nobody's mistake; a number that is
   none can't come from an API server. */
static int add_port(pod_reader *pod, const fp_value *port, const fp_path *path)
{
    fp_str name = fp_value_get_str(port, "name");
    fp_str protocol_name = fp_value_get_str(port, "protocol");
    uint8_t protocol = FP_PROTO_TCP;
    int64_t number;

    if (name.len == 0)
        return 0;
    if (protocol_name.len > 0 &&
        (!fp_proto_parse(protocol_name, &protocol) || !fp_proto_has_ports(protocol)))
        return 0;
    if (!fp_decode_int(fp_decode_get(port, "containerPort"), 0, UINT16_MAX, &number) ||
        !fp_valid_port_name(name)) {
        fp_decode_report(pod->d, FP_SEVERITY_WARNING, FP_DIAG_INVALID_PORT, path,
                         "the port %s can't be read and is left out",
                         fp_decode_quote(pod->d, name));
        return 0;
    }
    if (number == 0)
        return 0;
    return fp_endpoint_add_port(pod->d, name, protocol, (uint16_t)number, &pod->draft);
}

static int read_ports(pod_reader *pod, const char *key)
{
    const fp_path list_path = {&spec_path, key, 0};
    const fp_value *containers;
    size_t i = 0;

    fp_try(fp_decode_array(pod->d, pod->spec, key, &spec_path, &containers));
    fp_decode_each (container, containers) {
        const fp_path container_path = {&list_path, NULL, i++};
        const fp_path ports_path = {&container_path, "ports", 0};
        const fp_value *ports;
        size_t k = 0;

        fp_try(fp_decode_array(pod->d, container, "ports", &container_path, &ports));
        fp_decode_each (port, ports)
            fp_try(add_port(pod, port, FP_PATH_AT(&ports_path, k++)));
    }
    return 0;
}

static int read_labels(pod_reader *pod, fp_str service_account)
{
    const char *const replaced[] = {FP_LABEL_NAMESPACE, FP_LABEL_ORCHESTRATOR,
                                    service_account.len > 0 ? FP_LABEL_SERVICE_ACCOUNT : NULL,
                                    NULL};
    fp_label_list *labels = &pod->draft.labels;

    fp_try(fp_decode_labels(pod->d, AUTOMATIC_LABELS, labels));
    fp_decode_strip_labels(pod->d, replaced, labels);
    fp_label_list_set(labels, FP_STR(FP_LABEL_NAMESPACE), pod->d->ns);
    fp_label_list_set(labels, FP_STR(FP_LABEL_ORCHESTRATOR), FP_STR("k8s"));
    if (service_account.len > 0)
        fp_label_list_set(labels, FP_STR(FP_LABEL_SERVICE_ACCOUNT), service_account);
    return 0;
}

static int read_identity(pod_reader *pod)
{
    fp_str account;

    fp_try(fp_decode_string(pod->d, pod->spec, "serviceAccountName", &spec_path, &account));
    if (account.len > 0 && !fp_valid_subdomain(account))
        return fp_decode_refuse(
            pod->d, FP_DIAG_INVALID_NAME, FP_PATH(&spec_path, "serviceAccountName"),
            "%s is not the name of a service account", fp_decode_quote(pod->d, account));
    fp_try(read_labels(pod, account));
    fp_try(fp_endpoint_add_profile(pod->d, FP_PROFILE_NAMESPACE, pod->d->ns, FP_STR_NULL,
                                   &pod->draft));
    if (account.len == 0)
        return 0;
    return fp_endpoint_add_profile(pod->d, FP_PROFILE_SERVICE_ACCOUNT, pod->d->ns, account,
                                   &pod->draft);
}

static int read_endpoint(pod_reader *pod, fp_str node, fp_object *ret)
{
    fp_try(read_identity(pod));
    fp_try(read_addresses(pod));
    fp_try(read_ports(pod, "containers"));
    fp_try(read_ports(pod, "initContainers"));
    fp_try(fp_endpoint_finish(pod->d, &pod->draft, &ret->endpoint));
    ret->endpoint.type = FP_ENDPOINT_WORKLOAD;
    ret->endpoint.node = node;
    ret->cls = FP_OBJECT_ENDPOINT;
    return 0;
}

/* *RET_NODE is empty for a pod that is no endpoint: not scheduled, or on its node's own network. */
static int read_place(fp_decoder *d, const fp_value *spec, fp_str *ret_node)
{
    const fp_value *host_network = fp_decode_get(spec, "hostNetwork");

    if (host_network && host_network->type != FP_VALUE_BOOL)
        return fp_decode_refuse(d, FP_DIAG_INVALID_OBJECT, FP_PATH(&spec_path, "hostNetwork"),
                                "neither true nor false");
    if (host_network && host_network->boolean)
        return 0;
    fp_try(fp_decode_string(d, spec, "nodeName", &spec_path, ret_node));
    if (ret_node->len > 0 && !fp_valid_subdomain(*ret_node))
        return fp_decode_refuse(d, FP_DIAG_INVALID_NAME, FP_PATH(&spec_path, "nodeName"),
                                "%s is not the name of a node", fp_decode_quote(d, *ret_node));
    return 0;
}

static int check_object(fp_decoder *d, const fp_value *value, const fp_path *path)
{
    if (!value || value->type == FP_VALUE_OBJECT)
        return 0;
    return fp_decode_refuse(d, FP_DIAG_INVALID_OBJECT, path, "expected an object");
}

int fp_decode_pod(fp_decoder *d, fp_object *ret)
{
    const fp_value *metadata = fp_decode_get(d->root, "metadata");
    pod_reader pod = {
        .d = d,
        .metadata = metadata,
        .annotations = fp_decode_get(metadata, "annotations"),
        .spec = fp_decode_get(d->root, "spec"),
        .status = fp_decode_get(d->root, "status"),
    };
    fp_str node = FP_STR_NULL;
    int r;

    fp_try(check_object(d, pod.spec, &spec_path));
    fp_try(check_object(d, pod.status, &status_path));
    fp_try(read_place(d, pod.spec, &node));
    if (node.len == 0)
        return 0;
    r = read_endpoint(&pod, node, ret);
    fp_endpoint_draft_done(&pod.draft);
    return r;
}
