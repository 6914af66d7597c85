/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

int fp_world_new(const fp_hash_key *key, fp_world **ret)
{
    fp_world *world = fp_alloc_zero(1, sizeof(*world));
    int r;

    if (!world)
        return FEDPOL_E_NOMEM;
    world->key = *key;
    world->options.interface_prefix = FP_STR("cali");
    fp_arena_init(&world->scratch, 16384);
    r = fp_calc_init(world);
    if (r == 0)
        r = fp_services_new(key, &world->services);
    if (r < 0) {
        (void)fp_world_free(world);
        return r;
    }
    *ret = world;
    return 0;
}

static void free_member(fp_member *member)
{
    (void)fp_cluster_free(member->cluster);
    fp_vec_done(&member->stale);
    fp_free(member);
}

fp_world *fp_world_free(fp_world *world)
{
    if (!world)
        return NULL;
    fp_calc_done(&world->calc);
    (void)fp_services_free(world->services);
    fp_service_refs_done(world);
    fp_sources_done(world);
    fp_nodes_done(world);
    for (size_t i = 0; i < world->members.len; i++)
        free_member(world->members.items[i]);
    fp_vec_done(&world->members);
    fp_idset_done(&world->numbers);
    fp_arena_done(&world->scratch);
    for (size_t i = 0; i < FP_ARRAY_LEN(world->option_text); i++)
        fp_buf_done(&world->option_text[i]);
    fp_free(world);
    return NULL;
}

int fp_world_set_options(fp_world *world, const fp_world_options *options)
{
    fp_world_options copy = *options;
    fp_str *texts[] = {&copy.federation.node, &copy.federation.cluster_label,
                       &copy.interface_prefix};
    fp_buf bufs[FP_ARRAY_LEN(world->option_text)] = {{0}};
    int r = 0;

    if (world->members.len > 0)
        return FEDPOL_E_STATE;
    if (copy.interface_prefix.len == 0)
        copy.interface_prefix = FP_STR("cali");
    for (size_t i = 0; i < FP_ARRAY_LEN(bufs); i++) {
        fp_buf_add(&bufs[i], *texts[i]);
        *texts[i] = fp_buf_str(&bufs[i]);
        r = r < 0 ? r : fp_buf_error(&bufs[i]);
    }
    if (r == 0)
        r = fp_federation_set_options(world->calc.federation, &copy.federation);
    for (size_t i = 0; i < FP_ARRAY_LEN(bufs); i++) {
        if (r == 0) {
            fp_buf old = world->option_text[i];

            world->option_text[i] = bufs[i];
            bufs[i] = old;
        }
        fp_buf_done(&bufs[i]);
    }
    if (r == 0)
        world->options = copy;
    return r;
}

const fp_world_options *fp_world_get_options(const fp_world *world)
{
    return &world->options;
}

/* Where the cluster of that name is, or would be. */
static size_t find_place(const fp_world *world, fp_str name)
{
    size_t i = 0;

    while (i < world->members.len &&
           fp_str_cmp(fp_cluster_name(world->members.items[i]->cluster), name) < 0)
        i++;
    return i;
}

fp_cluster *fp_world_find_cluster(const fp_world *world, fp_str name)
{
    fp_cluster *cluster = fp_world_cluster(world, find_place(world, name));

    return cluster && fp_str_eq(fp_cluster_name(cluster), name) ? cluster : NULL;
}

static uint32_t free_number(const fp_world *world)
{
    uint32_t number = FP_LOCAL_CLUSTER + 1;

    while (fp_idset_has(&world->numbers, number))
        number++;
    return number;
}

static int make_member(fp_world *world, fp_str name, fp_cluster_role role, fp_member **ret)
{
    uint32_t number = role == FP_ROLE_LOCAL ? FP_LOCAL_CLUSTER : free_number(world);
    fp_member *member = fp_alloc_zero(1, sizeof(*member));
    int r =
        member ? fp_cluster_new(&world->key, name, number, role, &member->cluster) : FEDPOL_E_NOMEM;

    if (r == 0)
        r = fp_idset_add(&world->numbers, number);
    if (r < 0) {
        if (member)
            free_member(member);
        return r;
    }
    *ret = member;
    return 0;
}

int fp_world_add_cluster(fp_world *world, fp_str name, fp_cluster_role role, fp_cluster **ret)
{
    size_t place = find_place(world, name);
    fp_member *member;

    if (fp_world_find_cluster(world, name) || (role == FP_ROLE_LOCAL && world->local))
        return FEDPOL_E_EXISTS;
    fp_try(fp_vec_reserve(&world->members, 1));
    fp_try(make_member(world, name, role, &member));
    memmove(world->members.items + place + 1, world->members.items + place,
            (world->members.len - place) * sizeof(member));
    world->members.items[place] = member;
    world->members.len++;
    if (role == FP_ROLE_LOCAL)
        world->local = member->cluster;
    *ret = member->cluster;
    return 0;
}

fp_member *fp_world_member(const fp_world *world, const fp_cluster *cluster)
{
    return world->members.items[find_place(world, fp_cluster_name(cluster))];
}

/* What may take over from something else goes first, so that nothing is put in force in vain. */
static int remove_all(fp_world *world, fp_cluster *cluster)
{
    static const fp_kind order[] = {FP_KIND_WORKLOAD_ENDPOINT, FP_KIND_PROFILE, FP_KIND_UNKNOWN};
    fp_u32_vec ids = {0};
    int r = 0;

    for (size_t i = 0; i < FP_ARRAY_LEN(order) && r == 0; i++) {
        fp_vec_clear(&ids);
        r = fp_cluster_list(cluster, order[i], &ids);
        for (size_t k = 0; k < ids.len && r == 0; k++)
            r = fp_record_remove(world, cluster, ids.items[k]);
    }
    fp_vec_done(&ids);
    return r;
}

int fp_world_remove_cluster(fp_world *world, fp_cluster *cluster)
{
    fp_member *member = fp_world_member(world, cluster);
    size_t place = find_place(world, fp_cluster_name(cluster));

    fp_try(fp_world_drain(world));
    fp_try(remove_all(world, cluster));
    fp_try(fp_services_commit(world->services)); /* it must not speak of the cluster any more */
    fp_services_forget_cluster(world->services, cluster);
    /* Known clusters need no memory for this; its last classes go with this commit. */
    (void)fp_label_index_set_uses(world->calc.labels, fp_cluster_number(cluster), FP_USES_ALL);
    (void)fp_idset_remove(&world->numbers, fp_cluster_number(cluster));
    if (world->local == cluster)
        world->local = NULL;
    world->members.len--;
    memmove(world->members.items + place, world->members.items + place + 1,
            (world->members.len - place) * sizeof(member));
    free_member(member);
    world->dirty = true;
    return 0;
}

fp_cluster *fp_world_cluster(const fp_world *world, size_t i)
{
    return i < world->members.len ? world->members.items[i]->cluster : NULL;
}

void fp_world_set_state(fp_world *world, fp_cluster *cluster, fp_cluster_state state,
                        int64_t now_ms)
{
    (void)world;
    fp_cluster_set_state(cluster, state, now_ms);
}

bool fp_world_is_dirty(const fp_world *world)
{
    return world->dirty;
}

int fp_world_commit(fp_world *world)
{
    if (!world->dirty)
        return 0;
    fp_try(fp_world_drain(world));
    fp_try(fp_sources_settle(world));
    fp_try(fp_services_commit(world->services));
    fp_try(fp_service_refs_settle(world));
    fp_try(fp_calc_commit(&world->calc));
    world->dirty = false;
    return 0;
}

int fp_world_take_delta(fp_world *world, fp_delta **ret)
{
    if (world->calc.half_done)
        return FEDPOL_E_STATE;
    return fp_delta_take(&world->calc, ret);
}

fp_calc *fp_world_calc(fp_world *world)
{
    return &world->calc;
}

fp_services *fp_world_services(fp_world *world)
{
    return world->services;
}

int fp_world_set_service_use(fp_world *world, fp_cluster *cluster, fp_service_use use)
{
    fp_try(fp_services_set_use(world->services, cluster, use));
    world->dirty = world->dirty || fp_services_is_dirty(world->services);
    return 0;
}

int fp_world_set_uses(fp_world *world, const fp_cluster *cluster, fp_label_uses uses)
{
    fp_label_index *labels = world->calc.labels;

    if (fp_label_index_uses(labels, fp_cluster_number(cluster)) == uses)
        return 0;
    fp_try(fp_label_index_set_uses(labels, fp_cluster_number(cluster), uses));
    world->dirty = true;
    return 0;
}

void fp_world_set_keep_last_backends(fp_world *world, bool on)
{
    fp_services_set_keep_last(world->services, on);
    world->dirty = true;
}

void fp_world_set_ready_services(fp_world *world, bool on)
{
    fp_services_set_ready_only(world->services, on);
    world->dirty = true;
}
