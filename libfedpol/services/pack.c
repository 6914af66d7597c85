/* SPDX-License-Identifier: Apache-2.0 */
#include <stdalign.h>

#include "libfedpol/services/private.h"

/* Writes one block, or with no base only counts how large it would be. */
typedef struct packer {
    char *base;
    size_t used;
} packer;

static void *take(packer *p, size_t size, size_t align)
{
    size_t start = (p->used + align - 1) & ~(align - 1);

    p->used = start + size;
    return p->base ? p->base + start : NULL;
}

static fp_str pack_str(packer *p, fp_str s)
{
    char *copy;

    if (s.len == 0)
        return FP_STR_NULL;
    copy = take(p, s.len, 1);
    if (copy)
        memcpy(copy, s.ptr, s.len);
    return fp_str_n(copy, s.len);
}

static fp_service_port *pack_ports(packer *p, const fp_service_port *ports, size_t n)
{
    fp_service_port *copy = take(p, n * sizeof(*copy), alignof(fp_service_port));

    for (size_t i = 0; i < n; i++) {
        fp_service_port port = ports[i];

        port.name = pack_str(p, port.name);
        port.app_protocol = pack_str(p, port.app_protocol);
        if (copy)
            copy[i] = port;
    }
    return copy;
}

static fp_backend pack_backend(packer *p, const fp_backend *backend)
{
    fp_backend copy = *backend;

    copy.text = pack_str(p, fp_backend_words(backend)).ptr;
    return copy;
}

static const fp_backends_origin *pack_origin(packer *p, const fp_backends_origin *origin)
{
    fp_backends_origin *copy = take(p, sizeof(*copy), alignof(fp_backends_origin));
    fp_backends_origin packed = {pack_str(p, origin->marker), pack_str(p, origin->uid),
                                 pack_str(p, origin->version)};

    if (copy)
        *copy = packed;
    return copy;
}

static fp_backend_group pack_group(packer *p, const fp_backend_group *group)
{
    fp_backend *backends;
    fp_backend_group copy = *group;

    copy.ports = pack_ports(p, group->ports, group->n_ports);
    backends = take(p, group->n_backends * sizeof(*backends), alignof(fp_backend));
    for (size_t i = 0; i < group->n_backends; i++) {
        fp_backend backend = pack_backend(p, &group->backends[i]);

        if (backends)
            backends[i] = backend;
    }
    copy.backends = backends;
    return copy;
}

static fp_packed_backends *pack_backends(packer *p, const fp_backends_desc *desc, bool local)
{
    fp_packed_backends *packed = take(p, sizeof(*packed), alignof(fp_packed_backends));
    fp_backend_group *groups;
    fp_backends_desc copy = *desc;

    groups = take(p, desc->n_groups * sizeof(*groups), alignof(fp_backend_group));
    for (size_t i = 0; i < desc->n_groups; i++) {
        fp_backend_group group = pack_group(p, &desc->groups[i]);

        if (groups)
            groups[i] = group;
    }
    copy.service = FP_STR_NULL; /* the node's name */
    copy.origin = local && desc->origin ? pack_origin(p, desc->origin) : NULL;
    copy.groups = groups;
    if (packed)
        packed->desc = copy;
    return packed;
}

static fp_packed_service *pack_service(packer *p, const fp_service_desc *desc, bool local)
{
    fp_packed_service *packed = take(p, sizeof(*packed), alignof(fp_packed_service));
    fp_label *labels = take(p, desc->n_labels * sizeof(*labels), alignof(fp_label));
    fp_service_desc copy = *desc;

    for (size_t i = 0; i < desc->n_labels; i++) {
        fp_label label = {pack_str(p, desc->labels[i].name), pack_str(p, desc->labels[i].value)};

        if (labels)
            labels[i] = label;
    }
    copy.labels = labels;
    /* What a back end listens on is said by Endpoints and slices. */
    copy.n_ports = local ? desc->n_ports : 0;
    copy.ports = pack_ports(p, desc->ports, copy.n_ports);
    copy.selector = pack_str(p, local ? desc->selector : FP_STR_NULL);
    copy.uid = pack_str(p, local ? desc->uid : FP_STR_NULL);
    if (packed)
        packed->desc = copy;
    return packed;
}

fp_packed_service *fp_pack_service(const fp_service_desc *desc, bool local)
{
    packer p = {0};

    (void)pack_service(&p, desc, local);
    p.base = fp_alloc(p.used);
    p.used = 0;
    return p.base ? pack_service(&p, desc, local) : NULL;
}

fp_packed_backends *fp_pack_backends(const fp_backends_desc *desc, bool local)
{
    packer p = {0};

    (void)pack_backends(&p, desc, local);
    p.base = fp_alloc(p.used);
    p.used = 0;
    return p.base ? pack_backends(&p, desc, local) : NULL;
}

fp_service_port *fp_pack_ports(const fp_service_port *ports, size_t n)
{
    packer p = {0};

    (void)pack_ports(&p, ports, n);
    p.base = fp_alloc(p.used ? p.used : 1);
    p.used = 0;
    return p.base ? pack_ports(&p, ports, n) : NULL;
}

bool fp_ports_equal(const fp_service_port *a, size_t n_a, const fp_service_port *b, size_t n_b)
{
    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++)
        if (fp_service_port_cmp(&a[i], &b[i]) != 0)
            return false;
    return true;
}

bool fp_service_desc_equal(const fp_service_desc *a, const fp_service_desc *b)
{
    if (a->n_labels != b->n_labels || a->is_annotated != b->is_annotated ||
        a->has_selector != b->has_selector || a->is_headless != b->is_headless ||
        a->is_other_name != b->is_other_name || !fp_str_eq(a->selector, b->selector) ||
        !fp_str_eq(a->uid, b->uid) || !fp_ports_equal(a->ports, a->n_ports, b->ports, b->n_ports))
        return false;
    for (size_t i = 0; i < a->n_labels; i++)
        if (!fp_str_eq(a->labels[i].name, b->labels[i].name) ||
            !fp_str_eq(a->labels[i].value, b->labels[i].value))
            return false;
    return true;
}

static bool groups_equal(const fp_backend_group *a, const fp_backend_group *b)
{
    if (a->n_backends != b->n_backends ||
        !fp_ports_equal(a->ports, a->n_ports, b->ports, b->n_ports))
        return false;
    for (size_t i = 0; i < a->n_backends; i++)
        if (fp_backend_cmp(&a->backends[i], &b->backends[i]) != 0)
            return false;
    return true;
}

static bool origins_equal(const fp_backends_origin *a, const fp_backends_origin *b)
{
    if (!a || !b)
        return a == b;
    return fp_str_eq(a->marker, b->marker) && fp_str_eq(a->uid, b->uid) &&
           fp_str_eq(a->version, b->version);
}

bool fp_backends_desc_equal(const fp_backends_desc *a, const fp_backends_desc *b)
{
    if (a->n_groups != b->n_groups || a->is_ours != b->is_ours || a->is_mirror != b->is_mirror ||
        a->is_not_mirrored != b->is_not_mirrored || !fp_str_eq(a->service, b->service) ||
        !origins_equal(a->origin, b->origin))
        return false;
    for (size_t i = 0; i < a->n_groups; i++)
        if (!groups_equal(&a->groups[i], &b->groups[i]))
            return false;
    return true;
}

const fp_backend *fp_packed_backend(const fp_packed_backends *packed, uint32_t index)
{
    const fp_backend_group *group = packed->desc.groups;

    while (index >= group->n_backends) {
        index -= (uint32_t)group->n_backends;
        group++;
    }
    return &group->backends[index];
}
