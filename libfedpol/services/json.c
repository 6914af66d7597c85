/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/net/proto.h"
#include "libfedpol/services/private.h"

/* Keys stand in the order of their names, as the API server writes them back. */

static void put_key(fp_buf *buf, bool *is_first, const char *key)
{
    fp_buf_puts(buf, *is_first ? "\"" : ",\"");
    fp_buf_puts(buf, key);
    fp_buf_puts(buf, "\":");
    *is_first = false;
}

static void put_member(fp_buf *buf, bool *is_first, const char *key, fp_str value)
{
    if (value.len == 0)
        return;
    put_key(buf, is_first, key);
    fp_buf_put_json(buf, value);
}

const char *fp_service_protocol_name(uint8_t protocol)
{
    return protocol == FP_PROTO_UDP ? "UDP" : protocol == FP_PROTO_SCTP ? "SCTP" : "TCP";
}

static void put_ports(fp_buf *buf, const fp_service_port *ports, size_t n)
{
    fp_buf_puts(buf, "\"ports\":[");
    for (size_t i = 0; i < n; i++) {
        bool is_first = true;

        fp_buf_puts(buf, i ? ",{" : "{");
        put_member(buf, &is_first, "appProtocol", ports[i].app_protocol);
        put_member(buf, &is_first, "name", ports[i].name);
        put_key(buf, &is_first, "port");
        fp_buf_printf(buf, "%u,\"protocol\":\"%s\"}", ports[i].port,
                      fp_service_protocol_name(ports[i].protocol));
    }
    fp_buf_putc(buf, ']');
}

static bool is_prefixed(const fp_wanted *wanted)
{
    return !wanted->is_held && fp_backend_get(wanted->backend, FP_BACKEND_TARGET_NAME).len > 0 &&
           fp_cluster_get_role(wanted->cluster) == FP_ROLE_REMOTE;
}

void fp_wanted_put_target(const fp_wanted *wanted, fp_buf *buf)
{
    if (is_prefixed(wanted)) {
        fp_buf_add(buf, fp_cluster_name(wanted->cluster));
        fp_buf_putc(buf, '/');
    }
    fp_buf_add(buf, fp_backend_get(wanted->backend, FP_BACKEND_TARGET_NAME));
}

/* With the cluster before it; a name of a cluster needs no escaping. */
static void put_target_name(fp_buf *buf, bool *is_first, const fp_wanted *wanted)
{
    size_t start;

    if (fp_backend_get(wanted->backend, FP_BACKEND_TARGET_NAME).len == 0)
        return;
    put_key(buf, is_first, "name");
    if (is_prefixed(wanted)) {
        fp_buf_putc(buf, '"');
        fp_buf_add(buf, fp_cluster_name(wanted->cluster));
    }
    start = buf->len;
    fp_buf_put_json(buf, fp_backend_get(wanted->backend, FP_BACKEND_TARGET_NAME));
    if (is_prefixed(wanted) && buf->error == 0)
        buf->data[start] = '/'; /* where its quote was */
}

static void put_target(fp_buf *buf, const fp_wanted *wanted)
{
    const fp_backend *backend = wanted->backend;
    bool is_first = true;

    fp_buf_putc(buf, '{');
    put_member(buf, &is_first, "kind", fp_backend_get(backend, FP_BACKEND_TARGET_KIND));
    put_target_name(buf, &is_first, wanted);
    put_member(buf, &is_first, "namespace", fp_backend_get(backend, FP_BACKEND_TARGET_NS));
    put_member(buf, &is_first, "resourceVersion",
               fp_backend_get(backend, FP_BACKEND_TARGET_VERSION));
    put_member(buf, &is_first, "uid", fp_backend_get(backend, FP_BACKEND_TARGET_UID));
    fp_buf_putc(buf, '}');
}

static bool has_target(const fp_backend *backend)
{
    return fp_backend_get(backend, FP_BACKEND_TARGET_KIND).len ||
           fp_backend_get(backend, FP_BACKEND_TARGET_NAME).len ||
           fp_backend_get(backend, FP_BACKEND_TARGET_NS).len ||
           fp_backend_get(backend, FP_BACKEND_TARGET_UID).len ||
           fp_backend_get(backend, FP_BACKEND_TARGET_VERSION).len;
}

static void put_texts(fp_buf *buf, bool *is_first, const fp_wanted *wanted)
{
    put_member(buf, is_first, "nodeName", fp_backend_get(wanted->backend, FP_BACKEND_NODE));
    if (!has_target(wanted->backend))
        return;
    put_key(buf, is_first, "targetRef");
    put_target(buf, wanted);
}

/* --- Endpoints --- */

static void put_address(fp_buf *buf, const fp_wanted *wanted)
{
    bool is_first = true;

    fp_buf_putc(buf, '{');
    put_member(buf, &is_first, "hostname", fp_backend_get(wanted->backend, FP_BACKEND_HOSTNAME));
    put_key(buf, &is_first, "ip");
    fp_buf_putc(buf, '"');
    fp_ip_put(buf, &wanted->backend->ip);
    fp_buf_putc(buf, '"');
    put_texts(buf, &is_first, wanted);
    fp_buf_putc(buf, '}');
}

static void put_addresses(fp_buf *buf, const char *key, const fp_wanted *items, size_t n,
                          bool ready)
{
    bool is_empty = true;

    for (size_t i = 0; i < n; i++) {
        if (!(items[i].backend->conditions & FP_BACKEND_READY) == ready)
            continue;
        if (is_empty)
            fp_buf_printf(buf, "\"%s\":[", key);
        else
            fp_buf_putc(buf, ',');
        is_empty = false;
        put_address(buf, &items[i]);
    }
    if (!is_empty)
        fp_buf_puts(buf, "],");
}

static void put_subsets(fp_buf *buf, const fp_subset_vec *subsets, const fp_wanted_vec *wanted)
{
    fp_buf_puts(buf, "\"subsets\":[");
    for (size_t i = 0; i < subsets->len; i++) {
        const fp_subset *subset = &subsets->items[i];
        const fp_wanted *items = wanted->items + subset->start;

        fp_buf_puts(buf, i ? ",{" : "{");
        put_addresses(buf, "addresses", items, subset->n, true);
        put_addresses(buf, "notReadyAddresses", items, subset->n, false);
        put_ports(buf, subset->ports, subset->n_ports);
        fp_buf_putc(buf, '}');
    }
    fp_buf_putc(buf, ']');
}

static void put_owner(fp_buf *buf, const fp_federated_view *view)
{
    if (view->uid.len == 0)
        return;
    fp_buf_puts(buf, ",\"ownerReferences\":[{\"apiVersion\":\"v1\",\"blockOwnerDeletion\":true,"
                     "\"controller\":true,\"kind\":\"Service\",\"name\":");
    fp_buf_put_json(buf, view->name);
    fp_buf_puts(buf, ",\"uid\":");
    fp_buf_put_json(buf, view->uid);
    fp_buf_puts(buf, "}]");
}

static void put_version(fp_buf *buf, fp_str version)
{
    if (version.len == 0)
        return;
    fp_buf_puts(buf, ",\"resourceVersion\":");
    fp_buf_put_json(buf, version);
}

static void put_endpoints_head(fp_buf *buf, const fp_federated_view *view, fp_wanted_form form,
                               fp_str version)
{
    fp_buf_puts(buf, "{\"apiVersion\":\"v1\",\"kind\":\"Endpoints\",\"metadata\":{\"annotations\":{"
                     "\"" FP_SERVICE_SELECTOR "\":");
    fp_buf_put_json(buf, view->selector);
    fp_buf_putc(buf, '}');
    if (form & FP_WANTED_SLICES)
        fp_buf_puts(buf, ",\"labels\":{\"" FP_SKIP_MIRROR "\":\"true\"}");
    fp_buf_puts(buf, ",\"name\":");
    fp_buf_put_json(buf, view->name);
    fp_buf_puts(buf, ",\"namespace\":");
    fp_buf_put_json(buf, view->ns);
    put_version(buf, version);
    fp_buf_puts(buf, "},");
}

int fp_services_put_endpoints(const fp_services *s, uint32_t id, fp_wanted_form form,
                              fp_str version, fp_buf *buf)
{
    const fp_federated_view view = fp_services_view(s, id);
    fp_subset_vec subsets = {0};
    fp_wanted_vec wanted = {0};
    int r = fp_fed_subsets(s, id, &subsets, &wanted);

    if (r == 0) {
        put_endpoints_head(buf, &view, form, version);
        put_subsets(buf, &subsets, &wanted);
        fp_buf_putc(buf, '}');
        r = fp_buf_error(buf);
    }
    fp_vec_done(&subsets);
    fp_vec_done(&wanted);
    return r;
}

/* --- slices --- */

static void put_conditions(fp_buf *buf, uint8_t conditions)
{
    fp_buf_puts(buf, conditions & FP_BACKEND_READY ? ",\"conditions\":{\"ready\":true"
                                                   : ",\"conditions\":{\"ready\":false");
    fp_buf_puts(buf, conditions & FP_BACKEND_SERVING ? ",\"serving\":true" : ",\"serving\":false");
    fp_buf_puts(buf, conditions & FP_BACKEND_TERMINATING ? ",\"terminating\":true}"
                                                         : ",\"terminating\":false}");
}

static void put_endpoint(fp_buf *buf, const fp_wanted *wanted)
{
    bool is_first = false;

    fp_buf_puts(buf, "{\"addresses\":[\"");
    fp_ip_put(buf, &wanted->backend->ip);
    fp_buf_puts(buf, "\"]");
    put_conditions(buf, wanted->backend->conditions);
    put_member(buf, &is_first, "hostname", fp_backend_get(wanted->backend, FP_BACKEND_HOSTNAME));
    put_texts(buf, &is_first, wanted);
    put_member(buf, &is_first, "zone", fp_backend_get(wanted->backend, FP_BACKEND_ZONE));
    fp_buf_putc(buf, '}');
}

static void put_slice_head(const fp_services *s, uint32_t id, const fp_wanted_slice *slice,
                           fp_str version, fp_buf *buf)
{
    const fp_federated_view view = fp_services_view(s, id);

    fp_buf_printf(buf, "{\"addressType\":\"IPv%u\",\"apiVersion\":\"discovery.k8s.io/v1\",",
                  slice->ports.family);
    fp_buf_puts(buf, "\"kind\":\"EndpointSlice\",\"metadata\":{\"labels\":{\"" FP_SLICE_MANAGED_BY
                     "\":\"" FP_SLICE_MANAGER "\",\"" FP_SLICE_SERVICE_NAME "\":");
    fp_buf_put_json(buf, view.name);
    if (view.is_headless)
        fp_buf_puts(buf, ",\"service.kubernetes.io/headless\":\"\"");
    fp_buf_puts(buf, "},\"name\":\"");
    fp_services_put_slice_name(s, id, slice, buf);
    fp_buf_puts(buf, "\",\"namespace\":");
    fp_buf_put_json(buf, view.ns);
    put_owner(buf, &view);
    put_version(buf, version);
    fp_buf_puts(buf, "},");
}

int fp_services_put_slice(const fp_services *s, uint32_t id, const fp_wanted_slice *slice,
                          fp_str version, fp_buf *buf)
{
    fp_wanted_vec wanted = {0};
    int r = fp_services_slice_backends(s, slice, &wanted);

    if (r == 0) {
        put_slice_head(s, id, slice, version, buf);
        fp_buf_puts(buf, "\"endpoints\":[");
        for (size_t i = 0; i < wanted.len; i++) {
            if (i)
                fp_buf_putc(buf, ',');
            put_endpoint(buf, &wanted.items[i]);
        }
        fp_buf_puts(buf, "],");
        put_ports(buf, slice->ports.ports, slice->ports.n_ports);
        fp_buf_putc(buf, '}');
        r = fp_buf_error(buf);
    }
    fp_vec_done(&wanted);
    return r;
}
