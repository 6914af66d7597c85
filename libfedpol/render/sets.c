/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/build.h"
#include "libfedpol/render/names.h"

/*
 * The kernel's sets of an address set: for each family a hash set of hosts, and beside it, only
 * while a prefix is a member, an interval set (changing one costs far more).
 */

void fp_build_set_name(fp_buf *buf, const fp_set *set, fp_ir_part part, unsigned family)
{
    static const char *const prefixes[2][3] = {
        {"set4-", "wide4-", "port4-"},
        {"set6-", "wide6-", "port6-"},
    };
    char type[3] = {(char)('0' + set->type), (char)('0' + set->use), (char)('0' + set->domain)};
    char protocol = (char)set->protocol;
    const fp_str pieces[] = {
        fp_str_n(type, sizeof(type)),
        fp_str_n(&protocol, 1),
        set->port,
        fp_str_of(set->uid),
    };
    char hash[FP_NAME_HASH_LEN];

    fp_name_hash(pieces, FP_ARRAY_LEN(pieces), hash);
    fp_buf_puts(buf, prefixes[family == 6][part]);
    fp_buf_add(buf, fp_str_n(hash, sizeof(hash)));
}

static fp_str describe(fp_build *build, const fp_set *set)
{
    fp_buf *scratch = &build->ir->scratch;

    if (build->options->no_comments)
        return FP_STR_NULL;
    fp_buf_puts(scratch, set->use == FP_USE_ALLOW ? "allow " : "deny ");
    if (set->domain == FP_DOMAIN_LOCAL)
        fp_buf_puts(scratch, "local ");
    if (set->type == FP_SET_IP_PORT) {
        fp_buf_puts(scratch, "port ");
        fp_buf_add(scratch, set->port);
        fp_buf_puts(scratch, ": ");
    }
    if (set->selector)
        fp_selector_put_canonical(set->selector, scratch);
    return fp_ir_take_scratch(build->ir);
}

static const fp_ir_set *add_part(fp_build *build, const fp_set *set, fp_str what, fp_ir_part part,
                                 uint8_t family)
{
    const fp_ir_set like = {
        .name = (fp_build_set_name(&build->ir->scratch, set, part, family),
                 fp_ir_take_scratch(build->ir)),
        .what = what,
        .kind = FP_IR_MEMBERS,
        .key = part == FP_PART_PORTS ? FP_KEY_DESTINATION_SERVICE : FP_KEY_SOURCE,
        .family = family,
        .part = (uint8_t)part,
        .interval = part == FP_PART_WIDE,
        .set_id = set->id,
    };

    return fp_ir_add_set(build->ir, &like);
}

static void add_parts(fp_build *build, const fp_set *set, fp_member_sets *ret)
{
    unsigned wide = set->id < build->n_wide ? build->wide[set->id] : 0;
    fp_str what = describe(build, set);

    for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2)) {
        const fp_ir_set **parts = ret->parts[family == 6];

        if (!(build->families & fp_family_bit(family)))
            continue;
        if (set->type == FP_SET_IP_PORT) {
            parts[FP_PART_PORTS] = add_part(build, set, what, FP_PART_PORTS, family);
            continue;
        }
        parts[FP_PART_HOSTS] = add_part(build, set, what, FP_PART_HOSTS, family);
        if (wide & fp_family_bit(family))
            parts[FP_PART_WIDE] = add_part(build, set, what, FP_PART_WIDE, family);
    }
}

static int make_room(fp_build *build, uint32_t id)
{
    size_t old = build->sets.len;

    if (id < old)
        return 0;
    fp_try(fp_vec_reserve(&build->sets, id + 1 - old));
    memset(build->sets.items + old, 0, (id + 1 - old) * sizeof(*build->sets.items));
    build->sets.len = (size_t)id + 1;
    return 0;
}

void fp_build_sets(fp_build *build)
{
    fp_u32_vec ids = {0};
    int r = build->view->sets(build->view->source, &ids);

    for (size_t i = 0; r == 0 && i < ids.len && !build->ir->error; i++) {
        const fp_set *set = build->view->set(build->view->source, ids.items[i]);

        r = set ? make_room(build, set->id) : FEDPOL_E_INTERNAL;
        if (r == 0)
            add_parts(build, set, &build->sets.items[set->id]);
    }
    fp_vec_done(&ids);
    if (r < 0)
        fp_build_fail(build, r);
}
