/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/resources.h"

#include <string.h>

#include "tests/support/fp_test.h"

/* What is asked for, one line for each kind: the path, and the query behind it. */
static const char *asked(const fp_resource_scope *scope, fp_calico_group calico, fp_buf *lines)
{
    const fp_resource *resource;

    for (size_t i = 0; (resource = fp_resource_get(i)) != NULL; i++) {
        fp_cleanup_buf fp_buf query = {0};

        if (!fp_resource_is_wanted(resource, scope))
            continue;
        ck_assert_int_eq(fp_resource_put_path(resource, calico, scope, lines), 0);
        ck_assert_int_eq(fp_resource_put_query(resource, scope, &query), 0);
        if (query.len)
            fp_buf_printf(lines, "?%s", query.data);
        fp_buf_putc(lines, '\n');
    }
    ck_assert_int_eq(fp_buf_error(lines), 0);
    return lines->data;
}

static void expect_asked(const fp_resource_scope *scope, fp_calico_group calico,
                         const char *expected)
{
    fp_cleanup_buf fp_buf lines = {0};

    ck_assert_str_eq(asked(scope, calico, &lines), expected);
}

#define RUNNING "?fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed"

START_TEST(of_a_remote_only_what_takes_part_is_asked_for)
{
    const fp_resource_scope remote = {0};

    expect_asked(&remote, FP_CALICO_CRD,
                 "/api/v1/namespaces\n"
                 "/api/v1/serviceaccounts\n"
                 "/apis/crd.projectcalico.org/v1/hostendpoints\n"
                 "/api/v1/pods" RUNNING "\n");
    expect_asked(&remote, FP_CALICO_V3,
                 "/api/v1/namespaces\n"
                 "/api/v1/serviceaccounts\n"
                 "/apis/projectcalico.org/v3/hostendpoints\n"
                 "/api/v1/pods" RUNNING "\n");
}
END_TEST

START_TEST(services_of_a_remote_are_asked_for_once_they_are_federated)
{
    const fp_resource_scope remote = {.services = true};

    expect_asked(&remote, FP_CALICO_V3,
                 "/api/v1/namespaces\n"
                 "/api/v1/serviceaccounts\n"
                 "/apis/projectcalico.org/v3/hostendpoints\n"
                 "/api/v1/pods" RUNNING "\n"
                 "/api/v1/services\n"
                 "/api/v1/endpoints\n"
                 "/apis/discovery.k8s.io/v1/endpointslices\n");
}
END_TEST

START_TEST(of_the_local_cluster_policies_and_what_rules_name_are_asked_for_too)
{
    const fp_resource_scope local = {.is_local = true, .label_filter = "not=here"};

    expect_asked(&local, FP_CALICO_CRD,
                 "/api/v1/namespaces\n"
                 "/api/v1/serviceaccounts\n"
                 "/apis/crd.projectcalico.org/v1/tiers\n"
                 "/apis/crd.projectcalico.org/v1/globalnetworkpolicies\n"
                 "/apis/crd.projectcalico.org/v1/networkpolicies\n"
                 "/apis/networking.k8s.io/v1/networkpolicies\n"
                 "/apis/crd.projectcalico.org/v1/globalnetworksets\n"
                 "/apis/crd.projectcalico.org/v1/networksets\n"
                 "/apis/crd.projectcalico.org/v1/hostendpoints\n"
                 "/api/v1/pods" RUNNING "\n"
                 "/api/v1/services\n"
                 "/apis/discovery.k8s.io/v1/endpointslices\n"
                 "/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies\n"
                 "/apis/policy.networking.k8s.io/v1alpha1/baselineadminnetworkpolicies\n"
                 "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies\n");
}
END_TEST

START_TEST(configurations_are_asked_of_a_local_cluster_whose_remotes_are_followed)
{
    static const struct row {
        fp_resource_scope scope;
        bool wanted;
    } rows[] = {
        {{.is_local = true, .follow_remotes = true}, true},
        {{.is_local = true}, false},
        {{.follow_remotes = true}, false},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(rows); i++) {
        fp_cleanup_buf fp_buf lines = {0};

        ck_assert_int_eq(strstr(asked(&rows[i].scope, FP_CALICO_CRD, &lines),
                                "/remoteclusterconfigurations\n") != NULL,
                         rows[i].wanted);
    }
}
END_TEST

START_TEST(one_namespace_stands_in_the_path_and_excluded_ones_in_the_query)
{
    static const char *const shop[] = {"shop"};
    static const char *const two[] = {"shop", "bank"};
    const fp_resource_scope one = {.namespaces = shop, .n_namespaces = 1};
    const fp_resource_scope several = {.namespaces = two, .n_namespaces = 2};
    const fp_resource_scope without = {.excluded = two, .n_excluded = 2};

    expect_asked(&one, FP_CALICO_CRD,
                 "/api/v1/namespaces?fieldSelector=metadata.name%3Dshop\n"
                 "/api/v1/namespaces/shop/serviceaccounts\n"
                 "/apis/crd.projectcalico.org/v1/hostendpoints\n"
                 "/api/v1/namespaces/shop/pods" RUNNING "\n");
    expect_asked(&several, FP_CALICO_CRD,
                 "/api/v1/namespaces\n"
                 "/api/v1/serviceaccounts\n"
                 "/apis/crd.projectcalico.org/v1/hostendpoints\n"
                 "/api/v1/pods" RUNNING "\n");
    expect_asked(&without, FP_CALICO_CRD,
                 "/api/v1/namespaces?fieldSelector=metadata.name%21%3Dshop%2Cmetadata.name%21%3D"
                 "bank\n"
                 "/api/v1/serviceaccounts?fieldSelector=metadata.namespace%21%3Dshop%2Cmetadata."
                 "namespace%21%3Dbank\n"
                 "/apis/crd.projectcalico.org/v1/hostendpoints\n"
                 "/api/v1/pods" RUNNING "%2Cmetadata.namespace%21%3Dshop%2Cmetadata.namespace%21%"
                 "3Dbank\n");
}
END_TEST

START_TEST(a_list_of_namespaces_that_makes_the_url_long_is_not_sent)
{
    static const char *names[FP_RESOURCE_MAX_EXCLUDED + 1];
    fp_resource_scope scope = {.excluded = names, .n_excluded = FP_RESOURCE_MAX_EXCLUDED};
    fp_cleanup_buf fp_buf most = {0};
    fp_cleanup_buf fp_buf more = {0};

    for (size_t i = 0; i < FP_ARRAY_LEN(names); i++)
        names[i] = "n";
    ck_assert_ptr_nonnull(strstr(asked(&scope, FP_CALICO_CRD, &most), "metadata.name%21%3Dn"));
    scope.n_excluded++;
    ck_assert_ptr_null(strstr(asked(&scope, FP_CALICO_CRD, &more), "metadata.name"));
}
END_TEST

START_TEST(a_filter_goes_with_what_has_labels_of_endpoints)
{
    const fp_resource_scope remote = {.label_filter = "app in (web, db)"};

    expect_asked(&remote, FP_CALICO_CRD,
                 "/api/v1/namespaces\n"
                 "/api/v1/serviceaccounts\n"
                 "/apis/crd.projectcalico.org/v1/hostendpoints?labelSelector=app%20in%20%28web%2C%"
                 "20db%29\n"
                 "/api/v1/pods" RUNNING "&labelSelector=app%20in%20%28web%2C%20db%29\n");
}
END_TEST

static int put(void *user)
{
    static const char *const shop[] = {"shop"};
    const fp_resource_scope scope = {
        .excluded = shop, .n_excluded = 1, .label_filter = "a=b", .services = true};
    fp_cleanup_buf fp_buf path = {0};
    fp_cleanup_buf fp_buf query = {0};
    const fp_resource *resource;

    (void)user;
    for (size_t i = 0; (resource = fp_resource_get(i)) != NULL; i++) {
        fp_try(fp_resource_put_path(resource, FP_CALICO_V3, &scope, &path));
        fp_try(fp_resource_put_query(resource, &scope, &query));
    }
    return 0;
}

START_TEST(memory_that_runs_out_is_told)
{
    fp_test_oom(put, NULL);
}
END_TEST

FP_TEST_MAIN("client/resources", of_a_remote_only_what_takes_part_is_asked_for,
             services_of_a_remote_are_asked_for_once_they_are_federated,
             of_the_local_cluster_policies_and_what_rules_name_are_asked_for_too,
             configurations_are_asked_of_a_local_cluster_whose_remotes_are_followed,
             one_namespace_stands_in_the_path_and_excluded_ones_in_the_query,
             a_list_of_namespaces_that_makes_the_url_long_is_not_sent,
             a_filter_goes_with_what_has_labels_of_endpoints, memory_that_runs_out_is_told)
