/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/fedpol.h>

#include "libfedpol/base/check.h"
#include "libfedpol/cluster/cluster.h"
#include "libfedpol/policy/verdict.h"

/* The words for the numbers of public enums: what the tool prints, never renamed. Where a layer has
   words of its own, they are these. */

static const char *name_of(const char *const *names, size_t n, int number)
{
    if (number < 0 || (size_t)number >= n || !names[number])
        return "unknown";
    return names[number];
}

const char *fedpol_endpoint_type_name(int type)
{
    static const char *const names[] = {NULL, "workload", "host", "networkset"};

    return name_of(names, FP_ARRAY_LEN(names), type);
}

const char *fedpol_set_type_name(int type)
{
    static const char *const names[] = {NULL, "net", "ip-port"};

    return name_of(names, FP_ARRAY_LEN(names), type);
}

const char *fedpol_set_use_name(int use)
{
    static const char *const names[] = {NULL, "allow", "deny"};

    return name_of(names, FP_ARRAY_LEN(names), use);
}

const char *fedpol_direction_name(int direction)
{
    static const char *const names[] = {NULL, "ingress", "egress"};

    return name_of(names, FP_ARRAY_LEN(names), direction);
}

const char *fedpol_severity_name(int severity)
{
    if (severity < FEDPOL_SEVERITY_INFO || severity > FEDPOL_SEVERITY_ERROR)
        return "unknown";
    return fp_severity_name((fp_severity)severity);
}

const char *fedpol_role_name(int role)
{
    static const char *const names[] = {NULL, "local", "remote"};

    return name_of(names, FP_ARRAY_LEN(names), role);
}

const char *fedpol_change_name(int change)
{
    static const char *const names[] = {NULL, "new", "changed", "gone"};

    return name_of(names, FP_ARRAY_LEN(names), change);
}

const char *fedpol_verdict_value_name(int value)
{
    if (value < FEDPOL_VERDICT_NONE || value > FEDPOL_VERDICT_UNDECIDABLE)
        return "unknown";
    return fp_verdict_value_name((fp_verdict_value)value);
}

const char *fedpol_reason_name(int reason)
{
    if (reason < FEDPOL_REASON_RULE || reason > FEDPOL_REASON_UNSYNCED)
        return "unknown";
    return fp_verdict_reason_name((fp_verdict_reason)reason);
}

const char *fedpol_cluster_state_name(int state)
{
    if (state < FEDPOL_CLUSTER_NOT_CONNECTING || state > FEDPOL_CLUSTER_CONFIG_INCOMPLETE)
        return "unknown";
    return fp_cluster_state_name((fp_cluster_state)state);
}

const char *fedpol_phase_name(int phase)
{
    static const char *const names[] = {"idle",   "listing",   "watching",    "waiting",
                                        "absent", "forbidden", "unauthorized"};

    return name_of(names, FP_ARRAY_LEN(names), phase);
}
