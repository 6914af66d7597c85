/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A selector text that is accepted must keep its promises: the canonical form, where the limits
 * let it through again, means the same selector; negation and its negation are opposites; bound
 * and unbound matching agree; an impossible selector matches nothing.
 */

#include "libfedpol/selector/parser.h"
#include "libfedpol/selector/program.h"
#include "tests/fuzz/fuzz.h"

/* Every label of even length is there; its value is its own first byte. */
static bool look_up(const void *labels, fp_str name, fp_str *ret_value)
{
    (void)labels;
    *ret_value = fp_str_sub(name, 0, 1);
    return name.len % 2 == 0;
}

/* The same label set in numbers: id 1 is there, id 2 is not. */
static int resolve_name(void *owner, fp_str name, uint32_t *ret)
{
    (void)owner;
    *ret = name.len % 2 == 0 ? 1 : 2;
    return 0;
}

static int resolve_pair(void *owner, fp_str name, fp_str value, uint32_t *ret)
{
    (void)owner;
    *ret = name.len % 2 == 0 && fp_str_eq(value, fp_str_sub(name, 0, 1)) ? 1 : 2;
    return 0;
}

static bool has_text_leaf(const fp_selector *selector)
{
    size_t n;
    const fp_selector_node *nodes = fp_selector_nodes(selector, &n);

    for (size_t i = 0; i < n; i++)
        if (nodes[i].op >= FP_SEL_CONTAINS && nodes[i].op <= FP_SEL_ENDS_WITH)
            return true;
    return false;
}

static void check_matching(fp_selector *selector)
{
    static const fp_selector_resolver resolver = {resolve_name, resolve_pair, NULL};
    static const uint32_t ids[] = {1};
    const fp_label_ids labels = {ids, ids, 1};
    bool matches = fp_selector_matches(selector, look_up, NULL);
    fp_selector_restrictions restrictions;
    fp_selector_program *program;
    fp_selector *opposite;

    fuzz_require(fp_selector_new_not(selector, &opposite) == 0);
    fuzz_require(fp_selector_matches(opposite, look_up, NULL) != matches);
    fp_selector_unref(opposite);
    if (!has_text_leaf(selector)) {
        fuzz_require(fp_selector_bind(selector, &resolver, &program) == 0);
        fuzz_require(fp_selector_program_matches(program, &labels, NULL, NULL) == matches);
        fp_selector_program_free(program);
    }
    fuzz_require(fp_selector_get_restrictions(selector, &restrictions) == 0);
    fuzz_require(!(restrictions.impossible && matches));
    fp_selector_restrictions_done(&restrictions);
}

static void check_canonical(const fp_selector *selector)
{
    fp_cleanup_buf fp_buf canonical = {0};
    fp_selector *again = NULL;
    int r;

    fp_selector_put_canonical(selector, &canonical);
    fuzz_require(fp_buf_error(&canonical) == 0);
    r = fp_selector_parse(fp_buf_str(&canonical), &again, NULL);
    fuzz_require(r == 0 || r == FEDPOL_E_TOO_LONG || r == FEDPOL_E_TOO_DEEP);
    fuzz_require(r < 0 || (fp_selector_equal(selector, again) &&
                           fp_selector_hash(selector) == fp_selector_hash(again)));
    fp_selector_unref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fp_selector *selector = NULL;
    fedpol_error *error = NULL;

    if (fp_selector_parse(fp_str_n((const char *)data, size), &selector, &error) < 0) {
        fuzz_require(fedpol_error_get_offset(error) >= 0);
        fuzz_require((size_t)fedpol_error_get_offset(error) <= size);
        fedpol_error_free(error);
        return 0;
    }
    check_canonical(selector);
    check_matching(selector);
    fp_selector_unref(selector);
    return 0;
}
