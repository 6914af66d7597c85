/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/cluster/cluster.h"

#include <string.h>

#include "libfedpol/base/alloc.h"
#include "libfedpol/cluster/private.h"

#define DEFAULT_MAX_OBJECTS 2000000u
#define DEFAULT_MAX_DIAGNOSTICS 10000u

static bool is_valid_name(fp_str name)
{
    if (name.len == 0 || name.len > FP_CLUSTER_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
            return false;
    }
    return true;
}

int fp_cluster_new(const fp_hash_key *key, fp_str name, uint32_t number, fp_cluster_role role,
                   fp_cluster **ret)
{
    fp_cluster *cluster;

    if (!is_valid_name(name))
        return FEDPOL_E_INVALID;
    cluster = fp_alloc_zero(1, sizeof(*cluster));
    if (!cluster)
        return FEDPOL_E_NOMEM;
    if (fp_diag_store_new(key, &cluster->diags) < 0) {
        fp_free(cluster);
        return FEDPOL_E_NOMEM;
    }
    cluster->key = *key;
    memcpy(cluster->name, name.ptr, name.len);
    cluster->number = number;
    cluster->role = role;
    cluster->limits = (fp_cluster_limits){DEFAULT_MAX_OBJECTS, DEFAULT_MAX_DIAGNOSTICS};
    fp_table_init(&cluster->records, sizeof(fp_record), 0);
    fp_strings_init(&cluster->names);
    fp_intern_init(&cluster->namespaces, key);
    for (size_t i = 0; i < FP_KIND_COUNT; i++)
        cluster->kinds[i].generation = 1;
    cluster->state = FP_STATE_NOT_CONNECTING;
    *ret = cluster;
    return 0;
}

fp_cluster *fp_cluster_free(fp_cluster *cluster)
{
    if (!cluster)
        return NULL;
    cluster->diags = fp_diag_store_free(cluster->diags);
    fp_index_done(&cluster->index);
    fp_intern_done(&cluster->namespaces);
    fp_strings_done(&cluster->names);
    fp_table_done(&cluster->records);
    fp_admission_done(&cluster->admission);
    fp_free(cluster);
    return NULL;
}

fp_str fp_cluster_name(const fp_cluster *cluster)
{
    return fp_str_of(cluster->name);
}

const char *fp_cluster_name_z(const fp_cluster *cluster)
{
    return cluster->name;
}

uint32_t fp_cluster_number(const fp_cluster *cluster)
{
    return cluster->number;
}

fp_cluster_role fp_cluster_get_role(const fp_cluster *cluster)
{
    return cluster->role;
}

void fp_cluster_set_limits(fp_cluster *cluster, const fp_cluster_limits *limits)
{
    cluster->limits = *limits;
}

void fp_cluster_set_admission(fp_cluster *cluster, fp_admission *admission)
{
    fp_admission_done(&cluster->admission);
    cluster->admission = *admission;
    *admission = (fp_admission){0};
    fp_table_init(&cluster->records, sizeof(fp_record),
                  cluster->admission.max_bytes ? sizeof(uint32_t) : 0);
}

const fp_admission *fp_cluster_admission(const fp_cluster *cluster)
{
    return &cluster->admission;
}

_Static_assert(FP_KIND_COUNT <= 32, "overload has a bit for each kind");

void fp_cluster_note_overload(fp_cluster *cluster, fp_kind kind)
{
    cluster->overload |= (uint32_t)1 << kind;
    cluster->new_overload |= (uint32_t)1 << kind;
}

uint32_t fp_cluster_overload(const fp_cluster *cluster)
{
    return cluster->overload;
}

fp_cluster_counters *fp_cluster_counters_of(fp_cluster *cluster)
{
    return &cluster->counters;
}

size_t fp_cluster_memory(const fp_cluster *cluster)
{
    return sizeof(*cluster) + fp_table_memory(&cluster->records) +
           fp_strings_memory(&cluster->names) + fp_intern_memory(&cluster->namespaces) +
           fp_index_memory(&cluster->index) + fp_diag_store_memory(cluster->diags);
}

/* Connecting and resync are one thing but for the past: the past decides which of them it is. */
static fp_cluster_state with_past(const fp_cluster *cluster, fp_cluster_state state)
{
    if (state == FP_STATE_CONNECTING && cluster->was_complete)
        return FP_STATE_RESYNC;
    if (state == FP_STATE_RESYNC && !cluster->was_complete)
        return FP_STATE_CONNECTING;
    return state;
}

void fp_cluster_set_state(fp_cluster *cluster, fp_cluster_state state, int64_t now_ms)
{
    if (cluster->state == FP_STATE_IN_SYNC && state != FP_STATE_IN_SYNC)
        cluster->left_in_sync_ms = now_ms;
    if (state == FP_STATE_IN_SYNC)
        cluster->was_complete = true;
    cluster->state = with_past(cluster, state);
}

fp_cluster_state fp_cluster_get_state(const fp_cluster *cluster)
{
    return cluster->state;
}

const char *fp_cluster_state_name(fp_cluster_state state)
{
    static const char *const names[] = {
        [FP_STATE_NOT_CONNECTING] = "not-connecting",
        [FP_STATE_CONNECTING] = "connecting",
        [FP_STATE_IN_SYNC] = "in-sync",
        [FP_STATE_RESYNC] = "resync-in-progress",
        [FP_STATE_RESTART_REQUIRED] = "config-change-restart-required",
        [FP_STATE_CONFIG_INCOMPLETE] = "config-incomplete",
    };

    return (size_t)state < FP_ARRAY_LEN(names) ? names[state] : "unknown";
}

bool fp_cluster_was_complete(const fp_cluster *cluster)
{
    return cluster->was_complete;
}

int64_t fp_cluster_age_ms(const fp_cluster *cluster, int64_t now_ms)
{
    if (!cluster->was_complete)
        return -1;
    if (cluster->state == FP_STATE_IN_SYNC || now_ms <= cluster->left_in_sync_ms)
        return 0;
    return now_ms - cluster->left_in_sync_ms;
}
