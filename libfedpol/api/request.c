/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/request.h>

#include <unistd.h>

#include "libfedpol/api/handles.h"
#include "libfedpol/base/error.h"
#include "libfedpol/client/clock.h"

#define LIMIT_MS 30000u
#define MAX_BODY ((size_t)3 << 20)
#define MAX_ANSWER ((size_t)1 << 20)

struct fedpol_request {
    pid_t pid;
    fp_call *call;
};

static int check(const char *method, const char *path, fedpol_error **ret_error)
{
    if (!method || !fp_call_method(method))
        return fp_error_set(ret_error, FEDPOL_E_INVALID, FP_STR("method"), -1,
                            "expected GET, POST, PUT, PATCH or DELETE");
    if (!path || !fp_call_path_is_valid(path))
        return fp_error_set(ret_error, FEDPOL_E_INVALID, FP_STR("path"), -1,
                            "expected a path that begins with /api/ or /apis/, in plain ASCII");
    return 0;
}

static int begin(fedpol_cluster *cluster, const fp_call_request *call, fedpol_request **ret)
{
    fedpol_request *request = fp_alloc_zero(1, sizeof(*request));
    int r;

    if (!request)
        return FEDPOL_E_NOMEM;
    request->pid = getpid();
    r = fp_connection_call(cluster->connection, call, fp_clock_ms(), &request->call);
    if (r < 0) {
        fp_free(request);
        return r;
    }
    fp_client_wake(cluster->context->client);
    *ret = request;
    return 0;
}

int fedpol_cluster_request(fedpol_cluster *cluster, const char *method, const char *path,
                           const char *body, fedpol_request **ret_request, fedpol_error **ret_error)
{
    fp_call_request call = {.path = path,
                            .content_type = "application/json",
                            .body = fp_str_of(body),
                            .limit_ms = LIMIT_MS,
                            .max_answer = MAX_ANSWER};

    fp_try(fp_cluster_check(cluster));
    fp_check_arg(ret_request);
    fp_try(check(method, path, ret_error));
    if (call.body.len > MAX_BODY)
        return fp_error_set(ret_error, FEDPOL_E_TOO_LONG, FP_STR("body"), -1,
                            "the body is larger than 3 MiB, which API servers refuse");
    if (!cluster->connection)
        return fp_error_set(ret_error, FEDPOL_E_STATE, fp_str_of(cluster->name), -1,
                            "the cluster is not connected");
    call.method = fp_call_method(method);
    if (strcmp(call.method, "PATCH") == 0)
        call.content_type = "application/merge-patch+json";
    return begin(cluster, &call, ret_request);
}

int fedpol_request_is_done(const fedpol_request *request)
{
    return request && fp_call_get(request->call).done;
}

int fedpol_request_get_result(const fedpol_request *request)
{
    fp_check_arg(request);
    return fp_call_get(request->call).code;
}

int fedpol_request_get_status(const fedpol_request *request)
{
    return fedpol_request_is_done(request) ? fp_call_get(request->call).status : 0;
}

const char *fedpol_request_get_body(const fedpol_request *request, size_t *ret_size)
{
    fp_str body = FP_STR("");

    if (fedpol_request_is_done(request))
        body = fp_call_get(request->call).body;
    if (ret_size)
        *ret_size = body.len;
    return body.ptr;
}

const char *fedpol_request_get_message(const fedpol_request *request)
{
    return request ? fp_call_get(request->call).message : "";
}

int64_t fedpol_request_get_retry_after_ms(const fedpol_request *request)
{
    return fedpol_request_is_done(request) ? fp_call_get(request->call).retry_after_ms : -1;
}

/* After a fork the connection is the parent's: the child leaves it alone, and leaks. */
fedpol_request *fedpol_request_free(fedpol_request *request)
{
    if (request && request->pid == getpid())
        fp_call_drop(request->call);
    fp_free(request);
    return NULL;
}
