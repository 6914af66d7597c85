/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_API_RESULT_H
#define FP_API_RESULT_H

/*
 * What every result of a query begins with: an atomic reference count, and the memory that all its
 * items and texts live in. A result is filled by one thread, and never changes once it was handed
 * out; that alone makes it fit for any number of readers. It points to nothing of the context.
 *
 * The count drops by one acq_rel operation: a fence after a release would be as correct, but TSan
 * does not model fences.
 */

#include <stdatomic.h>

#include "libfedpol/base/arena.h"
#include "libfedpol/base/buf.h"
#include "libfedpol/federation/federation.h"

typedef struct fp_result {
    atomic_uint refs;
    fp_arena arena;
    fp_buf scratch; /* while it is being filled */
} fp_result;

/* A zeroed result of SIZE bytes that begins with an fp_result; NULL if memory is short. */
void *fp_result_new(size_t size);
/* Frees what was only needed for filling. */
void fp_result_seal(fp_result *result);
void fp_result_ref(fp_result *result);
/* NULL allowed. Frees the result with the last reference. */
void fp_result_unref(fp_result *result);
/* The two halves of it, for results that own more than their memory: whether this was the last. */
bool fp_result_drop(fp_result *result);
void fp_result_free(fp_result *result);

/* Copies into the result's memory, NUL-terminated; NULL if memory is short. */
const char *fp_result_str(fp_result *result, fp_str text);
const char *fp_result_ip(fp_result *result, const fp_ip *ip);
const char *fp_result_cidr(fp_result *result, const fp_cidr *cidr);
/* "shop/web-0" */
const char *fp_result_path(fp_result *result, fp_str ns, fp_str name);
/* "10.0.0.1,tcp:8080" */
const char *fp_result_port_member(fp_result *result, const fp_port_member *member);
/* "tcp", or "99" where there is no name; "" for 0. */
const char *fp_result_protocol(fp_result *result, uint8_t protocol);
const char *fp_result_canonical(fp_result *result, const fp_selector *selector);

/* A list of texts in a result. */
typedef struct fp_texts {
    const char **items;
    size_t n;
} fp_texts;

/* Makes room for COUNT texts; n stays 0. */
int fp_texts_init(fp_result *result, fp_texts *texts, size_t count);
/* Adds one that fp_result_*() gave; NULL is FEDPOL_E_NOMEM. There must be room. */
int fp_texts_add(fp_texts *texts, const char *text);
int fp_texts_of_ips(fp_result *result, const fp_ip *ips, size_t n, fp_texts *ret);
int fp_texts_of_cidrs(fp_result *result, const fp_cidr *cidrs, size_t n, fp_texts *ret);
int fp_texts_of_port_members(fp_result *result, const fp_port_member *members, size_t n,
                             fp_texts *ret);
/* NULL past the end. */
const char *fp_texts_get(const fp_texts *texts, size_t i);

#endif
