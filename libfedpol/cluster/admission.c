/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/cluster/admission.h"

static void free_names(fp_name_vec *names)
{
    for (size_t i = 0; i < names->len; i++)
        fp_free(names->items[i]);
    fp_vec_done(names);
}

void fp_admission_done(fp_admission *admission)
{
    free_names(&admission->namespaces);
    free_names(&admission->excluded);
    fp_cidr_trie_free(admission->claims);
    *admission = (fp_admission){0};
}

/* Where NAME is, or would be. */
static size_t find_place(const fp_name_vec *names, fp_str name)
{
    size_t low = 0;
    size_t high = names->len;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (fp_str_cmp(fp_str_of(names->items[middle]), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_name(const fp_name_vec *names, fp_str name)
{
    size_t at = find_place(names, name);

    return at < names->len && fp_str_is(name, names->items[at]);
}

int fp_name_vec_add(fp_name_vec *names, fp_str name)
{
    size_t at = find_place(names, name);
    char *copy;

    if (has_name(names, name))
        return 0;
    fp_try(fp_vec_reserve(names, 1));
    copy = fp_str_dup(name);
    if (!copy)
        return FEDPOL_E_NOMEM;
    for (size_t i = names->len++; i > at; i--)
        names->items[i] = names->items[i - 1];
    names->items[at] = copy;
    return 0;
}

int fp_admission_add_claim(fp_admission *admission, const fp_cidr *cidr)
{
    if (!admission->claims)
        admission->claims = fp_cidr_trie_new();
    return admission->claims ? fp_cidr_trie_set(admission->claims, cidr, 1) : FEDPOL_E_NOMEM;
}

typedef struct claim_copy {
    fp_admission *to;
    int code;
} claim_copy;

static bool copy_claim(void *user, const fp_cidr *cidr, uint32_t value)
{
    claim_copy *copy = user;

    (void)value;
    copy->code = fp_admission_add_claim(copy->to, cidr);
    return copy->code == 0;
}

static int copy_claims(const fp_admission *from, fp_admission *to)
{
    const fp_cidr everything[] = {{.ip = {.family = 4}}, {.ip = {.family = 6}}};
    claim_copy copy = {to, 0};

    for (size_t i = 0; from->claims && i < FP_ARRAY_LEN(everything); i++) {
        fp_cidr_trie_covered(from->claims, &everything[i], copy_claim, &copy);
        fp_try(copy.code);
    }
    return 0;
}

static int copy_names(const fp_name_vec *from, fp_name_vec *to)
{
    for (size_t i = 0; i < from->len; i++)
        fp_try(fp_name_vec_add(to, fp_str_of(from->items[i])));
    return 0;
}

int fp_admission_copy(const fp_admission *admission, fp_admission *ret)
{
    int r;

    *ret = (fp_admission){.max_objects = admission->max_objects,
                          .max_endpoints = admission->max_endpoints,
                          .max_bytes = admission->max_bytes};
    r = copy_names(&admission->namespaces, &ret->namespaces);
    if (r == 0)
        r = copy_names(&admission->excluded, &ret->excluded);
    if (r == 0)
        r = copy_claims(admission, ret);
    if (r < 0)
        fp_admission_done(ret);
    return r;
}

bool fp_admission_takes(const fp_admission *admission, fp_kind kind, fp_str ns, fp_str name)
{
    fp_str in = kind == FP_KIND_NAMESPACE ? name : ns;

    if (in.len == 0)
        return true;
    if (admission->namespaces.len > 0 && !has_name(&admission->namespaces, in))
        return false;
    return !has_name(&admission->excluded, in);
}

static bool stop(void *user, const fp_cidr *cidr, uint32_t value)
{
    (void)cidr;
    (void)value;
    *(bool *)user = true;
    return false;
}

bool fp_admission_claims(const fp_admission *admission, const fp_cidr *cidr)
{
    bool found = false;

    if (!admission->claims)
        return true;
    fp_cidr_trie_covering(admission->claims, cidr, stop, &found);
    return found;
}
