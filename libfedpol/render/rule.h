/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_RENDER_RULE_H
#define FP_RENDER_RULE_H

/*
 * The shape of one policy rule for one family: terms that all hold, and blocks of alternatives
 * (each a conjunction again) of which one must hold in each block. Emitting it gives one kernel
 * rule for each combination; a block with one alternative costs nothing.
 */

#include "libfedpol/render/build.h"

/* Protocol, two sides' selectors, two sides' ports, excluded ports, ICMP. */
#define FP_SHAPE_MAX_BLOCKS 8u
/* More combinations than anybody writes; beyond it the rule is taken as not understood. */
#define FP_SHAPE_MAX_RULES 4096u

typedef struct fp_block {
    fp_term_vec terms;
    FP_VEC(size_t) starts; /* of alternatives, in terms */
} fp_block;

typedef struct fp_shape {
    fp_build *build;
    uint8_t family; /* 0: the rule says nothing that depends on it */
    bool never;
    fp_term_vec common;
    fp_block blocks[FP_SHAPE_MAX_BLOCKS];
    size_t n_blocks;
} fp_shape;

/* One side of a rule and where the kernel reads it. */
typedef struct fp_side {
    const fp_entity *entity;
    const fp_entity_sets *sets;
    fp_ir_key address_key;
    fp_ir_key port_key;
    fp_ir_key service_key;
} fp_side;

void fp_shape_init(fp_shape *shape, fp_build *build);
void fp_shape_done(fp_shape *shape);
void fp_shape_clear(fp_shape *shape, uint8_t family);
void fp_shape_add(fp_shape *shape, fp_ir_term term);
fp_block *fp_shape_block(fp_shape *shape);
/* Begins an alternative; extends the last one; both in one. */
void fp_shape_next(fp_shape *shape, fp_block *block);
void fp_shape_extend(fp_shape *shape, fp_block *block, fp_ir_term term);
void fp_shape_alternative(fp_shape *shape, fp_block *block, fp_ir_term term);

/* A list of prefixes, inline if it is one, else a shared set. */
void fp_shape_nets(fp_shape *shape, fp_ir_key key, const fp_net_match *match, bool negated);
const fp_ir_set *fp_shape_port_set(fp_shape *shape, const fp_port_match *ports);
/* Which the calculation must have. */
const fp_ir_set *fp_shape_members(fp_shape *shape, uint32_t set_id, fp_ir_part part);
void fp_shape_selector(fp_shape *shape, fp_ir_key key, uint32_t set_id);
void fp_shape_not_selector(fp_shape *shape, fp_ir_key key, uint32_t set_id);

/* Adds the kernel's rules to the open chain. */
void fp_shape_emit(fp_shape *shape, bool log, fp_ir_verdict verdict, fp_str comment);

#endif
