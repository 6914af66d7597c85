/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_RENDER_RENDER_H
#define FP_RENDER_RENDER_H

/*
 * Rules as text for a kernel. A renderer takes the calculation (read only) and turns it into an
 * intermediate form (ir.h), and that into text: the whole ruleset, or the smallest change since the
 * text that it gave last. The same state gives the same bytes.
 */

#include "libfedpol/policy/calc.h"

typedef enum fp_dispatch {
    FP_DISPATCH_INTERFACE = 0,
    FP_DISPATCH_ADDRESS,
} fp_dispatch;

typedef enum fp_host_action { /* workload to host, after its egress policy allowed */
                              FP_HOST_RETURN = 0,
                              FP_HOST_ACCEPT,
                              FP_HOST_DROP,
} fp_host_action;

typedef struct fp_render_options {
    uint8_t families; /* 1: IPv4, 2: IPv6, 3: both; 0 means both */
    fp_dispatch dispatch;
    bool reject; /* Deny: reject instead of drop */
    bool counters;
    bool no_comments;
    fp_host_action host_action;
    int32_t priority;         /* of forward and input hooks; 0 */
    fp_str table;             /* "fedpol" */
    fp_str interface_prefix;  /* "cali" */
    fp_str log_prefix;        /* "fedpol-packet: " */
    uint32_t log_rate;        /* per second; 0 means 5 */
    uint32_t log_burst;       /* 0 means 5 */
    const fp_cidr *pod_cidrs; /* address dispatch: the node's; may be empty */
    size_t n_pod_cidrs;
} fp_render_options;

typedef struct fp_renderer fp_renderer;

/* Options are copied; empty text and zeros take the defaults named above. FEDPOL_E_INVALID for a
   table name, prefix or log prefix that isn't safe, and for numbers out of range. */
int fp_renderer_new(const fp_render_options *options, fp_renderer **ret, fedpol_error **ret_error);
fp_renderer *fp_renderer_free(fp_renderer *renderer);
/* Replaces the option pod_cidrs; the next text follows. 0, FEDPOL_E_NOMEM (nothing changed). */
int fp_renderer_set_pod_cidrs(fp_renderer *renderer, const fp_cidr *cidrs, size_t n);

/* One line of text by where it came from, for provenance: chain → what it renders. */
typedef struct fp_provenance {
    fp_str chain;
    fp_str what; /* "policy NetworkPolicy/shop/a ingress", "endpoint shop/web-0 egress", … */
} fp_provenance;

typedef struct fp_ruleset {
    uint32_t refs; /* atomic */
    bool is_delta;
    char *text; /* one transaction for `nft -f -`; "" if a delta changes nothing */
    size_t text_len;
    char hash[65];             /* SHA-256 of the text, in hex */
    fp_provenance *provenance; /* sorted by chain; full rulesets only */
    size_t n_provenance;
    fp_ip *departed; /* since the last text: addresses whose connections are to be flushed */
    size_t n_departed;
    fp_arena memory;
} fp_ruleset;

/* Everything; what a later delta is relative to. 0, FEDPOL_E_NOMEM. */
int fp_renderer_full(fp_renderer *renderer, const fp_calc *calc, fp_ruleset **ret);
/* Takes note of a delta of the calculation (several may come before the text is asked for).
   FEDPOL_E_NOMEM: the next text will be a full one. */
int fp_renderer_note(fp_renderer *renderer, const fp_calc *calc, fp_delta *delta);
/* The change since the last text; a full ruleset (is_delta says so) after a note that failed.
   0; FEDPOL_E_NOMEM (may be asked for again); FEDPOL_E_STATE before the first full. */
int fp_renderer_delta(fp_renderer *renderer, const fp_calc *calc, fp_ruleset **ret);
fp_ruleset *fp_ruleset_ref(fp_ruleset *ruleset);
fp_ruleset *fp_ruleset_unref(fp_ruleset *ruleset);

#endif
