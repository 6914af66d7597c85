/* SPDX-License-Identifier: Apache-2.0 */
#include "tool.h"

static void put_endpoint(json *out, const fedpol_endpoint_list *list, size_t i)
{
    json_open(out, NULL, '{');
    json_string(out, "cluster", fedpol_endpoint_list_get_cluster(list, i));
    json_string(out, "kind", fedpol_endpoint_type_name(fedpol_endpoint_list_get_type(list, i)));
    json_string(out, "namespace", fedpol_endpoint_list_get_namespace(list, i));
    json_string(out, "name", fedpol_endpoint_list_get_name(list, i));
    json_string(out, "node", fedpol_endpoint_list_get_node(list, i));
    json_open(out, "addresses", '[');
    for (size_t a = 0; a < fedpol_endpoint_list_get_address_count(list, i); a++)
        json_string(out, NULL, fedpol_endpoint_list_get_address(list, i, a));
    json_close(out, ']');
    json_open(out, "ports", '[');
    for (size_t p = 0; p < fedpol_endpoint_list_get_port_count(list, i); p++) {
        json_open(out, NULL, '{');
        json_string(out, "name", fedpol_endpoint_list_get_port_name(list, i, p));
        json_string(out, "protocol", fedpol_endpoint_list_get_port_protocol(list, i, p));
        json_integer(out, "port", fedpol_endpoint_list_get_port_number(list, i, p));
        json_close(out, '}');
    }
    json_close(out, ']');
    json_open(out, "labels", '{');
    for (size_t l = 0; l < fedpol_endpoint_list_get_label_count(list, i); l++)
        json_string(out, fedpol_endpoint_list_get_label_name(list, i, l),
                    fedpol_endpoint_list_get_label_value(list, i, l));
    json_close(out, '}');
    json_close(out, '}');
}

static void print_endpoint(const fedpol_endpoint_list *list, size_t i)
{
    const char *namespace = fedpol_endpoint_list_get_namespace(list, i);

    (void)printf("%s %s %s%s%s", fedpol_endpoint_list_get_cluster(list, i),
                 fedpol_endpoint_type_name(fedpol_endpoint_list_get_type(list, i)), namespace,
                 *namespace ? "/" : "", fedpol_endpoint_list_get_name(list, i));
    if (*fedpol_endpoint_list_get_node(list, i))
        (void)printf(" on %s", fedpol_endpoint_list_get_node(list, i));
    (void)putchar('\n');
    for (size_t a = 0; a < fedpol_endpoint_list_get_address_count(list, i); a++)
        (void)printf("  address %s\n", fedpol_endpoint_list_get_address(list, i, a));
    for (size_t p = 0; p < fedpol_endpoint_list_get_port_count(list, i); p++)
        (void)printf("  port    %s %s:%d\n", fedpol_endpoint_list_get_port_name(list, i, p),
                     fedpol_endpoint_list_get_port_protocol(list, i, p),
                     fedpol_endpoint_list_get_port_number(list, i, p));
    for (size_t l = 0; l < fedpol_endpoint_list_get_label_count(list, i); l++)
        (void)printf("  label   %s=%s\n", fedpol_endpoint_list_get_label_name(list, i, l),
                     fedpol_endpoint_list_get_label_value(list, i, l));
}

int cmd_endpoints(const tool_options *options)
{
    fedpol_context *context = NULL;
    fedpol_selector *selector = NULL;
    fedpol_endpoint_list *list = NULL;
    fedpol_error *error = NULL;
    json out = {stdout, false};
    int status;
    int r = 0;

    if (options->selector)
        r = fedpol_selector_parse(options->selector, &selector, &error);
    if (r < 0) {
        status = complain(EXIT_USAGE, "--selector", r, error);
        error = fedpol_error_free(error);
        return status;
    }
    status = mesh_open(options, true, &context);
    if (status == EXIT_DONE) {
        r = fedpol_context_query_endpoints(context, selector, &list);
        if (r < 0)
            status = complain(EXIT_SOURCE, "endpoints", r, NULL);
    }
    if (list && options->json)
        json_open(&out, NULL, '[');
    for (size_t i = 0; i < fedpol_endpoint_list_get_count(list); i++) {
        if (options->json)
            put_endpoint(&out, list, i);
        else
            print_endpoint(list, i);
    }
    if (list && options->json) {
        json_close(&out, ']');
        json_end_line(&out);
    }
    list = fedpol_endpoint_list_unref(list);
    selector = fedpol_selector_unref(selector);
    context = fedpol_context_unref(context);
    return status;
}
