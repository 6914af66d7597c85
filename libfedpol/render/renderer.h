/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_RENDER_RENDERER_H
#define FP_RENDER_RENDERER_H

/* Inside of a renderer; the public calls of render.h are these with the view of a calculation. */

#include "libfedpol/render/known.h"
#include "libfedpol/render/track.h"

struct fp_renderer {
    fp_render_options options;
    fp_arena memory;    /* of the options' text */
    fp_cidr *pod_cidrs; /* of the options; sorted */
    bool has_text;
    bool structural; /* policies, endpoints or pod_cidrs changed since the last text */
    bool lost;       /* a note could not be kept: the next text is a whole one */
    fp_known known;
    fp_digest_keys keys; /* of the last whole text */
    fp_tracker tracker;
    FP_VEC(fp_ip) departed;
};

int fp_renderer_full_of(fp_renderer *renderer, const fp_view *view, fp_ruleset **ret);
int fp_renderer_take_note(fp_renderer *renderer, const fp_delta *delta);
int fp_renderer_delta_of(fp_renderer *renderer, const fp_view *view, fp_ruleset **ret);

/* Takes BUF's text; IR gives the provenance, NULL: none. BUF is empty afterwards, come what may. */
int fp_ruleset_new(fp_buf *buf, bool is_delta, const fp_ir *ir, fp_ruleset **ret);

/* The text of everything between what RENDERER knows and IR (NULL: only members changed). */
int fp_delta_put(fp_renderer *renderer, const fp_view *view, const fp_ir *ir, fp_known *known,
                 fp_buf *buf);

#endif
