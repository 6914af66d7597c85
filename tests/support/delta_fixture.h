/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELTA_FIXTURE_H
#define DELTA_FIXTURE_H

/*
 * A hand-made calculation that changes, and the renderer that follows it: dx_note() tells the
 * difference since the last note, as the calculation would.
 */

#include "tests/support/fp_test.h"
#include "tests/support/render_fixture.h"

#define DX_MAX_SETS 16

typedef struct dx_snapshot {
    bool live;
    fp_cidr_vec nets;
    fp_port_member_vec ports;
} dx_snapshot;

typedef struct delta_fixture {
    fixture fx;
    fp_render_options options;
    fp_renderer *renderer;
    dx_snapshot snapshots[DX_MAX_SETS];
    bool policies_changed; /* told by the next note */
    bool endpoints_changed;
    const fp_ip *departed; /* one, or NULL */
    char *text;            /* of the last delta */
    size_t n_departed;
} delta_fixture;

/* Renders the fixture, which is filled, in full. */
void dx_begin(delta_fixture *d, const fp_render_options *options);
void dx_done_renderer(delta_fixture *d);
void dx_done(delta_fixture *d);
void dx_note(delta_fixture *d);
const char *dx_delta(delta_fixture *d);
/* How often TEXT stands in the last delta. */
size_t dx_count(const delta_fixture *d, const char *text);

/* A random state; each step changes it, and adds to SCRIPT the loading of the delta and of the
   whole text, and a comparison of what the kernel has then. */
void dx_random_begin(delta_fixture *d, fp_rng *rng, fp_buf *script, fp_dispatch dispatch);
void dx_random_step(delta_fixture *d, fp_rng *rng, fp_buf *script, size_t step);

int dx_oom_scenario(delta_fixture *d);

#endif
