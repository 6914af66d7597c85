/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/delta.h>

#include <string.h>

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

/* Room for one more delta at all who keep account of them, so that none can miss it. */
static int make_room(fedpol_context *context)
{
    fp_try(fp_vec_reserve(&context->undelivered, 1));
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

bool fp_context_is_dirty(const fedpol_context *context)
{
    return context->untaken || fp_world_is_dirty(context->world);
}

static void note_all_diags(fedpol_context *context)
{
    for (size_t i = 0; i < context->clusters.len; i++)
        fp_cluster_note_diags(context->clusters.items[i]);
}

/* TOLD: the caller is told of the difference whatever it is. */
static int commit(fedpol_context *context, bool told)
{
    fp_delta *delta = NULL;
    int r = fp_context_note_uses(context);

    if (r == 0 && fp_context_is_dirty(context))
        r = commit_and_take(context, &delta);
    note_all_diags(context);
    if (delta) {
        bool is_empty = fp_delta_is_empty(delta);

        context->change_news = context->change_news || !is_empty;
        hand_out(context, delta);
        if (told || (context->own_commits && !is_empty))
            (void)fp_vec_push(&context->undelivered, fp_delta_ref(delta));
        fp_context_log(context, FEDPOL_LOG_DEBUG, "commit",
                       "%zu sets, %zu policies, %zu endpoints changed", delta->n_sets,
                       delta->n_policies, delta->n_endpoints);
        fp_delta_unref(delta);
    }
    note_services(context);
    fp_context_signal(context);
    return r;
}

int fp_context_commit(fedpol_context *context)
{
    return commit(context, false);
}

int fp_context_commit_told(fedpol_context *context)
{
    return commit(context, true);
}

int fp_context_settle(fedpol_context *context)
{
    int r;

    if (!context->own_commits)
        return fp_context_commit(context);
    r = fp_context_note_uses(context);
    note_all_diags(context);
    if (r == 0 && fp_context_is_dirty(context) && !context->commit_told) {
        context->change_news = true;
        context->commit_told = true;
    }
    fp_context_signal(context);
    return r;
}

void fp_context_delivered(fedpol_context *context)
{
    if (context->undelivered.len > 0) {
        fp_delta_unref(context->undelivered.items[0]);
        context->undelivered.len--;
        memmove(context->undelivered.items, context->undelivered.items + 1,
                context->undelivered.len * sizeof(*context->undelivered.items));
    }
    if (context->own_commits)
        context->change_news = false;
    fp_context_undelivered(context);
}

void fp_context_undelivered(fedpol_context *context)
{
    context->commit_told = false;
    if (context->own_commits && context->undelivered.len > 0)
        context->change_news = true;
    fp_context_signal(context);
}

int fedpol_context_set_auto_commit(fedpol_context *context, bool on)
{
    fp_try(fp_context_check(context));
    context->own_commits = !on;
    context->commit_told = false;
    while (on && context->undelivered.len > 0)
        fp_context_delivered(context);
    fp_context_signal(context);
    return 0;
}
