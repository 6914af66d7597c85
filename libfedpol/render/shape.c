/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/rule.h"

void fp_shape_init(fp_shape *shape, fp_build *build)
{
    *shape = (fp_shape){.build = build};
}

void fp_shape_done(fp_shape *shape)
{
    fp_vec_done(&shape->common);
    for (size_t i = 0; i < FP_SHAPE_MAX_BLOCKS; i++) {
        fp_vec_done(&shape->blocks[i].terms);
        fp_vec_done(&shape->blocks[i].starts);
    }
}

void fp_shape_clear(fp_shape *shape, uint8_t family)
{
    shape->family = family;
    shape->never = false;
    shape->n_blocks = 0;
    fp_vec_clear(&shape->common);
}

void fp_shape_add(fp_shape *shape, fp_ir_term term)
{
    if (fp_vec_push(&shape->common, term) < 0)
        fp_build_fail(shape->build, FEDPOL_E_NOMEM);
}

fp_block *fp_shape_block(fp_shape *shape)
{
    fp_block *block = &shape->blocks[shape->n_blocks++];

    fp_vec_clear(&block->terms);
    fp_vec_clear(&block->starts);
    return block;
}

void fp_shape_next(fp_shape *shape, fp_block *block)
{
    if (fp_vec_push(&block->starts, block->terms.len) < 0)
        fp_build_fail(shape->build, FEDPOL_E_NOMEM);
}

void fp_shape_extend(fp_shape *shape, fp_block *block, fp_ir_term term)
{
    if (fp_vec_push(&block->terms, term) < 0)
        fp_build_fail(shape->build, FEDPOL_E_NOMEM);
}

void fp_shape_alternative(fp_shape *shape, fp_block *block, fp_ir_term term)
{
    fp_shape_next(shape, block);
    fp_shape_extend(shape, block, term);
}

/* The prefixes of the family that no other one covers, as elements. */
static void collect_nets(const fp_net_match *match, unsigned family, fp_ir_element *elements,
                         size_t *ret_n, bool *ret_interval)
{
    size_t n = 0;

    *ret_interval = false;
    for (size_t i = 0; i < match->n; i++) {
        const fp_cidr *net = &match->nets[i];

        if (net->ip.family != family || (n && fp_cidr_contains(&elements[n - 1].net, net)))
            continue;
        elements[n++] = (fp_ir_element){.net = *net};
        *ret_interval |= !fp_cidr_is_host(net);
    }
    *ret_n = n;
}

static void add_nets(fp_shape *shape, fp_ir_key key, bool negated, const fp_ir_element *elements,
                     size_t n, bool interval)
{
    const fp_ir_set like = {.what = FP_STR_INIT("prefixes of rules"),
                            .key = FP_KEY_SOURCE,
                            .family = shape->family,
                            .interval = interval,
                            .elements = elements,
                            .n_elements = n};
    fp_ir_term term = {.key = (uint8_t)key,
                       .family = shape->family,
                       .operand = FP_OPERAND_NET,
                       .negated = negated};

    if (n == 1)
        term.u.net = elements[0].net;
    else
        term = fp_ir_in_set(
            key, fp_ir_fixed_set(shape->build->ir, shape->family == 6 ? "nets6-" : "nets4-", &like),
            negated);
    fp_shape_add(shape, term);
}

/*
 * A positive list without a prefix of the family matches nothing, a negated one excludes nothing.
 * The whole family needs no term when it is asked for, and leaves nothing when it is excluded.
 */
void fp_shape_nets(fp_shape *shape, fp_ir_key key, const fp_net_match *match, bool negated)
{
    fp_cleanup_free fp_ir_element *elements = NULL;
    bool interval;
    size_t n;

    if (!match->present || shape->build->ir->error)
        return;
    elements = fp_alloc_array(match->n, sizeof(*elements));
    if (!elements) {
        fp_build_fail(shape->build, FEDPOL_E_NOMEM);
        return;
    }
    collect_nets(match, shape->family, elements, &n, &interval);
    if (n && elements[0].net.len == 0)
        shape->never |= negated;
    else if (n)
        add_nets(shape, key, negated, elements, n, interval);
    else
        shape->never |= !negated;
}

const fp_ir_set *fp_shape_port_set(fp_shape *shape, const fp_port_match *ports)
{
    fp_cleanup_free fp_ir_element *elements = fp_alloc_array(ports->n_ranges, sizeof(*elements));
    fp_ir_set like = {.what = FP_STR_INIT("ports of rules"), .key = FP_KEY_DESTINATION_PORT};

    if (!elements) {
        fp_build_fail(shape->build, FEDPOL_E_NOMEM);
        return NULL;
    }
    for (size_t i = 0; i < ports->n_ranges; i++) {
        elements[i] = (fp_ir_element){.range = ports->ranges[i]};
        like.interval |= ports->ranges[i].first != ports->ranges[i].last;
    }
    like.elements = elements;
    like.n_elements = ports->n_ranges;
    return fp_ir_fixed_set(shape->build->ir, "ports-", &like);
}

static const fp_ir_set *find_members(const fp_shape *shape, uint32_t set_id, fp_ir_part part)
{
    const fp_build *build = shape->build;

    if (set_id < build->sets.len)
        return build->sets.items[set_id].parts[shape->family == 6][part];
    return NULL;
}

/* A set that a rule names and the calculation doesn't have would be a defect of ours; no text is
   better than one that says something else. */
const fp_ir_set *fp_shape_members(fp_shape *shape, uint32_t set_id, fp_ir_part part)
{
    const fp_ir_set *set = find_members(shape, set_id, part);

    if (!set)
        fp_build_fail(shape->build, FEDPOL_E_INTERNAL);
    return set;
}

void fp_shape_selector(fp_shape *shape, fp_ir_key key, uint32_t set_id)
{
    const fp_ir_set *hosts = fp_shape_members(shape, set_id, FP_PART_HOSTS);
    const fp_ir_set *wide = find_members(shape, set_id, FP_PART_WIDE);
    fp_block *block = fp_shape_block(shape);

    fp_shape_alternative(shape, block, fp_ir_in_set(key, hosts, false));
    if (wide)
        fp_shape_alternative(shape, block, fp_ir_in_set(key, wide, false));
}

void fp_shape_not_selector(fp_shape *shape, fp_ir_key key, uint32_t set_id)
{
    const fp_ir_set *hosts = fp_shape_members(shape, set_id, FP_PART_HOSTS);
    const fp_ir_set *wide = find_members(shape, set_id, FP_PART_WIDE);

    fp_shape_add(shape, fp_ir_in_set(key, hosts, true));
    if (wide)
        fp_shape_add(shape, fp_ir_in_set(key, wide, true));
}

static bool implies_family(const fp_ir_term *term)
{
    return term->key == FP_KEY_FAMILY || term->family != 0;
}

static bool append(fp_term_vec *terms, const fp_ir_term *from, size_t n)
{
    if (fp_vec_reserve(terms, n) < 0)
        return false;
    if (n)
        memcpy(terms->items + terms->len, from, n * sizeof(*from));
    terms->len += n;
    return true;
}

/* The terms of one combination: COMBINATION counts through the alternatives like an odometer. */
static bool combine(const fp_shape *shape, size_t combination, fp_term_vec *terms)
{
    bool bound = shape->family == 0;

    terms->len = 1; /* room for the family */
    if (!append(terms, shape->common.items, shape->common.len))
        return false;
    for (size_t b = 0; b < shape->n_blocks; b++) {
        const fp_block *block = &shape->blocks[b];
        size_t i = combination % block->starts.len;
        size_t end = i + 1 < block->starts.len ? block->starts.items[i + 1] : block->terms.len;

        combination /= block->starts.len;
        if (!append(terms, block->terms.items + block->starts.items[i],
                    end - block->starts.items[i]))
            return false;
    }
    for (size_t i = 1; !bound && i < terms->len; i++)
        bound = implies_family(&terms->items[i]);
    terms->items[0] = fp_ir_number(FP_KEY_FAMILY, 0, bound ? 0 : shape->family, false);
    return true;
}

static size_t count_combinations(const fp_shape *shape)
{
    size_t n = 1;

    for (size_t b = 0; b < shape->n_blocks; b++)
        if (fp_mul_overflow(n, shape->blocks[b].starts.len, &n) || n > FP_SHAPE_MAX_RULES)
            return SIZE_MAX;
    return n;
}

static void emit_too_many(fp_shape *shape, bool log, fp_ir_verdict verdict)
{
    if (log || verdict.kind == FP_IR_ACCEPT)
        return;
    fp_ir_add_rule(shape->build->ir, NULL, 0, false, fp_build_deny(shape->build),
                   FP_STR("a rule of too many combinations: denied"));
}

void fp_shape_emit(fp_shape *shape, bool log, fp_ir_verdict verdict, fp_str comment)
{
    fp_term_vec *terms = &shape->build->terms;
    size_t n = count_combinations(shape);

    if (shape->never || shape->build->ir->error)
        return;
    if (n == SIZE_MAX) {
        emit_too_many(shape, log, verdict);
        return;
    }
    if (terms->cap == 0 && fp_vec_reserve(terms, 16) < 0) {
        fp_build_fail(shape->build, FEDPOL_E_NOMEM);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (!combine(shape, i, terms)) {
            fp_build_fail(shape->build, FEDPOL_E_NOMEM);
            return;
        }
        if (terms->items[0].u.number)
            fp_ir_add_rule(shape->build->ir, terms->items, terms->len, log, verdict, comment);
        else
            fp_ir_add_rule(shape->build->ir, terms->items + 1, terms->len - 1, log, verdict,
                           comment);
    }
}
