/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/pods.h"

#include "tests/support/fp_test.h"

/* The text of a pod: '#' stands for its number, '@' for its namespace, '%' for its address. */
static void put(fp_buf *buf, const char *text, unsigned i)
{
    for (const char *c = text; *c; c++) {
        if (*c == '#')
            fp_buf_put_u64(buf, i);
        else if (*c == '@')
            fp_buf_put_u64(buf, i % 40);
        else if (*c == '%')
            fp_buf_printf(buf, "10.%u.%u.%u", 64 + i / 65536, i / 256 % 256, i % 256);
        else
            fp_buf_putc(buf, *c);
    }
}

#define KEY(name) "\"k:{\\\"name\\\":\\\"" name "\\\"}\":"
#define FIELD(name) "\"f:" name "\":{}"
#define ENV(name) KEY(name) "{\".\":{}," FIELD("name") "," FIELD("value") "}"
#define ENV_FROM(name, from)                                                                       \
    KEY(name) "{\".\":{}," FIELD("name") ",\"f:valueFrom\":{\".\":{}," FIELD(from) "}}"
#define ENV_FIELDS                                                                                 \
    "\"f:env\":{\".\":{}," ENV("DB_HOST") "," ENV_FROM("DB_PASSWORD", "secretKeyRef") "," ENV(     \
        "LOG_LEVEL") "," ENV_FROM("POD_IP", "fieldRef") "," ENV_FROM("POD_NAME", "fieldRef") "}"
#define PROBE_FIELDS(name)                                                                                           \
    "\"f:" name                                                                                                      \
    "\":{\".\":{}," FIELD("failureThreshold") ",\"f:httpGet\":{\".\":{}," FIELD("path") "," FIELD("port") "," FIELD( \
        "scheme") "}," FIELD("initialDelaySeconds") "," FIELD("periodSeconds") "," FIELD("success"                   \
                                                                                         "Thresho"                   \
                                                                                         "ld") "," FIELD("timeoutSeconds") "}"
#define COMMON_FIELDS                                                                                                                                              \
    FIELD("image")                                                                                                                                                 \
    "," FIELD("imagePullPolicy") "," FIELD(                                                                                                                        \
        "name") ",\"f:ports\":{\".\":{},"                                                                                                                          \
                "\"k:{\\\"containerPort\\\":8080,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{}"                                                                        \
                "," FIELD("containerPort") "," FIELD(                                                                                                              \
                    "name") "," FIELD("protocol") "}},\"f:resources\":{\".\":{},"                                                                                  \
                                                  "\"f:limits\":{\".\":{}," FIELD("cpu") "," FIELD("memory") "},\"f:requests\":{\".\":{}," FIELD("cpu") "," FIELD( \
                                                      "memory") "}},\"f:securityContext\":{\".\":"                                                                 \
                                                                "{}," FIELD(                                                                                       \
                                                                    "allowPrivilegeEscala"                                                                         \
                                                                    "tion") ",\"f:"                                                                                \
                                                                            "capabilities"                                                                         \
                                                                            "\":{\".\":{}"                                                                         \
                                                                            "," FIELD(                                                                             \
                                                                                "dr"                                                                               \
                                                                                "o"                                                                                \
                                                                                "p") "}," FIELD("readOnlyRootFilesystem") "," FIELD("runAsNonRoot") "}," FIELD("terminationMessagePath") "," FIELD("terminationMessagePolicy")
#define CONDITION_FIELDS(name)                                                                     \
    "\"k:{\\\"type\\\":\\\"" name "\\\"}\":{\".\":{}," FIELD("lastProbeTime") "," FIELD(           \
        "lastTransitionTime") "," FIELD("status") "," FIELD("type") "}"

static void put_managed_fields(fp_buf *buf, unsigned i, bool sidecar)
{
    put(buf,
        "\"managedFields\":[{\"manager\":\"kube-controller-manager\",\"operation\":\"Update\","
        "\"apiVersion\":\"v1\",\"time\":\"2026-11-23T04:01:52Z\",\"fieldsType\":\"FieldsV1\","
        "\"fieldsV1\":{\"f:metadata\":{\"f:generateName\":{},\"f:labels\":{\".\":{}," FIELD("app") "," FIELD("app.kubernetes.io/component") "," FIELD("app.kubernetes.io/instance") "," FIELD(
            "app.kubernetes.io/version") "," FIELD("pod-template-hash") "," FIELD("team") "},\"f:"
                                                                                          "ownerRef"
                                                                                          "erences"
                                                                                          "\":{\"."
                                                                                          "\":{},"
                                                                                          "\"k:{"
                                                                                          "\\\"uid"
                                                                                          "\\\":"
                                                                                          "\\\"83ee"
                                                                                          "c72f-"
                                                                                          "248a-"
                                                                                          "4fac-"
                                                                                          "92b4-#"
                                                                                          "\\\"}\":"
                                                                                          "{}}},"
                                                                                          "\"f:"
                                                                                          "spec\":{"
                                                                                          "\"f:"
                                                                                          "containe"
                                                                                          "rs\":"
                                                                                          "{" KEY(
                                                                                              "app") "{\".\":{}," ENV_FIELDS
                                                                                                     "," COMMON_FIELDS
                                                                                                     "," PROBE_FIELDS("livenessProbe") "," PROBE_FIELDS(
                                                                                                         "readinessProbe") "}",
        i);
    if (sidecar)
        put(buf, "," KEY("metrics-exporter") "{\".\":{}," ENV_FIELDS "," COMMON_FIELDS "}", i);
    put(buf,
        "}," FIELD("dnsPolicy") "," FIELD("enableServiceLinks") "," FIELD("nodeName") "," FIELD("re"
                                                                                                "st"
                                                                                                "ar"
                                                                                                "tP"
                                                                                                "ol"
                                                                                                "ic"
                                                                                                "y") "," FIELD("schedulerName") ",\"f:securityContext\":{\".\":{}," FIELD("fsGroup") "," FIELD("runAsUser") "}," FIELD("serviceAccount") "," FIELD("serviceAccountName") "," FIELD("terminationGracePeriodSeconds") "," FIELD("tolerations") "}}},{\"manager\":\"kubelet\",\"operation\":\"Update\",\"apiVersion\":"
                                                                                                                                                                                                                                                                                                                                             "\"v1\",\"time\":\"2026-11-23T04:01:58Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":"
                                                                                                                                                                                                                                                                                                                                             "{\"f:status\":{\"f:conditions\":{" CONDITION_FIELDS("ContainersReady") "," CONDITION_FIELDS("Initialized") "," CONDITION_FIELDS(
                                                                                                                                                                                                                                                                                                                                                 "PodReadyToStartContainers") "," CONDITION_FIELDS("Ready") "}," FIELD("containerStatuses") "," FIELD("hostIP") "," FIELD("phase") "," FIELD("podIP") ",\"f:podIPs\":{\".\":{},\"k:{\\\"ip\\\":\\\"%\\\"}\":{"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      "\".\":{}," FIELD(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          "ip") "}}," FIELD("startTime") "}},\"subresource\":\"status\"}]",
        i);
}

static void put_metadata(fp_buf *buf, unsigned i, bool sidecar)
{
    put(buf,
        "{\"metadata\":{\"name\":\"web-7f9c6d5b4-#\",\"generateName\":\"web-7f9c6d5b4-\","
        "\"namespace\":\"team-@\",\"uid\":\"83eec72f-248a-4fac-92b4-#\",\"resourceVersion\":\"3#\","
        "\"creationTimestamp\":\"2026-11-23T04:01:52Z\",\"labels\":{\"app\":\"web\","
        "\"app.kubernetes.io/component\":\"server\",\"app.kubernetes.io/instance\":\"web-@\","
        "\"app.kubernetes.io/version\":\"2.14.3\",\"pod-template-hash\":\"7f9c6d5b4\",\"team\":"
        "\"team-@\"},\"annotations\":{\"cni.projectcalico.org/"
        "containerID\":\"34d686291275f405e5949026"
        "bfe6786ff0d2ae557753ed8dc72362e5cb054bd1\",\"cni.projectcalico.org/podIP\":\"%/32\","
        "\"cni.projectcalico.org/podIPs\":\"%/32\",\"prometheus.io/scrape\":\"true\"},"
        "\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":"
        "\"web-7f9c6d5b4\",\"uid\":\"d0f6a4a0-5c0a-4f0e-9a43-@\",\"controller\":true,"
        "\"blockOwnerDeletion\":true}],",
        i);
    put_managed_fields(buf, i, sidecar);
    put(buf, "},", i);
}

#define ENVIRONMENT                                                                                \
    "\"env\":[{\"name\":\"POD_NAME\",\"valueFrom\":{\"fieldRef\":{\"apiVersion\":\"v1\","          \
    "\"fieldPath\":\"metadata.name\"}}},{\"name\":\"POD_IP\",\"valueFrom\":{\"fieldRef\":{"        \
    "\"apiVersion\":\"v1\",\"fieldPath\":\"status.podIP\"}}},{\"name\":\"DB_HOST\",\"value\":"     \
    "\"db.team.svc.cluster.local\"},{\"name\":\"DB_PASSWORD\",\"valueFrom\":{\"secretKeyRef\":{"   \
    "\"name\":\"web-db\",\"key\":\"password\"}}},{\"name\":\"LOG_LEVEL\",\"value\":\"info\"}],"
#define RESOURCES                                                                                  \
    "\"resources\":{\"limits\":{\"cpu\":\"500m\",\"memory\":\"512Mi\"},\"requests\":{\"cpu\":"     \
    "\"100m\",\"memory\":\"128Mi\"}},\"volumeMounts\":[{\"name\":\"kube-api-access-x7k2p\","       \
    "\"readOnly\":true,\"mountPath\":\"/var/run/secrets/kubernetes.io/serviceaccount\"}],"
#define PROBE(name, path)                                                                          \
    "\"" name "\":{\"httpGet\":{\"path\":\"" path "\",\"port\":\"http\",\"scheme\":\"HTTP\"},"     \
    "\"initialDelaySeconds\":10,\"timeoutSeconds\":2,\"periodSeconds\":10,\"successThreshold\":1," \
    "\"failureThreshold\":3},"
#define REST_OF_CONTAINER                                                                          \
    "\"terminationMessagePath\":\"/dev/termination-log\",\"terminationMessagePolicy\":\"File\","   \
    "\"imagePullPolicy\":\"IfNotPresent\",\"securityContext\":{\"capabilities\":{\"drop\":["       \
    "\"ALL\"]},"                                                                                   \
    "\"runAsNonRoot\":true,\"readOnlyRootFilesystem\":true,\"allowPrivilegeEscalation\":false}}"

static void put_spec(fp_buf *buf, unsigned i, bool sidecar)
{
    put(buf,
        "\"spec\":{\"volumes\":[{\"name\":\"kube-api-access-x7k2p\",\"projected\":{\"sources\":[{"
        "\"serviceAccountToken\":{\"expirationSeconds\":3607,\"path\":\"token\"}},{\"configMap\":{"
        "\"name\":\"kube-root-ca.crt\",\"items\":[{\"key\":\"ca.crt\",\"path\":\"ca.crt\"}]}}],"
        "\"defaultMode\":420}}],\"containers\":[{\"name\":\"app\",\"image\":"
        "\"registry.company.io/team/"
        "app:2.14.3\",\"ports\":[{\"name\":\"http\",\"containerPort\":8080,"
        "\"protocol\":\"TCP\"}]," ENVIRONMENT RESOURCES PROBE("livenessProbe", "/healthz")
            PROBE("readinessProbe", "/readyz") REST_OF_CONTAINER,
        i);
    if (sidecar)
        put(buf,
            ",{\"name\":\"metrics-exporter\",\"image\":\"registry.company.io/infra/"
            "exporter:0.9.1\","
            "\"ports\":[{\"name\":\"metrics\",\"containerPort\":9102,\"protocol\":\"TCP\"}]"
            "," ENVIRONMENT RESOURCES REST_OF_CONTAINER,
            i);
    put(buf,
        "],\"restartPolicy\":\"Always\",\"terminationGracePeriodSeconds\":30,\"dnsPolicy\":"
        "\"ClusterFirst\",\"serviceAccountName\":\"web\",\"serviceAccount\":\"web\",\"nodeName\":"
        "\"node-@\",\"securityContext\":{\"runAsUser\":1000,\"fsGroup\":1000},\"schedulerName\":"
        "\"default-scheduler\",\"tolerations\":[{\"key\":\"node.kubernetes.io/"
        "not-ready\",\"operator\":"
        "\"Exists\",\"effect\":\"NoExecute\",\"tolerationSeconds\":300},{\"key\":"
        "\"node.kubernetes.io/unreachable\",\"operator\":\"Exists\",\"effect\":\"NoExecute\","
        "\"tolerationSeconds\":300}],\"priority\":0,\"enableServiceLinks\":true,"
        "\"preemptionPolicy\":"
        "\"PreemptLowerPriority\"},",
        i);
}

#define CONDITION(name)                                                                            \
    "{\"type\":\"" name "\",\"status\":\"True\",\"lastProbeTime\":null,\"lastTransitionTime\":"    \
    "\"2026-08-20T09:00:31Z\"}"
#define CONTAINER_STATUS(name)                                                                     \
    "{\"name\":\"" name "\",\"state\":{\"running\":{\"startedAt\":\"2026-08-20T09:00:31Z\"}},"     \
    "\"lastState\":{},\"ready\":true,\"restartCount\":0,\"image\":\"registry.company.io/team/app:" \
    "2.14.3\",\"imageID\":\"registry.company.io/team/app@sha256:ad7c13d9172d79b3d0bca34e1f9c9633"  \
    "40211e4a9d3ab7bca1b0c0cfba2955ba\",\"containerID\":\"containerd://34d686291275f405e5949026bf" \
    "e6786ff0d2ae557753ed8dc72362e5cb054bd1\",\"started\":true}"

static void put_status(fp_buf *buf, unsigned i, bool sidecar)
{
    put(buf,
        "\"status\":{\"phase\":\"Running\",\"conditions\":[" CONDITION("PodReadyToStartContainers") "," CONDITION("Initialized") "," CONDITION(
            "Ready") "," CONDITION("ContainersReady") "," CONDITION("PodScheduled") "],\"hostIP\":"
                                                                                    "\"172.16.3."
                                                                                    "11\","
                                                                                    "\"hostIPs\":[{"
                                                                                    "\"ip\":\"172."
                                                                                    "16.3.11\"}],"
                                                                                    "\"podIP\":\"%"
                                                                                    "\",\"podIPs\":"
                                                                                    "[{\"ip\":\"%"
                                                                                    "\"}],"
                                                                                    "\"startTime\":"
                                                                                    "\"2026-08-"
                                                                                    "20T09:00:"
                                                                                    "31Z\","
                                                                                    "\"containerSta"
                                                                                    "tuses\":"
                                                                                    "[" CONTAINER_STATUS(
                                                                                        "app"),
        i);
    if (sidecar)
        put(buf, "," CONTAINER_STATUS("metrics-exporter"), i);
    put(buf, "],\"qosClass\":\"Burstable\"}}", i);
}

void pods_put_list(fp_buf *buf, unsigned n)
{
    fp_rng rng = {7};

    fp_buf_puts(buf,
                "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":"
                "\"4711\"},\"items\":[");
    for (unsigned i = 0; i < n; i++) {
        bool sidecar = fp_rng_below(&rng, 2) == 0;

        if (i)
            fp_buf_putc(buf, ',');
        put_metadata(buf, i, sidecar);
        put_spec(buf, i, sidecar);
        put_status(buf, i, sidecar);
    }
    fp_buf_puts(buf, "]}\n");
}
