/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/scope.h"

#include "libfedpol/model/decode.h"

/* *ACC becomes `*ACC && NEXT`, or NEXT if it is NULL; the reference to NEXT is taken. */
static int and_take(fp_selector **acc, fp_selector *next)
{
    fp_selector *const parts[] = {*acc, next};
    fp_selector *joined = NULL;
    int r = fp_selector_new_and(parts, FP_ARRAY_LEN(parts), &joined);

    fp_selector_unref(next);
    fp_try(r);
    fp_selector_unref(*acc);
    *acc = joined;
    return 0;
}

static int and_rewritten(fp_selector **acc, const fp_selector *part, const char *prefix,
                         const char *all_label)
{
    fp_selector *rewritten = NULL;

    if (!part)
        return 0;
    fp_try(fp_selector_rewrite(part, fp_str_of(prefix), fp_str_of(all_label), &rewritten));
    return and_take(acc, rewritten);
}

static int and_namespace(fp_selector **acc, fp_str ns)
{
    fp_selector *term = NULL;

    if (ns.len == 0)
        return 0;
    fp_try(fp_selector_new_eq(FP_STR(FP_LABEL_NAMESPACE), ns, &term));
    return and_take(acc, term);
}

static int and_accounts(fp_selector **acc, const fp_str *names, size_t n)
{
    fp_selector *term = NULL;

    if (n == 0)
        return 0;
    fp_try(fp_selector_new_set(FP_SEL_IN, FP_STR(FP_LABEL_SERVICE_ACCOUNT), names, n, &term));
    return and_take(acc, term);
}

/* *ACC becomes `*ACC && !(PART)`. */
static int and_not(fp_selector **acc, fp_selector *part)
{
    fp_selector *negated = NULL;

    fp_try(fp_selector_new_not(part, &negated));
    return and_take(acc, negated);
}

/* `(service accounts) && (selector)`. */
static int own_part(const fp_scope_parts *parts, fp_selector **acc)
{
    fp_try(and_rewritten(acc, parts->sa_selector, FP_PREFIX_SERVICE_ACCOUNT, ""));
    fp_try(and_accounts(acc, parts->sa_names, parts->n_sa_names));
    if (!parts->selector)
        return 0;
    return and_take(acc, fp_selector_ref(parts->selector));
}

static int namespace_part(const fp_scope_parts *parts, fp_str ns, fp_selector **acc)
{
    if (parts->ns_selector)
        return and_rewritten(acc, parts->ns_selector, FP_PREFIX_NAMESPACE, FP_LABEL_NAMESPACE);
    return and_namespace(acc, ns);
}

static int positive(const fp_scope_parts *parts, fp_str ns, fp_selector **acc)
{
    fp_selector *own = NULL;
    int r = own_part(parts, &own);

    if (r == 0)
        r = namespace_part(parts, ns, acc);
    if (r < 0) {
        fp_selector_unref(own);
        return r;
    }
    return own ? and_take(acc, own) : 0;
}

int fp_scope_entity(const fp_scope_parts *parts, fp_str ns, fp_entity *ret)
{
    bool written =
        parts->selector || parts->ns_selector || parts->sa_selector || parts->n_sa_names > 0;
    fp_selector *acc = NULL;
    int r;

    /* A namespace scopes what selects; it never makes a rule without selectors select. */
    if (!written && !parts->not_selector)
        return 0;
    r = positive(parts, ns, &acc);
    if (r == 0 && acc && parts->not_selector)
        r = and_not(&acc, parts->not_selector);
    if (r < 0) {
        fp_selector_unref(acc);
        return r;
    }
    ret->selector = acc;
    ret->not_selector = acc ? NULL : fp_selector_ref(parts->not_selector);
    ret->selector_is_scope_only = acc && !written;
    return 0;
}

static int namespaced_subject(fp_selector *selector, fp_selector *sa_selector, fp_str ns,
                              fp_selector **acc)
{
    if (selector)
        fp_try(and_take(acc, fp_selector_ref(selector)));
    fp_try(and_namespace(acc, ns));
    return and_rewritten(acc, sa_selector, FP_PREFIX_SERVICE_ACCOUNT, "");
}

int fp_scope_subject(fp_selector *selector, fp_selector *sa_selector, fp_str ns, fp_selector **ret)
{
    fp_selector *acc = NULL;
    int r = namespaced_subject(selector, sa_selector, ns, &acc);

    if (r < 0) {
        fp_selector_unref(acc);
        return r;
    }
    *ret = acc;
    return 0;
}

/* Every all() of *ACC, the user's own included, becomes has(LABEL). */
static int narrow_all(fp_selector **acc, const char *label)
{
    fp_selector *narrowed = NULL;

    fp_try(fp_selector_rewrite(*acc, FP_STR_NULL, fp_str_of(label), &narrowed));
    fp_selector_unref(*acc);
    *acc = narrowed;
    return 0;
}

static int global_subject(fp_selector *selector, fp_selector *ns_selector, fp_selector *sa_selector,
                          fp_selector **acc)
{
    if (selector)
        fp_try(and_take(acc, fp_selector_ref(selector)));
    fp_try(and_rewritten(acc, ns_selector, FP_PREFIX_NAMESPACE, ""));
    if (ns_selector)
        fp_try(narrow_all(acc, FP_LABEL_NAMESPACE));
    fp_try(and_rewritten(acc, sa_selector, FP_PREFIX_SERVICE_ACCOUNT, ""));
    if (sa_selector)
        fp_try(narrow_all(acc, FP_LABEL_SERVICE_ACCOUNT));
    if (*acc)
        return 0;
    return fp_selector_new_all(acc);
}

int fp_scope_global_subject(fp_selector *selector, fp_selector *ns_selector,
                            fp_selector *sa_selector, fp_selector **ret)
{
    fp_selector *acc = NULL;
    int r = global_subject(selector, ns_selector, sa_selector, &acc);

    if (r < 0) {
        fp_selector_unref(acc);
        return r;
    }
    *ret = acc;
    return 0;
}
