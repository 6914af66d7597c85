/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/object.h"

#include "libfedpol/wire/object_stream.h"
#include "tests/support/fp_model_dump.h"
#include "tests/support/fp_test.h"

/* Adds the diagnostics' text to what was decoded; the caller frees the buffer. */
static fp_buf decode(fp_str text, const fp_model_options *options, int expected)
{
    fp_test_object test;
    fp_buf dump = {0};

    fp_test_object_decode(&test, text, options);
    ck_assert_int_eq(test.result, expected);
    fp_model_dump(&dump, &test.object);
    fp_model_dump_diags(&dump, &test.diags);
    fp_test_object_done(&test);
    return dump;
}

static void check_contains(const fp_buf *dump, const char *text)
{
    ck_assert_msg(fp_str_contains(fp_buf_str(dump), fp_str_of(text)), "no '%s' in\n%s", text,
                  dump->data);
}

static void put_many(fp_buf *buf, unsigned n, const char *format)
{
    for (unsigned i = 0; i < n; i++) {
        fp_buf_puts(buf, i ? "," : "");
        fp_buf_puts(buf, format);
    }
}

START_TEST(interface_names_are_calico_s_own)
{
    char name[FP_INTERFACE_NAME_MAX + 1];

    fp_interface_name(FP_STR("cali"), FP_STR("default"), FP_STR("my-nginx-b1337a"), name);
    ck_assert_str_eq(name, "calidf6f7cbdf39");
    fp_interface_name(FP_STR("x"), FP_STR("default"), FP_STR("my-nginx-b1337a"), name);
    ck_assert_str_eq(name, "xdf6f7cbdf39");
    fp_interface_name(FP_STR("toolong"), FP_STR("default"), FP_STR("my-nginx-b1337a"), name);
    ck_assert_str_eq(name, "tooldf6f7cbdf39");
}
END_TEST

START_TEST(a_hundred_thousand_labels_are_refused)
{
    fp_cleanup_buf fp_buf text = {0};
    fp_cleanup_buf fp_buf dump = {0};

    fp_buf_puts(&text, "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\","
                       "\"labels\":{");
    for (unsigned i = 0; i < 100000; i++)
        fp_buf_printf(&text, "%s\"l%u\":\"v\"", i ? "," : "", i);
    fp_buf_puts(&text, "}},\"spec\":{\"nodeName\":\"n1\"}}");
    dump = decode(fp_buf_str(&text), NULL, FEDPOL_E_BAD_OBJECT);
    check_contains(&dump, "Pod default/p\n");
    check_contains(&dump, "! error limit metadata.labels: 100000 labels; the limit is 1000\n");
}
END_TEST

START_TEST(a_label_of_a_megabyte_is_refused_and_not_quoted_whole)
{
    fp_cleanup_buf fp_buf text = {0};
    fp_cleanup_buf fp_buf dump = {0};

    fp_buf_puts(&text, "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\","
                       "\"labels\":{\"k\":\"");
    for (unsigned i = 0; i < 1u << 20; i++)
        fp_buf_putc(&text, 'x');
    fp_buf_puts(&text, "\"}},\"spec\":{\"nodeName\":\"n1\"}}");
    dump = decode(fp_buf_str(&text), NULL, FEDPOL_E_BAD_OBJECT);
    check_contains(&dump, "the label \"k\" has a value of 1048576 bytes; the limit is 1024\n");
    ck_assert_uint_lt(dump.len, 300);
}
END_TEST

START_TEST(limits_are_options)
{
    const fp_model_options tight = {.max_labels = 1, .max_label_bytes = 4, .max_list = 1};
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"{apiVersion: v1, kind: Namespace, metadata: {name: a, labels: {a: b, c: d}}}",
         "2 labels; the limit is 1"},
        {"{apiVersion: v1, kind: Namespace, metadata: {name: a, labels: {a: abcde}}}",
         "has a value of 5 bytes; the limit is 4"},
        {"{apiVersion: projectcalico.org/v3, kind: GlobalNetworkSet, metadata: {name: a}, "
         "spec: {nets: [10.0.0.1, 10.0.0.2]}}",
         "a list of 2 items is longer than the limit of 1"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fp_cleanup_buf fp_buf dump = decode(fp_str_of(cases[i].text), &tight, FEDPOL_E_BAD_OBJECT);

        check_contains(&dump, cases[i].expected);
    }
}
END_TEST

START_TEST(too_long_a_list_in_a_rule_makes_it_not_understood)
{
    const fp_model_options tight = {.max_list = 1};
    fp_cleanup_buf fp_buf dump =
        decode(FP_STR("{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: "
                      "{name: a}, spec: {ingress: [{action: Allow, source: {nets: [10.0.0.1, "
                      "10.0.0.2]}}]}}"),
               &tight, 0);

    check_contains(&dump, "ingress[0] allow NOT UNDERSTOOD\n");
    check_contains(&dump, "! error limit spec.ingress[0].source.nets: ");
}
END_TEST

START_TEST(too_many_rules_leave_one_that_denies_all)
{
    static const struct {
        const char *head;
        const char *rule;
        const char *expected;
    } cases[] = {
        {"{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"NetworkPolicy\"",
         "{\"action\":\"Allow\"}", "  ingress[0] deny NOT UNDERSTOOD\n!"},
        {"{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\"", "{}",
         "  ingress[0] allow NOT UNDERSTOOD\n!"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fp_cleanup_buf fp_buf text = {0};
        fp_cleanup_buf fp_buf dump = {0};

        fp_buf_printf(&text, "%s,\"metadata\":{\"name\":\"p\"},\"spec\":{\"ingress\":[",
                      cases[i].head);
        put_many(&text, 1025, cases[i].rule);
        fp_buf_puts(&text, "]}}");
        dump = decode(fp_buf_str(&text), NULL, 0);
        check_contains(&dump, cases[i].expected);
    }
}
END_TEST

START_TEST(a_cross_product_of_peers_and_protocols_is_bounded)
{
    fp_cleanup_buf fp_buf text = {0};
    fp_cleanup_buf fp_buf dump = {0};

    fp_buf_puts(&text, "{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\","
                       "\"metadata\":{\"name\":\"p\"},\"spec\":{\"ingress\":[{\"from\":[");
    put_many(&text, 30000, "{\"ipBlock\":{\"cidr\":\"10.0.0.0/8\"}}");
    fp_buf_puts(&text, "],\"ports\":[{\"port\":1},{\"port\":1,\"protocol\":\"UDP\"}]}]}}");
    dump = decode(fp_buf_str(&text), NULL, 0);
    check_contains(&dump, "  ingress[0] allow NOT UNDERSTOOD\n! error limit spec.ingress[0]: ");
}
END_TEST

START_TEST(many_peers_share_the_ports_of_their_rule)
{
    fp_cleanup_buf fp_buf text = {0};
    fp_test_object test;

    fp_buf_puts(&text, "{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\","
                       "\"metadata\":{\"name\":\"p\"},\"spec\":{\"ingress\":[{\"from\":[");
    put_many(&text, 100, "{\"podSelector\":{}}");
    fp_buf_puts(&text, "],\"ports\":[{\"port\":1},{\"port\":3},{\"port\":\"http\"}]}]}}");
    fp_test_object_decode(&test, fp_buf_str(&text), NULL);
    ck_assert_int_eq(test.result, 0);
    ck_assert_uint_eq(test.object.policy->ingress.n, 100);
    for (size_t i = 1; i < 100; i++) {
        const fp_rule *rules = test.object.policy->ingress.items;

        ck_assert_ptr_eq(rules[i].destination.ports.ranges, rules[0].destination.ports.ranges);
        ck_assert_ptr_eq(rules[i].destination.ports.names, rules[0].destination.ports.names);
    }
    fp_test_object_done(&test);
}
END_TEST

START_TEST(the_order_of_keys_means_nothing)
{
    static const struct {
        const char *one;
        const char *other;
    } cases[] = {
        {"{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: a, labels: {b: '1', a: '2'}}, "
         "spec: {nodeName: n1, containers: [{ports: [{name: x, containerPort: 1}, {name: a, "
         "containerPort: 2}]}]}, status: {podIPs: [{ip: 10.0.0.2}, {ip: 10.0.0.1}]}}",
         "{status: {podIPs: [{ip: 10.0.0.1}, {ip: 10.0.0.2}]}, spec: {containers: [{ports: [{"
         "containerPort: 2, name: a}, {containerPort: 1, name: x}]}], nodeName: n1}, metadata: {"
         "labels: {a: '2', b: '1'}, namespace: a, name: p}, kind: Pod, apiVersion: v1}"},
        {"{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, spec: {"
         "podSelector: {matchLabels: {b: '1', a: '2'}}, ingress: [{ports: [{port: 2}, {port: 1}], "
         "from: [{podSelector: {matchLabels: {y: '1', x: '2'}}}]}]}}",
         "{spec: {ingress: [{from: [{podSelector: {matchLabels: {x: '2', y: '1'}}}], ports: [{"
         "port: 1}, {port: 2}]}], podSelector: {matchLabels: {a: '2', b: '1'}}}, metadata: {name: "
         "p}, kind: NetworkPolicy, apiVersion: networking.k8s.io/v1}"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fp_cleanup_buf fp_buf one = decode(fp_str_of(cases[i].one), NULL, 0);
        fp_cleanup_buf fp_buf other = decode(fp_str_of(cases[i].other), NULL, 0);

        ck_assert_str_eq(one.data, other.data);
    }
}
END_TEST

static int identify(fp_kind kind, const char *text, fp_arena *arena, fp_object *ret)
{
    fp_value *value = NULL;

    ck_assert_int_eq(fp_json_parse(fp_str_of(text), &fp_wire_default_limits, arena, &value, NULL),
                     0);
    return fp_object_identify(kind, value, arena, ret);
}

START_TEST(identity_needs_nothing_but_metadata)
{
    static const struct {
        fp_kind kind;
        const char *text;
        int result;
        const char *ns;
        const char *name;
    } cases[] = {
        {FP_KIND_POD, "{\"metadata\":{\"name\":\"p\",\"namespace\":\"a\"}}", 0, "a", "p"},
        {FP_KIND_POD, "{\"metadata\":{\"name\":\"p\"}}", 0, "default", "p"},
        {FP_KIND_NAMESPACE, "{\"metadata\":{\"name\":\"p\",\"namespace\":\"a\"}}", 0, "", "p"},
        {FP_KIND_NETWORK_POLICY,
         "{\"apiVersion\":\"crd.projectcalico.org/v1\",\"metadata\":{\"name\":\"default.p\"}}", 0,
         "default", "p"},
        {FP_KIND_GLOBAL_NETWORK_POLICY,
         "{\"metadata\":{\"name\":\"default.p\",\"annotations\":{\"projectcalico.org/metadata\":"
         "\"{\\\"name\\\":\\\"default.p\\\"}\"}}}",
         0, "", "default.p"},
        {FP_KIND_WORKLOAD_ENDPOINT,
         "{\"metadata\":{\"name\":\"w\",\"namespace\":\"a\"},\"spec\":{\"pod\":\"p\"}}", 0, "a",
         "p"},
        {FP_KIND_POD, "{\"metadata\":{\"name\":\"p q\"}}", FEDPOL_E_BAD_OBJECT, "", ""},
        {FP_KIND_POD, "{\"metadata\":{\"name\":5}}", FEDPOL_E_BAD_OBJECT, "", ""},
        {FP_KIND_POD, "{\"metadata\":[]}", FEDPOL_E_BAD_OBJECT, "", ""},
        {FP_KIND_POD, "[]", FEDPOL_E_BAD_OBJECT, "", ""},
        {FP_KIND_UNKNOWN, "{\"metadata\":{\"name\":\"p\"}}", FEDPOL_E_BAD_OBJECT, "", ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fp_object object = {0};
        fp_arena arena;

        fp_arena_init(&arena, 0);
        ck_assert_int_eq(identify(cases[i].kind, cases[i].text, &arena, &object), cases[i].result);
        ck_assert_str(object.ns, cases[i].ns);
        ck_assert_str(object.name, cases[i].name);
        fp_arena_done(&arena);
    }
}
END_TEST

FP_TEST_MAIN("model/object", interface_names_are_calico_s_own,
             a_hundred_thousand_labels_are_refused,
             a_label_of_a_megabyte_is_refused_and_not_quoted_whole, limits_are_options,
             too_long_a_list_in_a_rule_makes_it_not_understood,
             too_many_rules_leave_one_that_denies_all,
             a_cross_product_of_peers_and_protocols_is_bounded,
             many_peers_share_the_ports_of_their_rule, the_order_of_keys_means_nothing,
             identity_needs_nothing_but_metadata)
