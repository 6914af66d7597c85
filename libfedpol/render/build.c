/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/build.h"

void fp_build_fail(fp_build *build, int code)
{
    if (!build->ir->error)
        build->ir->error = code;
}

fp_ir_verdict fp_build_deny(const fp_build *build)
{
    return (fp_ir_verdict){.kind = build->options->reject ? FP_IR_REJECT : FP_IR_DROP};
}

static const fp_ir_set *add_ct_states(fp_build *build)
{
    static const fp_ir_element elements[] = {
        {.number = FP_CT_ESTABLISHED, .verdict = {.kind = FP_IR_ACCEPT}},
        {.number = FP_CT_RELATED, .verdict = {.kind = FP_IR_ACCEPT}},
        {.number = FP_CT_INVALID, .verdict = {.kind = FP_IR_DROP}},
    };
    const fp_ir_set map = {.name = FP_STR_INIT("connection-state"),
                           .kind = FP_IR_FIXED,
                           .key = FP_KEY_CT_STATE,
                           .is_map = true,
                           .elements = elements,
                           .n_elements = FP_ARRAY_LEN(elements)};

    return fp_ir_add_set(build->ir, &map);
}

/* Rules for a family that no enforced endpoint has would be dead weight, and double the text. */
static unsigned families_of(const fp_build *build, const fp_u32_vec *endpoints)
{
    const fp_view *view = build->view;
    unsigned families = 0;

    for (size_t i = 0; i < endpoints->len; i++) {
        fp_local_endpoint endpoint = view->endpoint(view->source, endpoints->items[i]);

        for (size_t n = 0; n < endpoint.n_nets; n++)
            families |= fp_family_bit(view->net(view->source, endpoints->items[i], n).ip.family);
    }
    return families & build->options->families;
}

static void build_done(fp_build *build)
{
    fp_vec_done(&build->sets);
    fp_vec_done(&build->policies);
    fp_vec_done(&build->lists);
    fp_vec_done(&build->chain_names);
    fp_vec_done(&build->terms);
    fp_index_done(&build->chain_index);
}

int fp_build_all(fp_ir *ir, const fp_view *view, const fp_render_options *options,
                 const uint8_t *wide, size_t n_wide)
{
    fp_build build = {.ir = ir, .view = view, .options = options, .wide = wide, .n_wide = n_wide};
    fp_u32_vec endpoints = {0};
    int r = view->endpoints(view->source, &endpoints);

    if (r == 0) {
        build.families = families_of(&build, &endpoints);
        build.ct_states = add_ct_states(&build);
        fp_build_sets(&build);
        fp_build_policies(&build);
        fp_build_dispatch(&build, &endpoints);
        r = fp_ir_finish(ir);
    }
    fp_vec_done(&endpoints);
    build_done(&build);
    return r;
}
