/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/renderer.h"

#include <stdlib.h>

#include "libfedpol/base/error.h"
#include "libfedpol/render/build.h"
#include "libfedpol/render/names.h"

#define DEFAULT_LOG_RATE 5u
#define DEFAULT_LOG_BURST 5u
#define MAX_LOG_RATE 1000000u
#define MAX_PRIORITY 1000000

static int check_options(const fp_render_options *options, fedpol_error **ret_error)
{
    fp_str none = FP_STR_NULL;

    if (options->table.len && !fp_name_is_table(options->table))
        return fp_error_set(ret_error, FEDPOL_E_INVALID, none, -1,
                            "the table's name must be a letter and then letters, digits, '_' or "
                            "'-', 64 at most, and no keyword of nft");
    if (options->interface_prefix.len &&
        (options->interface_prefix.len > 11 || !fp_name_is_interface(options->interface_prefix)))
        return fp_error_set(ret_error, FEDPOL_E_INVALID, none, -1,
                            "the interface prefix must be 1 to 11 letters, digits or one of "
                            "'_.-@+=,#'");
    if (!fp_name_is_log_prefix(options->log_prefix))
        return fp_error_set(ret_error, FEDPOL_E_INVALID, none, -1,
                            "the log prefix must be at most 64 printable characters without "
                            "quotes, '\\', '$' and '`'");
    if (options->log_rate > MAX_LOG_RATE || options->log_burst > MAX_LOG_RATE)
        return fp_error_set(ret_error, FEDPOL_E_INVALID, none, -1,
                            "the log rate and burst must be at most %u", MAX_LOG_RATE);
    if (options->priority > MAX_PRIORITY || options->priority < -MAX_PRIORITY)
        return fp_error_set(ret_error, FEDPOL_E_INVALID, none, -1,
                            "the hook priority must be between -%d and %d", MAX_PRIORITY,
                            MAX_PRIORITY);
    if (options->families > 3)
        return fp_error_set(ret_error, FEDPOL_E_INVALID, none, -1, "unknown address family");
    return 0;
}

static int copy_str(fp_arena *arena, fp_str from, const char *otherwise, fp_str *ret)
{
    *ret = fp_arena_str(arena, from.len ? from : fp_str_of(otherwise));
    return ret->ptr ? 0 : FEDPOL_E_NOMEM;
}

static int compare_cidrs(const void *a, const void *b)
{
    return fp_cidr_cmp(a, b);
}

static bool same_cidrs(const fp_render_options *options, const fp_cidr *sorted, size_t n)
{
    if (options->n_pod_cidrs != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!fp_cidr_eq(&options->pod_cidrs[i], &sorted[i]))
            return false;
    return true;
}

int fp_renderer_set_pod_cidrs(fp_renderer *renderer, const fp_cidr *cidrs, size_t n)
{
    fp_cidr *copy = fp_alloc_array(n, sizeof(*copy));

    if (!copy)
        return FEDPOL_E_NOMEM;
    if (n) {
        memcpy(copy, cidrs, n * sizeof(*copy));
        qsort(copy, n, sizeof(*copy), compare_cidrs);
    }
    if (same_cidrs(&renderer->options, copy, n)) {
        fp_free(copy);
        return 0;
    }
    fp_free(renderer->pod_cidrs);
    renderer->pod_cidrs = copy;
    renderer->options.pod_cidrs = copy;
    renderer->options.n_pod_cidrs = n;
    renderer->structural = true;
    return 0;
}

static int copy_options(fp_renderer *renderer, const fp_render_options *options)
{
    fp_render_options *copy = &renderer->options;

    *copy = *options;
    fp_try(copy_str(&renderer->memory, options->table, "fedpol", &copy->table));
    fp_try(copy_str(&renderer->memory, options->interface_prefix, "cali", &copy->interface_prefix));
    fp_try(copy_str(&renderer->memory, options->log_prefix, "fedpol-packet: ", &copy->log_prefix));
    if (!copy->families)
        copy->families = FP_FAMILY_4 | FP_FAMILY_6;
    if (!copy->log_rate)
        copy->log_rate = DEFAULT_LOG_RATE;
    if (!copy->log_burst)
        copy->log_burst = DEFAULT_LOG_BURST;
    copy->pod_cidrs = NULL;
    copy->n_pod_cidrs = 0;
    return fp_renderer_set_pod_cidrs(renderer, options->pod_cidrs, options->n_pod_cidrs);
}

int fp_renderer_new(const fp_render_options *options, fp_renderer **ret, fedpol_error **ret_error)
{
    fp_renderer *renderer;

    fp_try(check_options(options, ret_error));
    renderer = fp_alloc_zero(1, sizeof(*renderer));
    if (!renderer)
        return FEDPOL_E_NOMEM;
    fp_arena_init(&renderer->memory, 256);
    if (copy_options(renderer, options) < 0) {
        (void)fp_renderer_free(renderer);
        return FEDPOL_E_NOMEM;
    }
    *ret = renderer;
    return 0;
}

fp_renderer *fp_renderer_free(fp_renderer *renderer)
{
    if (!renderer)
        return NULL;
    fp_known_done(&renderer->known);
    fp_tracker_done(&renderer->tracker);
    fp_vec_done(&renderer->departed);
    fp_arena_done(&renderer->memory);
    fp_free(renderer->pod_cidrs);
    fp_free(renderer);
    return NULL;
}

static int build(const fp_renderer *renderer, const fp_view *view, const fp_tracker *tracker,
                 fp_ir *ir)
{
    fp_cleanup_free uint8_t *masks = NULL;
    size_t n_masks = 0;

    fp_try(fp_tracker_masks(tracker, &masks, &n_masks));
    return fp_build_all(ir, view, &renderer->options, masks, n_masks);
}

/* The whole text; RET says where each chain begins, and where the last one ends. */
static int put_full(const fp_nft *nft, const fp_ir *ir, size_t *ret_starts)
{
    fp_try(fp_nft_put_begin(nft, ir));
    for (size_t i = 0; i < ir->chains.len; i++) {
        ret_starts[i] = nft->buf->len;
        fp_nft_put_chain(nft, ir->chains.items[i]);
    }
    ret_starts[ir->chains.len] = nft->buf->len;
    fp_nft_put_end(nft);
    return fp_buf_error(nft->buf);
}

/* The text's hash gives the keys for the digests of its chains. */
static void set_digests(fp_renderer *renderer, const fp_ruleset *ruleset, const fp_ir *ir,
                        const size_t *starts, fp_known *known)
{
    const fp_str text = {ruleset->text, ruleset->text_len};

    renderer->keys = fp_known_keys_of(ruleset->hash);
    for (size_t i = 0; i < ir->chains.len; i++)
        fp_known_set_digest(fp_known_find_chain(known, ir->chains.items[i]->name), &renderer->keys,
                            fp_str_sub(text, starts[i], starts[i + 1]));
}

static int compare_ips(const void *a, const void *b)
{
    return fp_ip_cmp(a, b);
}

/* Sorted, each once. */
static int add_departed(const fp_renderer *renderer, fp_ruleset *ruleset)
{
    size_t n = renderer->departed.len;
    fp_ip *ips = fp_arena_array(&ruleset->memory, n, sizeof(*ips));
    size_t kept = 0;

    if (!ips)
        return FEDPOL_E_NOMEM;
    if (n) {
        memcpy(ips, renderer->departed.items, n * sizeof(*ips));
        qsort(ips, n, sizeof(*ips), compare_ips);
    }
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || !fp_ip_eq(&ips[kept - 1], &ips[i]))
            ips[kept++] = ips[i];
    ruleset->departed = ips;
    ruleset->n_departed = kept;
    return 0;
}

/* IR: of a whole ruleset; NULL: a delta. */
static int new_ruleset(const fp_renderer *renderer, fp_buf *buf, const fp_ir *ir, fp_ruleset **ret)
{
    fp_ruleset *ruleset;

    fp_try(fp_ruleset_new(buf, !ir, ir, &ruleset));
    if (add_departed(renderer, ruleset) < 0) {
        (void)fp_ruleset_unref(ruleset);
        return FEDPOL_E_NOMEM;
    }
    *ret = ruleset;
    return 0;
}

static void keep(fp_renderer *renderer, fp_known *known)
{
    fp_known_done(&renderer->known);
    renderer->known = *known;
    *known = (fp_known){0};
    renderer->has_text = true;
    renderer->structural = false;
    renderer->lost = false;
    fp_vec_clear(&renderer->departed);
}

static int render_full(fp_renderer *renderer, const fp_view *view, fp_tracker *tracker, fp_ir *ir,
                       fp_ruleset **ret)
{
    fp_cleanup_buf fp_buf buf = {0};
    const fp_nft nft = {&renderer->options, view, &buf};
    fp_cleanup_free size_t *starts = NULL;
    fp_known known = {0};
    int r;

    fp_try(fp_tracker_fill(tracker, view));
    fp_try(build(renderer, view, tracker, ir));
    starts = fp_alloc_array(ir->chains.len + 1, sizeof(*starts));
    if (!starts)
        return FEDPOL_E_NOMEM;
    fp_try(fp_known_of(ir, &known));
    r = put_full(&nft, ir, starts);
    if (r == 0)
        r = new_ruleset(renderer, &buf, ir, ret);
    if (r == 0) {
        set_digests(renderer, *ret, ir, starts, &known);
        keep(renderer, &known);
    }
    fp_known_done(&known);
    return r;
}

int fp_renderer_full_of(fp_renderer *renderer, const fp_view *view, fp_ruleset **ret)
{
    fp_tracker tracker = {0};
    fp_ir ir;
    int r;

    fp_ir_init(&ir);
    r = render_full(renderer, view, &tracker, &ir, ret);
    if (r == 0) {
        fp_tracker old = renderer->tracker;

        renderer->tracker = tracker;
        tracker = old;
    }
    fp_tracker_done(&tracker);
    fp_ir_done(&ir);
    return r;
}

int fp_renderer_take_note(fp_renderer *renderer, const fp_delta *delta)
{
    int r = 0;

    if (!renderer->has_text)
        return 0; /* the first text is a whole one */
    for (size_t i = 0; r == 0 && i < delta->n_sets; i++)
        r = fp_tracker_note(&renderer->tracker, &delta->sets[i]);
    for (size_t i = 0; r == 0 && i < delta->n_departed; i++)
        r = fp_vec_push(&renderer->departed, delta->departed[i]);
    renderer->structural |= delta->n_policies || delta->n_endpoints;
    renderer->lost |= r < 0;
    return r;
}

static int finish_delta(fp_renderer *renderer, fp_buf *buf, fp_ruleset **ret)
{
    fp_try(new_ruleset(renderer, buf, NULL, ret));
    fp_tracker_commit(&renderer->tracker);
    fp_vec_clear(&renderer->departed);
    return 0;
}

static int render_structural(fp_renderer *renderer, const fp_view *view, fp_ir *ir,
                             fp_ruleset **ret)
{
    fp_cleanup_buf fp_buf buf = {0};
    fp_known known = {0};
    int r;

    fp_try(build(renderer, view, &renderer->tracker, ir));
    fp_try(fp_known_of(ir, &known));
    r = fp_delta_put(renderer, view, ir, &known, &buf);
    if (r == 0)
        r = finish_delta(renderer, &buf, ret);
    if (r == 0)
        keep(renderer, &known);
    fp_known_done(&known);
    return r;
}

static int render_members(fp_renderer *renderer, const fp_view *view, fp_ruleset **ret)
{
    fp_cleanup_buf fp_buf buf = {0};

    fp_try(fp_delta_put(renderer, view, NULL, NULL, &buf));
    return finish_delta(renderer, &buf, ret);
}

int fp_renderer_delta_of(fp_renderer *renderer, const fp_view *view, fp_ruleset **ret)
{
    bool structural;
    fp_ir ir;
    int r;

    if (!renderer->has_text)
        return FEDPOL_E_STATE;
    if (renderer->lost)
        return fp_renderer_full_of(renderer, view, ret);
    fp_try(fp_tracker_prepare(&renderer->tracker, view, &structural));
    if (!structural && !renderer->structural)
        return render_members(renderer, view, ret);
    fp_ir_init(&ir);
    r = render_structural(renderer, view, &ir, ret);
    fp_ir_done(&ir);
    return r;
}
