/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/handles.h"

/* Bringing the calculation up to date, and telling everybody who keeps account of it. */

void fp_cluster_note_diags(fedpol_cluster *cluster)
{
    uint64_t revision = fp_cluster_diag_revision(cluster->core);

    if (revision == cluster->diag_revision)
        return;
    cluster->diag_revision = revision;
    cluster->diag_news = true;
}

int fp_renderer_catch_up(fedpol_renderer *renderer)
{
    const fp_calc *calc = fp_world_calc(renderer->context->world);
    size_t done = 0;
    int r = 0;

    while (r == 0 && done < renderer->pending.len) {
        r = fp_renderer_note(renderer->core, calc, renderer->pending.items[done]);
        done += r == 0;
    }
    for (size_t i = 0; i < done; i++)
        fp_delta_unref(renderer->pending.items[i]);
    renderer->pending.len -= done;
    for (size_t i = 0; i < renderer->pending.len; i++)
        renderer->pending.items[i] = renderer->pending.items[i + done];
    return r;
}

/* Room for one more delta at every renderer, so that none can miss it. */
static int make_room(fedpol_context *context)
{
    for (size_t i = 0; i < context->renderers.len; i++)
        fp_try(fp_vec_reserve(&context->renderers.items[i]->pending, 1));
    return 0;
}

/* A renderer that can't note it now, for want of memory, does so before its next text. */
static void hand_out(fedpol_context *context, fp_delta *delta)
{
    for (size_t i = 0; i < context->renderers.len; i++) {
        fedpol_renderer *renderer = context->renderers.items[i];

        if (!renderer->started)
            continue;
        (void)fp_vec_push(&renderer->pending, fp_delta_ref(delta));
        (void)fp_renderer_catch_up(renderer);
    }
}

static int commit_and_take(fedpol_context *context, fp_delta **ret)
{
    fp_try(make_room(context));
    fp_try(fp_world_commit(context->world));
    context->untaken = true;
    fp_try(fp_world_take_delta(context->world, ret));
    context->untaken = false;
    return 0;
}

static void note_services(fedpol_context *context)
{
    uint64_t revision = fp_services_revision(fp_world_services(context->world));

    context->service_news = context->service_news || revision != context->services_revision;
    context->services_revision = revision;
}

int fp_context_commit(fedpol_context *context, fp_delta **ret_delta)
{
    fp_delta *delta = NULL;
    int r = fp_context_note_uses(context);

    if (r == 0 && (context->untaken || fp_world_is_dirty(context->world)))
        r = commit_and_take(context, &delta);
    for (size_t i = 0; i < context->clusters.len; i++)
        fp_cluster_note_diags(context->clusters.items[i]);
    if (delta) {
        context->change_news = context->change_news || !fp_delta_is_empty(delta);
        hand_out(context, delta);
        fp_context_log(context, FEDPOL_LOG_DEBUG, "commit",
                       "%zu sets, %zu policies, %zu endpoints changed", delta->n_sets,
                       delta->n_policies, delta->n_endpoints);
    }
    note_services(context);
    fp_context_signal(context);
    if (ret_delta)
        *ret_delta = delta;
    else
        fp_delta_unref(delta);
    return r;
}
