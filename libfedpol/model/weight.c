/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/object.h"

/* A record, its place in the indexes, and what else every object costs. */
#define OWN 64u

static uint64_t weigh_labels(const fp_label *labels, size_t n)
{
    uint64_t total = n * sizeof(*labels);

    for (size_t i = 0; i < n; i++)
        total += labels[i].name.len + labels[i].value.len;
    return total;
}

static uint64_t weigh_endpoint(const fp_endpoint_desc *desc)
{
    uint64_t total = weigh_labels(desc->labels, desc->n_labels) + desc->node.len +
                     desc->interface_name.len + desc->n_nets * sizeof(*desc->nets) +
                     desc->n_ports * sizeof(*desc->ports);

    for (size_t i = 0; i < desc->n_ports; i++)
        total += desc->ports[i].name.len;
    for (size_t i = 0; i < desc->n_profiles; i++)
        total += desc->profiles[i].len;
    return total;
}

static uint64_t weigh_ports(const fp_service_port *ports, size_t n)
{
    uint64_t total = n * sizeof(*ports);

    for (size_t i = 0; i < n; i++)
        total += ports[i].name.len + ports[i].app_protocol.len;
    return total;
}

static uint64_t weigh_backends(const fp_backends_desc *desc)
{
    uint64_t total = desc->service.len;

    for (size_t g = 0; g < desc->n_groups; g++) {
        const fp_backend_group *group = &desc->groups[g];

        total += weigh_ports(group->ports, group->n_ports) +
                 group->n_backends * sizeof(*group->backends);
        for (size_t i = 0; i < group->n_backends; i++)
            total += fp_backend_words(&group->backends[i]).len;
    }
    return total;
}

uint64_t fp_object_weight(const fp_object *object)
{
    uint64_t total = OWN + object->ns.len + object->name.len;

    switch (object->cls) {
    case FP_OBJECT_ENDPOINT:
        return total + weigh_endpoint(&object->endpoint);
    case FP_OBJECT_PROFILE:
        return total + object->profile.profile.len +
               weigh_labels(object->profile.labels, object->profile.n_labels);
    case FP_OBJECT_SERVICE:
        return total + object->service.selector.len +
               weigh_labels(object->service.labels, object->service.n_labels) +
               weigh_ports(object->service.ports, object->service.n_ports);
    case FP_OBJECT_BACKENDS:
        return total + weigh_backends(&object->backends);
    default:
        return total; /* of local clusters only, which nobody weighs */
    }
}
