/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/world.h"

#include <stdlib.h>

#include "tests/support/fp_test.h"
#include "tests/support/fp_world_test.h"

/*
 * Cases in tests/data/policy/: a title after "### ", then blocks that begin with "=== ". Node n1
 * of cluster east is enforced; west and north are remote.
 *
 *     === east            objects as YAML; "delete east": they go; "resync east": they are all
 *     === remove west     the whole cluster goes
 *     === sets            commit; then the sets with their members are exactly these lines
 *     === endpoints       commit; what applies to the enforced endpoints
 *     === policies        commit; the active policies with their rules
 *     === diagnostics     commit; cluster, kind, ns/name, path, severity, code
 */

static const fp_world_options options = {.federation = {.node = FP_STR_INIT("n1")}};

typedef struct reader {
    fp_str text;
    fp_str title;
    fp_test_mesh mesh;
} reader;

static fp_str next_line(fp_str *text)
{
    ptrdiff_t end = fp_str_find_byte(*text, '\n');
    size_t len = end < 0 ? text->len : (size_t)end;
    fp_str line = fp_str_sub(*text, 0, len);

    *text = fp_str_sub(*text, end < 0 ? len : len + 1, text->len);
    return line;
}

/* Everything up to the next block or case. */
static fp_str next_block(fp_str *text)
{
    fp_str rest = *text;
    fp_str block;

    while (rest.len > 0 && !fp_str_starts_with(rest, FP_STR("=== ")) &&
           !fp_str_starts_with(rest, FP_STR("### ")))
        (void)next_line(&rest);
    block = fp_str_sub(*text, 0, text->len - rest.len);
    *text = rest;
    return block;
}

static void put_sets(fp_buf *out, const fp_test_state *state)
{
    for (size_t i = 0; i < state->len; i++) {
        fp_str key = fp_str_of(state->items[i].key);
        fp_str set = fp_str_sub(key, key.len < 4 ? key.len : 4, key.len);

        if (!fp_str_starts_with(key, FP_STR("set ")))
            continue;
        fp_buf_add(out, set);
        fp_buf_putc(out, ':');
        for (size_t k = 0; k < state->len; k++) {
            fp_str member = fp_str_of(state->items[k].key);
            size_t at = strlen("member ") + set.len;

            if (!fp_str_starts_with(member, FP_STR("member ")) || member.len <= at ||
                !fp_str_eq(fp_str_sub(member, strlen("member "), at), set) ||
                !fp_str_starts_with(fp_str_sub(member, at, member.len), FP_STR(" | ")))
                continue;
            fp_buf_putc(out, ' ');
            fp_buf_add(out, fp_str_sub(member, at + 3, member.len));
        }
        fp_buf_putc(out, '\n');
    }
}

static void put_items(fp_buf *out, const fp_test_state *state, fp_str prefix)
{
    for (size_t i = 0; i < state->len; i++) {
        fp_str key = fp_str_of(state->items[i].key);

        if (!fp_str_starts_with(key, prefix))
            continue;
        fp_buf_add(out, fp_str_sub(key, prefix.len, key.len));
        fp_buf_putc(out, ':');
        if (state->items[i].text[0] != '\0' && state->items[i].text[0] != '\n' &&
            state->items[i].text[0] != ' ')
            fp_buf_putc(out, ' ');
        fp_buf_puts(out, state->items[i].text);
        fp_buf_putc(out, '\n');
    }
}

/* False if COMMAND asks for nothing. */
static bool put_answer(reader *r, fp_str command, fp_buf *out)
{
    fp_test_state state = {0};
    bool known = true;

    fp_buf_puts(out, "");
    if (fp_str_is(command, "diagnostics")) {
        char *text = fp_test_diags(r->mesh.world);

        fp_buf_puts(out, text);
        fp_free(text);
        return true;
    }
    ck_assert_int_eq(fp_test_state_of(r->mesh.world, &state), 0);
    if (fp_str_is(command, "sets"))
        put_sets(out, &state);
    else if (fp_str_is(command, "endpoints"))
        put_items(out, &state, FP_STR("endpoint "));
    else if (fp_str_is(command, "policies"))
        put_items(out, &state, FP_STR("policy "));
    else
        known = false;
    fp_test_state_done(&state);
    return known;
}

static void expect(reader *r, fp_str command, fp_str block)
{
    fp_buf out = {0};
    char *expected;

    ck_assert_int_eq(fp_world_commit(r->mesh.world), 0);
    ck_assert_msg(put_answer(r, command, &out), "%.*s?", FP_STR_ARG(command));
    fp_buf_puts(&out, "");
    while (block.len > 0 && block.ptr[block.len - 1] == '\n')
        block.len--;
    while (out.len > 0 && out.data[out.len - 1] == '\n')
        out.data[--out.len] = '\0';
    expected = fp_str_dup(block);
    ck_assert_msg(strcmp(out.data, expected) == 0, "%.*s: %.*s is\n%s\nexpected\n%s",
                  FP_STR_ARG(r->title), FP_STR_ARG(command), out.data, expected);
    fp_free(expected);
    fp_buf_done(&out);
}

static fp_str skip(fp_str s, fp_str prefix)
{
    return fp_str_starts_with(s, prefix) ? fp_str_sub(s, prefix.len, s.len) : s;
}

static void run_block(reader *r, fp_str command, fp_str block)
{
    bool deletes = fp_str_starts_with(command, FP_STR("delete "));
    bool resyncs = fp_str_starts_with(command, FP_STR("resync "));
    bool removes = fp_str_starts_with(command, FP_STR("remove "));
    fp_str name =
        skip(skip(skip(command, FP_STR("delete ")), FP_STR("resync ")), FP_STR("remove "));
    fp_cluster *cluster = fp_world_find_cluster(r->mesh.world, name);

    if (!cluster) {
        expect(r, command, block);
        return;
    }
    if (removes) {
        ck_assert_int_eq(fp_world_remove_cluster(r->mesh.world, cluster), 0);
        return;
    }
    if (resyncs)
        fp_world_begin_resync(r->mesh.world, cluster, FP_KIND_UNKNOWN);
    fp_test_apply_yaml(r->mesh.world, cluster, deletes ? FP_WATCH_DELETED : FP_WATCH_NONE, block);
    if (resyncs)
        ck_assert_int_eq(fp_world_end_resync(r->mesh.world, cluster, FP_KIND_UNKNOWN), 0);
}

static void run_case(reader *r)
{
    ck_assert_int_eq(fp_test_mesh_new(7, &options, &r->mesh), 0);
    while (fp_str_starts_with(r->text, FP_STR("=== "))) {
        fp_str line = next_line(&r->text);

        run_block(r, fp_str_sub(line, 4, line.len), next_block(&r->text));
    }
    fp_test_mesh_done(&r->mesh);
}

static void run_file(const char *name)
{
    size_t len, cases = 0;
    char *text = fp_test_read(name, &len);
    reader r = {.text = fp_str_n(text, len)};

    while (r.text.len > 0) {
        fp_str line = next_line(&r.text);

        if (!fp_str_starts_with(line, FP_STR("### ")))
            continue;
        r.title = fp_str_sub(line, 4, line.len);
        (void)next_block(&r.text);
        run_case(&r);
        cases++;
    }
    ck_assert_uint_gt(cases, 0);
    free(text);
}

START_TEST(identities_of_other_clusters_reach_the_rules_as_specified)
{
    run_file("policy/identity.cases");
}
END_TEST

START_TEST(policies_apply_in_the_order_and_under_the_conditions_specified)
{
    run_file("policy/evaluation.cases");
}
END_TEST

START_TEST(what_is_not_understood_never_widens)
{
    run_file("policy/failclosed.cases");
}
END_TEST

FP_TEST_MAIN("policy/acceptance", identities_of_other_clusters_reach_the_rules_as_specified,
             policies_apply_in_the_order_and_under_the_conditions_specified,
             what_is_not_understood_never_widens)
