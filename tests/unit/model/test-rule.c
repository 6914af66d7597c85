/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/vec.h"
#include "libfedpol/model/object.h"
#include "libfedpol/wire/object_stream.h"
#include "tests/support/fp_test.h"

/*
 * Nothing inside a rule may be skipped: every object of it with one more key, and every value of it
 * with another type, must leave the rule not understood.
 */

static const char calico[] =
    "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"ingress\":[{\"action\":\"Deny\",\"protocol\":6,"
    "\"notProtocol\":\"UDP\",\"ipVersion\":4,\"metadata\":{\"annotations\":{\"a\":\"b\"}},"
    "\"notICMP\":{\"type\":8,\"code\":0},\"source\":{\"nets\":[\"10.0.0.0/8\"],\"notNets\":["
    "\"10.1.0.0/16\"],\"selector\":\"a == 'b'\",\"notSelector\":\"has(c)\",\"namespaceSelector\":"
    "\"has(d)\",\"serviceAccounts\":{\"names\":[\"x\"],\"selector\":\"has(e)\"},\"ports\":[80,"
    "\"90:91\",\"http\"],\"notPorts\":[81]},\"destination\":{\"nets\":[\"10.0.0.0/8\"],\"ports\":["
    "80]}},{\"action\":\"Allow\",\"protocol\":\"ICMP\",\"icmp\":{\"type\":8,\"code\":0}}]}}";

static const char kubernetes[] =
    "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"podSelector\":{},\"ingress\":[{\"from\":[{"
    "\"podSelector\":{\"matchLabels\":{\"a\":\"b\"},\"matchExpressions\":[{\"key\":\"c\","
    "\"operator\":\"In\",\"values\":[\"d\"]}]},\"namespaceSelector\":{\"matchLabels\":{\"e\":"
    "\"f\"}}},{\"ipBlock\":{\"cidr\":\"10.0.0.0/8\",\"except\":[\"10.1.0.0/16\"]}}],\"ports\":[{"
    "\"protocol\":\"TCP\",\"port\":80,\"endPort\":81},{\"port\":\"http\"}]}]}}";

typedef FP_VEC(fp_value *) value_vec;

typedef struct fixture {
    fp_kind kind;
    fp_arena tree_memory;
    fp_value *tree;
    value_vec nodes; /* of the rules, in no order that matters; metadata left out */
} fixture;

static void collect(fixture *f)
{
    fp_value *spec = f->tree->first;

    while (!fp_str_is(spec->key, "spec"))
        spec = spec->next;
    for (fp_value *rules = spec->first; rules; rules = rules->next)
        if (fp_str_is(rules->key, "ingress"))
            for (fp_value *rule = rules->first; rule; rule = rule->next)
                ck_assert_int_eq(fp_vec_push(&f->nodes, rule), 0);
    for (size_t i = 0; i < f->nodes.len; i++)
        for (fp_value *child = f->nodes.items[i]->first; child; child = child->next)
            if (!fp_str_is(child->key, "metadata"))
                ck_assert_int_eq(fp_vec_push(&f->nodes, child), 0);
}

static void begin(fixture *f, fp_kind kind, const char *text)
{
    *f = (fixture){.kind = kind};
    fp_arena_init(&f->tree_memory, 0);
    ck_assert_int_eq(
        fp_json_parse(fp_str_of(text), &fp_wire_default_limits, &f->tree_memory, &f->tree, NULL),
        0);
    collect(f);
    ck_assert_uint_gt(f->nodes.len, 10);
}

static void end(fixture *f)
{
    fp_vec_done(&f->nodes);
    fp_arena_done(&f->tree_memory);
}

/* How many of the rules are not understood; diagnostics must say so. */
static size_t count_void(const fixture *f)
{
    fp_object object;
    fp_arena arena;
    fp_diags diags;
    size_t n = 0;
    size_t reported = 0;

    fp_arena_init(&arena, 0);
    fp_diags_init(&diags, &arena);
    ck_assert_int_eq(fp_object_decode(f->kind, f->tree, NULL, &arena, &diags, &object), 0);
    for (size_t i = 0; i < object.policy->ingress.n; i++)
        n += object.policy->ingress.items[i].not_understood;
    for (size_t i = 0; i < diags.list.len; i++)
        reported += diags.list.items[i].code == FP_DIAG_RULE_NOT_UNDERSTOOD &&
                    diags.list.items[i].severity == FP_SEVERITY_ERROR;
    ck_assert_uint_ge(reported, n);
    fp_object_done(&object);
    fp_diags_done(&diags);
    fp_arena_done(&arena);
    return n;
}

static void check_one_more_key(fixture *f)
{
    for (size_t i = 0; i < f->nodes.len; i++) {
        fp_value *object = f->nodes.items[i];
        fp_value extra = {.type = FP_VALUE_BOOL,
                          .boolean = true,
                          .key = FP_STR("brandNew"),
                          .next = object->first};

        if (object->type != FP_VALUE_OBJECT)
            continue;
        object->first = &extra;
        object->count++;
        ck_assert_msg(count_void(f) == 1, "a new key in '%.*s' was skipped",
                      FP_STR_ARG(object->key));
        object->first = extra.next;
        object->count--;
    }
}

/* A bad ipBlock is a peer that nobody is, so the rule may stand; everything else condemns it. */
static bool may_stand(const fixture *f, const fp_value *node)
{
    return f->kind == FP_KIND_K8S_NETWORK_POLICY &&
           (fp_str_is(node->key, "cidr") || fp_str_is(node->key, "except") ||
            fp_str_starts_with(node->text, FP_STR("10.")));
}

static void check_other_type(fixture *f)
{
    for (size_t i = 0; i < f->nodes.len; i++) {
        fp_value *node = f->nodes.items[i];
        fp_value kept = *node;

        if (may_stand(f, node))
            continue;
        node->type = FP_VALUE_BOOL;
        node->first = NULL;
        node->count = 0;
        ck_assert_msg(count_void(f) == 1, "'%.*s' '%.*s' as true was accepted",
                      FP_STR_ARG(kept.key), FP_STR_ARG(kept.text));
        *node = kept;
    }
}

START_TEST(a_key_that_is_not_known_is_never_skipped)
{
    fixture f;

    begin(&f, FP_KIND_GLOBAL_NETWORK_POLICY, calico);
    ck_assert_uint_eq(count_void(&f), 0);
    check_one_more_key(&f);
    end(&f);
    begin(&f, FP_KIND_K8S_NETWORK_POLICY, kubernetes);
    ck_assert_uint_eq(count_void(&f), 0);
    check_one_more_key(&f);
    end(&f);
}
END_TEST

START_TEST(a_value_of_another_type_is_never_skipped)
{
    fixture f;

    begin(&f, FP_KIND_GLOBAL_NETWORK_POLICY, calico);
    check_other_type(&f);
    end(&f);
    begin(&f, FP_KIND_K8S_NETWORK_POLICY, kubernetes);
    check_other_type(&f);
    end(&f);
}
END_TEST

FP_TEST_MAIN("model/rule", a_key_that_is_not_known_is_never_skipped,
             a_value_of_another_type_is_never_skipped)
