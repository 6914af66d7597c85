/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/diag.h"
#include "libfedpol/model/kind.h"

#include "tests/support/fp_test.h"

START_TEST(kinds_are_found_by_group_and_kind)
{
    static const struct {
        const char *api_version;
        const char *kind;
        fp_kind expected;
    } cases[] = {
        {"v1", "Pod", FP_KIND_POD},
        {"v1", "Namespace", FP_KIND_NAMESPACE},
        {"v1", "ServiceAccount", FP_KIND_SERVICE_ACCOUNT},
        {"v1", "Node", FP_KIND_NODE},
        {"networking.k8s.io/v1", "NetworkPolicy", FP_KIND_K8S_NETWORK_POLICY},
        {"projectcalico.org/v3", "NetworkPolicy", FP_KIND_NETWORK_POLICY},
        {"crd.projectcalico.org/v1", "NetworkPolicy", FP_KIND_NETWORK_POLICY},
        {"projectcalico.org/v3", "GlobalNetworkPolicy", FP_KIND_GLOBAL_NETWORK_POLICY},
        {"projectcalico.org/v3", "Tier", FP_KIND_TIER},
        {"crd.projectcalico.org/v1", "HostEndpoint", FP_KIND_HOST_ENDPOINT},
        {"projectcalico.org/v3", "NetworkSet", FP_KIND_NETWORK_SET},
        {"projectcalico.org/v3", "GlobalNetworkSet", FP_KIND_GLOBAL_NETWORK_SET},
        {"projectcalico.org/v3", "Profile", FP_KIND_PROFILE},
        {"projectcalico.org/v3", "WorkloadEndpoint", FP_KIND_WORKLOAD_ENDPOINT},
        {"projectcalico.org/v3", "StagedNetworkPolicy", FP_KIND_STAGED_NETWORK_POLICY},
        {"projectcalico.org/v3", "StagedGlobalNetworkPolicy", FP_KIND_STAGED_GLOBAL_NETWORK_POLICY},
        {"projectcalico.org/v3", "StagedKubernetesNetworkPolicy",
         FP_KIND_STAGED_K8S_NETWORK_POLICY},
        {"policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy",
         FP_KIND_CLUSTER_NETWORK_POLICY},
        {"policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", FP_KIND_ADMIN_NETWORK_POLICY},
        {"policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy",
         FP_KIND_BASELINE_ADMIN_NETWORK_POLICY},
        {"v1", "Service", FP_KIND_SERVICE},
        {"v1", "Endpoints", FP_KIND_ENDPOINTS},
        {"discovery.k8s.io/v1", "EndpointSlice", FP_KIND_ENDPOINT_SLICE},
        {"discovery.k8s.io/v1beta1", "EndpointSlice", FP_KIND_UNKNOWN},
        {"v1", "EndpointSlice", FP_KIND_UNKNOWN},
        {"v1", "pod", FP_KIND_UNKNOWN},
        {"projectcalico.org/v3", "Pod", FP_KIND_UNKNOWN},
        {"projectcalico.org/v3", "Node", FP_KIND_UNKNOWN},
        {"apps/v1", "Pod", FP_KIND_UNKNOWN},
        {"", "Pod", FP_KIND_UNKNOWN},
        {"v1", "", FP_KIND_UNKNOWN},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(fp_kind_of(fp_str_of(cases[i].api_version), fp_str_of(cases[i].kind)) ==
                          cases[i].expected,
                      "%s %s", cases[i].api_version, cases[i].kind);
}
END_TEST

START_TEST(the_two_network_policies_have_names_of_their_own)
{
    ck_assert_str_eq(fp_kind_name(FP_KIND_K8S_NETWORK_POLICY), "KubernetesNetworkPolicy");
    ck_assert_str_eq(fp_kind_name(FP_KIND_NETWORK_POLICY), "NetworkPolicy");
    ck_assert_str_eq(fp_kind_name(FP_KIND_UNKNOWN), "");
}
END_TEST

START_TEST(policies_tiers_and_sets_of_other_clusters_are_not_taken)
{
    static const fp_kind taken[] = {
        FP_KIND_POD,           FP_KIND_NAMESPACE, FP_KIND_SERVICE_ACCOUNT,
        FP_KIND_HOST_ENDPOINT, FP_KIND_PROFILE,   FP_KIND_WORKLOAD_ENDPOINT,
        FP_KIND_SERVICE,       FP_KIND_ENDPOINTS, FP_KIND_ENDPOINT_SLICE};
    size_t n = 0;

    for (size_t i = 0; i < FP_KIND_COUNT; i++)
        n += fp_kind_is_federated((fp_kind)i);
    ck_assert_uint_eq(n, sizeof(taken) / sizeof(taken[0]));
    for (size_t i = 0; i < n; i++)
        ck_assert(fp_kind_is_federated(taken[i]));
}
END_TEST

START_TEST(namespaced_kinds_are_known)
{
    ck_assert(fp_kind_is_namespaced(FP_KIND_POD));
    ck_assert(fp_kind_is_namespaced(FP_KIND_NETWORK_SET));
    ck_assert(fp_kind_is_namespaced(FP_KIND_WORKLOAD_ENDPOINT));
    ck_assert(!fp_kind_is_namespaced(FP_KIND_NAMESPACE));
    ck_assert(!fp_kind_is_namespaced(FP_KIND_GLOBAL_NETWORK_SET));
    ck_assert(!fp_kind_is_namespaced(FP_KIND_HOST_ENDPOINT));
}
END_TEST

START_TEST(every_code_and_severity_has_a_name_of_its_own)
{
    for (int i = 1; i < FP_DIAG_COUNT; i++) {
        ck_assert_str_ne(fp_diag_code_name((fp_diag_code)i), "unknown");
        for (int k = 1; k < i; k++)
            ck_assert_str_ne(fp_diag_code_name((fp_diag_code)i),
                             fp_diag_code_name((fp_diag_code)k));
    }
    ck_assert_str_eq(fp_diag_code_name(FP_DIAG_COUNT), "unknown");
    ck_assert_str_eq(fp_severity_name(FP_SEVERITY_INFO), "info");
    ck_assert_str_eq(fp_severity_name(FP_SEVERITY_WARNING), "warning");
    ck_assert_str_eq(fp_severity_name(FP_SEVERITY_ERROR), "error");
}
END_TEST

START_TEST(diagnostics_of_one_object_are_bounded)
{
    fp_arena arena;
    fp_diags diags;

    fp_arena_init(&arena, 0);
    fp_diags_init(&diags, &arena);
    for (unsigned i = 0; i < FP_DIAGS_MAX + 5; i++)
        fp_diags_add(&diags, FP_SEVERITY_INFO, FP_DIAG_STAGED, FP_STR("spec"), "number %u", i);
    ck_assert_uint_eq(diags.list.len, FP_DIAGS_MAX);
    ck_assert_uint_eq(diags.dropped, 5);
    ck_assert_str(diags.list.items[63].message, "number 63");
    ck_assert_str(diags.list.items[63].path, "spec");
    fp_diags_done(&diags);
    fp_arena_done(&arena);
}
END_TEST

FP_TEST_MAIN("model/kind", kinds_are_found_by_group_and_kind,
             the_two_network_policies_have_names_of_their_own,
             policies_tiers_and_sets_of_other_clusters_are_not_taken, namespaced_kinds_are_known,
             every_code_and_severity_has_a_name_of_its_own, diagnostics_of_one_object_are_bounded)
