/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/ruleset.h>

#include <string.h>

#include "libfedpol/api/handles.h"
#include "libfedpol/api/ruleset.h"
#include "libfedpol/api/sized.h"
#include "libfedpol/base/error.h"

_Static_assert((int)FEDPOL_DISPATCH_ADDRESS == (int)FP_DISPATCH_ADDRESS &&
                   (int)FEDPOL_HOST_ACCEPT == (int)FP_HOST_ACCEPT &&
                   (int)FEDPOL_HOST_DROP == (int)FP_HOST_DROP,
               "public and internal options have the same numbers");

#define PRIORITY_MAX 1000
#define ALL_FLAGS                                                                                  \
    ((uint32_t)(FEDPOL_RENDER_REJECT | FEDPOL_RENDER_COUNTERS | FEDPOL_RENDER_NO_COMMENTS))
#define ALL_FAMILIES ((uint32_t)(FEDPOL_FAMILY_IPV4 | FEDPOL_FAMILY_IPV6))

void fedpol_render_options_init(fedpol_render_options *options, size_t struct_size)
{
    fp_sized_init(options, struct_size);
}

static int check_options(const fedpol_render_options *options, fedpol_error **ret_error)
{
    const char *wrong = NULL;

    if (options->backend > FEDPOL_BACKEND_NFT)
        return fp_error_set(ret_error, FEDPOL_E_UNSUPPORTED, FP_STR_NULL, -1,
                            "backend %u is not known", (unsigned)options->backend);
    if (options->families & ~ALL_FAMILIES)
        wrong = "families";
    else if (options->dispatch > FEDPOL_DISPATCH_ADDRESS)
        wrong = "dispatch";
    else if (options->host_action > FEDPOL_HOST_DROP)
        wrong = "host_action";
    else if (options->flags & ~ALL_FLAGS)
        wrong = "flags";
    else if (options->priority < -PRIORITY_MAX || options->priority > PRIORITY_MAX)
        wrong = "priority";
    if (!wrong)
        return 0;
    return fp_error_set(ret_error, FEDPOL_E_INVALID, FP_STR_NULL, -1,
                        "render option %s is out of range", wrong);
}

/* "10.65.0.0/24, fd00::/64" */
static int parse_cidrs(const char *text, fp_cidr_vec *ret, fedpol_error **ret_error)
{
    fp_str rest = fp_str_of(text);

    while (rest.len > 0) {
        ptrdiff_t comma = fp_str_find_byte(rest, ',');
        size_t end = comma < 0 ? rest.len : (size_t)comma;
        bool had_host_bits;
        fp_cidr cidr;

        if (!fp_cidr_parse(fp_str_trim(fp_str_sub(rest, 0, end)), &cidr, &had_host_bits))
            return fp_error_set(ret_error, FEDPOL_E_INVALID, FP_STR_NULL,
                                (int64_t)(rest.ptr - text),
                                "render option pod_cidrs: expected a prefix such as 10.65.0.0/24");
        fp_try(fp_vec_push(ret, cidr));
        rest = fp_str_sub(rest, comma < 0 ? end : end + 1, rest.len);
    }
    return 0;
}

static int make_core(const fedpol_context *context, const fedpol_render_options *options,
                     fp_renderer **ret, fedpol_error **ret_error)
{
    fp_cidr_vec cidrs = {0};
    int r = parse_cidrs(options->pod_cidrs, &cidrs, ret_error);
    const fp_render_options core = {
        .families = (uint8_t)options->families,
        .dispatch = (fp_dispatch)options->dispatch,
        .reject = options->flags & FEDPOL_RENDER_REJECT,
        .counters = options->flags & FEDPOL_RENDER_COUNTERS,
        .no_comments = options->flags & FEDPOL_RENDER_NO_COMMENTS,
        .host_action = (fp_host_action)options->host_action,
        .priority = options->priority,
        .table = options->table ? fp_str_of(options->table) : FP_STR("fedpol"),
        .interface_prefix = fp_world_get_options(context->world)->interface_prefix,
        .log_prefix =
            options->log_prefix ? fp_str_of(options->log_prefix) : FP_STR("fedpol-packet: "),
        .log_rate = options->log_rate ? options->log_rate : 5,
        .log_burst = options->log_burst ? options->log_burst : 5,
        .pod_cidrs = cidrs.items,
        .n_pod_cidrs = cidrs.len,
    };

    if (r == 0)
        r = fp_renderer_new(&core, ret, ret_error);
    fp_vec_done(&cidrs);
    return r;
}

int fedpol_renderer_new(fedpol_context *context, const fedpol_render_options *options,
                        fedpol_renderer **ret_renderer, fedpol_error **ret_error)
{
    fedpol_render_options ours = {.struct_size = sizeof(ours)};
    fedpol_renderer *renderer;
    int r;

    fp_try(fp_context_check(context));
    fp_check_arg(ret_renderer);
    if (options)
        fp_try(fp_sized_read(&ours, sizeof(ours), sizeof(ours), options));
    fp_try(check_options(&ours, ret_error));
    fp_try(fp_vec_reserve(&context->renderers, 1));
    renderer = fp_alloc_zero(1, sizeof(*renderer));
    if (!renderer)
        return FEDPOL_E_NOMEM;
    r = make_core(context, &ours, &renderer->core, ret_error);
    if (r < 0) {
        fp_free(renderer);
        return r;
    }
    renderer->refs = 1;
    renderer->follows_node = ours.dispatch == FEDPOL_DISPATCH_ADDRESS && !ours.pod_cidrs;
    renderer->context = fedpol_context_ref(context);
    (void)fp_vec_push(&context->renderers, renderer);
    *ret_renderer = renderer;
    return 0;
}

fedpol_renderer *fedpol_renderer_ref(fedpol_renderer *renderer)
{
    if (renderer)
        renderer->refs++;
    return renderer;
}

static void forget_pending(fedpol_renderer *renderer)
{
    for (size_t i = 0; i < renderer->pending.len; i++)
        fp_delta_unref(renderer->pending.items[i]);
    renderer->pending.len = 0;
}

fedpol_renderer *fedpol_renderer_unref(fedpol_renderer *renderer)
{
    fedpol_context *context;
    size_t i = 0;

    if (!renderer || --renderer->refs > 0)
        return NULL;
    context = renderer->context;
    while (context->renderers.items[i] != renderer)
        i++;
    context->renderers.items[i] = context->renderers.items[--context->renderers.len];
    forget_pending(renderer);
    fp_vec_done(&renderer->pending);
    fp_renderer_free(renderer->core);
    fp_free(renderer);
    fedpol_context_unref(context);
    return NULL;
}

/*
 * From here on the renderer counts deltas from this text. If it could not be handed over, the
 * caller doesn't have what they would be relative to, and needs a full one.
 */
static int give(fedpol_renderer *renderer, fp_ruleset *core, fedpol_ruleset **ret)
{
    int r = fp_ruleset_wrap(core, ret);

    renderer->started = r == 0;
    return r;
}

/* Dispatch by address without prefixes of the caller's: those that the node's object names. */
static int follow_node(fedpol_renderer *renderer)
{
    const fp_world *world = renderer->context->world;
    fp_str name = fp_world_get_options(world)->federation.node;
    const fp_node_desc *node = name.len ? fp_world_node(world, name) : NULL;

    if (!renderer->follows_node)
        return 0;
    return fp_renderer_set_pod_cidrs(renderer->core, node ? node->pod_cidrs : NULL,
                                     node ? node->n_pod_cidrs : 0);
}

int fedpol_renderer_full(fedpol_renderer *renderer, fedpol_ruleset **ret_ruleset)
{
    fp_ruleset *core = NULL;

    fp_check_arg(renderer && ret_ruleset);
    fp_try(fp_context_check(renderer->context));
    fp_try(fp_context_commit(renderer->context));
    fp_try(follow_node(renderer));
    fp_try(fp_renderer_full(renderer->core, fp_world_calc(renderer->context->world), &core));
    forget_pending(renderer); /* it is all in there */
    return give(renderer, core, ret_ruleset);
}

int fedpol_renderer_delta(fedpol_renderer *renderer, fedpol_ruleset **ret_ruleset)
{
    fp_ruleset *core = NULL;

    fp_check_arg(renderer && ret_ruleset);
    fp_try(fp_context_check(renderer->context));
    if (!renderer->started)
        return FEDPOL_E_STATE;
    fp_try(fp_context_commit(renderer->context));
    fp_try(fp_renderer_catch_up(renderer));
    fp_try(follow_node(renderer));
    fp_try(fp_renderer_delta(renderer->core, fp_world_calc(renderer->context->world), &core));
    return give(renderer, core, ret_ruleset);
}
