/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/fedpol.h>

/*
 * Where every member of every public struct stands, for pointers of 8 bytes, and the number of
 * every enumerator: enums pass as int, so abidiff does not see them. A new member goes behind the
 * last one and gets a line here; no line is ever changed. Enums are as wide as an int.
 */

#define AT(type, member, offset)                                                                   \
    _Static_assert(sizeof(void *) != 8 || offsetof(type, member) == (offset), #member " moved")
#define SIZE(type, size)                                                                           \
    _Static_assert(sizeof(void *) != 8 || sizeof(type) == (size), #type " grew")
#define IS(name, value) _Static_assert((name) == (value), #name " changed")
#define INT(type) _Static_assert(sizeof(enum type) == 4, #type " is no int")

AT(fedpol_allocator, struct_size, 0);
AT(fedpol_allocator, alloc, 8);
AT(fedpol_allocator, realloc, 16);
AT(fedpol_allocator, free, 24);
AT(fedpol_allocator, user_data, 32);
SIZE(fedpol_allocator, 40);

AT(fedpol_cluster_info, struct_size, 0);
AT(fedpol_cluster_info, name, 8);
AT(fedpol_cluster_info, role, 16);
AT(fedpol_cluster_info, state, 20);
AT(fedpol_cluster_info, objects, 24);
AT(fedpol_cluster_info, endpoints, 32);
AT(fedpol_cluster_info, diagnostics, 40);
AT(fedpol_cluster_info, diagnostics_dropped, 48);
AT(fedpol_cluster_info, age_ms, 56);
AT(fedpol_cluster_info, unknown_kinds, 64);
AT(fedpol_cluster_info, ignored_kinds, 72);
AT(fedpol_cluster_info, refused_objects, 80);
AT(fedpol_cluster_info, fed_bytes, 88);
AT(fedpol_cluster_info, fed_objects, 96);
AT(fedpol_cluster_info, withdrawn, 104);
AT(fedpol_cluster_info, overloaded, 108);
AT(fedpol_cluster_info, guarded, 112);
SIZE(fedpol_cluster_info, 120);

AT(fedpol_event_info, struct_size, 0);
AT(fedpol_event_info, type, 8);
AT(fedpol_event_info, state, 12);
AT(fedpol_event_info, cluster, 16);
AT(fedpol_event_info, age_ms, 24);
SIZE(fedpol_event_info, 32);

AT(fedpol_flow, struct_size, 0);
AT(fedpol_flow, from, 8);
AT(fedpol_flow, to, 16);
AT(fedpol_flow, protocol, 24);
AT(fedpol_flow, source_port, 32);
AT(fedpol_flow, destination_port, 36);
AT(fedpol_flow, icmp_type, 40);
AT(fedpol_flow, icmp_code, 44);
SIZE(fedpol_flow, 48);

AT(fedpol_render_options, struct_size, 0);
AT(fedpol_render_options, backend, 8);
AT(fedpol_render_options, families, 12);
AT(fedpol_render_options, dispatch, 16);
AT(fedpol_render_options, host_action, 20);
AT(fedpol_render_options, flags, 24);
AT(fedpol_render_options, priority, 28);
AT(fedpol_render_options, log_rate, 32);
AT(fedpol_render_options, log_burst, 36);
AT(fedpol_render_options, table, 40);
AT(fedpol_render_options, log_prefix, 48);
AT(fedpol_render_options, pod_cidrs, 56);
SIZE(fedpol_render_options, 64);

INT(fedpol_backend);
INT(fedpol_change);
INT(fedpol_cluster_state);
INT(fedpol_direction);
INT(fedpol_dispatch);
INT(fedpol_endpoint_type);
INT(fedpol_error_code);
INT(fedpol_event_type);
INT(fedpol_family);
INT(fedpol_host_action);
INT(fedpol_limit);
INT(fedpol_log_level);
INT(fedpol_reason);
INT(fedpol_render_flags);
INT(fedpol_role);
INT(fedpol_scope);
INT(fedpol_set_type);
INT(fedpol_set_use);
INT(fedpol_severity);
INT(fedpol_unknown_rules);
INT(fedpol_verdict_value);

IS(FEDPOL_ROLE_LOCAL, 1);
IS(FEDPOL_ROLE_REMOTE, 2);
IS(FEDPOL_CLUSTER_NOT_CONNECTING, 0);
IS(FEDPOL_CLUSTER_CONNECTING, 1);
IS(FEDPOL_CLUSTER_IN_SYNC, 2);
IS(FEDPOL_CLUSTER_RESYNC, 3);
IS(FEDPOL_CLUSTER_RESTART_REQUIRED, 4);
IS(FEDPOL_CLUSTER_CONFIG_INCOMPLETE, 5);

INT(fedpol_withdrawn);
IS(FEDPOL_WITHDRAWN_ALLOW, 1);
IS(FEDPOL_WITHDRAWN_DENY, 2);
IS(FEDPOL_WITHDRAWN_BACKENDS, 4);
IS(FEDPOL_SCOPE_ALL, 0);
IS(FEDPOL_SCOPE_LOCAL, 1);
IS(FEDPOL_UNKNOWN_RULES_FAIL_CLOSED, 0);
IS(FEDPOL_UNKNOWN_RULES_IGNORE, 1);
IS(FEDPOL_LIMIT_OBJECT_BYTES, 1);
IS(FEDPOL_LIMIT_KEPT_BYTES, 2);
IS(FEDPOL_LIMIT_DEPTH, 3);
IS(FEDPOL_LIMIT_MEMBERS, 4);
IS(FEDPOL_LIMIT_DEFERRED_BYTES, 5);
IS(FEDPOL_LIMIT_OBJECTS, 20);
IS(FEDPOL_LIMIT_DIAGNOSTICS, 21);
IS(FEDPOL_LIMIT_LABELS, 40);
IS(FEDPOL_LIMIT_LABEL_BYTES, 41);
IS(FEDPOL_LIMIT_RULES, 42);
IS(FEDPOL_LIMIT_LIST, 43);
IS(FEDPOL_LIMIT_FILE_BYTES, 60);
IS(FEDPOL_LIMIT_FILES, 61);
IS(FEDPOL_LOG_ERROR, 1);
IS(FEDPOL_LOG_WARNING, 2);
IS(FEDPOL_LOG_INFO, 3);
IS(FEDPOL_LOG_DEBUG, 4);
IS(FEDPOL_CHANGE_NEW, 1);
IS(FEDPOL_CHANGE_CHANGED, 2);
IS(FEDPOL_CHANGE_GONE, 3);
IS(FEDPOL_OK, 0);
IS(FEDPOL_E_NOMEM, -1);
IS(FEDPOL_E_INVALID, -2);
IS(FEDPOL_E_ABI, -3);
IS(FEDPOL_E_STATE, -4);
IS(FEDPOL_E_PARSE, -5);
IS(FEDPOL_E_TOO_LONG, -6);
IS(FEDPOL_E_TOO_DEEP, -7);
IS(FEDPOL_E_LIMIT, -8);
IS(FEDPOL_E_NOT_FOUND, -9);
IS(FEDPOL_E_EXISTS, -10);
IS(FEDPOL_E_UNSUPPORTED, -11);
IS(FEDPOL_E_IO, -12);
IS(FEDPOL_E_FORKED, -13);
IS(FEDPOL_E_BAD_OBJECT, -14);
IS(FEDPOL_E_INTERNAL, -15);
IS(FEDPOL_EVENT_CHANGED, 100);
IS(FEDPOL_EVENT_CLUSTER_STATE, 200);
IS(FEDPOL_EVENT_DIAGNOSTICS, 300);
IS(FEDPOL_EVENT_SERVICES, 400);
IS(FEDPOL_EVENT_REQUESTS, 500);
IS(FEDPOL_FORM_ENDPOINTS, 1);
IS(FEDPOL_FORM_SLICES, 2);
IS(FEDPOL_VERB_NONE, 0);
IS(FEDPOL_VERB_CREATE, 1);
IS(FEDPOL_VERB_UPDATE, 2);
IS(FEDPOL_VERB_DELETE, 3);
IS(FEDPOL_VERB_RELEASE, 4);
IS(FEDPOL_BACKEND_READY, 1);
IS(FEDPOL_BACKEND_SERVING, 2);
IS(FEDPOL_BACKEND_TERMINATING, 4);
IS(FEDPOL_ENDPOINT_WORKLOAD, 1);
IS(FEDPOL_ENDPOINT_HOST, 2);
IS(FEDPOL_ENDPOINT_NETWORK_SET, 3);
IS(FEDPOL_SET_NET, 1);
IS(FEDPOL_SET_IP_PORT, 2);
IS(FEDPOL_USE_ALLOW, 1);
IS(FEDPOL_USE_DENY, 2);
IS(FEDPOL_DIRECTION_INGRESS, 1);
IS(FEDPOL_DIRECTION_EGRESS, 2);
IS(FEDPOL_SEVERITY_INFO, 1);
IS(FEDPOL_SEVERITY_WARNING, 2);
IS(FEDPOL_SEVERITY_ERROR, 3);
IS(FEDPOL_BACKEND_DEFAULT, 0);
IS(FEDPOL_BACKEND_NFT, 1);
IS(FEDPOL_FAMILY_IPV4, 1);
IS(FEDPOL_FAMILY_IPV6, 2);
IS(FEDPOL_DISPATCH_INTERFACE, 0);
IS(FEDPOL_DISPATCH_ADDRESS, 1);
IS(FEDPOL_HOST_RETURN, 0);
IS(FEDPOL_HOST_ACCEPT, 1);
IS(FEDPOL_HOST_DROP, 2);
IS(FEDPOL_RENDER_REJECT, 1);
IS(FEDPOL_RENDER_COUNTERS, 2);
IS(FEDPOL_RENDER_NO_COMMENTS, 4);
IS(FEDPOL_VERDICT_NONE, 0);
IS(FEDPOL_VERDICT_ALLOW, 1);
IS(FEDPOL_VERDICT_DENY, 2);
IS(FEDPOL_VERDICT_UNDECIDABLE, 3);
IS(FEDPOL_REASON_RULE, 1);
IS(FEDPOL_REASON_END_OF_TIER, 2);
IS(FEDPOL_REASON_PROFILE, 3);
IS(FEDPOL_REASON_NO_PROFILE, 4);
IS(FEDPOL_REASON_NOT_UNDERSTOOD, 5);
IS(FEDPOL_REASON_UNSYNCED, 6);

IS(FEDPOL_PHASE_IDLE, 0);
IS(FEDPOL_PHASE_LISTING, 1);
IS(FEDPOL_PHASE_WATCHING, 2);
IS(FEDPOL_PHASE_WAITING, 3);
IS(FEDPOL_PHASE_ABSENT, 4);
IS(FEDPOL_PHASE_FORBIDDEN, 5);
IS(FEDPOL_PHASE_UNAUTHORIZED, 6);
INT(fedpol_phase);
IS(FEDPOL_COUNTER_LISTS, 1);
IS(FEDPOL_COUNTER_WATCHES, 2);
IS(FEDPOL_COUNTER_EVENTS, 3);
IS(FEDPOL_COUNTER_BOOKMARKS, 4);
IS(FEDPOL_COUNTER_RELISTS, 5);
IS(FEDPOL_COUNTER_FAILURES, 6);
IS(FEDPOL_COUNTER_BYTES, 7);
INT(fedpol_counter);

int main(void)
{
    return 0;
}
