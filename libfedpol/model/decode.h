/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_MODEL_DECODE_H
#define FP_MODEL_DECODE_H

/*
 * What the decoders of the kinds share: the state of one decoding, paths inside the object, and
 * readers of members that report what they can't read. Internal to model/.
 *
 * Three outcomes: 0; FEDPOL_E_BAD_OBJECT after fp_decode_refuse() has said why; FEDPOL_E_NOMEM. A
 * part that is odd but does not condemn the object is reported and the decoding goes on.
 *
 * A JSON null is everywhere the same as an absent member.
 */

#include "libfedpol/model/object.h"

typedef struct fp_decoder {
    fp_kind kind;
    const fp_value *root;
    fp_arena *arena;
    fp_diags *diags;
    fp_model_options options; /* no zeros: defaults are filled in */
    fp_str ns;
    fp_str name;
    const fp_value *overlay; /* decoded metadata annotation of crd.projectcalico.org/v1, or NULL */
} fp_decoder;

/* A place in the object, as a chain on the C stack: nothing is printed until it is needed. */
typedef struct fp_path fp_path;
struct fp_path {
    const fp_path *up;
    const char *key; /* NULL: an array's item */
    size_t index;
};

#define FP_PATH(up, key) (&(const fp_path){(up), (key), 0})
#define FP_PATH_AT(up, index) (&(const fp_path){(up), NULL, (index)})

/* DIAGS may be NULL for callers that only want the identity: then nothing is reported. */
void fp_decode_report(fp_decoder *d, fp_severity severity, fp_diag_code code, const fp_path *path,
                      const char *format, ...) FP_PRINTF(5, 6);
void fp_decode_reportv(fp_decoder *d, fp_severity severity, fp_diag_code code, const fp_path *path,
                       const char *format, va_list args) FP_PRINTF(5, 0);
/* Reports an error and returns FEDPOL_E_BAD_OBJECT. */
int fp_decode_refuse(fp_decoder *d, fp_diag_code code, const fp_path *path, const char *format, ...)
    FP_PRINTF(4, 5);
/* Text from outside for a message: quoted, escaped, cut. Never NULL; lives in the arena. */
const char *fp_decode_quote(fp_decoder *d, fp_str s);

/* What to quote of a value that is not what was expected: as written, if it is a scalar. */
fp_str fp_decode_shown(const fp_value *value);
bool fp_decode_is_listed(fp_str key, const char *const *keys);

/* The children of PARENT (NULL: none), as CHILD. PARENT is evaluated twice. */
#define fp_decode_each(child, parent)                                                              \
    for (const fp_value *child = (parent) ? (parent)->first : NULL; child; child = child->next)

/* The member KEY, or NULL if it is absent or null. */
const fp_value *fp_decode_get(const fp_value *object, const char *key);
/* True if VALUE is absent, or an object that has no keys but KEYS (NULL at the end) and null ones.
   Else the first other key is in *RET_UNKNOWN, which has no pointer if VALUE is no object. */
bool fp_decode_keys_known(const fp_value *value, const char *const *keys, fp_str *ret_unknown);
/* A copy of TEXT in the arena. */
int fp_decode_copy(fp_decoder *d, fp_str text, fp_str *ret);
/* A string member that may be absent (*RET is then empty); the object is refused otherwise. */
int fp_decode_string(fp_decoder *d, const fp_value *object, const char *key, const fp_path *path,
                     fp_str *ret);
/* fp_value_to_i64() that takes NULL. */
bool fp_decode_int(const fp_value *value, int64_t min, int64_t max, int64_t *ret);
/* The array KEY, or NULL if absent; refused if it is something else or longer than max_list. */
int fp_decode_array(fp_decoder *d, const fp_value *object, const char *key, const fp_path *path,
                    const fp_value **ret);

/* metadata.c */

/* Sets ns, name and overlay. FEDPOL_E_BAD_OBJECT if there is no usable name. */
int fp_decode_identity(fp_decoder *d);

/* Labels in order of their names, the later value of one name in force. */
typedef struct fp_label_list {
    fp_label *items;
    size_t n;
    size_t cap;
} fp_label_list;

/* Reads metadata.labels, the annotation's over them, and leaves room for SPARE more. */
int fp_decode_labels(fp_decoder *d, size_t spare, fp_label_list *ret);
/* The same for any map of strings. */
int fp_decode_label_map(fp_decoder *d, const fp_value *map, const fp_path *path,
                        fp_label_list *list);
int fp_label_list_reserve(fp_decoder *d, size_t n, fp_label_list *list);
/* Room must have been reserved. */
void fp_label_list_set(fp_label_list *list, fp_str name, fp_str value);
/* Takes away what only Calico may say about an endpoint: pcns. and pcsa. labels, and the labels of
   its identity. All are reported but those in REPLACED (NULL at the end), which the caller sets. */
void fp_decode_strip_labels(fp_decoder *d, const char *const *replaced, fp_label_list *list);

#define FP_LABEL_NAMESPACE "projectcalico.org/namespace"
#define FP_LABEL_ORCHESTRATOR "projectcalico.org/orchestrator"
#define FP_LABEL_SERVICE_ACCOUNT "projectcalico.org/serviceaccount"
#define FP_LABEL_NAME "projectcalico.org/name"
#define FP_PREFIX_NAMESPACE "pcns."
#define FP_PREFIX_SERVICE_ACCOUNT "pcsa."
#define FP_PROFILE_NAMESPACE "kns."
#define FP_PROFILE_SERVICE_ACCOUNT "ksa."

/* validate.c */

#define FP_NAME_MAX 253u
bool fp_valid_subdomain(fp_str name); /* DNS-1123, at most FP_NAME_MAX */
bool fp_valid_interface(fp_str name); /* 1..15 of [a-zA-Z0-9_.-] */
bool fp_valid_port_name(fp_str name); /* 1..128 of [a-zA-Z0-9_.-] */
bool fp_valid_label_key(fp_str name); /* what the selector language can name */
bool fp_has_control_bytes(fp_str text);

/* endpoint.c: lists of an endpoint under construction */

typedef struct fp_endpoint_draft {
    fp_label_list labels;
    FP_VEC(fp_cidr) nets;
    FP_VEC(fp_endpoint_port) ports;
    FP_VEC(fp_str) profiles;
} fp_endpoint_draft;

void fp_endpoint_draft_done(fp_endpoint_draft *draft);
/* One address of a workload or host: "10.0.0.7", or with a length, which must be full if
   WHOLE_ONLY and is otherwise dropped. Special ones of a remote are reported and left out. An
   unreadable one refuses the object. */
int fp_endpoint_add_address(fp_decoder *d, fp_str text, const fp_path *path, bool whole_only,
                            fp_endpoint_draft *draft);
int fp_endpoint_add_port(fp_decoder *d, fp_str name, uint8_t protocol, uint16_t port,
                         fp_endpoint_draft *draft);
/* HostEndpoint and WorkloadEndpoint: their list of addresses, how many stood in it (which may be
   more than were taken), and `profiles` and `ports` of their spec. */
int fp_endpoint_read_addresses(fp_decoder *d, const fp_value *spec, const fp_path *path,
                               const char *key, fp_endpoint_draft *draft, uint32_t *ret_count);
int fp_endpoint_read_profiles(fp_decoder *d, const fp_value *spec, const fp_path *path,
                              fp_endpoint_draft *draft);
int fp_endpoint_read_ports(fp_decoder *d, const fp_value *spec, const fp_path *path,
                           fp_endpoint_draft *draft);
int fp_endpoint_add_profile(fp_decoder *d, const char *prefix, fp_str ns, fp_str name,
                            fp_endpoint_draft *draft);
/* Sorts the lists, drops duplicates and copies them to the arena. */
int fp_endpoint_finish(fp_decoder *d, fp_endpoint_draft *draft, fp_endpoint_desc *ret);

/* One decoder a kind; RET->kind, ns and name are set already. */
int fp_decode_pod(fp_decoder *d, fp_object *ret);
int fp_decode_namespace(fp_decoder *d, fp_object *ret);
int fp_decode_service_account(fp_decoder *d, fp_object *ret);
int fp_decode_node(fp_decoder *d, fp_object *ret);
int fp_decode_k8s_network_policy(fp_decoder *d, fp_object *ret);
int fp_decode_calico_policy(fp_decoder *d, fp_object *ret); /* namespaced and global */
int fp_decode_staged_policy(fp_decoder *d, fp_object *ret); /* all three */
int fp_decode_admin_policy(fp_decoder *d, fp_object *ret);  /* all three */
int fp_decode_tier(fp_decoder *d, fp_object *ret);
int fp_decode_host_endpoint(fp_decoder *d, fp_object *ret);
int fp_decode_network_set(fp_decoder *d, fp_object *ret); /* namespaced and global */
int fp_decode_profile(fp_decoder *d, fp_object *ret);
int fp_decode_workload_endpoint(fp_decoder *d, fp_object *ret);
int fp_decode_service(fp_decoder *d, fp_object *ret);
int fp_decode_endpoints(fp_decoder *d, fp_object *ret);
int fp_decode_endpoint_slice(fp_decoder *d, fp_object *ret);

/* service_port.c: what ports of the three have in common. */

/* A short text; one that can't be read is reported and left out. */
int fp_decode_word(fp_decoder *d, const fp_value *object, const char *key, const fp_path *path,
                   fp_str *ret);
/* Reads name, protocol (TCP if absent), number (0 if absent and not NEEDED) and appProtocol into
   the arena. False, reported: it can't be read and is left out. *RET_CODE: FEDPOL_E_NOMEM or 0. */
bool fp_decode_service_port(fp_decoder *d, const fp_value *value, const fp_path *path, bool needed,
                            fp_service_port *ret, int *ret_code);
/* A list of them, sorted; of several with one name and protocol the first in it counts. */
int fp_decode_service_ports(fp_decoder *d, const fp_value *object, const fp_path *path, bool needed,
                            const fp_service_port **ret, size_t *ret_n);

#endif
