/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/parser.h"
#include "libfedpol/selector/program.h"
#include "tests/bench/bench.h"

#define ROUNDS 20000
#define N_LABELS 20

static const char text[] = "projectcalico.org/namespace == \"shop\" && app == \"web\" && "
                           "tier in {\"front\", \"middle\"} && has(team) && env != \"dev\"";

typedef struct bench {
    fp_selector_parser *parser;
    fp_selector_program *program;
    fp_buf canonical;
    fp_label_ids labels;
    size_t matched;
} bench;

static fp_selector *parse(bench *b)
{
    fp_selector *selector = NULL;

    if (fp_selector_parser_parse(b->parser, fp_str_of(text), &selector, NULL) < 0)
        exit(EXIT_FAILURE);
    return selector;
}

static void bench_parse(void *user)
{
    fp_selector_unref(parse(user));
}

static void bench_parse_alone(void *user)
{
    fp_selector *selector = NULL;

    (void)user;
    if (fp_selector_parse(fp_str_of(text), &selector, NULL) < 0)
        exit(EXIT_FAILURE);
    fp_selector_unref(selector);
}

static void bench_uid(void *user)
{
    bench *b = user;
    fp_selector *selector = parse(b);
    char uid[FP_SELECTOR_UID_LEN + 1];

    fp_buf_clear(&b->canonical);
    fp_selector_put_canonical(selector, &b->canonical);
    fp_selector_uid_of(fp_buf_str(&b->canonical), uid);
    fp_selector_unref(selector);
}

static void bench_match(void *user)
{
    bench *b = user;

    b->matched += fp_selector_program_matches(b->program, &b->labels, NULL, NULL);
}

/* Ids by a fixed rule: the selector's own names and first values are among the 20 labels. */
static const char *const names[] = {"projectcalico.org/namespace", "app", "tier", "team", "env"};
static const char *const values[] = {"shop", "web", "middle", "", ""};

static int resolve_name(void *owner, fp_str name, uint32_t *ret)
{
    (void)owner;
    *ret = 0;
    for (uint32_t i = 0; i < 5; i++)
        if (fp_str_is(name, names[i]))
            *ret = 100 + 4 * i;
    return 0;
}

static int resolve_pair(void *owner, fp_str name, fp_str value, uint32_t *ret)
{
    *ret = 0;
    for (uint32_t i = 0; i < 5; i++)
        if (fp_str_is(name, names[i]) && fp_str_is(value, values[i]))
            return resolve_name(owner, name, ret);
    return 0;
}

int main(void)
{
    static const fp_selector_resolver resolver = {resolve_name, resolve_pair, NULL};
    uint32_t ids[N_LABELS];
    bench b = {.labels = {ids, ids, N_LABELS}};
    fp_selector *selector;
    double ns;

    for (uint32_t i = 0; i < N_LABELS; i++)
        ids[i] = 100 + i;
    bench_count_allocs();
    if (fp_selector_parser_new(&b.parser) < 0)
        return EXIT_FAILURE;
    bench_uid(&b);
    selector = parse(&b);
    if (fp_selector_bind(selector, &resolver, &b.program) < 0)
        return EXIT_FAILURE;
    fp_selector_unref(selector);
    bench_uid(&b);

    bench_allocs = 0;
    ns = bench_median_ns(bench_parse, &b, ROUNDS);
    printf("selector: parse 5 terms | <= 500 ns | %.0f ns\n", ns);
    printf("selector: allocations of it after warm-up | 0 | %zu\n", bench_allocs);
    printf("selector: parse without a kept parser | - | %.0f ns\n",
           bench_median_ns(bench_parse_alone, &b, ROUNDS));
    printf("selector: parse, canonical form and id | <= 1500 ns | %.0f ns\n",
           bench_median_ns(bench_uid, &b, ROUNDS));
    ns = bench_median_ns(bench_match, &b, ROUNDS);
    printf("selector: match against %d interned labels | <= 20 ns | %.1f ns\n", N_LABELS, ns);
    if (b.matched != (size_t)BENCH_RUNS * ROUNDS)
        return EXIT_FAILURE;

    fp_selector_program_free(b.program);
    fp_selector_parser_free(b.parser);
    fp_buf_done(&b.canonical);
    return EXIT_SUCCESS;
}
