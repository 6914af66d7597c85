/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

/*
 * `services` matches of rules. The addresses of each service that a policy names are endpoints of a
 * cluster of their own, which nobody sees: with a label that says the service, and their ports
 * under one name. Its classes are in a domain of their own, so a rule's match is a selector like
 * others, and no other selector finds them.
 */

static fp_service_ref *ref_at(const fp_world *world, size_t i)
{
    return world->service_refs.items[i];
}

/* The label of an entity that matches a service; empty for others. */
static fp_str label_of(const fp_entity *entity)
{
    size_t n;

    if (!entity->is_service || !entity->selector)
        return FP_STR_NULL;
    return fp_selector_nodes(entity->selector, &n)[0].label;
}

static size_t place_of(const fp_world *world, fp_str label)
{
    size_t low = 0;
    size_t high = world->service_refs.len;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (fp_str_cmp(fp_str_of(ref_at(world, middle)->label), label) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static fp_service_ref *find(const fp_world *world, fp_str label)
{
    size_t i = place_of(world, label);

    return i < world->service_refs.len && fp_str_is(label, ref_at(world, i)->label)
               ? ref_at(world, i)
               : NULL;
}

static int add_ref(fp_world *world, fp_str label)
{
    fp_service_ref *ref = find(world, label);
    size_t place = place_of(world, label);

    if (ref) {
        ref->refs++;
        return 0;
    }
    fp_try(fp_vec_reserve(&world->service_refs, 1));
    ref = fp_alloc_zero(1, sizeof(*ref));
    if (!ref)
        return FEDPOL_E_NOMEM;
    ref->label = fp_str_dup(label);
    if (!ref->label) {
        fp_free(ref);
        return FEDPOL_E_NOMEM;
    }
    ref->refs = 1;
    ref->revision = UINT64_MAX;
    memmove(world->service_refs.items + place + 1, world->service_refs.items + place,
            (world->service_refs.len - place) * sizeof(ref));
    world->service_refs.items[place] = ref;
    world->service_refs.len++;
    return 0;
}

/* It goes with the next commit. */
static void drop_ref(fp_world *world, fp_str label)
{
    fp_service_ref *ref = label.len > 0 ? find(world, label) : NULL;

    if (ref)
        ref->refs--;
}

static void drop_rules(fp_world *world, const fp_rules *rules, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        drop_ref(world, label_of(&rules->items[i].source));
        drop_ref(world, label_of(&rules->items[i].destination));
    }
}

static int add_rules(fp_world *world, const fp_rules *rules)
{
    for (size_t i = 0; i < rules->n; i++) {
        fp_str source = label_of(&rules->items[i].source);
        fp_str destination = label_of(&rules->items[i].destination);
        int r = source.len > 0 ? add_ref(world, source) : 0;

        if (r == 0 && destination.len > 0) {
            r = add_ref(world, destination);
            if (r < 0)
                drop_ref(world, source);
        }
        if (r < 0) {
            drop_rules(world, rules, i);
            return r;
        }
    }
    return 0;
}

int fp_service_refs_add(fp_world *world, const fp_policy *policy)
{
    int r;

    fp_try(add_rules(world, &policy->ingress));
    r = add_rules(world, &policy->egress);
    if (r < 0)
        drop_rules(world, &policy->ingress, policy->ingress.n);
    return r;
}

void fp_service_refs_drop(fp_world *world, const fp_policy *policy)
{
    drop_rules(world, &policy->ingress, policy->ingress.n);
    drop_rules(world, &policy->egress, policy->egress.n);
}

/* --- their endpoints --- */

static int open_cluster(fp_world *world)
{
    if (world->services_cluster)
        return 0;
    return fp_cluster_new(&world->key, FP_STR("services"), FP_SERVICES_CLUSTER, FP_ROLE_REMOTE,
                          &world->services_cluster);
}

static void remove_record(fp_world *world, fp_record_id id)
{
    fp_record_view record = fp_cluster_record(world->services_cluster, id);

    if (record.cls == FP_OBJECT_ENDPOINT)
        fp_federation_remove(world->calc.federation, record.payload);
    fp_cluster_drop(world->services_cluster, id);
}

/* One address with its ports: MEMBERS are those of it, N of them. */
static int put_address(fp_world *world, const fp_service_ref *ref, const fp_port_member *members,
                       size_t n, fp_record_id *ret)
{
    fp_cleanup_buf fp_buf name = {0};
    const fp_label label = {fp_str_of(ref->label), FP_STR_NULL};
    const fp_cidr net = fp_cidr_of_ip(&members[0].ip);
    fp_endpoint_desc desc = {.type = FP_ENDPOINT_NETWORK_SET,
                             .labels = &label,
                             .n_labels = 1,
                             .nets = &net,
                             .n_nets = 1};
    fp_endpoint_port *ports = fp_arena_array(&world->scratch, n, sizeof(*ports));
    fp_record_view record;
    bool is_new, seen_twice;
    uint32_t id;

    if (!ports)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        ports[i] =
            (fp_endpoint_port){FP_STR(FP_SERVICE_PORT), members[i].protocol, members[i].port};
    desc.ports = ports;
    desc.n_ports = n;
    fp_buf_puts(&name, ref->label);
    fp_buf_putc(&name, ' ');
    fp_ip_put(&name, &members[0].ip);
    fp_try(fp_buf_error(&name));
    fp_try(fp_cluster_put(world->services_cluster, FP_KIND_GLOBAL_NETWORK_SET, FP_STR_NULL,
                          fp_buf_str(&name), ret, &is_new, &seen_twice));
    record = fp_cluster_record(world->services_cluster, *ret);
    id = record.cls == FP_OBJECT_ENDPOINT ? record.payload : FP_NO_ID;
    return fp_federation_put_record(world->calc.federation, world->services_cluster, *ret, &desc,
                                    id, &id);
}

static int by_id(const void *a, const void *b)
{
    return fp_u32_cmp(a, b);
}

static bool has_id(const uint32_t *ids, size_t n, uint32_t id)
{
    return n > 0 && bsearch(&id, ids, n, sizeof(id), by_id);
}

/* Memory ran out: what was made so far is known, and goes or stays next time. */
static void keep_sorted(fp_service_ref *ref)
{
    if (ref->records.len > 0)
        qsort(ref->records.items, ref->records.len, sizeof(uint32_t), by_id);
    ref->n_sorted = ref->records.len;
}

/* What the service has now takes the place of what it had. */
static int fill(fp_world *world, fp_service_ref *ref, const fp_port_member_vec *members)
{
    fp_u32_vec now = {0};
    int r = 0;

    for (size_t i = 0, n; r == 0 && i < members->len; i += n) {
        fp_record_id id = 0;

        n = 1;
        while (i + n < members->len && fp_ip_eq(&members->items[i].ip, &members->items[i + n].ip))
            n++;
        r = fp_vec_reserve(&now, 1);
        if (r == 0)
            r = fp_vec_reserve(&ref->records, 1);
        if (r == 0)
            r = put_address(world, ref, &members->items[i], n, &id);
        if (r == 0)
            now.items[now.len++] = id;
        if (r == 0 && !has_id(ref->records.items, ref->n_sorted, id))
            ref->records.items[ref->records.len++] = id; /* known, should memory run out now */
    }
    if (r < 0) {
        fp_vec_done(&now);
        keep_sorted(ref);
        return r;
    }
    if (now.len > 0)
        qsort(now.items, now.len, sizeof(*now.items), by_id);
    for (size_t i = 0; i < ref->records.len; i++)
        if (!has_id(now.items, now.len, ref->records.items[i]))
            remove_record(world, ref->records.items[i]);
    fp_vec_done(&ref->records);
    ref->records.items = now.items;
    ref->records.len = now.len;
    ref->records.cap = now.cap;
    ref->n_sorted = now.len;
    return 0;
}

/* "service.projectcalico.org/NS/NAME" */
static void split(const fp_service_ref *ref, fp_str *ret_ns, fp_str *ret_name)
{
    fp_str rest = fp_str_of(ref->label + sizeof(FP_LABEL_SERVICE) - 1);
    ptrdiff_t slash = fp_str_find_byte(rest, '/');

    *ret_ns = fp_str_sub(rest, 0, (size_t)slash);
    *ret_name = fp_str_sub(rest, (size_t)slash + 1, rest.len);
}

static int settle(fp_world *world, fp_service_ref *ref)
{
    fp_port_member_vec members = {0};
    uint64_t revision = 0;
    fp_str ns, name;
    int r = 0;

    split(ref, &ns, &name);
    if (ref->refs > 0) {
        revision = fp_services_member_revision(world->services, ns, name);
        if (revision == ref->revision)
            return 0;
        r = fp_services_members(world->services, ns, name, &members);
    }
    if (r == 0)
        r = fill(world, ref, &members);
    fp_vec_done(&members);
    fp_arena_reset(&world->scratch);
    if (r == 0)
        ref->revision = revision;
    return r;
}

static void ref_free(fp_service_ref *ref)
{
    fp_vec_done(&ref->records);
    fp_free(ref->label);
    fp_free(ref);
}

int fp_service_refs_settle(fp_world *world)
{
    size_t kept = 0;
    size_t i = 0;
    int r = 0;

    if (world->service_refs.len == 0)
        return 0;
    fp_try(open_cluster(world));
    for (; r == 0 && i < world->service_refs.len; i++) {
        fp_service_ref *ref = ref_at(world, i);

        r = settle(world, ref);
        if (r == 0 && ref->refs == 0)
            ref_free(ref);
        else
            world->service_refs.items[kept++] = ref;
    }
    for (; i < world->service_refs.len; i++)
        world->service_refs.items[kept++] = ref_at(world, i);
    world->service_refs.len = kept;
    return r;
}

void fp_service_refs_done(fp_world *world)
{
    for (size_t i = 0; i < world->service_refs.len; i++)
        ref_free(ref_at(world, i));
    fp_vec_done(&world->service_refs);
    (void)fp_cluster_free(world->services_cluster);
}
