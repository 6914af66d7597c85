/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

const char *const program_name = "fedpol-agent";

enum {
    OPT_CLUSTER = 256,
    OPT_LOCAL,
    OPT_NODE,
    OPT_FOLLOW_REMOTES,
    OPT_SERVICES,
    OPT_REQUIRE,
    OPT_START_TIMEOUT,
    OPT_DISPATCH,
    OPT_POD_CIDR,
    OPT_TABLE,
    OPT_STATUS,
    OPT_STATUS_ANYWHERE,
    OPT_NO_FLUSH,
    OPT_GUARD,
    OPT_NFT,
    OPT_ONCE,
    OPT_VERBOSE,
    OPT_HELP,
    OPT_VERSION,
};

static const struct option long_options[] = {
    {"cluster", required_argument, NULL, OPT_CLUSTER},
    {"local", required_argument, NULL, OPT_LOCAL},
    {"node", required_argument, NULL, OPT_NODE},
    {"follow-remotes", no_argument, NULL, OPT_FOLLOW_REMOTES},
    {"services", no_argument, NULL, OPT_SERVICES},
    {"guard", required_argument, NULL, OPT_GUARD},
    {"require", required_argument, NULL, OPT_REQUIRE},
    {"start-timeout", required_argument, NULL, OPT_START_TIMEOUT},
    {"dispatch", required_argument, NULL, OPT_DISPATCH},
    {"pod-cidr", required_argument, NULL, OPT_POD_CIDR},
    {"table", required_argument, NULL, OPT_TABLE},
    {"status", required_argument, NULL, OPT_STATUS},
    {"status-anywhere", no_argument, NULL, OPT_STATUS_ANYWHERE},
    {"no-flush", no_argument, NULL, OPT_NO_FLUSH},
    {"nft", required_argument, NULL, OPT_NFT},
    {"once", no_argument, NULL, OPT_ONCE},
    {"verbose", no_argument, NULL, OPT_VERBOSE},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {0},
};

static void print_help(void)
{
    (void)puts(
        "usage: fedpol-agent --cluster NAME=SOURCE... [options]\n\n"
        "Keeps the rules of this node in the kernel as the policies of one cluster and the\n"
        "endpoints of many say. Needs nft, and the right to use it. The rules stay when\n"
        "it ends.\n\n"
        "  --cluster NAME=SOURCE         a cluster; repeatable. SOURCE is one of\n"
        "      dir:PATH                    a folder of manifests\n"
        "      kubeconfig:PATH[#CONTEXT]   an API server; without PATH as kubectl finds it\n"
        "      incluster                   the cluster that this pod runs in\n"
        "  --local NAME                  the local one; default: the first\n"
        "  --node NAME                   whose endpoints are enforced (or NODE_NAME)\n"
        "  --follow-remotes              RemoteClusterConfigurations make clusters\n"
        "  --services                    rules see the back ends of federated services\n" GUARD_HELP
        "  --start-timeout SECONDS       how long the start waits for a cluster (10)\n"
        "  --require NAME                the start waits so long for this one even if it fails;\n"
        "                                repeatable\n"
        "  --dispatch interface|address  how packets find their endpoint\n"
        "  --pod-cidr CIDR               prefix of this node's pods; repeatable\n"
        "  --table NAME                  of nftables (fedpol)\n"
        "  --status ADDRESS              /metrics, /status and /healthz at 127.0.0.1:PORT,\n"
        "                                [::1]:PORT or unix:PATH\n"
        "  --status-anywhere             ADDRESS need not be of this host alone\n"
        "  --no-flush                    keep the connections of addresses that left\n"
        "  --nft PATH                    the program nft\n"
        "  --once                        apply once and end\n"
        "  --verbose                     tell more\n"
        "  --help, --version\n\n"
        "SIGHUP reads the sources again; SIGTERM and SIGINT end it.\n"
        "exit status: 0 ended as asked, 1 failed, 2 wrong usage, 3 a source is missing");
}

static bool usage_error(const char *what, const char *value)
{
    say("%s: %s", what, value);
    return false;
}

static bool is_ok(bool ok, const char *problem)
{
    if (!ok)
        say("%s", problem);
    return ok;
}

static bool read_timeout(const char *value, agent_options *ret)
{
    int32_t number = 0;

    if (!*value || strlen(value) > 4 || value[strspn(value, "0123456789")])
        return usage_error("--start-timeout: expected a number from 0 to 3600, not", value);
    for (; *value; value++)
        number = number * 10 + (*value - '0');
    ret->start_timeout_s = number;
    return number <= 3600 || usage_error("--start-timeout", "the number is out of range");
}

static bool read_dispatch(const char *value, agent_options *ret)
{
    bool by_address = strcmp(value, "address") == 0;

    ret->render.dispatch = by_address ? FEDPOL_DISPATCH_ADDRESS : FEDPOL_DISPATCH_INTERFACE;
    return by_address || strcmp(value, "interface") == 0 ||
           usage_error("--dispatch: expected interface or address, not", value);
}

static bool add_pod_cidr(const char *value, agent_options *ret)
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

static bool read_text(const char *name, const char *value, const char **ret)
{
    *ret = value;
    return *value || usage_error(name, "a text was expected");
}

static bool read_flag(int option, agent_options *ret)
{
    switch (option) {
    case OPT_FOLLOW_REMOTES:
        ret->follow_remotes = true;
        return true;
    case OPT_SERVICES:
        ret->services = true;
        return true;
    case OPT_STATUS_ANYWHERE:
        ret->status_anywhere = true;
        return true;
    case OPT_NO_FLUSH:
        ret->flush = false;
        return true;
    case OPT_ONCE:
        ret->once = true;
        return true;
    case OPT_VERBOSE:
        ret->verbose = true;
        return true;
    default:
        return false;
    }
}

static bool read_option(int option, const char *value, agent_options *ret)
{
    char problem[SOURCES_PROBLEM] = "";

    switch (option) {
    case OPT_CLUSTER:
        return is_ok(sources_add(&ret->sources, value, problem), problem);
    case OPT_REQUIRE:
        return is_ok(sources_require(&ret->sources, value, problem), problem);
    case OPT_LOCAL:
        return read_text("--local", value, &ret->sources.local);
    case OPT_NODE:
        return read_text("--node", value, &ret->node);
    case OPT_START_TIMEOUT:
        return read_timeout(value, ret);
    case OPT_DISPATCH:
        return read_dispatch(value, ret);
    case OPT_POD_CIDR:
        return add_pod_cidr(value, ret);
    case OPT_TABLE:
        return read_text("--table", value, &ret->render.table);
    case OPT_STATUS:
        return read_text("--status", value, &ret->status);
    case OPT_GUARD:
        return guards_add(&ret->guards, value) || usage_error("--guard", "too many");
    case OPT_NFT:
        return read_text("--nft", value, &ret->nft);
    default:
        return read_flag(option, ret);
    }
}

static bool check(agent_options *ret)
{
    char problem[SOURCES_PROBLEM] = "";

    if (ret->sources.n == 0)
        return usage_error("--cluster NAME=SOURCE is needed", "fedpol-agent --help tells more");
    return is_ok(sources_settle(&ret->sources, problem), problem);
}

/* -1: go on; else the exit status. */
static int read_options(int argc, char **argv, agent_options *ret)
{
    const char *node = getenv("NODE_NAME");
    int option;

    fedpol_render_options_init(&ret->render, sizeof(ret->render));
    ret->node = node && *node ? node : NULL;
    ret->nft = "nft";
    ret->flush = true;
    ret->start_timeout_s = 10;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == OPT_HELP) {
            print_help();
            return EXIT_DONE;
        }
        if (option == OPT_VERSION) {
            (void)printf("fedpol-agent %s\n", fedpol_version());
            return EXIT_DONE;
        }
        if (!read_option(option, optarg, ret))
            return EXIT_USAGE;
    }
    if (optind < argc) {
        (void)usage_error("no such argument", argv[optind]);
        return EXIT_USAGE;
    }
    return check(ret) ? -1 : EXIT_USAGE;
}

/* So that no descriptor of ours gets the number of a standard one. */
static bool has_standard_descriptors(void)
{
    int fd;

    while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
        ;
    if (fd < 0)
        return false;
    (void)close(fd);
    return true;
}

static int run(agent_state *agent)
{
    fedpol_error *error = NULL;
    int status = clusters_open(agent);

    if (status == EXIT_DONE && apply_init(agent, &error) < 0) {
        say("options: %s", fedpol_error_get_message(error));
        status = EXIT_USAGE;
    }
    error = fedpol_error_free(error);
    if (status == EXIT_DONE)
        status = serve_open(&agent->server, &agent->loop,
                            &(server_hooks){report_metrics, report_status, report_trouble, agent},
                            agent->options.status, agent->options.status_anywhere);
    if (status == EXIT_DONE && run_loop(agent) < 0) {
        say("the loop ended: %s", strerror(errno));
        status = EXIT_FAILED;
    }
    return status == EXIT_DONE ? agent->status : status;
}

int main(int argc, char **argv)
{
    static agent_state agent = {
        .loop.epoll = -1, .signals = {.fd = -1}, .server.listener = {.fd = -1}};
    int status = read_options(argc, argv, &agent.options);

    if (status >= 0)
        return fflush(stdout) == 0 ? status : EXIT_FAILED;
    nft_init(&agent.nft);
    if (!has_standard_descriptors() || open_loop(&agent) < 0) {
        say("%s", strerror(errno));
        status = EXIT_FAILED;
    } else {
        status = run(&agent);
    }
    serve_close(&agent.server);
    nft_close(&agent);
    flush_done(&agent);
    apply_done(&agent);
    clusters_close(&agent);
    close_loop(&agent);
    return status;
}
