/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/wire/cage.h"

int fp_json_parse(fp_str text, const fp_wire_limits *limits, fp_arena *arena, fp_value **ret,
                  fedpol_error **ret_error)
{
    fp_wire_fault fault;
    fp_cage *cage;
    int r;

    if (text.len > limits->max_object_bytes) {
        fault = (fp_wire_fault){.code = FEDPOL_E_TOO_LONG, .reason = "the JSON text is too long"};
        return fp_wire_fault_report(&fault, FP_STR_NULL, -1, ret_error);
    }
    fp_try(fp_cage_new(limits, &cage));
    r = fp_cage_parse(cage, text, arena, false, ret, &fault);
    if (r < 0)
        r = fp_wire_fault_report(&fault, FP_STR_NULL, (int64_t)fault.offset, ret_error);
    fp_cage_free(cage);
    return r;
}
