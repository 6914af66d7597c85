/* SPDX-License-Identifier: Apache-2.0 */
#include "tool.h"

static const int directions[] = {FEDPOL_DIRECTION_INGRESS, FEDPOL_DIRECTION_EGRESS};

static void put_tier(json *out, const fedpol_policy_list *list, size_t i, size_t tier)
{
    json_open(out, NULL, '{');
    json_string(out, "name", fedpol_policy_list_get_tier_name(list, i, tier));
    json_string(out, "default_action", fedpol_policy_list_get_tier_default_action(list, i, tier));
    for (size_t d = 0; d < 2; d++) {
        json_open(out, fedpol_direction_name(directions[d]), '[');
        for (size_t p = 0; p < fedpol_policy_list_get_policy_count(list, i, tier, directions[d]);
             p++)
            json_string(out, NULL, fedpol_policy_list_get_policy(list, i, tier, directions[d], p));
        json_close(out, ']');
    }
    json_close(out, '}');
}

void put_policies(json *out, const char *key, const fedpol_policy_list *list)
{
    json_open(out, key, '[');
    for (size_t i = 0; i < fedpol_policy_list_get_count(list); i++) {
        char endpoint[600];

        (void)snprintf(endpoint, sizeof(endpoint), "%s/%s",
                       fedpol_policy_list_get_namespace(list, i),
                       fedpol_policy_list_get_name(list, i));
        json_open(out, NULL, '{');
        json_string(out, "endpoint", endpoint);
        json_open(out, "tiers", '[');
        for (size_t t = 0; t < fedpol_policy_list_get_tier_count(list, i); t++)
            put_tier(out, list, i, t);
        json_close(out, ']');
        json_open(out, "profiles", '[');
        for (size_t p = 0; p < fedpol_policy_list_get_profile_count(list, i); p++)
            json_string(out, NULL, fedpol_policy_list_get_profile(list, i, p));
        json_close(out, ']');
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void print_policies(const fedpol_policy_list *list, size_t i)
{
    (void)printf("%s/%s\n", fedpol_policy_list_get_namespace(list, i),
                 fedpol_policy_list_get_name(list, i));
    for (size_t t = 0; t < fedpol_policy_list_get_tier_count(list, i); t++) {
        (void)printf("  tier %s, ends with %s\n", fedpol_policy_list_get_tier_name(list, i, t),
                     fedpol_policy_list_get_tier_default_action(list, i, t));
        for (size_t d = 0; d < 2; d++)
            for (size_t p = 0; p < fedpol_policy_list_get_policy_count(list, i, t, directions[d]);
                 p++)
                (void)printf("    %-7s %s\n", fedpol_direction_name(directions[d]),
                             fedpol_policy_list_get_policy(list, i, t, directions[d], p));
    }
    for (size_t p = 0; p < fedpol_policy_list_get_profile_count(list, i); p++)
        (void)printf("  profile %s\n", fedpol_policy_list_get_profile(list, i, p));
}

int cmd_policies(const tool_options *options)
{
    fedpol_context *context = NULL;
    fedpol_policy_list *list = NULL;
    json out = {stdout, false};
    int status = mesh_open(options, true, &context);
    int r;

    if (status != EXIT_DONE)
        return status;
    r = fedpol_context_query_policies(context, options->endpoint, &list);
    if (r == FEDPOL_E_NOT_FOUND)
        status =
            complain(EXIT_NEGATIVE, "policies: no endpoint of this node has that name", r, NULL);
    else if (r < 0)
        status = complain(EXIT_SOURCE, "policies", r, NULL);
    if (list && options->json) {
        put_policies(&out, NULL, list);
        json_end_line(&out);
    }
    for (size_t i = 0; !options->json && i < fedpol_policy_list_get_count(list); i++)
        print_policies(list, i);
    list = fedpol_policy_list_unref(list);
    context = fedpol_context_unref(context);
    return status;
}
