/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "libfedpol/api/limits.h"
#include "libfedpol/model/decode.h"

/* The setters of a context. Options that matter to the core are kept by the core; each setter
   changes a copy of them and hands it back. */

/* What every setter checks first, with the options as they are. */
static int begin(const fedpol_context *context, fp_world_options *ret)
{
    fp_try(fp_context_check(context));
    if (context->had_cluster)
        return FEDPOL_E_STATE;
    *ret = *fp_world_get_options(context->world);
    return 0;
}

int fedpol_context_set_node(fedpol_context *context, const char *node)
{
    fp_world_options options;

    fp_try(begin(context, &options));
    options.federation.node = fp_str_of(node);
    fp_check_arg(options.federation.node.len <= 253);
    return fp_world_set_options(context->world, &options);
}

int fedpol_context_set_cluster_label(fedpol_context *context, const char *key)
{
    fp_world_options options;

    fp_try(begin(context, &options));
    options.federation.cluster_label = fp_str_of(key);
    fp_check_arg(options.federation.cluster_label.len == 0 ||
                 fp_valid_label_key(options.federation.cluster_label));
    return fp_world_set_options(context->world, &options);
}

int fedpol_context_set_scope(fedpol_context *context, int scope)
{
    fp_world_options options;

    fp_try(begin(context, &options));
    fp_check_arg(scope == FEDPOL_SCOPE_ALL || scope == FEDPOL_SCOPE_LOCAL);
    options.scope = scope == FEDPOL_SCOPE_LOCAL ? FP_SCOPE_LOCAL : FP_SCOPE_ALL;
    return fp_world_set_options(context->world, &options);
}

int fedpol_context_set_unknown_rules(fedpol_context *context, int choice)
{
    fp_world_options options;

    fp_try(begin(context, &options));
    fp_check_arg(choice == FEDPOL_UNKNOWN_RULES_FAIL_CLOSED ||
                 choice == FEDPOL_UNKNOWN_RULES_IGNORE);
    options.ignore_unknown_rules = choice == FEDPOL_UNKNOWN_RULES_IGNORE;
    return fp_world_set_options(context->world, &options);
}

int fedpol_context_set_union_identity(fedpol_context *context, bool on)
{
    fp_world_options options;

    fp_try(begin(context, &options));
    options.federation.union_identity = on;
    return fp_world_set_options(context->world, &options);
}

static bool is_interface_prefix(fp_str prefix)
{
    if (prefix.len < 1 || prefix.len > 4)
        return false;
    for (size_t i = 0; i < prefix.len; i++) {
        char c = prefix.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_'))
            return false;
    }
    return true;
}

int fedpol_context_set_interface_prefix(fedpol_context *context, const char *prefix)
{
    fp_world_options options;

    fp_try(begin(context, &options));
    options.interface_prefix = prefix ? fp_str_of(prefix) : FP_STR("cali");
    fp_check_arg(is_interface_prefix(options.interface_prefix));
    return fp_world_set_options(context->world, &options);
}

int fedpol_context_set_hash_seed(fedpol_context *context, const uint8_t *seed)
{
    fp_world_options options;
    fp_hash_key key = {0};
    fp_world *world = NULL;
    int r;

    fp_try(begin(context, &options));
    fp_check_arg(seed);
    for (size_t i = 0; i < 8; i++) {
        key.k0 |= (uint64_t)seed[i] << (8 * i);
        key.k1 |= (uint64_t)seed[i + 8] << (8 * i);
    }
    fp_try(fp_world_new(&key, &world));
    r = fp_world_set_options(world, &options);
    if (r < 0) {
        fp_world_free(world);
        return r;
    }
    fp_world_free(context->world);
    context->world = world;
    return 0;
}

fp_api_limits fp_api_default_limits(void)
{
    return (fp_api_limits){
        .wire = fp_wire_default_limits,
        .cluster = {.max_objects = 2000000, .max_diagnostics = 10000},
        .model = {.max_labels = 1000,
                  .max_label_bytes = 1024,
                  .max_rules = 1024,
                  .max_list = 100000},
        .file_bytes = (uint64_t)256 << 20,
        .files = 100000,
    };
}

/* Where each limit is kept; some are 32 bits wide, some 64. */
#define WIDE(limit, member)                                                                        \
    {                                                                                              \
        limit, offsetof(fp_api_limits, member), true                                               \
    }
#define NARROW(limit, member)                                                                      \
    {                                                                                              \
        limit, offsetof(fp_api_limits, member), false                                              \
    }
typedef struct limit_place {
    int limit;
    size_t offset;
    bool wide;
} limit_place;

static const limit_place places[] = {
    WIDE(FEDPOL_LIMIT_OBJECT_BYTES, wire.max_object_bytes),
    WIDE(FEDPOL_LIMIT_KEPT_BYTES, wire.max_reduced_bytes),
    NARROW(FEDPOL_LIMIT_DEPTH, wire.max_depth),
    NARROW(FEDPOL_LIMIT_MEMBERS, wire.max_members),
    WIDE(FEDPOL_LIMIT_DEFERRED_BYTES, wire.max_deferred_bytes),
    WIDE(FEDPOL_LIMIT_OBJECTS, cluster.max_objects),
    WIDE(FEDPOL_LIMIT_DIAGNOSTICS, cluster.max_diagnostics),
    NARROW(FEDPOL_LIMIT_LABELS, model.max_labels),
    NARROW(FEDPOL_LIMIT_LABEL_BYTES, model.max_label_bytes),
    NARROW(FEDPOL_LIMIT_RULES, model.max_rules),
    NARROW(FEDPOL_LIMIT_LIST, model.max_list),
    WIDE(FEDPOL_LIMIT_FILE_BYTES, file_bytes),
    WIDE(FEDPOL_LIMIT_FILES, files),
};

static const limit_place *find_place(int limit)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(places); i++)
        if (places[i].limit == limit)
            return &places[i];
    return NULL;
}

static uint64_t get_limit(const fp_api_limits *limits, const limit_place *place)
{
    const char *at = (const char *)limits + place->offset;
    uint32_t narrow;
    uint64_t wide;

    if (place->wide) {
        memcpy(&wide, at, sizeof(wide));
        return wide;
    }
    memcpy(&narrow, at, sizeof(narrow));
    return narrow;
}

static void put_limit(fp_api_limits *limits, const limit_place *place, uint64_t value)
{
    char *at = (char *)limits + place->offset;
    uint32_t narrow = (uint32_t)value;

    memcpy(at, place->wide ? (const void *)&value : &narrow,
           place->wide ? sizeof(value) : sizeof(narrow));
}

int fedpol_context_set_limit(fedpol_context *context, int limit, uint64_t value)
{
    const fp_api_limits defaults = fp_api_default_limits();
    const limit_place *place = find_place(limit);
    fp_api_limits limits;
    fp_world_options options;

    fp_try(begin(context, &options));
    fp_check_arg(place && value <= (place->wide ? INT64_MAX : INT32_MAX));
    limits = context->limits;
    put_limit(&limits, place, value ? value : get_limit(&defaults, place));
    options.model = limits.model;
    fp_try(fp_world_set_options(context->world, &options));
    context->limits = limits;
    return 0;
}

uint64_t fedpol_context_get_limit(const fedpol_context *context, int limit)
{
    const limit_place *place = find_place(limit);

    return context && place ? get_limit(&context->limits, place) : 0;
}
