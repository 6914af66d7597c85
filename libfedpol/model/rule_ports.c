/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/rule.h"

#include <stdlib.h>

void fp_port_draft_done(fp_port_draft *draft)
{
    fp_vec_done(&draft->ranges);
    fp_vec_done(&draft->names);
}

static bool is_numeric(fp_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((text.ptr[i] < '0' || text.ptr[i] > '9') && text.ptr[i] != ':')
            return false;
    return true;
}

int fp_rule_read_port(fp_rule_reader *reader, const fp_value *value, const fp_path *path,
                      fp_port_draft *draft)
{
    fp_port_range range;
    int64_t number;

    if (fp_decode_int(value, 1, UINT16_MAX, &number)) {
        range = (fp_port_range){(uint16_t)number, (uint16_t)number};
        return fp_vec_push(&draft->ranges, range);
    }
    if (value->type == FP_VALUE_STRING && fp_port_range_parse(value->text, &range))
        return fp_vec_push(&draft->ranges, range);
    if (value->type == FP_VALUE_STRING && !is_numeric(value->text) &&
        fp_valid_port_name(value->text))
        return fp_vec_push(&draft->names, value->text);
    fp_rule_reject(reader, FP_DIAG_INVALID_PORT, path,
                   "%s is neither a port from 1 to 65535, nor a range of them, nor a name",
                   fp_decode_quote(reader->d, fp_decode_shown(value)));
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return fp_str_cmp(*(const fp_str *)a, *(const fp_str *)b);
}

int fp_port_draft_finish(fp_decoder *d, fp_port_draft *draft, fp_port_match *ret)
{
    uint16_t n_ranges = (uint16_t)fp_port_ranges_normalise(draft->ranges.items, draft->ranges.len);
    fp_port_range *ranges = fp_arena_array(d->arena, n_ranges, sizeof(*ranges));
    fp_str *names = fp_arena_array(d->arena, draft->names.len, sizeof(*names));
    uint32_t n_names = 0;

    if (!ranges || !names)
        return FEDPOL_E_NOMEM;
    if (n_ranges)
        memcpy(ranges, draft->ranges.items, n_ranges * sizeof(*ranges));
    if (draft->names.len > 1)
        qsort(draft->names.items, draft->names.len, sizeof(*names), compare_names);
    for (size_t i = 0; i < draft->names.len; i++)
        if (i == 0 || !fp_str_eq(draft->names.items[i], draft->names.items[i - 1]))
            names[n_names++] = draft->names.items[i];
    *ret = (fp_port_match){.present = true,
                           .ranges = ranges,
                           .n_ranges = n_ranges,
                           .names = names,
                           .n_names = n_names};
    return 0;
}

/* Numbers mean nothing without a protocol that has ports; names bring their own. */
static void check_protocol(fp_rule_reader *reader, const fp_port_match *ports, const fp_path *path)
{
    uint8_t protocol = reader->rule.protocol;

    if (fp_proto_has_ports(protocol) || (protocol == 0 && ports->n_ranges == 0))
        return;
    fp_rule_reject(reader, FP_DIAG_INVALID_PORT, path, "needs the protocol TCP, UDP or SCTP");
}

static int read_list(fp_rule_reader *reader, const fp_value *list, const fp_path *path,
                     fp_port_draft *draft, fp_port_match *ret)
{
    size_t i = 0;

    fp_decode_each (item, list)
        fp_try(fp_rule_read_port(reader, item, FP_PATH_AT(path, i++), draft));
    return fp_port_draft_finish(reader->d, draft, ret);
}

int fp_rule_read_ports(fp_rule_reader *reader, const fp_value *list, const fp_path *path,
                       fp_port_match *ret)
{
    fp_port_draft draft = {0};
    int r;

    if (!list)
        return 0;
    r = read_list(reader, list, path, &draft, ret);
    fp_port_draft_done(&draft);
    fp_try(r);
    check_protocol(reader, ret, path);
    return 0;
}
