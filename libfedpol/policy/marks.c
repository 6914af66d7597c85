/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/marks.h"

#include <string.h>

#include "libfedpol/base/alloc.h"

int fp_ids_take(fp_ids *ids, uint32_t *ret)
{
    if (ids->free.len > 0) {
        *ret = ids->free.items[--ids->free.len];
        return 0;
    }
    /* Room to give back every id there is. */
    fp_try(fp_vec_reserve(&ids->free, (size_t)ids->used + 1));
    *ret = ids->used++;
    return 0;
}

void fp_ids_give(fp_ids *ids, uint32_t id)
{
    ids->free.items[ids->free.len++] = id;
}

void fp_ids_done(fp_ids *ids)
{
    fp_vec_done(&ids->free);
    ids->used = 0;
}

int fp_marks_room(fp_marks *marks, size_t n)
{
    if (n <= marks->is.len)
        return 0;
    fp_try(fp_vec_reserve(&marks->ids, n - marks->ids.len));
    fp_try(fp_vec_reserve(&marks->is, n - marks->is.len));
    memset(marks->is.items + marks->is.len, 0, n - marks->is.len);
    marks->is.len = n;
    return 0;
}

void fp_marks_add(fp_marks *marks, uint32_t id)
{
    if (marks->is.items[id])
        return;
    marks->is.items[id] = 1;
    marks->ids.items[marks->ids.len++] = id;
}

void fp_marks_clear(fp_marks *marks)
{
    for (size_t i = 0; i < marks->ids.len; i++)
        marks->is.items[marks->ids.items[i]] = 0;
    fp_vec_clear(&marks->ids);
}

void fp_marks_done(fp_marks *marks)
{
    fp_vec_done(&marks->ids);
    fp_vec_done(&marks->is);
}
