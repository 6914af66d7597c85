/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tool.h"

/* Federated services with their back ends, or the objects that they are written as. */

static const char *or_dash(const char *text)
{
    return *text ? text : "-";
}

static void put_ports(json *out, const fedpol_service_list *list, size_t i)
{
    json_open(out, "ports", '[');
    for (size_t p = 0; p < fedpol_service_list_get_port_count(list, i); p++) {
        json_open(out, NULL, '{');
        json_string(out, "name", fedpol_service_list_get_port_name(list, i, p));
        json_string(out, "protocol", fedpol_service_list_get_port_protocol(list, i, p));
        json_integer(out, "port", fedpol_service_list_get_port_number(list, i, p));
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void put_backend(json *out, const fedpol_service_list *list, size_t i, size_t b)
{
    int conditions = fedpol_service_list_get_backend_conditions(list, i, b);

    json_open(out, NULL, '{');
    json_string(out, "cluster", fedpol_service_list_get_backend_cluster(list, i, b));
    json_string(out, "service", fedpol_service_list_get_backend_service(list, i, b));
    json_string(out, "address", fedpol_service_list_get_backend_address(list, i, b));
    json_string(out, "port_name", fedpol_service_list_get_backend_port_name(list, i, b));
    json_string(out, "protocol", fedpol_service_list_get_backend_protocol(list, i, b));
    json_integer(out, "port", fedpol_service_list_get_backend_port(list, i, b));
    json_true_false(out, "ready", conditions & FEDPOL_BACKEND_READY);
    json_true_false(out, "serving", conditions & FEDPOL_BACKEND_SERVING);
    json_true_false(out, "terminating", conditions & FEDPOL_BACKEND_TERMINATING);
    json_string(out, "node", fedpol_service_list_get_backend_node(list, i, b));
    json_string(out, "target", fedpol_service_list_get_backend_target(list, i, b));
    json_string(out, "hostname", fedpol_service_list_get_backend_hostname(list, i, b));
    json_string(out, "zone", fedpol_service_list_get_backend_zone(list, i, b));
    json_close(out, '}');
}

static void put_service(json *out, const fedpol_service_list *list, size_t i)
{
    json_open(out, NULL, '{');
    json_string(out, "namespace", fedpol_service_list_get_namespace(list, i));
    json_string(out, "name", fedpol_service_list_get_name(list, i));
    json_string(out, "model", fedpol_service_list_get_model(list, i));
    json_string(out, "selector", fedpol_service_list_get_selector(list, i));
    json_string(out, "problem", fedpol_service_list_get_problem(list, i));
    json_open(out, "clusters", '[');
    for (size_t c = 0; c < fedpol_service_list_get_cluster_count(list, i); c++)
        json_string(out, NULL, fedpol_service_list_get_cluster(list, i, c));
    json_close(out, ']');
    put_ports(out, list, i);
    json_open(out, "backends", '[');
    for (size_t b = 0; b < fedpol_service_list_get_backend_count(list, i); b++)
        put_backend(out, list, i, b);
    json_close(out, ']');
    json_close(out, '}');
}

static void print_service(const fedpol_service_list *list, size_t i)
{
    (void)printf("%s/%s selector %s\n", fedpol_service_list_get_namespace(list, i),
                 fedpol_service_list_get_name(list, i), fedpol_service_list_get_selector(list, i));
    if (*fedpol_service_list_get_problem(list, i))
        (void)printf("  not federated: %s\n", fedpol_service_list_get_problem(list, i));
    for (size_t p = 0; p < fedpol_service_list_get_port_count(list, i); p++)
        (void)printf("  port    %s %s:%d\n", or_dash(fedpol_service_list_get_port_name(list, i, p)),
                     fedpol_service_list_get_port_protocol(list, i, p),
                     fedpol_service_list_get_port_number(list, i, p));
    for (size_t b = 0; b < fedpol_service_list_get_backend_count(list, i); b++) {
        int conditions = fedpol_service_list_get_backend_conditions(list, i, b);

        (void)printf("  backend %s %s:%d %s of %s/%s target %s node %s%s\n",
                     fedpol_service_list_get_backend_address(list, i, b),
                     fedpol_service_list_get_backend_protocol(list, i, b),
                     fedpol_service_list_get_backend_port(list, i, b),
                     or_dash(fedpol_service_list_get_backend_port_name(list, i, b)),
                     fedpol_service_list_get_backend_cluster(list, i, b),
                     fedpol_service_list_get_backend_service(list, i, b),
                     or_dash(fedpol_service_list_get_backend_target(list, i, b)),
                     or_dash(fedpol_service_list_get_backend_node(list, i, b)),
                     conditions & FEDPOL_BACKEND_READY ? "" : " not ready");
    }
}

static int print_services(const tool_options *options, fedpol_context *context)
{
    fedpol_service_list *list = NULL;
    int r = fedpol_context_query_services(context, &list);
    json out = {stdout, false};

    if (r < 0)
        return complain(EXIT_SOURCE, "services", r, NULL);
    if (options->json)
        json_open(&out, NULL, '[');
    for (size_t i = 0; i < fedpol_service_list_get_count(list); i++) {
        if (options->json)
            put_service(&out, list, i);
        else
            print_service(list, i);
    }
    if (options->json) {
        json_close(&out, ']');
        json_end_line(&out);
    }
    list = fedpol_service_list_unref(list);
    return EXIT_DONE;
}

/* One array of objects; without -o json a List that kubectl takes, one object a line. */
static int print_wanted(const tool_options *options, fedpol_context *context)
{
    unsigned form =
        strcmp(options->wanted, "endpoints") == 0 ? FEDPOL_FORM_ENDPOINTS : FEDPOL_FORM_SLICES;
    fedpol_service_objects *objects = NULL;
    int r = fedpol_context_query_service_objects(context, form, &objects);

    if (r < 0)
        return complain(EXIT_SOURCE, "services", r, NULL);
    (void)fputs(options->json ? "[" : "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n",
                stdout);
    for (size_t i = 0; i < fedpol_service_objects_get_count(objects); i++)
        (void)printf("%s%s",
                     i == 0          ? ""
                     : options->json ? ","
                                     : ",\n",
                     fedpol_service_objects_get_json(objects, i));
    (void)puts(options->json ? "]" : "\n]}");
    objects = fedpol_service_objects_unref(objects);
    return EXIT_DONE;
}

int cmd_services(const tool_options *options)
{
    fedpol_context *context = NULL;
    int status = mesh_open(options, true, &context);

    if (status == EXIT_DONE)
        status =
            options->wanted ? print_wanted(options, context) : print_services(options, context);
    context = fedpol_context_unref(context);
    return status;
}
