/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_RENDER_IR_H
#define FP_RENDER_IR_H

/*
 * The intermediate form between policy and text: chains of rules, a rule is a conjunction of typed
 * terms and one verdict. It is what a kernel does, said without syntax, so that the text writer
 * only spells and the simulator of the tests only obeys.
 *
 * A term that reads an address or an ICMP field holds only for packets of its family (and of that
 * ICMP protocol), negated or not; a negated term denies the comparison, never that premise.
 *
 * Sets hold the alternatives of a term. There are three kinds: FIXED ones are named by a digest of
 * what they hold and never change; MEMBERS ones stand for an address set of the calculation, whose
 * members are not copied here; TABLE ones are dispatch tables whose elements come and go.
 *
 * Everything is in the arena of the fp_ir. Building calls don't return failures one by one: the
 * first one sticks in `error` and the rest do nothing.
 */

#include "libfedpol/base/arena.h"
#include "libfedpol/base/buf.h"
#include "libfedpol/base/index.h"
#include "libfedpol/base/vec.h"
#include "libfedpol/net/ip.h"
#include "libfedpol/net/ports.h"

typedef enum fp_ir_key {
    FP_KEY_FAMILY = 1, /* number: 4, 6 */
    FP_KEY_PROTOCOL,
    FP_KEY_IN_INTERFACE,
    FP_KEY_OUT_INTERFACE,
    FP_KEY_SOURCE,
    FP_KEY_DESTINATION,
    FP_KEY_SOURCE_PORT,
    FP_KEY_DESTINATION_PORT,
    FP_KEY_ICMP_TYPE, /* of the family's ICMP */
    FP_KEY_ICMP_CODE,
    FP_KEY_ICMP,           /* type and code */
    FP_KEY_SOURCE_SERVICE, /* address, protocol, port */
    FP_KEY_DESTINATION_SERVICE,
    FP_KEY_IN_INTERFACE_SOURCE,
    FP_KEY_CT_STATE, /* number: FP_CT_* */
} fp_ir_key;

enum {
    FP_CT_INVALID = 1,
    FP_CT_ESTABLISHED = 2,
    FP_CT_RELATED = 4,
    FP_CT_NEW = 8,
};

typedef enum fp_ir_operand {
    FP_OPERAND_NUMBER = 1,
    FP_OPERAND_RANGE,
    FP_OPERAND_NET,
    FP_OPERAND_NAME,   /* of an interface */
    FP_OPERAND_PREFIX, /* of interfaces' names */
    FP_OPERAND_SET,
} fp_ir_operand;

typedef struct fp_ir_set fp_ir_set;

typedef struct fp_ir_term {
    uint8_t key;
    uint8_t family; /* of keys that read an address or ICMP; else 0 */
    uint8_t operand;
    bool negated;
    union {
        uint32_t number;
        fp_port_range range;
        fp_cidr net;
        fp_str name;
        const fp_ir_set *set;
    } u;
} fp_ir_term;

typedef enum fp_ir_verdict_kind {
    FP_IR_CONTINUE = 0,
    FP_IR_ACCEPT, /* ends this base chain only: the next one of the hook still runs */
    FP_IR_DROP,
    FP_IR_REJECT,
    FP_IR_RETURN,
    FP_IR_JUMP,
    FP_IR_GOTO,
    FP_IR_MAP, /* the verdict of the element that the packet's key has; none: go on */
} fp_ir_verdict_kind;

typedef struct fp_ir_verdict {
    uint8_t kind;
    fp_str chain;         /* JUMP, GOTO */
    const fp_ir_set *map; /* MAP; its key says what is read */
} fp_ir_verdict;

typedef struct fp_ir_rule {
    const fp_ir_term *terms;
    size_t n_terms;
    bool log; /* rate-limited */
    fp_ir_verdict verdict;
    fp_str comment; /* raw; the writer makes it safe */
} fp_ir_rule;

typedef enum fp_ir_hook {
    FP_HOOK_NONE = 0,
    FP_HOOK_FORWARD,
    FP_HOOK_INPUT,
} fp_ir_hook;

typedef struct fp_ir_chain {
    fp_str name;
    fp_str what; /* where it comes from, raw */
    uint8_t hook;
    int32_t priority;
    const fp_ir_rule *rules;
    size_t n_rules;
} fp_ir_chain;

typedef enum fp_ir_set_kind {
    FP_IR_FIXED = 1,
    FP_IR_MEMBERS,
    FP_IR_TABLE,
} fp_ir_set_kind;

/* Which of the members of an address set a MEMBERS set holds. */
typedef enum fp_ir_part {
    FP_PART_HOSTS = 0,
    FP_PART_WIDE,  /* prefixes that are no hosts, without those that another one covers */
    FP_PART_PORTS, /* of a set of address, protocol, port */
} fp_ir_part;

typedef struct fp_ir_element {
    fp_str name; /* interface */
    fp_cidr net;
    fp_port_range range;
    uint16_t number; /* protocol, ICMP type, connection state */
    uint8_t code;
    fp_ir_verdict verdict; /* of maps */
} fp_ir_element;

struct fp_ir_set {
    fp_str name;
    fp_str what;
    uint8_t kind;
    uint8_t key;
    uint8_t family;
    uint8_t part;  /* MEMBERS */
    bool interval; /* prefixes or ranges are elements */
    bool is_map;
    uint32_t set_id; /* MEMBERS: of the calculation */
    const fp_ir_element *elements;
    size_t n_elements;
};

typedef struct fp_ir {
    fp_arena arena;
    FP_VEC(const fp_ir_chain *) chains; /* after fp_ir_finish(): base chains first, by name */
    FP_VEC(const fp_ir_set *) sets;     /* after fp_ir_finish(): sets before maps, by name */
    fp_index set_index;
    int error;
    /* The chain that is being built. */
    fp_ir_chain open;
    FP_VEC(fp_ir_rule) rules;
    FP_VEC(fp_ir_term) terms;
    fp_buf scratch;
} fp_ir;

void fp_ir_init(fp_ir *ir);
void fp_ir_done(fp_ir *ir);
/* Sorts; 0 or the first failure. */
int fp_ir_finish(fp_ir *ir);

/* Text is copied. One chain is open at a time; rules go into it. */
void fp_ir_begin_chain(fp_ir *ir, fp_str name, fp_str what);
void fp_ir_set_hook(fp_ir *ir, fp_ir_hook hook, int32_t priority);
void fp_ir_end_chain(fp_ir *ir);
/* A rule of the N terms; the text of VERDICT and COMMENT is kept as it is: it must live in the
   arena or longer. */
void fp_ir_add_rule(fp_ir *ir, const fp_ir_term *terms, size_t n, bool log, fp_ir_verdict verdict,
                    fp_str comment);

/* A copy in the arena; empty and a sticky failure without memory. */
fp_str fp_ir_str(fp_ir *ir, fp_str s);
/* What is in `scratch`, copied; empties scratch. */
fp_str fp_ir_take_scratch(fp_ir *ir);

/*
 * A FIXED set whose name is PREFIX and a digest of its elements; equal ones are one set. MEMBERS
 * and TABLE sets are named by the caller, once each. NULL after a failure. Elements are copied.
 */
const fp_ir_set *fp_ir_fixed_set(fp_ir *ir, const char *prefix, const fp_ir_set *like);
const fp_ir_set *fp_ir_add_set(fp_ir *ir, const fp_ir_set *set);
const fp_ir_set *fp_ir_find_set(const fp_ir *ir, fp_str name);
const fp_ir_chain *fp_ir_find_chain(const fp_ir *ir, fp_str name); /* after finish */

fp_ir_term fp_ir_number(fp_ir_key key, unsigned family, uint32_t number, bool negated);
fp_ir_term fp_ir_in_set(fp_ir_key key, const fp_ir_set *set, bool negated);

#endif
