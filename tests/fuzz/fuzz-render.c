/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Lines of JSON objects, as hostile as they like, become policies, endpoints and sets; the ruleset
 * of all that and the delta to nothing must consist of harmless words only, and nft, where it may
 * be asked, must take the ruleset. The first byte chooses options.
 */

#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libfedpol/policy/world.h"
#include "libfedpol/render/render.h"
#include "tests/fuzz/fuzz.h"

static bool is_quotable(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr(" _.-/:,#=!()@+%*", c));
}

static bool starts_with_known_word(fp_str line)
{
    static const char *const words[] = {
        "table ",  "delete ",  "add ",      "flush ", "set ",     "map ",     "chain ", "type ",
        "flags ",  "comment ", "elements ", "}",      "ip ",      "ip6 ",     "meta ",  "icmp ",
        "icmpv6 ", "iifname ", "oifname ",  "ct ",    "th ",      "jump ",    "goto ",  "accept",
        "drop",    "reject",   "return",    "limit ", "counter ", "continue",
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (fp_str_starts_with(line, fp_str_of(words[i])))
            return true;
    /* Further elements of a set. */
    return line.len == 0 || strchr("0123456789abcdef:\"", line.ptr[0]) != NULL;
}

static void check_line(fp_str line)
{
    bool quoted = false;

    while (line.len && line.ptr[0] == '\t')
        line = fp_str_sub(line, 1, line.len);
    fuzz_require(starts_with_known_word(line));
    for (size_t i = 0; i < line.len; i++) {
        char c = line.ptr[i];

        if (c == '"')
            quoted = !quoted;
        else
            fuzz_require(is_quotable(c) || (!quoted && (c == '{' || c == '}' || c == ';')));
    }
    fuzz_require(!quoted);
}

static void check_text(const fp_ruleset *ruleset)
{
    fp_str rest = {ruleset->text, ruleset->text_len};

    while (rest.len) {
        ptrdiff_t end = fp_str_find_byte(rest, '\n');

        fuzz_require(end >= 0);
        check_line(fp_str_sub(rest, 0, (size_t)end));
        rest = fp_str_sub(rest, (size_t)end + 1, rest.len);
    }
}

static bool may_ask_nft(void)
{
    static int answer = -1;

    if (answer < 0)
        answer = geteuid() == 0 && system("unshare -n nft --version >/dev/null 2>&1") == 0;
    return answer == 1;
}

/* A corpus in full; of a long run a part, since a process for each input would be most of it. */
static void ask_nft(const fp_ruleset *ruleset)
{
    static unsigned inputs;
    FILE *nft;

    inputs++;
    if (!may_ask_nft() || (inputs > 1000 && inputs % 16))
        return;
    nft = popen("unshare -n nft -c -f -", "w");
    fuzz_require(nft != NULL);
    fuzz_require(fwrite(ruleset->text, 1, ruleset->text_len, nft) == ruleset->text_len);
    fuzz_require(pclose(nft) == 0);
}

static void feed(fp_world *world, fp_cluster *cluster, fp_watch_type type, fp_str line)
{
    fp_wire_object object = {.type = type};
    fp_value *value = NULL;
    fp_arena arena;

    fp_arena_init(&arena, 0);
    if (fp_json_parse(line, &fp_wire_default_limits, &arena, &value, NULL) == 0) {
        object.api_version = fp_value_get_str(value, "apiVersion");
        object.kind = fp_value_get_str(value, "kind");
        object.value = value;
        fuzz_require(fp_world_apply(world, cluster, &object, FP_STR_NULL) == 0);
    }
    fp_arena_done(&arena);
}

static void feed_lines(fp_world *world, fp_cluster *cluster, fp_watch_type type, fp_str text)
{
    while (text.len) {
        ptrdiff_t end = fp_str_find_byte(text, '\n');
        size_t len = end < 0 ? text.len : (size_t)end;

        feed(world, cluster, type, fp_str_sub(text, 0, len));
        text = fp_str_sub(text, end < 0 ? len : len + 1, text.len);
    }
}

static fp_delta *commit(fp_world *world)
{
    fp_delta *delta;

    fuzz_require(fp_world_commit(world) == 0);
    fuzz_require(fp_world_take_delta(world, &delta) == 0);
    return delta;
}

static void render(fp_world *world, fp_cluster *cluster, uint8_t choice, fp_str text)
{
    const fp_render_options options = {
        .families = choice & 3u,
        .dispatch = (choice & 4u) ? FP_DISPATCH_ADDRESS : FP_DISPATCH_INTERFACE,
        .reject = choice & 8u,
        .counters = choice & 16u,
        .host_action = (choice & 32u) ? FP_HOST_DROP : FP_HOST_RETURN};
    fp_renderer *renderer;
    fp_ruleset *ruleset;
    fp_delta *delta;

    feed_lines(world, cluster, FP_WATCH_ADDED, text);
    (void)fp_delta_unref(commit(world));
    fuzz_require(fp_renderer_new(&options, &renderer, NULL) == 0);
    fuzz_require(fp_renderer_full(renderer, fp_world_calc(world), &ruleset) == 0);
    check_text(ruleset);
    ask_nft(ruleset);
    (void)fp_ruleset_unref(ruleset);
    feed_lines(world, cluster, FP_WATCH_DELETED, text);
    delta = commit(world);
    fuzz_require(fp_renderer_note(renderer, fp_world_calc(world), delta) == 0);
    fuzz_require(fp_renderer_delta(renderer, fp_world_calc(world), &ruleset) == 0);
    check_text(ruleset);
    (void)fp_ruleset_unref(ruleset);
    (void)fp_delta_unref(delta);
    (void)fp_renderer_free(renderer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const fp_hash_key key = {1, 2};
    fp_cluster *cluster;
    fp_world *world;

    if (size == 0)
        return 0;
    fuzz_require(fp_world_new(&key, &world) == 0);
    fuzz_require(fp_world_add_cluster(world, FP_STR("east"), FP_ROLE_LOCAL, &cluster) == 0);
    render(world, cluster, data[0], fp_str_n((const char *)data + 1, size - 1));
    (void)fp_world_free(world);
    return 0;
}
