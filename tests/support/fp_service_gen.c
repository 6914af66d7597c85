/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fp_service_gen.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const clusters[GEN_CLUSTERS] = {"east", "north", "west"};
static const char *const spaces[GEN_SPACES] = {"a", "b"};
static const char *const runs[] = {"", "x", "y", "z"};
static const char *const port_names[GEN_PORTS] = {"", "dns", "ui"};
static const char *const protocols[GEN_PORTS] = {"TCP", "UDP", "TCP"};

static const char *const selectors[GEN_SELECTORS + 1] = {
    NULL,
    "run == \"x\"",
    "run in {\"x\",\"y\"}",
    "has(run)",
    "federation.tigera.io/remoteClusterName == \"west\"",
    "!has(federation.tigera.io/remoteClusterName) || run == \"z\"",
    "federation.tigera.io/remoteClusterName != \"west\" && run != \"x\"",
    "all()",
    "",
    "run ==",
};

static bool selects(unsigned selector, unsigned cluster, unsigned run)
{
    switch (selector) {
    case 1:
        return run == 1;
    case 2:
        return run == 1 || run == 2;
    case 3:
        return run != 0;
    case 4:
        return cluster == 2;
    case 5:
        return cluster == 0 || run == 3;
    case 6:
        return cluster != 2 && run != 1;
    case 7:
        return true;
    default:
        return false;
    }
}

/* --- changes --- */

static void change_service(gen_service *service, const gen_place *place, fp_rng *rng)
{
    bool often = place->index < 2 && place->cluster == 0;

    *service = (gen_service){
        .there = fp_rng_below(rng, 5) > 0,
        .run = fp_rng_below(rng, 4),
        .ports = fp_rng_below(rng, 1u << GEN_PORTS),
        .selecting = fp_rng_below(rng, 6) == 0,
    };
    if (fp_rng_below(rng, often ? 8 : 40) < (often ? 7u : 1u))
        service->selector = 1 + fp_rng_below(rng, fp_rng_below(rng, 4) ? 7 : GEN_SELECTORS);
}

static void change_subset(gen_subset *subset, fp_rng *rng)
{
    subset->ports = fp_rng_below(rng, 1u << GEN_PORTS);
    subset->offset = fp_rng_below(rng, 3) == 0;
    subset->n = fp_rng_below(rng, GEN_ADDRESSES + 1);
    for (unsigned i = 0; i < subset->n; i++)
        subset->items[i] =
            (gen_address){fp_rng_below(rng, 10), fp_rng_below(rng, 4), fp_rng_below(rng, 4) > 0};
}

/* Often one address only changes, as it is in life. */
static void change_backends(gen_backends *backends, const gen_place *place, fp_rng *rng)
{
    bool is_slice = place->index >= GEN_SERVICES;
    gen_subset *first = &backends->subsets[0];

    if (backends->there && first->n > 0 && fp_rng_below(rng, 2) == 0) {
        first->items[fp_rng_below(rng, first->n)] =
            (gen_address){fp_rng_below(rng, 10), fp_rng_below(rng, 4), fp_rng_below(rng, 2) > 0};
        return;
    }
    *backends = (gen_backends){
        .there = fp_rng_below(rng, 4) > 0,
        .service = is_slice ? fp_rng_below(rng, GEN_SERVICES) : place->index,
        .ours = fp_rng_below(rng, 6) == 0,
        .n_subsets = is_slice ? 1 : fp_rng_below(rng, GEN_SUBSETS + 1),
    };
    for (unsigned i = 0; i < backends->n_subsets; i++)
        change_subset(&backends->subsets[i], rng);
}

gen_place gen_change(gen_world *world, fp_rng *rng)
{
    gen_place place = {fp_rng_below(rng, GEN_CLUSTERS), fp_rng_below(rng, GEN_SPACES),
                       fp_rng_below(rng, 3) == 0, 0};

    place.index = fp_rng_below(rng, place.is_service ? GEN_SERVICES : GEN_BACKENDS);
    if (place.is_service)
        change_service(&world->services[place.cluster][place.space][place.index], &place, rng);
    else
        change_backends(&world->backends[place.cluster][place.space][place.index], &place, rng);
    return place;
}

gen_place gen_place_at(size_t i)
{
    gen_place place = {.cluster = (unsigned)i % GEN_CLUSTERS};

    i /= GEN_CLUSTERS;
    place.space = (unsigned)i % GEN_SPACES;
    i /= GEN_SPACES;
    place.is_service = i < GEN_SERVICES;
    place.index = (unsigned)(place.is_service ? i : i - GEN_SERVICES);
    return place;
}

bool gen_is_there(const gen_world *world, gen_place place)
{
    return place.is_service ? world->services[place.cluster][place.space][place.index].there
                            : world->backends[place.cluster][place.space][place.index].there;
}

/* --- JSON --- */

static void put_address_text(unsigned address, fp_buf *buf)
{
    if (address < 8)
        fp_buf_printf(buf, "10.0.0.%u", address + 1);
    else
        fp_buf_printf(buf, "fd00::%u", address - 7);
}

static void put_ports(unsigned ports, unsigned offset, fp_buf *buf)
{
    const char *comma = "";

    fp_buf_puts(buf, "\"ports\":[");
    for (unsigned i = 0; i < GEN_PORTS; i++) {
        if (!(ports & (1u << i)))
            continue;
        fp_buf_printf(buf, "%s{\"name\":\"%s\",\"protocol\":\"%s\",\"port\":%u}", comma,
                      port_names[i], protocols[i], 1000 * (i + 1) + offset);
        comma = ",";
    }
    fp_buf_putc(buf, ']');
}

static void put_service(const gen_service *service, const gen_place *place, fp_buf *buf)
{
    fp_buf_printf(buf,
                  "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"namespace\":\"%s\","
                  "\"name\":\"s%u\"",
                  spaces[place->space], place->index);
    if (service->run)
        fp_buf_printf(buf, ",\"labels\":{\"run\":\"%s\",\"tier\":\"t\"}", runs[service->run]);
    if (service->selector) {
        fp_buf_puts(buf, ",\"annotations\":{\"federation.tigera.io/serviceSelector\":");
        fp_buf_put_json(buf, fp_str_of(selectors[service->selector]));
        fp_buf_putc(buf, '}');
    }
    fp_buf_puts(buf, "},\"spec\":{");
    if (service->selecting)
        fp_buf_puts(buf, "\"selector\":{\"a\":\"b\"},");
    put_ports(service->ports, 0, buf);
    fp_buf_puts(buf, "}}");
}

static void put_target(const gen_address *item, const char *space, fp_buf *buf)
{
    if (item->target)
        fp_buf_printf(buf,
                      ",\"targetRef\":{\"kind\":\"Pod\",\"namespace\":\"%s\",\"name\":\"p%u\"}",
                      space, item->target);
}

static void put_addresses(const gen_subset *subset, const char *space, bool ready, fp_buf *buf)
{
    const char *comma = "";

    for (unsigned i = 0; i < subset->n; i++) {
        if (subset->items[i].ready != ready)
            continue;
        fp_buf_printf(buf, "%s{\"ip\":\"", comma);
        put_address_text(subset->items[i].address, buf);
        fp_buf_putc(buf, '"');
        put_target(&subset->items[i], space, buf);
        fp_buf_putc(buf, '}');
        comma = ",";
    }
}

static void put_endpoints(const gen_backends *backends, const gen_place *place, fp_buf *buf)
{
    const char *space = spaces[place->space];

    fp_buf_printf(buf,
                  "{\"apiVersion\":\"v1\",\"kind\":\"Endpoints\",\"metadata\":{\"namespace\":"
                  "\"%s\",\"name\":\"s%u\"",
                  space, place->index);
    if (backends->ours)
        fp_buf_puts(buf, ",\"annotations\":{\"federation.tigera.io/serviceSelector\":\"x\"}");
    fp_buf_puts(buf, "},\"subsets\":[");
    for (unsigned i = 0; i < backends->n_subsets; i++) {
        fp_buf_puts(buf, i ? ",{\"addresses\":[" : "{\"addresses\":[");
        put_addresses(&backends->subsets[i], space, true, buf);
        fp_buf_puts(buf, "],\"notReadyAddresses\":[");
        put_addresses(&backends->subsets[i], space, false, buf);
        fp_buf_puts(buf, "],");
        put_ports(backends->subsets[i].ports, backends->subsets[i].offset, buf);
        fp_buf_putc(buf, '}');
    }
    fp_buf_puts(buf, "]}");
}

/* Slices are of IPv4: what is not is left out by the decoder, and by gen_put_expected(). */
static void put_slice(const gen_backends *backends, const gen_place *place, fp_buf *buf)
{
    const gen_subset *subset = &backends->subsets[0];

    fp_buf_printf(buf,
                  "{\"apiVersion\":\"discovery.k8s.io/v1\",\"kind\":\"EndpointSlice\",\"metadata\":"
                  "{\"namespace\":\"%s\",\"name\":\"sl%u\",\"labels\":{\"kubernetes.io/"
                  "service-name\":\"s%u\"%s}},\"addressType\":\"IPv4\",",
                  spaces[place->space], place->index, backends->service,
                  backends->ours ? ",\"endpointslice.kubernetes.io/managed-by\":"
                                   "\"fedpol-controller\""
                                 : "");
    put_ports(subset->ports, subset->offset, buf);
    fp_buf_puts(buf, ",\"endpoints\":[");
    for (unsigned i = 0; i < subset->n; i++) {
        fp_buf_puts(buf, i ? ",{\"addresses\":[\"" : "{\"addresses\":[\"");
        put_address_text(subset->items[i].address, buf);
        fp_buf_printf(buf, "\"],\"conditions\":{\"ready\":%s}",
                      subset->items[i].ready ? "true" : "false");
        put_target(&subset->items[i], spaces[place->space], buf);
        fp_buf_putc(buf, '}');
    }
    fp_buf_puts(buf, "]}");
}

void gen_put_json(const gen_world *world, gen_place place, fp_buf *buf)
{
    if (place.is_service)
        put_service(&world->services[place.cluster][place.space][place.index], &place, buf);
    else if (place.index < GEN_SERVICES)
        put_endpoints(&world->backends[place.cluster][place.space][place.index], &place, buf);
    else
        put_slice(&world->backends[place.cluster][place.space][place.index], &place, buf);
}

/* --- what it means --- */

typedef struct expected_row {
    unsigned ports;
    unsigned offset;
    unsigned address;
    unsigned cluster;
    unsigned service;
    unsigned target;
    bool ready;
} expected_row;

typedef struct expected_rows {
    expected_row items[400];
    size_t n;
} expected_rows;

static bool is_better(const expected_row *a, const expected_row *b)
{
    if (a->cluster != b->cluster)
        return a->cluster < b->cluster; /* east is local, the others by name */
    if (a->target != b->target)
        return a->target < b->target;
    if (a->ready != b->ready)
        return !a->ready;
    return a->service < b->service;
}

static void note(expected_rows *rows, const expected_row *row)
{
    for (size_t i = 0; i < rows->n; i++) {
        expected_row *other = &rows->items[i];

        if (other->ports != row->ports || other->offset != row->offset ||
            other->address != row->address)
            continue;
        if (is_better(row, other))
            *other = *row;
        return;
    }
    ck_assert_uint_lt(rows->n, FP_ARRAY_LEN(rows->items));
    rows->items[rows->n++] = *row;
}

static void note_object(expected_rows *rows, const gen_service *fed, const gen_backends *object,
                        bool is_slice, unsigned cluster)
{
    for (unsigned i = 0; i < object->n_subsets; i++) {
        const gen_subset *subset = &object->subsets[i];
        unsigned ports = subset->ports & fed->ports;

        for (unsigned k = 0; ports && k < subset->n; k++) {
            const gen_address *item = &subset->items[k];

            if (!is_slice || item->address < 8)
                note(rows, &(expected_row){ports, subset->offset, item->address, cluster,
                                           object->service, item->target, item->ready});
        }
    }
}

static void note_service(expected_rows *rows, const gen_world *world, const gen_service *fed,
                         unsigned cluster, unsigned space, unsigned service)
{
    const gen_backends *all = world->backends[cluster][space];
    bool slices = false;

    for (unsigned i = GEN_SERVICES; i < GEN_BACKENDS; i++)
        slices = slices || (all[i].there && all[i].service == service && !all[i].ours);
    for (unsigned i = 0; i < GEN_BACKENDS; i++)
        if (all[i].there && all[i].service == service && !all[i].ours &&
            (i >= GEN_SERVICES) == slices)
            note_object(rows, fed, &all[i], i >= GEN_SERVICES, cluster);
}

static void put_rows(const expected_rows *rows, unsigned space, unsigned fed, fp_buf *buf)
{
    for (size_t i = 0; i < rows->n; i++) {
        const expected_row *row = &rows->items[i];

        fp_buf_printf(buf, "%s/s%u ", spaces[space], fed);
        put_address_text(row->address, buf);
        fp_buf_printf(buf, " ports %u+%u %s/s%u p%u%s\n", row->ports, row->offset,
                      clusters[row->cluster], row->service, row->target,
                      row->ready ? " ready" : "");
    }
}

static void put_fed(const gen_world *world, unsigned space, unsigned index, fp_buf *buf)
{
    const gen_service *fed = &world->services[0][space][index];
    expected_rows *rows = calloc(1, sizeof(*rows));

    ck_assert_ptr_nonnull(rows);
    fp_buf_printf(buf, "%s/s%u\n", spaces[space], index);
    for (unsigned cluster = 0; cluster < GEN_CLUSTERS && !fed->selecting; cluster++)
        for (unsigned i = 0; i < GEN_SERVICES; i++) {
            const gen_service *service = &world->services[cluster][space][i];

            if (service->there && !service->selector && fed->selector < 8 &&
                world->use[cluster] != FP_SERVICE_USE_WITHDRAWN &&
                selects(fed->selector, cluster, service->run))
                note_service(rows, world, fed, cluster, space, i);
        }
    put_rows(rows, space, index, buf);
    free(rows);
}

void gen_put_expected(const gen_world *world, fp_buf *buf)
{
    for (unsigned space = 0; space < GEN_SPACES; space++)
        for (unsigned i = 0; i < GEN_SERVICES; i++)
            if (world->services[0][space][i].there && world->services[0][space][i].selector)
                put_fed(world, space, i, buf);
}

/* --- what was calculated --- */

static unsigned bits_of(const fp_wanted_ports *ports)
{
    unsigned bits = 0;

    for (size_t i = 0; i < ports->n_ports; i++)
        for (unsigned k = 0; k < GEN_PORTS; k++)
            if (fp_str_is(ports->ports[i].name, port_names[k]))
                bits |= 1u << k;
    return bits;
}

static int put_slice_rows(const fp_services *services, const fp_federated_view *view,
                          const fp_wanted_slice *slice, fp_buf *buf)
{
    fp_wanted_vec wanted = {0};
    int r = fp_services_slice_backends(services, slice, &wanted);

    for (size_t i = 0; r == 0 && i < wanted.len; i++) {
        const fp_wanted *item = &wanted.items[i];
        fp_str target = fp_backend_get(item->backend, FP_BACKEND_TARGET_NAME);

        fp_buf_printf(buf, "%.*s/%.*s ", FP_STR_ARG(view->ns), FP_STR_ARG(view->name));
        fp_ip_put(buf, &item->backend->ip);
        fp_buf_printf(buf, " ports %u+%u %.*s/%.*s %.*s%s\n", bits_of(&slice->ports),
                      slice->ports.ports[0].port % 1000u,
                      FP_STR_ARG(fp_cluster_name(item->cluster)), FP_STR_ARG(item->service),
                      FP_STR_ARG(target.len ? target : FP_STR("p0")),
                      item->backend->conditions & FP_BACKEND_READY ? " ready" : "");
    }
    fp_vec_done(&wanted);
    return r;
}

int gen_put_calculated(const fp_services *services, fp_buf *buf)
{
    fp_wanted_slice_vec slices = {0};
    fp_u32_vec ids = {0};
    int r = fp_services_list(services, &ids);

    for (size_t i = 0; r == 0 && i < ids.len; i++) {
        fp_federated_view view = fp_services_view(services, ids.items[i]);

        fp_buf_printf(buf, "%.*s/%.*s\n", FP_STR_ARG(view.ns), FP_STR_ARG(view.name));
        fp_vec_clear(&slices);
        r = fp_services_slices(services, ids.items[i], &slices);
        for (size_t k = 0; r == 0 && k < slices.len; k++)
            r = put_slice_rows(services, &view, &slices.items[k], buf);
    }
    fp_vec_done(&ids);
    fp_vec_done(&slices);
    return r < 0 ? r : fp_buf_error(buf);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *gen_sort_lines(const fp_buf *buf)
{
    char *copy = strdup(buf->data ? buf->data : "");
    char *sorted = malloc(buf->len + 1);
    char **lines = calloc(buf->len + 1, sizeof(*lines));
    size_t n = 0;
    size_t used = 0;

    ck_assert(copy && sorted && lines);
    for (char *line = strtok(copy, "\n"); line; line = strtok(NULL, "\n"))
        lines[n++] = line;
    if (n > 0)
        qsort(lines, n, sizeof(*lines), by_text);
    for (size_t i = 0; i < n; i++)
        used += (size_t)sprintf(sorted + used, "%s\n", lines[i]);
    sorted[used] = '\0';
    free(lines);
    free(copy);
    return sorted;
}
