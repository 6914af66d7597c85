/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/ruleset.h"

#include "libfedpol/api/result.h"

struct fedpol_ruleset {
    fp_result result;
    fp_ruleset *core;
    fp_texts chains;
    fp_texts sources;
    fp_texts departed;
};

static int fill(fedpol_ruleset *ruleset)
{
    fp_result *result = &ruleset->result;
    const fp_ruleset *core = ruleset->core;

    fp_try(fp_texts_init(result, &ruleset->chains, core->n_provenance));
    fp_try(fp_texts_init(result, &ruleset->sources, core->n_provenance));
    for (size_t i = 0; i < core->n_provenance; i++) {
        fp_try(fp_texts_add(&ruleset->chains, fp_result_str(result, core->provenance[i].chain)));
        fp_try(fp_texts_add(&ruleset->sources, fp_result_str(result, core->provenance[i].what)));
    }
    fp_try(fp_texts_of_ips(result, core->departed, core->n_departed, &ruleset->departed));
    fp_result_seal(result);
    return 0;
}

int fp_ruleset_wrap(fp_ruleset *core, fedpol_ruleset **ret)
{
    fedpol_ruleset *ruleset = fp_result_new(sizeof(*ruleset));
    int r;

    if (!ruleset) {
        fp_ruleset_unref(core);
        return FEDPOL_E_NOMEM;
    }
    ruleset->core = core;
    r = fill(ruleset);
    if (r < 0)
        fedpol_ruleset_unref(ruleset);
    else
        *ret = ruleset;
    return r;
}

fedpol_ruleset *fedpol_ruleset_ref(fedpol_ruleset *ruleset)
{
    if (ruleset)
        fp_result_ref(&ruleset->result);
    return ruleset;
}

fedpol_ruleset *fedpol_ruleset_unref(fedpol_ruleset *ruleset)
{
    if (ruleset && fp_result_drop(&ruleset->result)) {
        fp_ruleset_unref(ruleset->core);
        fp_result_free(&ruleset->result);
    }
    return NULL;
}

const char *fedpol_ruleset_get_text(const fedpol_ruleset *ruleset, size_t *ret_size)
{
    if (!ruleset)
        return NULL;
    if (ret_size)
        *ret_size = ruleset->core->text_len;
    return ruleset->core->text;
}

const char *fedpol_ruleset_get_hash(const fedpol_ruleset *ruleset)
{
    return ruleset ? ruleset->core->hash : NULL;
}

bool fedpol_ruleset_is_delta(const fedpol_ruleset *ruleset)
{
    return ruleset && ruleset->core->is_delta;
}

size_t fedpol_ruleset_get_provenance_count(const fedpol_ruleset *ruleset)
{
    return ruleset ? ruleset->chains.n : 0;
}

const char *fedpol_ruleset_get_provenance_chain(const fedpol_ruleset *ruleset, size_t index)
{
    return ruleset ? fp_texts_get(&ruleset->chains, index) : NULL;
}

const char *fedpol_ruleset_get_provenance_source(const fedpol_ruleset *ruleset, size_t index)
{
    return ruleset ? fp_texts_get(&ruleset->sources, index) : NULL;
}

size_t fedpol_ruleset_get_departed_count(const fedpol_ruleset *ruleset)
{
    return ruleset ? ruleset->departed.n : 0;
}

const char *fedpol_ruleset_get_departed(const fedpol_ruleset *ruleset, size_t index)
{
    return ruleset ? fp_texts_get(&ruleset->departed, index) : NULL;
}
