/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/intake.h"

/* Bytes of the caller's become objects of a cluster. */

struct fedpol_feed {
    fp_intake intake; /* holds a reference to its cluster */
    fp_object_stream *stream;
    bool is_over; /* failed or finished */
};

int fedpol_cluster_set_origin(fedpol_cluster *cluster, const char *origin)
{
    char *copy = NULL;

    fp_try(fp_cluster_check(cluster));
    if (origin && *origin) {
        copy = fp_str_dup(fp_str_of(origin));
        if (!copy)
            return FEDPOL_E_NOMEM;
    }
    fp_free(cluster->origin);
    cluster->origin = copy;
    return 0;
}

int fedpol_feed_new(fedpol_cluster *cluster, const char *api_version, const char *kind,
                    fedpol_feed **ret_feed)
{
    fedpol_feed *feed;
    fp_wire_sink sink;
    int r;

    fp_try(fp_cluster_check(cluster));
    fp_check_arg(ret_feed);
    feed = fp_alloc_zero(1, sizeof(*feed));
    if (!feed)
        return FEDPOL_E_NOMEM;
    fp_intake_init(&feed->intake, cluster);
    sink = fp_intake_sink(&feed->intake);
    r = fp_object_stream_new(&cluster->context->limits.wire, &sink, fp_str_of(api_version),
                             fp_str_of(kind), &feed->stream);
    if (r < 0) {
        fp_free(feed);
        return r;
    }
    fedpol_cluster_ref(cluster);
    *ret_feed = feed;
    return 0;
}

static int check_feed(const fedpol_feed *feed)
{
    fp_check_arg(feed);
    fp_try(fp_cluster_check(feed->intake.cluster));
    return feed->is_over ? FEDPOL_E_STATE : 0;
}

int fedpol_feed_write(fedpol_feed *feed, const void *data, size_t size, fedpol_error **ret_error)
{
    int r;

    fp_try(check_feed(feed));
    fp_check_arg(data || size == 0);
    if (size == 0)
        return 0;
    fp_cluster_counters_of(feed->intake.cluster->core)->fed_bytes += size;
    r = fp_object_stream_feed(feed->stream, data, size, ret_error);
    feed->is_over = r < 0;
    fp_cluster_note_diags(feed->intake.cluster);
    fp_context_signal(feed->intake.cluster->context);
    return r;
}

int fedpol_feed_finish(fedpol_feed *feed, fedpol_error **ret_error)
{
    fp_try(check_feed(feed));
    feed->is_over = true;
    return fp_intake_finish(&feed->intake, fp_object_stream_end(feed->stream, ret_error),
                            ret_error);
}

fedpol_feed *fedpol_feed_free(fedpol_feed *feed)
{
    if (!feed)
        return NULL;
    fp_object_stream_free(feed->stream);
    fp_intake_done(&feed->intake);
    fedpol_cluster_unref(feed->intake.cluster);
    fp_free(feed);
    return NULL;
}

int fedpol_cluster_feed(fedpol_cluster *cluster, const void *data, size_t size,
                        fedpol_error **ret_error)
{
    fedpol_feed *feed = NULL;
    int r;

    fp_check_arg(data || size == 0);
    fp_try(fedpol_feed_new(cluster, NULL, NULL, &feed));
    r = fedpol_feed_write(feed, data, size, ret_error);
    if (r == 0)
        r = fedpol_feed_finish(feed, ret_error);
    fedpol_feed_free(feed);
    return r;
}

int fedpol_cluster_feed_yaml(fedpol_cluster *cluster, const void *data, size_t size,
                             fedpol_error **ret_error)
{
    fp_intake intake;
    fp_wire_sink sink;
    int r;

    fp_try(fp_cluster_check(cluster));
    fp_check_arg(data || size == 0);
    fp_intake_init(&intake, cluster);
    sink = fp_intake_sink(&intake);
    fp_cluster_counters_of(cluster->core)->fed_bytes += size;
    r = fp_yaml_read(data ? data : "", size, &cluster->context->limits.wire, &sink, ret_error);
    r = fp_intake_finish(&intake, r, ret_error);
    fp_intake_done(&intake);
    return r;
}
