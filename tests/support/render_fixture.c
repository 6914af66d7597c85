/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/render_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Memory for the life of the process' test: it is forked off and ends soon. */
static void *must(void *ptr)
{
    ck_assert_ptr_nonnull(ptr);
    return ptr;
}

static void *keep(fixture *fx, size_t size)
{
    void *piece = must(fp_arena_alloc(&fx->arena, size));

    memset(piece, 0, size);
    return piece;
}

static fp_str keep_str(fixture *fx, const char *text)
{
    return fp_arena_str(&fx->arena, fp_str_of(text ? text : ""));
}

void fx_init(fixture *fx)
{
    *fx = (fixture){0};
    fp_arena_init(&fx->arena, 0);
}

void fx_done(fixture *fx)
{
    for (size_t i = 0; i < fx->sets.len; i++) {
        fp_vec_done(&fx->sets.items[i]->nets);
        fp_vec_done(&fx->sets.items[i]->ports);
    }
    fp_vec_done(&fx->sets);
    fp_vec_done(&fx->policies);
    fp_vec_done(&fx->lists);
    fp_vec_done(&fx->endpoints);
    fp_arena_done(&fx->arena);
}

fp_cidr fx_cidr(const char *text)
{
    fp_cidr cidr;
    bool bits;

    ck_assert_msg(fp_cidr_parse(fp_str_of(text), &cidr, &bits), "%s", text);
    return cidr;
}

fp_ip fx_ip(const char *text)
{
    fp_ip ip;

    ck_assert_msg(fp_ip_parse(fp_str_of(text), &ip), "%s", text);
    return ip;
}

static uint32_t add_set(fixture *fx, fp_set_type type, const char *key)
{
    fx_set *set = keep(fx, sizeof(*set));

    set->set.id = (uint32_t)fx->sets.len;
    set->set.type = type;
    set->set.use = FP_USE_ALLOW;
    (void)snprintf(set->set.uid, sizeof(set->set.uid), "s:%s", key);
    ck_assert_int_eq(fp_vec_push(&fx->sets, set), 0);
    return set->set.id;
}

uint32_t fx_set_of(fixture *fx, const char *key, const char *const *members)
{
    uint32_t id = add_set(fx, FP_SET_NET, key);

    for (; members && *members; members++)
        ck_assert(fx_join(fx, id, *members));
    return id;
}

uint32_t fx_port_set(fixture *fx, const char *port)
{
    uint32_t id = add_set(fx, FP_SET_IP_PORT, port);

    fx->sets.items[id]->set.port = keep_str(fx, port);
    return id;
}

void fx_port_member(fixture *fx, uint32_t set, const char *ip, uint8_t protocol, uint16_t port)
{
    fp_port_member member = {fx_ip(ip), protocol, port};

    ck_assert_int_eq(fp_vec_push(&fx->sets.items[set]->ports, member), 0);
}

bool fx_join(fixture *fx, uint32_t set, const char *member)
{
    fp_cidr_vec *nets = &fx->sets.items[set]->nets;
    fp_cidr cidr = fx_cidr(member);
    size_t i = 0;

    while (i < nets->len && fp_cidr_cmp(&nets->items[i], &cidr) < 0)
        i++;
    if (i < nets->len && fp_cidr_eq(&nets->items[i], &cidr))
        return false;
    ck_assert_int_eq(fp_vec_push(nets, cidr), 0);
    memmove(nets->items + i + 1, nets->items + i, (nets->len - 1 - i) * sizeof(cidr));
    nets->items[i] = cidr;
    return true;
}

bool fx_leave(fixture *fx, uint32_t set, const char *member)
{
    fp_cidr_vec *nets = &fx->sets.items[set]->nets;
    fp_cidr cidr = fx_cidr(member);

    for (size_t i = 0; i < nets->len; i++) {
        if (!fp_cidr_eq(&nets->items[i], &cidr))
            continue;
        memmove(nets->items + i, nets->items + i + 1, (nets->len - 1 - i) * sizeof(cidr));
        nets->len--;
        return true;
    }
    return false;
}

fp_active_rule fx_rule(fixture *fx, fp_action action, fp_rule **ret)
{
    fp_rule *rule = keep(fx, sizeof(*rule));
    fp_active_rule active = {.rule = rule, .mode = FP_RULE_NORMAL};

    rule->action = action;
    active.source.selector = FP_NO_SET;
    active.source.not_selector = FP_NO_SET;
    active.destination = active.source;
    if (ret)
        *ret = rule;
    return active;
}

static int compare_cidrs(const void *a, const void *b)
{
    return fp_cidr_cmp(a, b);
}

fp_net_match fx_nets(fixture *fx, const char *const *nets)
{
    size_t n = 0;
    fp_cidr *copy;

    while (nets[n])
        n++;
    copy = keep(fx, n * sizeof(*copy));
    for (size_t i = 0; i < n; i++)
        copy[i] = fx_cidr(nets[i]);
    if (n)
        qsort(copy, n, sizeof(*copy), compare_cidrs);
    return (fp_net_match){.present = true, .nets = copy, .n = (uint32_t)n};
}

fp_port_match fx_ports(fixture *fx, const fp_port_range *ranges, size_t n)
{
    fp_port_range *copy = keep(fx, n * sizeof(*copy));

    memcpy(copy, ranges, n * sizeof(*copy));
    return (fp_port_match){.present = true, .ranges = copy, .n_ranges = (uint16_t)n};
}

static fp_active_policy *add_policy(fixture *fx, const fp_active_rule *rules, size_t n)
{
    fp_active_policy *policy = keep(fx, sizeof(*policy));
    fp_active_rule *copy = keep(fx, n * sizeof(*copy));

    if (n)
        memcpy(copy, rules, n * sizeof(*copy));
    policy->id = (uint32_t)fx->policies.len;
    policy->ingress = copy;
    policy->n_ingress = n;
    policy->egress = copy;
    policy->n_egress = n;
    ck_assert_int_eq(fp_vec_push(&fx->policies, policy), 0);
    return policy;
}

uint32_t fx_policy(fixture *fx, const char *ns, const char *name, const fp_active_rule *rules,
                   size_t n)
{
    fp_active_policy *active = add_policy(fx, rules, n);
    fp_policy *policy = keep(fx, sizeof(*policy));

    policy->kind = FP_KIND_NETWORK_POLICY;
    policy->ns = keep_str(fx, ns);
    policy->name = keep_str(fx, name);
    active->policy = policy;
    return active->id;
}

uint32_t fx_profile(fixture *fx, const char *name, const fp_active_rule *rules, size_t n)
{
    fp_active_policy *active = add_policy(fx, rules, n);

    active->is_profile = true;
    active->profile = keep_str(fx, name);
    return active->id;
}

void fx_add_tier(fixture *fx, fp_policy_list *list, const char *tier, fp_action end,
                 const uint32_t *policies, size_t n)
{
    fp_tier_list *tiers = keep(fx, (list->n_tiers + 1) * sizeof(*tiers));
    uint32_t *ids = keep(fx, n * sizeof(*ids));

    if (list->n_tiers)
        memcpy(tiers, list->tiers, list->n_tiers * sizeof(*tiers));
    if (n)
        memcpy(ids, policies, n * sizeof(*ids));
    tiers[list->n_tiers++] = (fp_tier_list){.tier = keep_str(fx, tier),
                                            .default_action = end,
                                            .exists = true,
                                            .ingress = ids,
                                            .n_ingress = n,
                                            .egress = ids,
                                            .n_egress = n};
    list->tiers = tiers;
}

fp_policy_list *fx_list(fixture *fx, const char *tier, fp_action end, const uint32_t *policies,
                        size_t n, uint32_t profile)
{
    fp_policy_list *list = keep(fx, sizeof(*list));
    uint32_t *profiles = keep(fx, sizeof(*profiles));

    list->id = (uint32_t)fx->lists.len;
    ck_assert_int_eq(fp_vec_push(&fx->lists, list), 0);
    if (n)
        fx_add_tier(fx, list, tier, end, policies, n);
    *profiles = profile;
    list->profiles = profiles;
    list->n_profiles = profile != UINT32_MAX;
    return list;
}

uint32_t fx_endpoint_of(fixture *fx, const char *ns, const char *name, const char *interface,
                        const char *const *nets, const fp_policy_list *list)
{
    fx_endpoint *endpoint = keep(fx, sizeof(*endpoint));

    endpoint->endpoint = (fp_local_endpoint){.ns = keep_str(fx, ns),
                                             .name = keep_str(fx, name),
                                             .interface_name = keep_str(fx, interface),
                                             .list = list};
    for (; nets && nets[endpoint->endpoint.n_nets]; endpoint->endpoint.n_nets++)
        endpoint->nets[endpoint->endpoint.n_nets] = fx_cidr(nets[endpoint->endpoint.n_nets]);
    ck_assert_int_eq(fp_vec_push(&fx->endpoints, endpoint), 0);
    return (uint32_t)fx->endpoints.len - 1;
}

static const fp_set *view_set(const void *source, uint32_t id)
{
    const fixture *fx = source;

    return id < fx->sets.len && !fx->sets.items[id]->gone ? &fx->sets.items[id]->set : NULL;
}

static const fp_active_policy *view_policy(const void *source, uint32_t id)
{
    const fixture *fx = source;

    return id < fx->policies.len ? fx->policies.items[id] : NULL;
}

static int view_sets(const void *source, fp_u32_vec *ret_ids)
{
    const fixture *fx = source;

    for (uint32_t i = 0; i < fx->sets.len; i++)
        if (!fx->sets.items[i]->gone)
            fp_try(fp_vec_push(ret_ids, i));
    return 0;
}

static int view_policies(const void *source, fp_u32_vec *ret_ids)
{
    const fixture *fx = source;

    for (uint32_t i = 0; i < fx->policies.len; i++)
        if (fx->policies.items[i])
            fp_try(fp_vec_push(ret_ids, i));
    return 0;
}

static int view_endpoints(const void *source, fp_u32_vec *ret_ids)
{
    const fixture *fx = source;

    for (uint32_t i = 0; i < fx->endpoints.len; i++)
        if (!fx->endpoints.items[i]->gone)
            fp_try(fp_vec_push(ret_ids, i));
    return 0;
}

static fp_local_endpoint view_endpoint(const void *source, uint32_t id)
{
    const fixture *fx = source;

    return fx->endpoints.items[id]->endpoint;
}

static fp_cidr view_net(const void *source, uint32_t id, size_t i)
{
    const fixture *fx = source;

    return fx->endpoints.items[id]->nets[i];
}

static int view_members(const void *source, const fp_set *set, fp_cidr_vec *ret_nets,
                        fp_port_member_vec *ret_ports)
{
    const fixture *fx = source;
    const fx_set *from = fx->sets.items[set->id];

    for (size_t i = 0; i < from->nets.len; i++)
        fp_try(fp_vec_push(ret_nets, from->nets.items[i]));
    for (size_t i = 0; i < from->ports.len; i++)
        fp_try(fp_vec_push(ret_ports, from->ports.items[i]));
    return 0;
}

fp_view fx_view(const fixture *fx)
{
    return (fp_view){
        .source = fx,
        .set = view_set,
        .policy = view_policy,
        .sets = view_sets,
        .policies = view_policies,
        .endpoints = view_endpoints,
        .endpoint = view_endpoint,
        .net = view_net,
        .members = view_members,
    };
}

static int run(const char *command, const char *input, char **ret_output)
{
    char path[] = "/tmp/fedpol-test-XXXXXX";
    int fd = mkstemp(path);
    fp_buf line = {0};
    fp_buf output = {0};
    char chunk[4096];
    size_t got;
    FILE *pipe;
    int status;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, input, strlen(input)), (ssize_t)strlen(input));
    (void)close(fd);
    fp_buf_printf(&line, "%s %s 2>&1", command, path);
    pipe = popen(line.data, "r");
    ck_assert_ptr_nonnull(pipe);
    while ((got = fread(chunk, 1, sizeof(chunk), pipe)) > 0)
        fp_buf_add(&output, fp_str_n(chunk, got));
    status = pclose(pipe);
    (void)unlink(path);
    fp_buf_done(&line);
    fp_buf_putc(&output, '\n');
    if (WEXITSTATUS(status) && !ret_output)
        (void)fprintf(stderr, "%.600s\n", output.data);
    if (ret_output)
        *ret_output = fp_buf_steal(&output, NULL);
    fp_buf_done(&output);
    return WEXITSTATUS(status);
}

static bool can_have_namespaces(void)
{
    return system("unshare -n nft --version >/dev/null 2>&1") == 0;
}

int fx_nft(const char *text, bool check)
{
    if (!can_have_namespaces())
        return -1;
    return run(check ? "unshare -n nft -c -f" : "unshare -n nft -f", text, NULL);
}

int fx_in_netns(const char *script, char **ret_output)
{
    if (!can_have_namespaces())
        return -1;
    return run("unshare -n sh", script, ret_output);
}
