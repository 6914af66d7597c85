/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_MODEL_BACKENDS_H
#define FP_MODEL_BACKENDS_H

/* What the decoders of Endpoints and EndpointSlices share. Internal to model/. */

#include "libfedpol/model/decode.h"

/* uid, version and marker. */
int fp_backends_read_metadata(fp_decoder *d, fp_backends_desc *ret);

/* A list of back ends under construction. */
typedef struct fp_backend_draft {
    fp_decoder *d;
    fp_backend *items;
    size_t n;
} fp_backend_draft;

int fp_backend_draft_init(fp_backend_draft *draft, fp_decoder *d, size_t room);
/* False: not the address of a back end; reported, and nothing is added. */
bool fp_backend_read_ip(fp_backend_draft *draft, const fp_value *text, const fp_path *path,
                        fp_ip *ret);
/* Hostname, node, zone and target of VALUE; texts that can't be read are left out. */
int fp_backend_read_texts(fp_backend_draft *draft, const fp_value *value, const fp_path *path,
                          fp_backend *ret);
/* Room must have been made. */
void fp_backend_draft_add(fp_backend_draft *draft, const fp_backend *backend);
/* Sorts; the list is the draft's arena's. */
void fp_backend_draft_finish(fp_backend_draft *draft, fp_backend_group *ret);

#endif
