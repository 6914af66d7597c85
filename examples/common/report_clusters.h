/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_REPORT_CLUSTERS_H
#define COMMON_REPORT_CLUSTERS_H

#include <stdint.h>

#include <fedpol/fedpol.h>

#include "text.h"

/* What metrics and status say of the clusters, whatever the program does with them. */

void report_type(text_buf *ret, const char *name, const char *type, const char *help);
/* null if it is not known. */
void report_number(text_buf *ret, int64_t number, bool is_known);
void report_cluster_metrics(fedpol_context *context, text_buf *ret);
/* The member "clusters" of an object. */
void report_cluster_status(fedpol_context *context, text_buf *ret);

#endif
