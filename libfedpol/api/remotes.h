/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_API_REMOTES_H
#define FP_API_REMOTES_H

/*
 * RemoteClusterConfiguration objects of the local cluster, and the Secrets that they name, make
 * remote clusters. What the connection says is only noted from inside its hooks; clusters are
 * created, connected again and removed afterwards, by fp_remotes_apply(), one configuration without
 * touching another.
 */

#include "libfedpol/api/handles.h"
#include "libfedpol/client/connection.h"

typedef struct fp_remotes fp_remotes;

fp_remotes *fp_remotes_free(fp_remotes *remotes);
/* Whether a kind is for this module and not for the world. */
bool fp_remotes_wants(const fp_follow_view *view);
int fp_remotes_list_begins(fedpol_context *context, const fp_follow_view *view);
int fp_remotes_list_ends(fedpol_context *context, const fp_follow_view *view);
int fp_remotes_object(fedpol_context *context, const fp_follow_view *view,
                      const fp_wire_object *object);
/* The local connection is at another point: a Secret that was awaited may have been refused. */
void fp_remotes_phase_changed(fedpol_context *context);
/* Does what was noted. 0, FEDPOL_E_NOMEM (the next call goes on). */
int fp_remotes_apply(fedpol_context *context);
/* All configurations are applied again with the next process. */
void fp_remotes_touch_all(fedpol_context *context);
/* The local connection goes, and with it everything that it follows for this module. */
void fp_remotes_forget_follows(fedpol_context *context);
/* A cluster goes that a configuration may have made. */
void fp_remotes_forget_cluster(fedpol_context *context, const fedpol_cluster *cluster);
/* True while something is noted and not done, or the first list has not come. */
bool fp_remotes_pending(const fedpol_context *context);

#endif
