/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/label_index_internal.h"

typedef struct profile_key {
    uint32_t cluster;
    fp_str name;
} profile_key;

typedef struct inherit_key {
    uint32_t cluster;
    const uint32_t *profiles;
    size_t n;
} inherit_key;

fp_inherit *fp_inherit_at(const fp_label_index *index, uint32_t id)
{
    return index->inherits.items[id];
}

fp_profile *fp_profile_at(const fp_label_index *index, uint32_t id)
{
    return index->profiles.items[id];
}

const fp_profile_labels *fp_profile_labels_at(const fp_label_index *index, uint32_t labels)
{
    static const fp_profile_labels none = {0};

    return labels == FP_NO_ID ? &none : fp_pool_at(&index->pool, labels);
}

static fp_str profile_name(const fp_profile *profile)
{
    return (fp_str){profile->name, profile->name_len};
}

static uint32_t hash_profile(const fp_label_index *index, uint32_t cluster, fp_str name)
{
    return fp_hash_u64(&index->key, (uint64_t)cluster << 32 | fp_hash_str(&index->key, name));
}

static bool is_profile(const void *owner, uint32_t id, const void *key)
{
    const fp_profile *profile = fp_profile_at(owner, id);
    const profile_key *wanted = key;

    return profile->cluster == wanted->cluster && fp_str_eq(profile_name(profile), wanted->name);
}

static uint32_t find_profile(const fp_label_index *index, uint32_t cluster, fp_str name)
{
    const profile_key key = {cluster, name};

    return fp_index_find(&index->profile_index, hash_profile(index, cluster, name), is_profile,
                         index, &key);
}

static int make_profile(fp_label_index *index, uint32_t cluster, fp_str name, uint32_t *ret)
{
    fp_profile *profile = fp_alloc(offsetof(fp_profile, name) + name.len);

    if (!profile)
        return FEDPOL_E_NOMEM;
    *profile = (fp_profile){
        .cluster = cluster, .applied = FP_NO_ID, .next = FP_NO_ID, .name_len = name.len};
    if (name.len)
        memcpy(profile->name, name.ptr, name.len);
    if (fp_index_reserve(&index->profile_index, 1) < 0 ||
        fp_slots_put(&index->profiles, profile, ret) < 0) {
        fp_free(profile);
        return FEDPOL_E_NOMEM;
    }
    return fp_index_add(&index->profile_index, hash_profile(index, cluster, name), *ret);
}

static int obtain_profile(fp_label_index *index, uint32_t cluster, fp_str name, uint32_t *ret)
{
    uint32_t found = find_profile(index, cluster, name);

    if (found == FP_NO_ID)
        return make_profile(index, cluster, name, ret);
    *ret = found;
    return 0;
}

static void free_labels(fp_label_index *index, uint32_t labels)
{
    const fp_profile_labels *l = fp_profile_labels_at(index, labels);
    uint32_t n = l->n;

    if (labels == FP_NO_ID)
        return;
    fp_atoms_unref_all(index, l->pairs, n);
    fp_pool_free(&index->pool, labels, sizeof(*l) + n * sizeof(uint32_t));
}

/* Lets go of a profile that nobody sets, inherits from or has yet to hear about. */
static void drop_unused_profile(fp_label_index *index, uint32_t id)
{
    fp_profile *profile = fp_profile_at(index, id);

    if (profile->exists || profile->refs > 0 || fp_idset_has(&index->dirty_profiles, id))
        return;
    (void)fp_index_remove(&index->profile_index,
                          hash_profile(index, profile->cluster, profile_name(profile)), id);
    if (index->profile_index.count == 0)
        fp_index_done(&index->profile_index);
    fp_slots_drop(&index->profiles, id);
    fp_idset_done(&profile->inherits);
    fp_free(profile);
}

static int make_labels(fp_label_index *index, const fp_label *labels, size_t n, uint32_t *ret)
{
    fp_profile_labels *made;
    size_t size = sizeof(*made) + n * sizeof(uint32_t);

    if (n == 0) {
        *ret = FP_NO_ID;
        return 0;
    }
    if (n > UINT32_MAX / sizeof(uint32_t) - 1)
        return FEDPOL_E_NOMEM;
    fp_try(fp_pool_alloc(&index->pool, size, ret));
    made = fp_pool_at(&index->pool, *ret);
    made->n = (uint32_t)n;
    if (fp_atoms_intern_labels(index, labels, n, made->pairs) == 0)
        return 0;
    fp_pool_free(&index->pool, *ret, size);
    return FEDPOL_E_NOMEM;
}

static bool same_labels(const fp_label_index *index, uint32_t a, uint32_t b)
{
    const fp_profile_labels *x = fp_profile_labels_at(index, a);
    const fp_profile_labels *y = fp_profile_labels_at(index, b);

    return x->n == y->n && (x->n == 0 || memcmp(x->pairs, y->pairs, x->n * sizeof(*x->pairs)) == 0);
}

/* Replaces what comes next; at once if no class inherits. LABELS is the profile's from now on,
   unless this fails, which it can't for a profile without classes. */
static int set_next(fp_label_index *index, uint32_t id, uint32_t labels)
{
    fp_profile *profile = fp_profile_at(index, id);

    if (same_labels(index, labels, profile->applied)) {
        (void)fp_idset_remove(&index->dirty_profiles, id);
        free_labels(index, labels);
        labels = profile->applied;
    } else if (profile->inherits.count > 0) {
        fp_try(fp_idset_add(&index->dirty_profiles, id));
    }
    if (profile->next != profile->applied)
        free_labels(index, profile->next);
    profile->next = labels;
    if (profile->inherits.count == 0 && profile->next != profile->applied)
        fp_profiles_settle(index, id);
    return 0;
}

void fp_profiles_settle(fp_label_index *index, uint32_t id)
{
    fp_profile *profile = fp_profile_at(index, id);

    (void)fp_idset_remove(&index->dirty_profiles, id);
    if (profile->applied != profile->next)
        free_labels(index, profile->applied);
    profile->applied = profile->next;
    drop_unused_profile(index, id);
}

int fp_label_index_set_profile(fp_label_index *index, uint32_t cluster, fp_str profile,
                               const fp_label *labels, size_t n_labels)
{
    uint32_t made;
    uint32_t id;
    int r;

    fp_try(make_labels(index, labels, n_labels, &made));
    r = obtain_profile(index, cluster, profile, &id);
    if (r == 0) {
        bool existed = fp_profile_at(index, id)->exists;

        fp_profile_at(index, id)->exists = true;
        r = set_next(index, id, made);
        if (r == 0)
            return 0;
        fp_profile_at(index, id)->exists = existed;
        drop_unused_profile(index, id);
    }
    free_labels(index, made);
    return r;
}

int fp_label_index_remove_profile(fp_label_index *index, uint32_t cluster, fp_str profile)
{
    uint32_t id = find_profile(index, cluster, profile);

    if (id == FP_NO_ID || !fp_profile_at(index, id)->exists)
        return 0;
    fp_try(set_next(index, id, FP_NO_ID));
    fp_profile_at(index, id)->exists = false;
    drop_unused_profile(index, id);
    return 0;
}

bool fp_label_index_has_profile(const fp_label_index *index, uint32_t cluster, fp_str profile)
{
    uint32_t id = find_profile(index, cluster, profile);

    return id != FP_NO_ID && fp_profile_at(index, id)->exists;
}

static uint32_t hash_inherit(const fp_label_index *index, uint32_t cluster,
                             const uint32_t *profiles, size_t n)
{
    uint64_t hash = fp_hash_u64(&index->key, cluster);

    for (size_t i = 0; i < n; i++)
        hash = fp_hash_u64(&index->key, hash << 32 | profiles[i]);
    return (uint32_t)hash;
}

static bool is_inherit(const void *owner, uint32_t id, const void *key)
{
    const fp_inherit *inherit = fp_inherit_at(owner, id);
    const inherit_key *wanted = key;

    return inherit->cluster == wanted->cluster && inherit->n == wanted->n &&
           (wanted->n == 0 ||
            memcmp(inherit->profiles, wanted->profiles, wanted->n * sizeof(uint32_t)) == 0);
}

static uint32_t find_inherit(const fp_label_index *index, uint32_t cluster,
                             const uint32_t *profiles, size_t n)
{
    const inherit_key key = {cluster, profiles, n};

    return fp_index_find(&index->inherit_index, hash_inherit(index, cluster, profiles, n),
                         is_inherit, index, &key);
}

int fp_inherits_find(fp_label_index *index, uint32_t cluster, const fp_str *profiles, size_t n,
                     uint32_t *ret)
{
    fp_vec_clear(&index->list_ids);
    fp_try(fp_vec_reserve(&index->list_ids, n));
    *ret = FP_NO_ID;
    for (size_t i = 0; i < n; i++) {
        index->list_ids.items[i] = find_profile(index, cluster, profiles[i]);
        if (index->list_ids.items[i] == FP_NO_ID)
            return 0;
    }
    *ret = find_inherit(index, cluster, index->list_ids.items, n);
    return 0;
}

static void unlink_profiles(fp_label_index *index, uint32_t id, const fp_inherit *inherit,
                            uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        (void)fp_idset_remove(&fp_profile_at(index, inherit->profiles[i])->inherits, id);
    for (uint32_t i = 0; i < n; i++) {
        fp_profile_at(index, inherit->profiles[i])->refs--;
        drop_unused_profile(index, inherit->profiles[i]);
    }
}

/* Enters INHERIT, whose profiles have a reference each for it. */
static int link_inherit(fp_label_index *index, fp_inherit *inherit, uint32_t *ret)
{
    fp_try(fp_index_reserve(&index->inherit_index, 1));
    fp_try(fp_slots_put(&index->inherits, inherit, ret));
    for (uint32_t i = 0; i < inherit->n; i++) {
        if (fp_idset_add(&fp_profile_at(index, inherit->profiles[i])->inherits, *ret) >= 0)
            continue;
        for (uint32_t j = 0; j < i; j++)
            (void)fp_idset_remove(&fp_profile_at(index, inherit->profiles[j])->inherits, *ret);
        fp_slots_drop(&index->inherits, *ret);
        return FEDPOL_E_NOMEM;
    }
    return fp_index_add(&index->inherit_index,
                        hash_inherit(index, inherit->cluster, inherit->profiles, inherit->n), *ret);
}

static int make_inherit(fp_label_index *index, uint32_t cluster, const fp_str *profiles, size_t n,
                        uint32_t *ret)
{
    fp_inherit *made =
        n > UINT32_MAX / sizeof(uint32_t) ? NULL : fp_alloc(sizeof(*made) + n * sizeof(uint32_t));
    int r = 0;

    if (!made)
        return FEDPOL_E_NOMEM;
    *made = (fp_inherit){.cluster = cluster, .refs = 1};
    for (; made->n < n; made->n++) {
        r = obtain_profile(index, cluster, profiles[made->n], &made->profiles[made->n]);
        if (r < 0)
            break;
        fp_profile_at(index, made->profiles[made->n])->refs++;
    }
    if (r == 0)
        r = link_inherit(index, made, ret);
    if (r == 0)
        return 0;
    for (uint32_t i = 0; i < made->n; i++) {
        fp_profile_at(index, made->profiles[i])->refs--;
        drop_unused_profile(index, made->profiles[i]);
    }
    fp_free(made);
    return r;
}

int fp_inherits_acquire(fp_label_index *index, uint32_t cluster, const fp_str *profiles, size_t n,
                        uint32_t *ret)
{
    uint32_t found;

    fp_try(fp_inherits_find(index, cluster, profiles, n, &found));
    if (found == FP_NO_ID)
        return make_inherit(index, cluster, profiles, n, ret);
    fp_inherit_at(index, found)->refs++;
    *ret = found;
    return 0;
}

void fp_inherits_release(fp_label_index *index, uint32_t id)
{
    fp_inherit *inherit = fp_inherit_at(index, id);

    if (--inherit->refs > 0)
        return;
    (void)fp_index_remove(&index->inherit_index,
                          hash_inherit(index, inherit->cluster, inherit->profiles, inherit->n), id);
    if (index->inherit_index.count == 0)
        fp_index_done(&index->inherit_index);
    unlink_profiles(index, id, inherit, inherit->n);
    fp_slots_drop(&index->inherits, id);
    fp_idset_done(&inherit->classes);
    fp_free(inherit);
}

void fp_profiles_done(fp_label_index *index)
{
    for (uint32_t i = 0; i < index->inherits.len; i++) {
        fp_inherit *inherit = fp_slots_get(&index->inherits, i);

        if (inherit)
            fp_idset_done(&inherit->classes);
        fp_free(inherit);
    }
    for (uint32_t i = 0; i < index->profiles.len; i++) {
        fp_profile *profile = fp_slots_get(&index->profiles, i);

        if (profile)
            fp_idset_done(&profile->inherits);
        fp_free(profile);
    }
    fp_free(index->inherits.items);
    fp_free(index->profiles.items);
    fp_index_done(&index->inherit_index);
    fp_index_done(&index->profile_index);
    fp_idset_done(&index->dirty_profiles);
}
