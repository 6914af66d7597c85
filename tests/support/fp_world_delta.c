/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "tests/support/fp_test.h"
#include "tests/support/fp_world_test.h"

typedef FP_VEC(char *) line_vec;

static int cmp_lines(const void *a, const void *b)
{
    return fp_str_cmp(fp_str_of(*(char *const *)a), fp_str_of(*(char *const *)b));
}

static void add_line(line_vec *lines, fp_buf *line)
{
    char *text = fp_buf_steal(line, NULL);

    ck_assert(text != NULL);
    ck_assert_int_eq(fp_vec_push(lines, text), 0);
}

static char *join(line_vec *lines, bool sorted)
{
    fp_buf out = {0};

    if (sorted && lines->len > 1)
        qsort(lines->items, lines->len, sizeof(char *), cmp_lines);
    fp_buf_puts(&out, "");
    for (size_t i = 0; i < lines->len; i++) {
        fp_buf_puts(&out, lines->items[i]);
        fp_buf_putc(&out, '\n');
        fp_free(lines->items[i]);
    }
    fp_vec_done(lines);
    ck_assert_int_eq(fp_buf_error(&out), 0);
    return fp_buf_steal(&out, NULL);
}

char *fp_test_state_text(const fp_test_state *state)
{
    line_vec lines = {0};

    for (size_t i = 0; i < state->len; i++) {
        fp_buf line = {0};

        fp_buf_printf(&line, "%s: %s", state->items[i].key, state->items[i].text);
        add_line(&lines, &line);
    }
    return join(&lines, false);
}

static const char *sign(fp_change_kind kind)
{
    return kind == FP_CHANGE_NEW ? "+" : kind == FP_CHANGE_GONE ? "-" : "~";
}

static void put_set_key(fp_buf *buf, const fp_set *set)
{
    const char *proto = fp_proto_name(set->protocol);

    fp_selector_put_canonical(set->selector, buf);
    fp_buf_puts(buf, set->type == FP_SET_NET ? " net" : " ip-port");
    fp_buf_puts(buf, set->use == FP_USE_ALLOW ? " allow" : " deny");
    fp_buf_puts(buf, set->domain == FP_DOMAIN_LOCAL ? " local" : "");
    if (set->type != FP_SET_IP_PORT)
        return;
    fp_buf_putc(buf, ' ');
    fp_buf_puts(buf, set->protocol == 0 ? "any" : proto ? proto : "");
    fp_buf_putc(buf, ':');
    fp_buf_add(buf, set->port);
}

static void add_net_lines(line_vec *lines, const fp_set *set, const char *mark, const fp_cidr *nets,
                          size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fp_buf line = {0};

        if (i > 0)
            ck_assert_int_lt(fp_cidr_cmp(&nets[i - 1], &nets[i]), 0);
        fp_buf_puts(&line, mark);
        fp_buf_puts(&line, "member ");
        put_set_key(&line, set);
        fp_buf_puts(&line, " | ");
        fp_cidr_put(&line, &nets[i]);
        add_line(lines, &line);
    }
}

static void add_port_lines(line_vec *lines, const fp_set *set, const char *mark,
                           const fp_port_member *members, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *proto = fp_proto_name(members[i].protocol);
        fp_buf line = {0};

        if (i > 0)
            ck_assert_int_lt(fp_port_member_cmp(&members[i - 1], &members[i]), 0);
        fp_buf_puts(&line, mark);
        fp_buf_puts(&line, "member ");
        put_set_key(&line, set);
        fp_buf_puts(&line, " | ");
        fp_ip_put(&line, &members[i].ip);
        fp_buf_printf(&line, ",%s:%u", proto ? proto : "?", members[i].port);
        add_line(lines, &line);
    }
}

static void add_set_lines(line_vec *lines, const fp_set_delta *delta)
{
    if (delta->is_new || delta->is_gone) {
        fp_buf line = {0};

        fp_buf_puts(&line, delta->is_new ? "+set " : "-set ");
        put_set_key(&line, delta->set);
        add_line(lines, &line);
    }
    if (delta->is_gone)
        ck_assert(delta->n_removed == 0 && delta->n_removed_ports == 0);
    add_net_lines(lines, delta->set, "+", delta->added, delta->n_added);
    add_net_lines(lines, delta->set, "-", delta->removed, delta->n_removed);
    add_port_lines(lines, delta->set, "+", delta->added_ports, delta->n_added_ports);
    add_port_lines(lines, delta->set, "-", delta->removed_ports, delta->n_removed_ports);
}

char *fp_test_delta_text(const fp_delta *delta)
{
    line_vec lines = {0};

    for (size_t i = 0; i < delta->n_sets; i++)
        add_set_lines(&lines, &delta->sets[i]);
    for (size_t i = 0; i < delta->n_policies; i++) {
        const fp_policy_delta *policy = &delta->policies[i];
        fp_buf line = {0};

        fp_buf_printf(&line, "%spolicy %.*s", sign(policy->change), FP_STR_ARG(policy->name));
        add_line(&lines, &line);
    }
    for (size_t i = 0; i < delta->n_endpoints; i++) {
        const fp_endpoint_delta *end = &delta->endpoints[i];
        fp_buf line = {0};

        fp_buf_printf(&line, "%sendpoint %.*s/%.*s", sign(end->change), FP_STR_ARG(end->ns),
                      FP_STR_ARG(end->name));
        add_line(&lines, &line);
    }
    for (size_t i = 0; i < delta->n_departed; i++) {
        fp_buf line = {0};

        fp_buf_puts(&line, "-address ");
        fp_ip_put(&line, &delta->departed[i]);
        add_line(&lines, &line);
    }
    return join(&lines, true);
}

static bool has_prefix(const char *key, const char *prefix)
{
    return fp_str_starts_with(fp_str_of(key), fp_str_of(prefix));
}

static bool has_key(const fp_test_state *state, const char *prefix, const char *rest)
{
    for (size_t i = 0; i < state->len; i++) {
        fp_str key = fp_str_of(state->items[i].key);

        if (fp_str_starts_with(key, fp_str_of(prefix)) &&
            fp_str_eq(fp_str_sub(key, strlen(prefix), key.len), fp_str_of(rest)))
            return true;
    }
    return false;
}

/* Members of a set that is gone are not told one by one. */
static bool went_with_its_set(const fp_test_state *after, const char *key)
{
    const char *bar = strstr(key, " | ");
    char *set = fp_str_dup(fp_str_n(key + strlen("member "), (size_t)(bar - key) - 7));
    bool gone = !has_key(after, "set ", set);

    fp_free(set);
    return gone;
}

static void add_change(line_vec *lines, char mark, const char *key)
{
    fp_buf line = {0};

    fp_buf_putc(&line, mark);
    fp_buf_puts(&line, key);
    add_line(lines, &line);
}

char *fp_test_difference(const fp_test_state *before, const fp_test_state *after)
{
    line_vec lines = {0};
    size_t a = 0, b = 0;

    while (a < before->len || b < after->len) {
        const char *x = a < before->len ? before->items[a].key : NULL;
        const char *y = b < after->len ? after->items[b].key : NULL;
        int order = x && y ? fp_str_cmp(fp_str_of(x), fp_str_of(y)) : x ? -1 : 1;

        if (x && order < 0 && !(has_prefix(x, "member ") && went_with_its_set(after, x)))
            add_change(&lines, '-', x);
        if (y && order > 0 && !has_prefix(y, "address "))
            add_change(&lines, '+', y);
        if (x && order == 0 && strcmp(before->items[a].text, after->items[b].text) != 0)
            add_change(&lines, '~', x);
        a += order <= 0;
        b += order >= 0;
    }
    return join(&lines, true);
}

char *fp_test_diags(fp_world *world)
{
    line_vec lines = {0};

    for (size_t i = 0; fp_world_cluster(world, i); i++) {
        const fp_cluster *cluster = fp_world_cluster(world, i);
        const fp_kept_diag **diags;
        size_t n;

        ck_assert_int_eq(fp_cluster_diag_list(cluster, &diags, &n), 0);
        for (size_t k = 0; k < n; k++) {
            const fp_kept_diag *d = diags[k];
            fp_buf line = {0};

            if (d->code == FP_DIAG_IGNORED_REMOTE_KIND || d->code == FP_DIAG_DUPLICATE_OBJECT)
                continue;
            fp_buf_printf(&line, "%s %s %.*s/%.*s %.*s %s %s", fp_cluster_name_z(cluster), d->kind,
                          FP_STR_ARG(d->ns), FP_STR_ARG(d->name), FP_STR_ARG(d->path),
                          fp_severity_name(d->severity), fp_diag_code_name(d->code));
            add_line(&lines, &line);
        }
    }
    return join(&lines, true);
}
