/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/selector.h>

#include <limits.h>
#include <string.h>

#include "libfedpol/selector/selector.h"

/* The public selector is the internal one; here is only what C callers need around it. */

_Static_assert(FEDPOL_SELECTOR_ID_SIZE == FP_SELECTOR_UID_LEN + 1, "the header promises this");

int fedpol_selector_parse(const char *text, fedpol_selector **ret_selector,
                          fedpol_error **ret_error)
{
    fp_check_arg(text && ret_selector);
    return fp_selector_parse(fp_str_of(text), ret_selector, ret_error);
}

fedpol_selector *fedpol_selector_ref(fedpol_selector *selector)
{
    return fp_selector_ref(selector);
}

fedpol_selector *fedpol_selector_unref(fedpol_selector *selector)
{
    return fp_selector_unref(selector);
}

int fedpol_selector_get_canonical(const fedpol_selector *selector, char *ret_text, size_t size)
{
    fp_cleanup_buf fp_buf buf = {0};

    fp_check_arg(selector && (ret_text || size == 0));
    fp_selector_put_canonical(selector, &buf);
    fp_try(fp_buf_error(&buf));
    if (buf.len > INT_MAX)
        return FEDPOL_E_LIMIT;
    if (size > 0) {
        size_t n = buf.len < size ? buf.len : size - 1;

        if (n > 0)
            memcpy(ret_text, buf.data, n);
        ret_text[n] = '\0';
    }
    return (int)buf.len;
}

int fedpol_selector_get_id(const fedpol_selector *selector, char *ret_id, size_t size)
{
    char uid[FP_SELECTOR_UID_LEN + 1];

    fp_check_arg(selector && ret_id && size >= sizeof(uid));
    fp_try(fp_selector_uid(selector, uid));
    memcpy(ret_id, uid, sizeof(uid));
    return 0;
}

typedef struct label_arrays {
    const char *const *names;
    const char *const *values;
    size_t n;
} label_arrays;

static bool find_label(const void *labels, fp_str name, fp_str *ret_value)
{
    const label_arrays *arrays = labels;

    for (size_t i = 0; i < arrays->n; i++) {
        if (fp_str_is(name, arrays->names[i])) {
            *ret_value = fp_str_of(arrays->values[i]);
            return true;
        }
    }
    return false;
}

int fedpol_selector_matches(const fedpol_selector *selector, const char *const *names,
                            const char *const *values, size_t count)
{
    const label_arrays arrays = {names, values, count};

    fp_check_arg(selector && (count == 0 || (names && values)));
    for (size_t i = 0; i < count; i++)
        fp_check_arg(names[i] && values[i]);
    return fp_selector_matches(selector, find_label, &arrays);
}
