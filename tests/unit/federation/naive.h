/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FED_NAIVE_H
#define FED_NAIVE_H

/*
 * A small world, computed from scratch each time it is asked: few entities, labels, profiles and
 * addresses, so that clashes are the rule. Sets are bit masks over the pools below.
 */

#include "tests/unit/federation/fed_fixture.h"

#define N_ENTITIES 8u /* of one cluster */
#define N_NETS 11u
#define N_HOSTS 8u /* the first ones of the nets */
#define N_PROFILES 3u
#define N_FORMS 10u
#define N_PORT_FORMS 4u

static const char *const net_pool[N_NETS] = {"0.0.0.0",    "10.0.0.1",    "10.0.0.2", "10.0.0.3",
                                             "10.0.0.4",   "10.0.0.5",    "fd00::1",  "fd00::2",
                                             "10.0.0.0/8", "10.0.0.0/30", "fd00::/8"};

/* Values of the labels a, b: 0 absent, else the digit. */
typedef struct entity {
    bool is;
    fp_kind kind;
    unsigned labels[2];
    unsigned profiles; /* 0 none, else the first is number n - 1 and then, if bit 2, the next one */
    unsigned nets;     /* mask */
    unsigned ports;    /* bit 0: http/tcp/80, 1: http/udp/80, 2: http/tcp/81, 3: dns/udp/80 */
} entity;

typedef struct naive {
    bool union_identity;
    entity entities[N_CLUSTERS][N_ENTITIES];
    struct {
        bool is;
        unsigned labels[2];
    } profiles[N_CLUSTERS][N_PROFILES];
} naive;

static inline bool is_profile_of(const entity *e, unsigned profile)
{
    unsigned first = (e->profiles & 3u) - 1;

    if ((e->profiles & 3u) == 0)
        return false;
    return profile == first || ((e->profiles & 4u) && profile == (first + 1) % N_PROFILES);
}

/* Own label, else that of the profiles in order. */
static inline unsigned label_of(const naive *n, unsigned cluster, const entity *e, unsigned label)
{
    unsigned first = (e->profiles & 3u) - 1;

    if (e->labels[label] != 0)
        return e->labels[label];
    for (unsigned i = 0; i < 2; i++) {
        unsigned profile = (first + i) % N_PROFILES;

        if (!is_profile_of(e, profile) || (i == 1 && !(e->profiles & 4u)))
            continue;
        if (n->profiles[cluster][profile].is && n->profiles[cluster][profile].labels[label] != 0)
            return n->profiles[cluster][profile].labels[label];
    }
    return 0;
}

static const char *const form_text[N_FORMS] = {
    "a == '1'",
    "a == '2'",
    "has(b)",
    "!has(a)",
    "a != '1'",
    "a == '1' || b == '2'",
    "a in {'1', '2'} && !has(b)",
    "all()",
    "b not in {'1'}",
    "a == '1' && b == '1'",
};

static inline bool form_matches(unsigned form, unsigned a, unsigned b)
{
    switch (form) {
    case 0:
        return a == 1;
    case 1:
        return a == 2;
    case 2:
        return b != 0;
    case 3:
        return a == 0;
    case 4:
        return a != 1;
    case 5:
        return a == 1 || b == 2;
    case 6:
        return a != 0 && b == 0;
    case 7:
        return true;
    case 8:
        return b != 1;
    default:
        return a == 1 && b == 1;
    }
}

static inline bool entity_matches(const naive *n, unsigned cluster, const entity *e, unsigned form)
{
    return form_matches(form, label_of(n, cluster, e, 0), label_of(n, cluster, e, 1));
}

static inline bool is_claim(const entity *e)
{
    return type_of_kind(e->kind) != FP_ENDPOINT_NETWORK_SET;
}

/* Nets that a local workload or host has. */
static inline unsigned local_nets(const naive *n)
{
    unsigned mask = 0;

    for (unsigned i = 0; i < N_ENTITIES; i++)
        if (n->entities[0][i].is && is_claim(&n->entities[0][i]))
            mask |= n->entities[0][i].nets;
    return mask;
}

static inline unsigned effective_nets(const naive *n, unsigned cluster, const entity *e)
{
    if (cluster == 0 || !is_claim(e) || n->union_identity)
        return e->nets;
    return e->nets & ~local_nets(n);
}

static inline unsigned naive_members(const naive *n, unsigned form)
{
    unsigned mask = 0;

    for (unsigned c = 0; c < N_CLUSTERS; c++)
        for (unsigned i = 0; i < N_ENTITIES; i++)
            if (n->entities[c][i].is && entity_matches(n, c, &n->entities[c][i], form))
                mask |= effective_nets(n, c, &n->entities[c][i]);
    return mask;
}

/* Which of the ports of an entity a query takes: http with tcp, http any, dns udp, http udp. */
static const struct {
    const char *port;
    uint8_t protocol;
    unsigned takes;
} port_forms[N_PORT_FORMS] = {{"http", 6, 5u}, {"http", 0, 7u}, {"dns", 17, 8u}, {"http", 17, 2u}};

/* (host, what the port is) as bits: 3 for each host: tcp/80, udp/80, tcp/81. */
static inline uint32_t naive_ports(const naive *n, unsigned form, unsigned port_form)
{
    uint32_t mask = 0;

    for (unsigned c = 0; c < N_CLUSTERS; c++) {
        for (unsigned i = 0; i < N_ENTITIES; i++) {
            const entity *e = &n->entities[c][i];
            unsigned ports = e->ports & port_forms[port_form].takes;
            uint32_t bits = (ports & 7u) | (ports & 8u ? 2u : 0u);
            unsigned nets = effective_nets(n, c, e);

            if (!e->is || !entity_matches(n, c, e, form))
                continue;
            for (unsigned h = 0; h < N_HOSTS; h++)
                if (nets & (1u << h))
                    mask |= bits << (3 * h);
        }
    }
    return mask;
}

static inline unsigned bit_of_net(const fp_cidr *net)
{
    for (unsigned i = 0; i < N_NETS; i++) {
        fp_cidr cidr;
        bool host_bits;

        ck_assert(fp_cidr_parse(fp_str_of(net_pool[i]), &cidr, &host_bits));
        if (fp_cidr_eq(&cidr, net))
            return 1u << i;
    }
    ck_abort_msg("a member that is in no pool");
    return 0;
}

static inline uint32_t bit_of_port(const fp_port_member *member)
{
    fp_cidr net = fp_cidr_of_ip(&member->ip);
    unsigned host = (unsigned)__builtin_ctz(bit_of_net(&net));
    unsigned what = member->protocol == 17 ? 1 : (member->port == 81 ? 2 : 0);

    return 1u << (3 * host + what);
}

/* The names that an entity and its profiles have in the federation. */
static const char *const entity_names[N_ENTITIES] = {"e0", "e1", "e2", "e3",
                                                     "e4", "e5", "e6", "e7"};
static const char *const profile_names[N_PROFILES] = {"p0", "p1", "p2"};
static const char digits[] = "0123456789";

typedef struct entity_text {
    char labels[16];
    char profiles[8];
    fp_buf nets;
    fp_buf ports;
    short_endpoint endpoint;
} entity_text;

/* Nets in the order of fp_cidr_cmp(). */
static inline void put_net_mask(unsigned mask, fp_buf *buf)
{
    static const unsigned order[N_NETS] = {0, 8, 9, 1, 2, 3, 4, 5, 10, 6, 7};

    fp_buf_puts(buf, "");
    for (unsigned i = 0; i < N_NETS; i++)
        if (mask & (1u << order[i]))
            fp_buf_printf(buf, "%s ", net_pool[order[i]]);
}

static inline void entity_to_text(unsigned cluster, unsigned i, const entity *e, entity_text *ret)
{
    static const char *const ports[] = {"dns/17/80", "http/6/80", "http/6/81", "http/17/80"};
    static const unsigned bits[] = {8, 1, 4, 2};
    size_t at = 0;

    *ret = (entity_text){0};
    for (unsigned l = 0; l < 2; l++) {
        if (e->labels[l] == 0)
            continue;
        ret->labels[at++] = (char)('a' + l);
        ret->labels[at++] = '=';
        ret->labels[at++] = digits[e->labels[l]];
        ret->labels[at++] = ' ';
    }
    at = 0;
    for (unsigned p = 0; e->profiles & 3u && p < (e->profiles & 4u ? 2u : 1u); p++) {
        ret->profiles[at++] = 'p';
        ret->profiles[at++] = digits[((e->profiles & 3u) - 1 + p) % N_PROFILES];
        ret->profiles[at++] = ' ';
    }
    put_net_mask(e->nets, &ret->nets);
    fp_buf_puts(&ret->ports, "");
    for (unsigned p = 0; p < 4; p++)
        if (e->ports & bits[p])
            fp_buf_printf(&ret->ports, "%s ", ports[p]);
    ret->endpoint = (short_endpoint){cluster,         e->kind,         "n",
                                     entity_names[i], ret->labels,     ret->profiles,
                                     ret->nets.data,  ret->ports.data, ""};
}

static inline void entity_text_done(entity_text *text)
{
    fp_buf_done(&text->nets);
    fp_buf_done(&text->ports);
}

static inline int naive_put(mesh *m, const naive *n, unsigned cluster, unsigned i)
{
    entity_text text;
    fp_endpoint_id id;
    int r;

    entity_to_text(cluster, i, &n->entities[cluster][i], &text);
    r = fp_buf_error(&text.nets) < 0 ? fp_buf_error(&text.nets) : fp_buf_error(&text.ports);
    if (r == 0)
        r = mesh_put(m, &text.endpoint, &id);
    entity_text_done(&text);
    return r;
}

static inline int naive_set_profile(mesh *m, const naive *n, unsigned cluster, unsigned i)
{
    static const char *const names[] = {"a", "b"};
    fp_label_index *labels = fp_federation_labels(m->federation);
    fp_label list[2];
    size_t count = 0;

    if (!n->profiles[cluster][i].is)
        return fp_label_index_remove_profile(labels, cluster, fp_str_of(profile_names[i]));
    for (unsigned l = 0; l < 2; l++)
        if (n->profiles[cluster][i].labels[l] != 0)
            list[count++] = (fp_label){fp_str_of(names[l]),
                                       fp_str_n(&digits[n->profiles[cluster][i].labels[l]], 1)};
    return fp_label_index_set_profile(labels, cluster, fp_str_of(profile_names[i]), list, count);
}

/* Draws what entity I of CLUSTER shall be; its kind is a function of its place. */
static inline entity draw_entity(fp_rng *rng, unsigned cluster, unsigned i)
{
    entity e = {.is = true, .kind = FP_KIND_POD};

    if (i == 6)
        e.kind = FP_KIND_HOST_ENDPOINT;
    if (i == 7 && cluster == 0)
        e.kind = FP_KIND_NETWORK_SET;
    e.labels[0] = fp_rng_below(rng, 3);
    e.labels[1] = fp_rng_below(rng, 3);
    e.profiles = fp_rng_below(rng, 8);
    e.nets = 1u << fp_rng_below(rng, N_HOSTS);
    if (fp_rng_below(rng, 3) == 0)
        e.nets = fp_rng_next(rng) & fp_rng_next(rng) & ((1u << N_HOSTS) - 1);
    if (e.kind == FP_KIND_NETWORK_SET)
        e.nets = fp_rng_next(rng) & ((1u << N_NETS) - 1);
    if (e.kind != FP_KIND_NETWORK_SET && fp_rng_below(rng, 2))
        e.ports = fp_rng_below(rng, 16);
    return e;
}

#endif
