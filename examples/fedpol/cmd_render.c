/* SPDX-License-Identifier: Apache-2.0 */
#include "tool.h"

static void put_ruleset(json *out, const fedpol_ruleset *ruleset)
{
    json_open(out, NULL, '[');
    json_open(out, NULL, '{');
    json_string(out, "hash", fedpol_ruleset_get_hash(ruleset));
    json_string(out, "text", fedpol_ruleset_get_text(ruleset, NULL));
    json_open(out, "provenance", '[');
    for (size_t i = 0; i < fedpol_ruleset_get_provenance_count(ruleset); i++) {
        json_open(out, NULL, '{');
        json_string(out, "chain", fedpol_ruleset_get_provenance_chain(ruleset, i));
        json_string(out, "source", fedpol_ruleset_get_provenance_source(ruleset, i));
        json_close(out, '}');
    }
    json_close(out, ']');
    json_close(out, '}');
    json_close(out, ']');
    json_end_line(out);
}

int cmd_render(const tool_options *options)
{
    fedpol_context *context = NULL;
    fedpol_renderer *renderer = NULL;
    fedpol_ruleset *ruleset = NULL;
    fedpol_error *error = NULL;
    json out = {stdout, false};
    int status = mesh_open(options, true, &context);
    int r;

    if (status != EXIT_DONE)
        return status;
    r = fedpol_renderer_new(context, &options->render, &renderer, &error);
    if (r < 0)
        status = complain(EXIT_USAGE, "render", r, error);
    else if ((r = fedpol_renderer_full(renderer, &ruleset)) < 0)
        status = complain(EXIT_SOURCE, "render", r, NULL);
    else if (options->json)
        put_ruleset(&out, ruleset);
    else
        (void)fputs(fedpol_ruleset_get_text(ruleset, NULL), stdout);
    error = fedpol_error_free(error);
    ruleset = fedpol_ruleset_unref(ruleset);
    renderer = fedpol_renderer_unref(renderer);
    context = fedpol_context_unref(context);
    return status;
}
