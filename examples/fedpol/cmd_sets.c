/* SPDX-License-Identifier: Apache-2.0 */
#include "tool.h"

const char *set_protocol(int type, const char *protocol)
{
    if (type != FEDPOL_SET_IP_PORT)
        return NULL;
    return *protocol ? protocol : "any";
}

static void put_set(json *out, const fedpol_set_list *list, size_t i)
{
    int type = fedpol_set_list_get_type(list, i);

    json_open(out, NULL, '{');
    json_string(out, "selector", fedpol_set_list_get_selector(list, i));
    json_string(out, "type", fedpol_set_type_name(type));
    json_string(out, "use", fedpol_set_use_name(fedpol_set_list_get_use(list, i)));
    json_string(out, "protocol", set_protocol(type, fedpol_set_list_get_protocol(list, i)));
    json_string(out, "port", type == FEDPOL_SET_IP_PORT ? fedpol_set_list_get_port(list, i) : NULL);
    json_string(out, "scope",
                fedpol_set_list_get_scope(list, i) == FEDPOL_SCOPE_LOCAL ? "local" : "all");
    json_open(out, "members", '[');
    for (size_t m = 0; m < fedpol_set_list_get_member_count(list, i); m++)
        json_string(out, NULL, fedpol_set_list_get_member(list, i, m));
    json_close(out, ']');
    json_close(out, '}');
}

void put_sets(json *out, const char *key, const fedpol_set_list *list)
{
    json_open(out, key, '[');
    for (size_t i = 0; i < fedpol_set_list_get_count(list); i++)
        put_set(out, list, i);
    json_close(out, ']');
}

static void print_set(const fedpol_set_list *list, size_t i)
{
    int type = fedpol_set_list_get_type(list, i);

    (void)printf("%s\n  %s, for %s rules", fedpol_set_list_get_selector(list, i),
                 fedpol_set_type_name(type), fedpol_set_use_name(fedpol_set_list_get_use(list, i)));
    if (type == FEDPOL_SET_IP_PORT)
        (void)printf(", %s port %s", set_protocol(type, fedpol_set_list_get_protocol(list, i)),
                     fedpol_set_list_get_port(list, i));
    if (fedpol_set_list_get_scope(list, i) == FEDPOL_SCOPE_LOCAL)
        (void)fputs(", local cluster only", stdout);
    (void)putchar('\n');
    for (size_t m = 0; m < fedpol_set_list_get_member_count(list, i); m++)
        (void)printf("    %s\n", fedpol_set_list_get_member(list, i, m));
}

int cmd_sets(const tool_options *options)
{
    fedpol_context *context = NULL;
    fedpol_set_list *list = NULL;
    json out = {stdout, false};
    int status = mesh_open(options, true, &context);
    int r;

    if (status != EXIT_DONE)
        return status;
    r = fedpol_context_query_sets(context, &list);
    if (r < 0)
        status = complain(EXIT_SOURCE, "sets", r, NULL);
    if (list && options->json) {
        put_sets(&out, NULL, list);
        json_end_line(&out);
    }
    for (size_t i = 0; !options->json && i < fedpol_set_list_get_count(list); i++)
        print_set(list, i);
    list = fedpol_set_list_unref(list);
    context = fedpol_context_unref(context);
    return status;
}
