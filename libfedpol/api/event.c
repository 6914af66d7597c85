/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/event.h>

#include <string.h>

#include "libfedpol/api/handles.h"
#include "libfedpol/api/sized.h"

/* There is no queue: what waits is a flag at the thing that it is about, and becomes an object only
   when it is pulled. That is why events can't pile up or get lost. */

struct fedpol_event {
    int type;
    int state;
    int64_t age_ms;
    char cluster[]; /* NUL-terminated */
};

static fedpol_event *event_new(int type, const fedpol_cluster *cluster)
{
    fp_str name = fp_str_of(cluster ? cluster->name : "");
    fedpol_event *event = fp_alloc_zero(1, sizeof(*event) + name.len + 1);

    if (!event)
        return NULL;
    event->type = type;
    event->state = cluster ? fp_cluster_shown_state(cluster) : 0;
    event->age_ms =
        cluster ? fp_cluster_age_ms(cluster->core, fp_context_now(cluster->context)) : -1;
    memcpy(event->cluster, name.ptr, name.len);
    return event;
}

/* The first thing that has news of one sort: the flag, and the cluster that it belongs to. */
static bool *find_news(fedpol_context *context, int *ret_type, fedpol_cluster **ret_cluster)
{
    for (size_t i = 0; i < context->clusters.len; i++) {
        fedpol_cluster *cluster = context->clusters.items[i];

        *ret_cluster = cluster;
        *ret_type = FEDPOL_EVENT_CLUSTER_STATE;
        if (cluster->state_news)
            return &cluster->state_news;
        *ret_type = FEDPOL_EVENT_DIAGNOSTICS;
        if (cluster->diag_news)
            return &cluster->diag_news;
    }
    *ret_cluster = NULL;
    *ret_type = FEDPOL_EVENT_CHANGED;
    if (context->change_news)
        return &context->change_news;
    *ret_type = FEDPOL_EVENT_SERVICES;
    if (context->service_news)
        return &context->service_news;
    *ret_type = FEDPOL_EVENT_REQUESTS;
    return context->request_news ? &context->request_news : NULL;
}

fedpol_event *fedpol_context_next_event(fedpol_context *context)
{
    fedpol_cluster *cluster;
    fedpol_event *event;
    bool *news;
    int type;

    if (fp_context_check(context) < 0)
        return NULL;
    news = find_news(context, &type, &cluster);
    if (!news)
        return NULL;
    event = event_new(type, cluster);
    if (!event)
        return NULL;
    *news = false;
    fp_context_signal(context);
    return event;
}

int fedpol_event_get_type(const fedpol_event *event)
{
    return event ? event->type : 0;
}

const char *fedpol_event_get_cluster(const fedpol_event *event)
{
    return event ? event->cluster : "";
}

int fedpol_event_get_state(const fedpol_event *event)
{
    return event ? event->state : 0;
}

int64_t fedpol_event_get_age_ms(const fedpol_event *event)
{
    return event ? event->age_ms : -1;
}

void fedpol_event_info_init(fedpol_event_info *info, size_t struct_size)
{
    fp_sized_init(info, struct_size);
}

int fedpol_event_get_info(const fedpol_event *event, fedpol_event_info *ret_info)
{
    fedpol_event_info info = {0};

    fp_check_arg(event);
    info.type = (uint32_t)event->type;
    info.state = (uint32_t)event->state;
    info.cluster = event->cluster;
    info.age_ms = event->age_ms;
    return fp_sized_write(ret_info, sizeof(info), offsetof(fedpol_event_info, age_ms), &info);
}

fedpol_event *fedpol_event_free(fedpol_event *event)
{
    fp_free(event);
    return NULL;
}
