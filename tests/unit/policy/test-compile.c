/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/compile.h"

#include "tests/support/fp_test.h"
#include "tests/support/fp_world_test.h"

typedef struct row {
    const char *rule;
    const char *sets; /* "SELECTOR TYPE USE[ local][ PROTOCOL:PORT]", a line each */
} row;

static const fp_world_options local_scope = {
    .federation = {.cluster_label = FP_STR_INIT("cluster")}, .scope = FP_SCOPE_LOCAL};

static void put_policy(const fp_test_mesh *mesh, const char *rule)
{
    fp_buf yaml = {0};

    fp_buf_printf(&yaml,
                  "apiVersion: v1\nkind: Pod\nmetadata: {namespace: shop, name: web}\n"
                  "spec: {nodeName: n1}\nstatus: {podIPs: [{ip: 10.0.0.1}]}\n---\n"
                  "{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy,\n"
                  " metadata: {name: p}, spec: {types: [Egress], egress: [%s]}}\n",
                  rule);
    fp_test_apply_yaml(mesh->world, mesh->east, FP_WATCH_ADDED, fp_buf_str(&yaml));
    fp_buf_done(&yaml);
    ck_assert_int_eq(fp_world_commit(mesh->world), 0);
}

/* The sets of the state, without the word before them. */
static char *sets_of(fp_world *world)
{
    fp_test_state state = {0};
    fp_buf lines = {0};

    ck_assert_int_eq(fp_test_state_of(world, &state), 0);
    for (size_t i = 0; i < state.len; i++)
        if (fp_str_starts_with(fp_str_of(state.items[i].key), FP_STR("set ")))
            fp_buf_printf(&lines, "%s\n", state.items[i].key + 4);
    fp_test_state_done(&state);
    fp_buf_puts(&lines, "");
    return fp_buf_steal(&lines, NULL);
}

START_TEST(scope_local_narrows_the_sets_of_positive_selectors_alone)
{
    static const row rows[] = {
        {"{action: Allow, destination: {selector: a == 'b'}}", "a == \"b\" net allow local\n"},
        {"{action: Pass, destination: {selector: a == 'b'}}", "a == \"b\" net allow local\n"},
        {"{action: Deny, destination: {selector: a == 'b'}}", "a == \"b\" net deny\n"},
        {"{action: Log, destination: {selector: a == 'b'}}", "a == \"b\" net allow\n"},
        {"{action: Allow, destination: {notSelector: a == 'b'}}", "a == \"b\" net deny\n"},
        {"{action: Allow, destination: {selector: cluster == 'b'}}",
         "cluster == \"b\" net allow\n"},
        {"{action: Allow, destination: {selector: a == 'b', ports: [http]}}",
         "a == \"b\" ip-port allow local any:http\n"},
        /* Nobody was selected, so there is nothing to narrow. */
        {"{action: Allow, destination: {ports: [http]}}", "all() ip-port allow any:http\n"},
        {"{action: Pass, source: {ports: [http]}}", "all() ip-port allow any:http\n"},
        {"{action: Allow, destination: {notPorts: [http]}}", "all() ip-port deny any:http\n"},
        {"{action: Allow, destination: {selector: a == 'b', notPorts: [http]}}",
         "a == \"b\" ip-port deny any:http\na == \"b\" net allow local\n"},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(rows); i++) {
        fp_test_mesh mesh;
        char *sets;

        ck_assert_int_eq(fp_test_mesh_new(i, &local_scope, &mesh), 0);
        put_policy(&mesh, rows[i].rule);
        sets = sets_of(mesh.world);
        ck_assert_msg(fp_str_is(fp_str_of(sets), rows[i].sets), "%s: %s", rows[i].rule, sets);
        fp_free(sets);
        fp_test_mesh_done(&mesh);
    }
}
END_TEST

FP_TEST_MAIN("policy/compile", scope_local_narrows_the_sets_of_positive_selectors_alone)
