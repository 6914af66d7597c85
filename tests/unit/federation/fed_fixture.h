/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FED_FIXTURE_H
#define FED_FIXTURE_H

/* A federation of east (local), west and north, fed with endpoints in short notation. */

#include "libfedpol/federation/federation.h"
#include "tests/support/fp_test.h"

#define N_CLUSTERS 3u
#define MAX_ITEMS 16u

typedef struct mesh {
    fp_federation *federation;
    fp_cluster *clusters[N_CLUSTERS];
} mesh;

/* Lists are separated by spaces: labels "a=1 b=2", nets "10.0.0.1 fd00::/8", ports "http/6/80". */
typedef struct short_endpoint {
    unsigned cluster;
    fp_kind kind;
    const char *ns;
    const char *name;
    const char *labels;
    const char *profiles;
    const char *nets;
    const char *ports;
    const char *node;
} short_endpoint;

static inline int mesh_init(mesh *m, uint64_t seed, const fp_federation_options *options)
{
    static const char *const names[N_CLUSTERS] = {"east", "west", "north"};
    const fp_hash_key key = {seed, ~seed};

    *m = (mesh){0};
    fp_try(fp_federation_new(&key, &m->federation));
    if (options)
        fp_try(fp_federation_set_options(m->federation, options));
    for (uint32_t i = 0; i < N_CLUSTERS; i++)
        fp_try(fp_cluster_new(&key, fp_str_of(names[i]), i, i == 0 ? FP_ROLE_LOCAL : FP_ROLE_REMOTE,
                              &m->clusters[i]));
    return 0;
}

static inline void mesh_done(mesh *m)
{
    fp_federation_free(m->federation);
    for (uint32_t i = 0; i < N_CLUSTERS; i++)
        fp_cluster_free(m->clusters[i]);
}

/* The next word of *TEXT; empty at its end. */
static inline fp_str next_word(const char **text)
{
    const char *start = *text ? *text : "";
    const char *end;

    while (*start == ' ')
        start++;
    for (end = start; *end && *end != ' '; end++)
        ;
    *text = end;
    return fp_str_n(start, (size_t)(end - start));
}

static inline fp_endpoint_type type_of_kind(fp_kind kind)
{
    if (kind == FP_KIND_HOST_ENDPOINT)
        return FP_ENDPOINT_HOST;
    if (kind == FP_KIND_NETWORK_SET || kind == FP_KIND_GLOBAL_NETWORK_SET)
        return FP_ENDPOINT_NETWORK_SET;
    return FP_ENDPOINT_WORKLOAD;
}

static inline size_t parse_labels(const char *text, fp_label *ret)
{
    size_t n = 0;

    for (fp_str word = next_word(&text); word.len > 0; word = next_word(&text)) {
        size_t equals = (size_t)fp_str_find_byte(word, '=');

        ck_assert_uint_lt(n, MAX_ITEMS);
        ret[n++] = (fp_label){fp_str_sub(word, 0, equals), fp_str_sub(word, equals + 1, word.len)};
    }
    return n;
}

static inline size_t parse_nets(const char *text, fp_cidr *ret)
{
    size_t n = 0;
    bool host_bits;

    for (fp_str word = next_word(&text); word.len > 0; word = next_word(&text)) {
        ck_assert_uint_lt(n, MAX_ITEMS);
        ck_assert(fp_cidr_parse(word, &ret[n], &host_bits));
        if (n > 0)
            ck_assert_int_lt(fp_cidr_cmp(&ret[n - 1], &ret[n]), 0);
        n++;
    }
    return n;
}

static inline size_t parse_ports(const char *text, fp_endpoint_port *ret)
{
    size_t n = 0;

    for (fp_str word = next_word(&text); word.len > 0; word = next_word(&text)) {
        size_t first = (size_t)fp_str_find_byte(word, '/');
        fp_str rest = fp_str_sub(word, first + 1, word.len);
        size_t second = (size_t)fp_str_find_byte(rest, '/');
        uint64_t protocol = 0;
        uint64_t port = 0;

        ck_assert_uint_lt(n, MAX_ITEMS);
        ck_assert(fp_str_to_u64(fp_str_sub(rest, 0, second), 255, &protocol));
        ck_assert(fp_str_to_u64(fp_str_sub(rest, second + 1, rest.len), 65535, &port));
        ret[n++] =
            (fp_endpoint_port){fp_str_sub(word, 0, first), (uint8_t)protocol, (uint16_t)port};
    }
    return n;
}

static inline fp_endpoint_id mesh_find(const mesh *m, unsigned cluster, fp_kind kind,
                                       const char *ns, const char *name)
{
    return fp_federation_find(m->federation, m->clusters[cluster], type_of_kind(kind),
                              fp_str_of(ns), fp_str_of(name));
}

static inline int mesh_put(mesh *m, const short_endpoint *e, fp_endpoint_id *ret)
{
    fp_label labels[MAX_ITEMS];
    fp_str profiles[MAX_ITEMS];
    fp_cidr nets[MAX_ITEMS];
    fp_endpoint_port ports[MAX_ITEMS];
    fp_endpoint_desc desc = {.type = type_of_kind(e->kind),
                             .node = fp_str_of(e->node),
                             .labels = labels,
                             .profiles = profiles,
                             .nets = nets,
                             .ports = ports};
    const char *text = e->profiles;
    fp_str ns = fp_str_of(e->ns);
    fp_str name = fp_str_of(e->name);
    fp_record_id record;
    bool is_new;
    bool twice;
    int r;

    desc.n_labels = parse_labels(e->labels, labels);
    desc.n_nets = parse_nets(e->nets, nets);
    desc.n_ports = parse_ports(e->ports, ports);
    for (fp_str word = next_word(&text); word.len > 0; word = next_word(&text))
        profiles[desc.n_profiles++] = word;
    fp_try(fp_cluster_put(m->clusters[e->cluster], e->kind, ns, name, &record, &is_new, &twice));
    r = fp_federation_put(m->federation, m->clusters[e->cluster], e->kind, ns, name, &desc,
                          mesh_find(m, e->cluster, e->kind, e->ns, e->name), ret);
    if (r < 0 && is_new)
        fp_cluster_drop(m->clusters[e->cluster], record);
    return r;
}

static inline fp_endpoint_id must_put(mesh *m, const short_endpoint *e)
{
    fp_endpoint_id id = FP_NO_ID;

    ck_assert_int_eq(mesh_put(m, e, &id), 0);
    return id;
}

static inline void mesh_remove(mesh *m, unsigned cluster, fp_kind kind, const char *ns,
                               const char *name)
{
    fp_endpoint_id id = mesh_find(m, cluster, kind, ns, name);

    ck_assert_uint_ne(id, FP_NO_ID);
    fp_federation_remove(m->federation, id);
    fp_cluster_drop(m->clusters[cluster],
                    fp_cluster_find(m->clusters[cluster], kind, fp_str_of(ns), fp_str_of(name)));
}

static inline void mesh_forget(mesh *m)
{
    ck_assert_int_eq(fp_label_index_flush(fp_federation_labels(m->federation)), 0);
    fp_federation_forget(m->federation);
    fp_label_index_forget(fp_federation_labels(m->federation));
}

static inline int mesh_add_selector(mesh *m, const char *text, fp_match_id *ret)
{
    fp_label_index *labels = fp_federation_labels(m->federation);
    fp_selector *selector = NULL;
    int r = fp_selector_parse(fp_str_of(text), &selector, NULL);

    if (r == 0)
        r = fp_label_index_add_selector(labels, selector, FP_DOMAIN_ALL, ret);
    fp_selector_unref(selector);
    return r;
}

/* "east:ns/name " of every id. */
static inline void put_ids(const mesh *m, const fp_u32_vec *ids, fp_buf *buf)
{
    for (size_t i = 0; i < ids->len; i++) {
        fp_endpoint_view view;

        ck_assert(fp_federation_get(m->federation, ids->items[i], &view));
        fp_buf_add(buf, fp_cluster_name(view.cluster));
        fp_buf_putc(buf, ':');
        fp_buf_add(buf, view.ns);
        fp_buf_putc(buf, '/');
        fp_buf_add(buf, view.name);
        fp_buf_putc(buf, ' ');
    }
}

static inline void put_nets(const fp_cidr_vec *nets, fp_buf *buf)
{
    for (size_t i = 0; i < nets->len; i++) {
        fp_cidr_put(buf, &nets->items[i]);
        fp_buf_putc(buf, ' ');
    }
}

#endif
