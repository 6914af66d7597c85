/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

/* From here on the commit is done: marks go, and what was made on the way but is not used. */
static void finish(fp_calc *calc)
{
    for (size_t i = 0; i < calc->actives.stale.ids.len; i++)
        fp_actives_drop_if_unused(calc, calc->actives.stale.ids.items[i]);
    fp_marks_clear(&calc->actives.stale);
    fp_marks_clear(&calc->tiers.stale);
    fp_marks_clear(&calc->policies.stale);
    fp_marks_clear(&calc->lists.stale);
    fp_marks_clear(&calc->lists.changed);
    fp_marks_clear(&calc->sets.stale);
    fp_idset_clear(&calc->fresh_matches);
    fp_federation_forget(calc->federation);
    fp_label_index_forget(calc->labels);
    calc->half_done = false;
}

int fp_calc_commit(fp_calc *calc)
{
    calc->half_done = true;
    fp_try(fp_label_index_flush(calc->labels));
    fp_try(fp_lists_mark(calc));
    fp_try(fp_lists_update(calc));
    fp_try(fp_actives_update(calc));
    fp_try(fp_ends_update(calc));
    fp_try(fp_policy_diags_update(calc));
    fp_try(fp_federation_update_diags(calc->federation));
    fp_try(fp_members_update(calc));
    finish(calc);
    return 0;
}

int fp_calc_init(fp_world *world)
{
    fp_calc *calc = &world->calc;

    calc->world = world;
    fp_try(fp_federation_new(&world->key, &calc->federation));
    calc->labels = fp_federation_labels(calc->federation);
    fp_try(fp_selector_new_all(&calc->all));
    return fp_policy_new_allow_all(FP_STR("projectcalico-default-allow"), &calc->allow_all);
}

void fp_calc_done(fp_calc *calc)
{
    fp_ends_done(calc);
    fp_lists_done(calc);
    fp_actives_done(calc);
    fp_sets_done(calc);
    fp_policies_done(calc);
    fp_tiers_done(calc);
    for (size_t i = 0; i < calc->matches.len; i++) {
        fp_idset_done(&calc->matches.items[i].policies);
        fp_idset_done(&calc->matches.items[i].sets);
    }
    fp_vec_done(&calc->matches);
    fp_idset_done(&calc->fresh_matches);
    fp_policy_unref(calc->allow_all);
    fp_selector_unref(calc->all);
    calc->federation = fp_federation_free(calc->federation);
}
