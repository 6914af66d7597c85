/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IR_SIMULATE_H
#define IR_SIMULATE_H

/*
 * Obeys the intermediate form as a kernel would: base chains of a hook in the order of priority,
 * jumps and gotos with a stack, terms as ir.h says. It knows nothing of policies.
 */

#include "libfedpol/render/ir.h"
#include "libfedpol/render/view.h"

typedef struct sim_packet {
    fp_ir_hook hook;
    fp_str in_interface;
    fp_str out_interface; /* empty on input */
    fp_ip source;
    fp_ip destination;
    uint8_t protocol;
    uint16_t source_port;
    uint16_t destination_port;
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint32_t ct_state; /* 0: new */
} sim_packet;

typedef struct sim_result {
    bool accepted;
    size_t logged;
    fp_str chain; /* that dropped it */
    fp_str comment;
} sim_result;

sim_result sim_run(const fp_ir *ir, const fp_view *view, const sim_packet *packet);

#endif
