/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/result.h"

#include "libfedpol/base/alloc.h"
#include "libfedpol/net/proto.h"

void *fp_result_new(size_t size)
{
    fp_result *result = fp_alloc_zero(1, size);

    if (!result)
        return NULL;
    atomic_init(&result->refs, 1);
    fp_arena_init(&result->arena, 0);
    return result;
}

void fp_result_seal(fp_result *result)
{
    fp_buf_done(&result->scratch);
    result->scratch = (fp_buf){0};
}

void fp_result_ref(fp_result *result)
{
    atomic_fetch_add_explicit(&result->refs, 1, memory_order_relaxed);
}

bool fp_result_drop(fp_result *result)
{
    return atomic_fetch_sub_explicit(&result->refs, 1, memory_order_acq_rel) == 1;
}

void fp_result_free(fp_result *result)
{
    fp_buf_done(&result->scratch);
    fp_arena_done(&result->arena);
    fp_free(result);
}

void fp_result_unref(fp_result *result)
{
    if (result && fp_result_drop(result))
        fp_result_free(result);
}

const char *fp_result_str(fp_result *result, fp_str text)
{
    if (text.len == 0)
        return "";
    return fp_arena_str(&result->arena, text).ptr;
}

static const char *take_scratch(fp_result *result)
{
    const char *text = NULL;

    if (fp_buf_error(&result->scratch) == 0)
        text = fp_result_str(result, fp_buf_str(&result->scratch));
    fp_buf_clear(&result->scratch);
    return text;
}

const char *fp_result_ip(fp_result *result, const fp_ip *ip)
{
    fp_ip_put(&result->scratch, ip);
    return take_scratch(result);
}

const char *fp_result_cidr(fp_result *result, const fp_cidr *cidr)
{
    fp_cidr_put(&result->scratch, cidr);
    return take_scratch(result);
}

const char *fp_result_path(fp_result *result, fp_str ns, fp_str name)
{
    fp_buf_add(&result->scratch, ns);
    fp_buf_putc(&result->scratch, '/');
    fp_buf_add(&result->scratch, name);
    return take_scratch(result);
}

static void put_protocol(fp_buf *buf, uint8_t protocol)
{
    const char *name = fp_proto_name(protocol);

    if (name)
        fp_buf_puts(buf, name);
    else
        fp_buf_put_u64(buf, protocol);
}

const char *fp_result_port_member(fp_result *result, const fp_port_member *member)
{
    fp_ip_put(&result->scratch, &member->ip);
    fp_buf_putc(&result->scratch, ',');
    put_protocol(&result->scratch, member->protocol);
    fp_buf_putc(&result->scratch, ':');
    fp_buf_put_u64(&result->scratch, member->port);
    return take_scratch(result);
}

const char *fp_result_protocol(fp_result *result, uint8_t protocol)
{
    const char *name = fp_proto_name(protocol);

    if (protocol == 0)
        return "";
    if (name)
        return name;
    put_protocol(&result->scratch, protocol);
    return take_scratch(result);
}

const char *fp_result_canonical(fp_result *result, const fp_selector *selector)
{
    fp_selector_put_canonical(selector, &result->scratch);
    return take_scratch(result);
}

int fp_texts_init(fp_result *result, fp_texts *texts, size_t count)
{
    texts->n = 0;
    texts->items = NULL;
    if (count == 0)
        return 0;
    texts->items = fp_arena_array(&result->arena, count, sizeof(*texts->items));
    return texts->items ? 0 : FEDPOL_E_NOMEM;
}

int fp_texts_add(fp_texts *texts, const char *text)
{
    if (!text)
        return FEDPOL_E_NOMEM;
    texts->items[texts->n++] = text;
    return 0;
}

int fp_texts_of_ips(fp_result *result, const fp_ip *ips, size_t n, fp_texts *ret)
{
    fp_try(fp_texts_init(result, ret, n));
    for (size_t i = 0; i < n; i++)
        fp_try(fp_texts_add(ret, fp_result_ip(result, &ips[i])));
    return 0;
}

int fp_texts_of_cidrs(fp_result *result, const fp_cidr *cidrs, size_t n, fp_texts *ret)
{
    fp_try(fp_texts_init(result, ret, n));
    for (size_t i = 0; i < n; i++)
        fp_try(fp_texts_add(ret, fp_result_cidr(result, &cidrs[i])));
    return 0;
}

int fp_texts_of_port_members(fp_result *result, const fp_port_member *members, size_t n,
                             fp_texts *ret)
{
    fp_try(fp_texts_init(result, ret, n));
    for (size_t i = 0; i < n; i++)
        fp_try(fp_texts_add(ret, fp_result_port_member(result, &members[i])));
    return 0;
}

const char *fp_texts_get(const fp_texts *texts, size_t i)
{
    return i < texts->n ? texts->items[i] : NULL;
}
