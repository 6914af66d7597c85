/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "libfedpol/base/check.h"
#include "libfedpol/client/remote_config.h"
#include "libfedpol/wire/object_stream.h"
#include "tests/support/fp_test.h"

#define REMOTE(spec) "{\"metadata\":{\"name\":\"b\"},\"spec\":{" spec "}}"
#define REFERENCE "\"clusterAccessSecret\":{\"kind\":\"Secret\",\"namespace\":\"n\",\"name\":\"s\"}"
/* "kubernetes\n", "etcdv3", "https://e:2379" */
#define KUBERNETES "\"datastoreType\":\"a3ViZXJuZXRlcwo=\""
#define ETCD "\"datastoreType\":\"ZXRjZHYz\",\"etcdEndpoints\":\"aHR0cHM6Ly9lOjIzNzk=\""
/* {"current-context":"c","contexts":[{"name":"c","context":{"cluster":"k"}}],
   "clusters":[{"name":"k","cluster":{"server":"https://a"}}]} */
#define KUBECONFIG                                                                                 \
    "\"kubeconfig\":"                                                                              \
    "\"eyJjdXJyZW50LWNvbnRleHQiOiJjIiwiY29udGV4dHMiOlt7Im5hbWUiOiJjIiwiY29udGV4dCI6eyJjbHVzdGVyIj" \
    "oiayJ9fV0sImNsdXN0ZXJzIjpbeyJuYW1lIjoiayIsImNsdXN0ZXIiOnsic2VydmVyIjoiaHR0cHM6Ly9hIn19XX0=\""

static const struct {
    const char *object;
    const char *secret; /* `data`; NULL: none */
    int read;
    int resolve; /* after the Secret */
    const char *says;
    const char *server;
} cases[] = {
    {REMOTE("\"datastoreType\":\"kubernetes\",\"k8sAPIEndpoint\":\"https://a\""), NULL, 0, 0, "",
     "https://a"},
    {REMOTE(
         "\"datastoreType\":\"kubernetes\",\"k8sAPIEndpoint\":\"https://a\",\"kubeconfigInline\":"
         "\"current-context: c\\ncontexts: [{name: c, context: {cluster: k}}]\\n"
         "clusters: [{name: k, cluster: {server: 'https://inline'}}]\""),
     NULL, 0, 0, "", "https://inline"},
    {REMOTE("\"datastoreType\":\"kubernetes\""), NULL, FEDPOL_E_INVALID, 0, "local cluster", NULL},
    {REMOTE(""), NULL, 0, FEDPOL_E_NOT_FOUND, "etcdEndpoints", NULL},
    {REMOTE("\"etcdEndpoints\":\"https://e:2379\""), NULL, 0, FEDPOL_E_UNSUPPORTED,
     "not yet supported", NULL},
    {REMOTE("\"datastoreType\":\"etcdv3\",\"etcdEndpoints\":\"x\",\"k8sAPIEndpoint\":\"a\""), NULL,
     0, FEDPOL_E_UNSUPPORTED, "not yet supported", NULL},
    {REMOTE("\"datastoreType\":\"kubernetes\",\"kubeconfig\":\"/x\",\"etcdUsername\":\"u\""), NULL,
     FEDPOL_E_INVALID, 0, "etcd fields", NULL},
    {REMOTE("\"datastoreType\":\"consul\""), NULL, FEDPOL_E_INVALID, 0, "neither", NULL},
    {REMOTE("\"syncOptions\":{\"overlayRoutingMode\":\"Maybe\"}"), NULL, FEDPOL_E_INVALID, 0,
     "overlayRoutingMode", NULL},
    {REMOTE("\"datastoreType\":\"kubernetes\",\"kubeconfig\":\"/nowhere\""), NULL, 0,
     FEDPOL_E_NOT_FOUND, "", NULL},
    {REMOTE("\"datastoreType\":\"kubernetes\",\"k8sAPIToken\":7"), NULL, FEDPOL_E_BAD_OBJECT, 0,
     "k8sAPIToken", NULL},
    {REMOTE(REFERENCE ",\"datastoreType\":\"kubernetes\""), NULL, FEDPOL_E_INVALID, 0, "together",
     NULL},
    {REMOTE(REFERENCE ",\"etcdEndpoints\":\"x\""), NULL, FEDPOL_E_INVALID, 0, "together", NULL},
    {REMOTE("\"clusterAccessSecret\":{\"kind\":\"Pod\",\"namespace\":\"n\",\"name\":\"s\"}"), NULL,
     FEDPOL_E_INVALID, 0, "no Secret", NULL},
    {REMOTE("\"clusterAccessSecret\":{\"name\":\"s\"}"), NULL, FEDPOL_E_INVALID, 0, "namespace",
     NULL},
    {REMOTE("\"clusterAccessSecret\":{\"namespace\":\"../x\",\"name\":\"s\"}"), NULL,
     FEDPOL_E_INVALID, 0, "namespace", NULL},
    {REMOTE(REFERENCE), KUBERNETES "," KUBECONFIG, 0, 0, "", "https://a"},
    {REMOTE(REFERENCE ",\"syncOptions\":{\"overlayRoutingMode\":\"Disabled\"}"), KUBECONFIG, 0, 0,
     "", "https://a"},
    {REMOTE(REFERENCE), ETCD, 0, FEDPOL_E_UNSUPPORTED, "not yet supported", NULL},
    {REMOTE(REFERENCE), KUBERNETES, 0, FEDPOL_E_NOT_FOUND, "no key kubeconfig", NULL},
    {REMOTE(REFERENCE), "\"datastoreType\":\"***\"", 0, FEDPOL_E_BAD_OBJECT, "base64", NULL},
    {REMOTE(REFERENCE), "", 0, FEDPOL_E_NOT_FOUND, "etcdEndpoints", NULL},
    {"{\"metadata\":{\"name\":\"B/x\"},\"spec\":{}}", NULL, FEDPOL_E_INVALID, 0, "the name", NULL},
};

static int try_case(size_t i, fp_client_config *ret, int *ret_read, fedpol_error **ret_error)
{
    fp_remote_config config = {0};
    fp_value *value = NULL;
    char secret[1000];
    fp_arena arena;
    int r;

    fp_arena_init(&arena, 0);
    r = fp_json_parse(fp_str_of(cases[i].object), &fp_wire_default_limits, &arena, &value, NULL);
    if (r == 0)
        r = fp_remote_config_read(value, &config, ret_error);
    *ret_read = r;
    if (r == 0 && cases[i].secret) {
        (void)snprintf(secret, sizeof(secret), "{\"data\":{%s}}", cases[i].secret);
        r = fp_json_parse(fp_str_of(secret), &fp_wire_default_limits, &arena, &value, NULL);
        if (r == 0)
            r = fp_remote_config_apply_secret(&config, value, ret_error);
    }
    if (r == 0)
        r = fp_remote_config_resolve(&config, ret, ret_error);
    fp_remote_config_done(&config);
    fp_arena_done(&arena);
    return r;
}

START_TEST(each_combination_is_judged_as_documented)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        fp_client_config client = {0};
        fedpol_error *error = NULL;
        int read;
        int r = try_case(i, &client, &read, &error);
        const char *message = fedpol_error_get_message(error);

        ck_assert_msg(read == cases[i].read, "%zu: read %d: %s", i, read, message);
        ck_assert_msg(read < 0 || r == cases[i].resolve, "%zu: resolve %d: %s", i, r, message);
        ck_assert_msg(strstr(message, cases[i].says) != NULL, "%zu: %s", i, message);
        if (cases[i].server)
            ck_assert_str_eq(client.server, cases[i].server);
        fp_client_config_done(&client);
        error = fedpol_error_free(error);
    }
}
END_TEST

static int read_all(void *user)
{
    int worst = 0;

    (void)user;
    for (size_t i = 0; i < FP_ARRAY_LEN(cases) && worst == 0; i++) {
        fp_client_config client = {0};
        int read;

        if (try_case(i, &client, &read, NULL) == FEDPOL_E_NOMEM)
            worst = FEDPOL_E_NOMEM;
        fp_client_config_done(&client);
    }
    return worst;
}

START_TEST(lack_of_memory_leaks_nothing)
{
    fp_test_oom(read_all, NULL);
}
END_TEST

FP_TEST_MAIN("client/remote_config", each_combination_is_judged_as_documented,
             lack_of_memory_leaks_nothing)
