/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

static bool is_used(const fp_match_users *users)
{
    return users->policies.count > 0 || users->sets.count > 0;
}

static int make_room(fp_calc *calc, fp_match_id id)
{
    size_t missing = id < calc->matches.len ? 0 : (size_t)id + 1 - calc->matches.len;

    fp_try(fp_vec_reserve(&calc->matches, missing));
    for (; missing > 0; missing--)
        calc->matches.items[calc->matches.len++] = (fp_match_users){0};
    return 0;
}

int fp_matches_add(fp_calc *calc, fp_selector *selector, fp_domain domain, bool for_policy,
                   uint32_t user, fp_match_id *ret)
{
    fp_match_users *users;
    fp_match_id id;
    bool is_new;
    int r;

    fp_try(fp_label_index_add_selector(calc->labels, selector, domain, &id));
    r = make_room(calc, id);
    is_new = r == 0 && !is_used(&calc->matches.items[id]);
    if (is_new)
        r = fp_idset_add(&calc->fresh_matches, id);
    if (r >= 0) {
        users = &calc->matches.items[id];
        r = fp_idset_add(for_policy ? &users->policies : &users->sets, user);
        if (r < 0 && is_new)
            (void)fp_idset_remove(&calc->fresh_matches, id);
    }
    if (r < 0) {
        fp_label_index_remove_selector(calc->labels, id);
        return r;
    }
    *ret = id;
    return 0;
}

void fp_matches_remove(fp_calc *calc, fp_match_id id, bool for_policy, uint32_t user)
{
    fp_match_users *users = &calc->matches.items[id];

    (void)fp_idset_remove(for_policy ? &users->policies : &users->sets, user);
    if (!is_used(users)) {
        fp_idset_done(&users->policies);
        fp_idset_done(&users->sets);
        (void)fp_idset_remove(&calc->fresh_matches, id);
    }
    fp_label_index_remove_selector(calc->labels, id);
}
