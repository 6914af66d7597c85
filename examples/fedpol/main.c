/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

/* Which commands take an option; 0 stands for all of them. */
enum {
    FOR_ALL = 0,
    FOR_SELECTOR = 1,
    FOR_ENDPOINTS = 2,
    FOR_POLICIES = 4,
    FOR_RENDER = 8,
    FOR_VERDICT = 16,
    FOR_REPLAY = 32,
    FOR_STATUS = 64,
    FOR_DIAGNOSTICS = 128,
    FOR_SETS = 256,
    FOR_WATCH = 512,
    FOR_SERVICES = 1024,
};

static const struct {
    const char *name;
    command_fn run;
    unsigned bit;
    const char *usage;
} commands[] = {
    {"selector", cmd_selector, FOR_SELECTOR, "selector EXPR [name=value...] | selector --jsonl"},
    {"status", cmd_status, FOR_STATUS, "status"},
    {"diagnostics", cmd_diagnostics, FOR_DIAGNOSTICS, "diagnostics"},
    {"endpoints", cmd_endpoints, FOR_ENDPOINTS, "endpoints [--selector EXPR]"},
    {"policies", cmd_policies, FOR_POLICIES, "policies [--endpoint NAMESPACE/POD]"},
    {"sets", cmd_sets, FOR_SETS, "sets"},
    {"render", cmd_render, FOR_RENDER,
     "render [--backend nft] [--family 4|6|both] [--deny drop|reject] [--log-prefix TEXT]\n"
     "         [--log-rate N] [--counters] [--table NAME] [--priority N] [--pod-cidr CIDR]...\n"
     "         [--workload-to-host return|accept|drop]"},
    {"verdict", cmd_verdict, FOR_VERDICT,
     "verdict --from A --to B --proto P [--port N] [--sport N] [--icmp T[/C]] | verdict --jsonl"},
    {"replay", cmd_replay, FOR_REPLAY, "replay FILE|-"},
    {"services", cmd_services, FOR_SERVICES, "services [--wanted endpoints|endpointslices]"},
    {"watch", cmd_watch, FOR_WATCH, "watch [--count COMMITS] [--for SECONDS]"},
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

enum {
    OPT_CLUSTER = 256,
    OPT_LOCAL,
    OPT_NODE,
    OPT_DISPATCH,
    OPT_CLUSTER_LABEL,
    OPT_SCOPE,
    OPT_ON_UNKNOWN_RULE,
    OPT_TIMEOUT,
    OPT_REQUIRE,
    OPT_FOLLOW_REMOTES,
    OPT_GUARD,
    OPT_HELP,
    OPT_VERSION,
    OPT_JSONL,
    OPT_SELECTOR,
    OPT_ENDPOINT,
    OPT_COUNT,
    OPT_FOR,
    OPT_WANTED,
    OPT_BACKEND,
    OPT_FAMILY,
    OPT_DENY,
    OPT_LOG_PREFIX,
    OPT_LOG_RATE,
    OPT_COUNTERS,
    OPT_TABLE,
    OPT_PRIORITY,
    OPT_POD_CIDR,
    OPT_WORKLOAD_TO_HOST,
    OPT_FROM,
    OPT_TO,
    OPT_PROTO,
    OPT_PORT,
    OPT_SPORT,
    OPT_ICMP,
};

static const struct option long_options[] = {
    {"cluster", required_argument, NULL, OPT_CLUSTER},
    {"local", required_argument, NULL, OPT_LOCAL},
    {"node", required_argument, NULL, OPT_NODE},
    {"output", required_argument, NULL, 'o'},
    {"dispatch", required_argument, NULL, OPT_DISPATCH},
    {"cluster-label", required_argument, NULL, OPT_CLUSTER_LABEL},
    {"scope", required_argument, NULL, OPT_SCOPE},
    {"on-unknown-rule", required_argument, NULL, OPT_ON_UNKNOWN_RULE},
    {"require", required_argument, NULL, OPT_REQUIRE},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"follow-remotes", no_argument, NULL, OPT_FOLLOW_REMOTES},
    {"guard", required_argument, NULL, OPT_GUARD},
    {"count", required_argument, NULL, OPT_COUNT},
    {"for", required_argument, NULL, OPT_FOR},
    {"wanted", required_argument, NULL, OPT_WANTED},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {"jsonl", no_argument, NULL, OPT_JSONL},
    {"selector", required_argument, NULL, OPT_SELECTOR},
    {"endpoint", required_argument, NULL, OPT_ENDPOINT},
    {"backend", required_argument, NULL, OPT_BACKEND},
    {"family", required_argument, NULL, OPT_FAMILY},
    {"deny", required_argument, NULL, OPT_DENY},
    {"log-prefix", required_argument, NULL, OPT_LOG_PREFIX},
    {"log-rate", required_argument, NULL, OPT_LOG_RATE},
    {"counters", no_argument, NULL, OPT_COUNTERS},
    {"table", required_argument, NULL, OPT_TABLE},
    {"priority", required_argument, NULL, OPT_PRIORITY},
    {"pod-cidr", required_argument, NULL, OPT_POD_CIDR},
    {"workload-to-host", required_argument, NULL, OPT_WORKLOAD_TO_HOST},
    {"from", required_argument, NULL, OPT_FROM},
    {"to", required_argument, NULL, OPT_TO},
    {"proto", required_argument, NULL, OPT_PROTO},
    {"port", required_argument, NULL, OPT_PORT},
    {"sport", required_argument, NULL, OPT_SPORT},
    {"icmp", required_argument, NULL, OPT_ICMP},
    {NULL, 0, NULL, 0},
};

/* The commands that an option is for. */
static unsigned commands_of(int option)
{
    switch (option) {
    case OPT_JSONL:
        return FOR_SELECTOR | FOR_VERDICT;
    case OPT_SELECTOR:
        return FOR_ENDPOINTS;
    case OPT_ENDPOINT:
        return FOR_POLICIES;
    case OPT_COUNT:
    case OPT_FOR:
        return FOR_WATCH;
    case OPT_WANTED:
        return FOR_SERVICES;
    case OPT_FROM:
    case OPT_TO:
    case OPT_PROTO:
    case OPT_PORT:
    case OPT_SPORT:
    case OPT_ICMP:
        return FOR_VERDICT;
    default:
        return option >= OPT_BACKEND ? FOR_RENDER | FOR_REPLAY | FOR_WATCH : FOR_ALL;
    }
}

static const char *option_name(int option)
{
    for (const struct option *o = long_options; o->name; o++)
        if (o->val == option)
            return o->name;
    return "?";
}

static void print_help(void)
{
    (void)puts(
        "usage: fedpol [global options] COMMAND [options] [arguments]\n\n"
        "Who is who across Kubernetes clusters, and what the local policies say of them.\n\n"
        "global options:\n"
        "  --cluster NAME=SOURCE         a cluster; repeatable. SOURCE is one of\n"
        "      dir:PATH                    a folder of manifests\n"
        "      kubeconfig:PATH[#CONTEXT]   an API server; without PATH as kubectl finds it\n"
        "      incluster                   the cluster that this pod runs in\n"
        "  --local NAME                  the local one; default: the first\n"
        "  --node NAME                   whose endpoints are enforced (or NODE_NAME)\n"
        "  -o text|json                  form of the results\n"
        "  --dispatch interface|address  how packets find their endpoint\n"
        "  --cluster-label KEY           label that carries the cluster's name\n"
        "  --scope all|local             which clusters rule selectors see\n"
        "  --on-unknown-rule fail-closed|ignore\n"
        "  --timeout SECONDS             how long to wait for API servers (10)\n"
        "  --require NAME                wait so long for this one even if it fails; repeatable\n"
        "  --follow-remotes              RemoteClusterConfigurations make clusters\n" GUARD_HELP
        "  --help, --version\n\n"
        "commands:");
    for (size_t i = 0; i < N_COMMANDS; i++)
        (void)printf("  %s\n", commands[i].usage);
    (void)puts("\nexit status: 0 done, 1 a negative answer, 2 wrong usage, 3 a source is missing");
}

static bool usage_error(const char *what, const char *value)
{
    (void)fprintf(stderr, "fedpol: %s: %s\n", what, value);
    return false;
}

/* One of the words of LIST (ended by NULL); its number in *RET. */
static bool read_word(int option, const char *value, const char *const *list, int *ret)
{
    for (int i = 0; list[i]; i++) {
        if (strcmp(list[i], value) == 0) {
            *ret = i;
            return true;
        }
    }
    (void)fprintf(stderr, "fedpol: --%s: expected one of", option_name(option));
    for (int i = 0; list[i]; i++)
        (void)fprintf(stderr, " %s", list[i]);
    (void)fprintf(stderr, ", not %s\n", value);
    return false;
}

static bool read_number(int option, const char *value, int32_t min, int32_t max, int32_t *ret)
{
    bool negative = *value == '-';
    const char *digit = value + negative;
    int64_t number = 0;

    if (!*digit || digit[strspn(digit, "0123456789")])
        return usage_error(option_name(option), "a number was expected");
    if (strlen(digit) > 9)
        return usage_error(option_name(option), "the number is out of range");
    for (; *digit; digit++)
        number = number * 10 + (*digit - '0');
    if (negative)
        number = -number;
    if (number < min || number > max)
        return usage_error(option_name(option), "the number is out of range");
    *ret = (int32_t)number;
    return true;
}

/* "T" or "T/C". */
static bool read_icmp(const char *value, tool_options *ret)
{
    char type[16];
    const char *slash = strchr(value, '/');
    size_t len = slash ? (size_t)(slash - value) : strlen(value);

    if (len >= sizeof(type))
        return usage_error("icmp", "expected TYPE or TYPE/CODE");
    memcpy(type, value, len);
    type[len] = '\0';
    return read_number(OPT_ICMP, type, 0, 255, &ret->icmp_type) &&
           (!slash || read_number(OPT_ICMP, slash + 1, 0, 255, &ret->icmp_code));
}

static bool add_pod_cidr(const char *value, tool_options *ret)
{
    size_t used = strlen(ret->pod_cidrs);

    if (used + strlen(value) + 2 > sizeof(ret->pod_cidrs))
        return usage_error("--pod-cidr", "too many");
    if (used)
        ret->pod_cidrs[used++] = ',';
    memcpy(ret->pod_cidrs + used, value, strlen(value) + 1);
    ret->render.pod_cidrs = ret->pod_cidrs;
    return true;
}

/* The library reads the empty text as its default, which nobody means who writes it. */
static bool read_text(int option, const char *value, const char **ret)
{
    *ret = value;
    return *value || usage_error(option_name(option), "a text was expected");
}

static bool read_render_option(int option, const char *value, tool_options *ret)
{
    static const char *const backends[] = {"nft", NULL};
    static const char *const families[] = {"both", "4", "6", NULL};
    static const char *const denials[] = {"drop", "reject", NULL};
    static const char *const host_actions[] = {"return", "accept", "drop", NULL};
    int word = 0;
    bool ok = true;

    switch (option) {
    case OPT_BACKEND:
        ok = read_word(option, value, backends, &word);
        break;
    case OPT_FAMILY:
        ok = read_word(option, value, families, &word);
        ret->render.families = (uint32_t)word;
        break;
    case OPT_DENY:
        ok = read_word(option, value, denials, &word);
        if (word)
            ret->render.flags |= FEDPOL_RENDER_REJECT;
        break;
    case OPT_LOG_RATE:
        ok = read_number(option, value, 1, 1000000, &word);
        ret->render.log_rate = (uint32_t)word;
        break;
    case OPT_PRIORITY:
        ok = read_number(option, value, -1000, 1000, &ret->render.priority);
        break;
    case OPT_WORKLOAD_TO_HOST:
        ok = read_word(option, value, host_actions, &word);
        ret->render.host_action = (uint32_t)word;
        break;
    case OPT_LOG_PREFIX:
        ok = read_text(option, value, &ret->render.log_prefix);
        break;
    case OPT_TABLE:
        ok = read_text(option, value, &ret->render.table);
        break;
    case OPT_POD_CIDR:
        ok = add_pod_cidr(value, ret);
        break;
    default: /* OPT_COUNTERS */
        ret->render.flags |= FEDPOL_RENDER_COUNTERS;
    }
    return ok;
}

static bool read_command_option(int option, const char *value, tool_options *ret)
{
    static const char *const forms[] = {"endpoints", "endpointslices", NULL};
    int word;

    switch (option) {
    case OPT_WANTED:
        ret->wanted = value;
        return read_word(option, value, forms, &word);
    case OPT_JSONL:
        ret->jsonl = true;
        return true;
    case OPT_SELECTOR:
        ret->selector = value;
        return true;
    case OPT_ENDPOINT:
        ret->endpoint = value;
        return true;
    case OPT_COUNT:
        return read_number(option, value, 1, 999999999, &ret->count);
    case OPT_FOR:
        return read_number(option, value, 0, 999999999, &ret->for_s);
    case OPT_FROM:
        ret->from = value;
        return true;
    case OPT_TO:
        ret->to = value;
        return true;
    case OPT_PROTO:
        ret->protocol = value;
        return true;
    case OPT_PORT:
        return read_number(option, value, 0, 65535, &ret->port);
    case OPT_SPORT:
        return read_number(option, value, 0, 65535, &ret->source_port);
    case OPT_ICMP:
        return read_icmp(value, ret);
    default:
        return read_render_option(option, value, ret);
    }
}

static bool is_ok(bool ok, const char *problem)
{
    if (!ok)
        (void)fprintf(stderr, "fedpol: %s\n", problem);
    return ok;
}

static bool read_source_option(int option, const char *value, tool_options *ret)
{
    char problem[SOURCES_PROBLEM] = "";

    switch (option) {
    case OPT_CLUSTER:
        return is_ok(sources_add(&ret->sources, value, problem), problem);
    case OPT_LOCAL:
        ret->sources.local = value;
        return true;
    case OPT_TIMEOUT:
        return read_number(option, value, 0, 3600, &ret->timeout_s);
    case OPT_REQUIRE:
        return is_ok(sources_require(&ret->sources, value, problem), problem);
    case OPT_FOLLOW_REMOTES:
        return ret->follow_remotes = true;
    case OPT_GUARD:
        return guards_add(&ret->guards, value) || usage_error("--guard", "too many");
    default:
        return read_command_option(option, value, ret);
    }
}

static bool read_option(int option, const char *value, tool_options *ret)
{
    static const char *const outputs[] = {"text", "json", NULL};
    static const char *const dispatches[] = {"interface", "address", NULL};
    static const char *const scopes[] = {"all", "local", NULL};
    static const char *const choices[] = {"fail-closed", "ignore", NULL};
    int word = 0;
    bool ok = true;

    switch (option) {
    case OPT_NODE:
        ret->node = value;
        break;
    case 'o':
        ok = read_word(option, value, outputs, &word);
        ret->json = word == 1;
        break;
    case OPT_DISPATCH:
        ok = read_word(option, value, dispatches, &word);
        ret->render.dispatch = (uint32_t)word;
        break;
    case OPT_CLUSTER_LABEL:
        ret->cluster_label = value;
        break;
    case OPT_SCOPE:
        ok = read_word(option, value, scopes, &ret->scope);
        break;
    case OPT_ON_UNKNOWN_RULE:
        ok = read_word(option, value, choices, &ret->unknown_rules);
        break;
    default:
        return read_source_option(option, value, ret);
    }
    return ok;
}

/* What is wrong only when all options are known. */
static bool check(tool_options *ret)
{
    char problem[SOURCES_PROBLEM] = "";

    return is_ok(sources_settle(&ret->sources, problem), problem);
}

static int run(tool_options *ret, unsigned used[2 * OPT_ICMP])
{
    size_t command = 0;

    if (ret->n_operands == 0) {
        (void)fputs("fedpol: a command was expected; fedpol --help lists them\n", stderr);
        return EXIT_USAGE;
    }
    while (command < N_COMMANDS && strcmp(commands[command].name, ret->operands[0]) != 0)
        command++;
    if (command == N_COMMANDS) {
        (void)usage_error("no such command", ret->operands[0]);
        return EXIT_USAGE;
    }
    for (int option = OPT_CLUSTER; option <= OPT_ICMP; option++) {
        unsigned bits = commands_of(option);

        if (used[option] && bits && !(bits & commands[command].bit)) {
            (void)fprintf(stderr, "fedpol: %s takes no --%s\n", commands[command].name,
                          option_name(option));
            return EXIT_USAGE;
        }
    }
    ret->services = commands[command].bit == FOR_SERVICES;
    ret->operands++;
    ret->n_operands--;
    if (ret->n_operands && commands[command].bit != FOR_SELECTOR &&
        commands[command].bit != FOR_REPLAY) {
        (void)fprintf(stderr, "fedpol: %s takes no %s\n", commands[command].name, ret->operands[0]);
        return EXIT_USAGE;
    }
    return commands[command].run(ret);
}

int main(int argc, char **argv)
{
    static tool_options options = {.port = -1,
                                   .source_port = -1,
                                   .icmp_type = -1,
                                   .icmp_code = -1,
                                   .timeout_s = 10,
                                   .count = -1,
                                   .for_s = -1};
    static unsigned used[2 * OPT_ICMP];
    const char *node = getenv("NODE_NAME");
    int option;
    int status;

    fedpol_render_options_init(&options.render, sizeof(options.render));
    options.node = node && *node ? node : NULL;
    while ((option = getopt_long(argc, argv, "o:", long_options, NULL)) != -1) {
        if (option == OPT_HELP) {
            print_help();
            return EXIT_DONE;
        }
        if (option == OPT_VERSION) {
            (void)printf("fedpol %s\n", fedpol_version());
            return EXIT_DONE;
        }
        if (option == '?' || !read_option(option, optarg, &options))
            return EXIT_USAGE;
        used[option]++;
    }
    options.operands = argv + optind;
    options.n_operands = argc - optind;
    if (!check(&options))
        return EXIT_USAGE;
    status = run(&options, used);
    if (fflush(stdout) != 0 || ferror(stdout))
        return complain(EXIT_SOURCE, "standard output", FEDPOL_E_IO, NULL);
    return status;
}
