/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "controller.h"

const char *const program_name = "fedpol-controller";

enum {
    OPT_CLUSTER = 256,
    OPT_LOCAL,
    OPT_FOLLOW_REMOTES,
    OPT_FORM,
    OPT_REQUIRE,
    OPT_START_TIMEOUT,
    OPT_BACKEND_TIMEOUT,
    OPT_KEEP_LAST,
    OPT_RESYNC,
    OPT_RATE,
    OPT_LEASE,
    OPT_NO_LEASE,
    OPT_IDENTITY,
    OPT_STATUS,
    OPT_STATUS_ANYWHERE,
    OPT_DRY_RUN,
    OPT_GUARD,
    OPT_ONCE,
    OPT_VERBOSE,
    OPT_HELP,
    OPT_VERSION,
};

static const struct option long_options[] = {
    {"cluster", required_argument, NULL, OPT_CLUSTER},
    {"local", required_argument, NULL, OPT_LOCAL},
    {"follow-remotes", no_argument, NULL, OPT_FOLLOW_REMOTES},
    {"guard", required_argument, NULL, OPT_GUARD},
    {"form", required_argument, NULL, OPT_FORM},
    {"require", required_argument, NULL, OPT_REQUIRE},
    {"start-timeout", required_argument, NULL, OPT_START_TIMEOUT},
    {"backend-timeout", required_argument, NULL, OPT_BACKEND_TIMEOUT},
    {"keep-last", no_argument, NULL, OPT_KEEP_LAST},
    {"resync", required_argument, NULL, OPT_RESYNC},
    {"rate", required_argument, NULL, OPT_RATE},
    {"lease", required_argument, NULL, OPT_LEASE},
    {"no-lease", no_argument, NULL, OPT_NO_LEASE},
    {"identity", required_argument, NULL, OPT_IDENTITY},
    {"status", required_argument, NULL, OPT_STATUS},
    {"status-anywhere", no_argument, NULL, OPT_STATUS_ANYWHERE},
    {"dry-run", no_argument, NULL, OPT_DRY_RUN},
    {"once", no_argument, NULL, OPT_ONCE},
    {"verbose", no_argument, NULL, OPT_VERBOSE},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {0},
};

static void print_help(void)
{
    (void)puts(
        "usage: fedpol-controller --cluster NAME=SOURCE... [options]\n\n"
        "Gives the services of one cluster that are annotated with\n"
        "federation.tigera.io/serviceSelector the endpoints of matching services of many\n"
        "clusters.\n\n"
        "  --cluster NAME=SOURCE      a cluster; repeatable. SOURCE is one of\n"
        "      kubeconfig:PATH[#CONTEXT]  an API server; without PATH as kubectl finds it\n"
        "      incluster                  the cluster that this pod runs in\n"
        "      dir:PATH                   a folder of manifests; not for the local one, but\n"
        "                                 with --dry-run\n"
        "  --local NAME               the local one, which is written to; default: the first\n"
        "  --follow-remotes           RemoteClusterConfigurations make clusters\n" GUARD_HELP
        "  --form endpoints|endpointslices|both   what is written (endpoints)\n"
        "  --start-timeout SECONDS    how long the start waits for a cluster, and what was\n"
        "                             written for it earlier stays (10)\n"
        "  --require NAME             the start waits so long for this one even if it fails;\n"
        "                             repeatable\n"
        "  --backend-timeout SECONDS  how long back ends of a lost cluster stay (for ever)\n"
        "  --keep-last                but the last back ends of a service always stay\n"
        "  --resync SECONDS           how often all is compared again (300)\n"
        "  --rate N                   writes a second at most, 1 to 20 (10)\n"
        "  --lease NAMESPACE/NAME     of the leader (kube-system/fedpol-controller)\n"
        "  --no-lease                 write without one: only if no other controller runs\n"
        "  --identity NAME            of this program in the lease (host name and more)\n"
        "  --status ADDRESS           /metrics, /status and /healthz at 127.0.0.1:PORT,\n"
        "                             [::1]:PORT or unix:PATH\n"
        "  --status-anywhere          allows other addresses for that\n"
        "  --dry-run                  prints what it would write\n"
        "  --once                     ends when there is nothing to write\n"
        "  --verbose                  tells what the library does\n"
        "  --help, --version\n\n"
        "exit status: 0 done, 1 failed, 2 wrong usage, 3 a source is missing");
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

static bool read_number(const char *name, const char *value, int32_t min, int32_t max, int32_t *ret)
{
    int64_t number = 0;

    if (!*value || strlen(value) > 9 || value[strspn(value, "0123456789")])
        return usage_error(name, "a number was expected");
    for (; *value; value++)
        number = number * 10 + (*value - '0');
    if (number < min || number > max)
        return usage_error(name, "the number is out of range");
    *ret = (int32_t)number;
    return true;
}

static bool read_form(const char *value, controller_options *ret)
{
    static const struct {
        const char *name;
        unsigned forms;
    } forms[] = {{"endpoints", FEDPOL_FORM_ENDPOINTS},
                 {"endpointslices", FEDPOL_FORM_SLICES},
                 {"both", FEDPOL_FORM_ENDPOINTS | FEDPOL_FORM_SLICES}};

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strcmp(value, forms[i].name) == 0) {
            ret->forms = forms[i].forms;
            return true;
        }
    }
    return usage_error("--form: expected endpoints, endpointslices or both, not", value);
}

/* What may stand in a path and in a name of Kubernetes. */
static bool is_name(const char *text, size_t len)
{
    return len > 0 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") >= len &&
           text[0] != '.' && text[0] != '-';
}

static bool read_lease(const char *value, controller_options *ret)
{
    const char *slash = strchr(value, '/');
    size_t len = slash ? (size_t)(slash - value) : 0;

    if (!slash || len >= sizeof(ret->lease_namespace) ||
        strlen(slash + 1) >= sizeof(ret->lease_name) || !is_name(value, len) ||
        !is_name(slash + 1, strlen(slash + 1)))
        return usage_error("--lease: expected NAMESPACE/NAME, not", value);
    memcpy(ret->lease_namespace, value, len);
    ret->lease_namespace[len] = '\0';
    (void)snprintf(ret->lease_name, sizeof(ret->lease_name), "%s", slash + 1);
    return true;
}

static bool read_identity(const char *value, controller_options *ret)
{
    if (!*value || strlen(value) >= sizeof(ret->identity))
        return usage_error("--identity", "a text of at most 255 characters was expected");
    (void)snprintf(ret->identity, sizeof(ret->identity), "%s", value);
    return true;
}

static bool read_flag(int option, controller_options *ret)
{
    switch (option) {
    case OPT_FOLLOW_REMOTES:
        return ret->follow_remotes = true;
    case OPT_KEEP_LAST:
        return ret->keep_last = true;
    case OPT_NO_LEASE:
        return ret->no_lease = true;
    case OPT_STATUS_ANYWHERE:
        return ret->status_anywhere = true;
    case OPT_DRY_RUN:
        return ret->dry_run = true;
    case OPT_ONCE:
        return ret->once = true;
    case OPT_VERBOSE:
        return ret->verbose = true;
    default:
        return false;
    }
}

static bool read_option(int option, const char *value, controller_options *ret)
{
    char problem[SOURCES_PROBLEM] = "";

    switch (option) {
    case OPT_CLUSTER:
        return is_ok(sources_add(&ret->sources, value, problem), problem);
    case OPT_REQUIRE:
        return is_ok(sources_require(&ret->sources, value, problem), problem);
    case OPT_LOCAL:
        ret->sources.local = value;
        return true;
    case OPT_FORM:
        return read_form(value, ret);
    case OPT_START_TIMEOUT:
        return read_number("--start-timeout", value, 0, 3600, &ret->start_timeout_s);
    case OPT_BACKEND_TIMEOUT:
        return read_number("--backend-timeout", value, 0, 999999999, &ret->backend_timeout_s);
    case OPT_RESYNC:
        return read_number("--resync", value, 1, 86400, &ret->resync_s);
    case OPT_RATE:
        return read_number("--rate", value, 1, 20, &ret->rate);
    case OPT_GUARD:
        return guards_add(&ret->guards, value) || usage_error("--guard", "too many");
    case OPT_LEASE:
        return read_lease(value, ret);
    case OPT_IDENTITY:
        return read_identity(value, ret);
    case OPT_STATUS:
        ret->status = value;
        return true;
    default:
        return read_flag(option, ret);
    }
}

/* Two controllers must not have the same. */
static void make_identity(controller_options *ret)
{
    char host[200] = "";
    uint32_t number = 0;

    if (*ret->identity)
        return;
    (void)gethostname(host, sizeof(host) - 1);
    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        number = (uint32_t)getpid();
    (void)snprintf(ret->identity, sizeof(ret->identity), "%s_%08x", host, number);
}

static bool check(controller_options *ret)
{
    char problem[SOURCES_PROBLEM] = "";

    if (ret->sources.n == 0)
        return usage_error("--cluster NAME=SOURCE is needed",
                           "fedpol-controller --help tells more");
    if (!is_ok(sources_settle(&ret->sources, problem), problem))
        return false;
    for (size_t i = 0; i < ret->sources.n; i++)
        if (source_is_local(&ret->sources, i) && source_is_folder(&ret->sources.items[i]) &&
            !ret->dry_run)
            return usage_error("a folder can't be written to; --dry-run prints what would be",
                               ret->sources.items[i].from);
    ret->no_lease = ret->no_lease || ret->dry_run;
    make_identity(ret);
    return true;
}

/* -1: go on; else the exit status. */
static int read_options(int argc, char **argv, controller_options *ret)
{
    int option;

    ret->forms = FEDPOL_FORM_ENDPOINTS;
    ret->start_timeout_s = 10;
    ret->backend_timeout_s = -1;
    ret->resync_s = 300;
    ret->rate = 10;
    (void)read_lease("kube-system/fedpol-controller", ret);
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == OPT_HELP) {
            print_help();
            return EXIT_DONE;
        }
        if (option == OPT_VERSION) {
            (void)printf("fedpol-controller %s\n", fedpol_version());
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

static int run(controller *c)
{
    int status = clusters_open(c);

    if (status == EXIT_DONE)
        status = serve_open(&c->server, &c->loop,
                            &(server_hooks){report_metrics, report_status, report_trouble, c},
                            c->options.status, c->options.status_anywhere);
    if (status == EXIT_DONE && run_loop(c) < 0) {
        say("the loop ended: %s", strerror(errno));
        status = EXIT_FAILED;
    }
    return status == EXIT_DONE ? c->status : status;
}

int main(int argc, char **argv)
{
    static controller c = {.loop.epoll = -1, .signals = {.fd = -1}, .server.listener = {.fd = -1}};
    int status = read_options(argc, argv, &c.options);

    if (status >= 0)
        return fflush(stdout) == 0 ? status : EXIT_FAILED;
    if (open_loop(&c) < 0) {
        say("%s", strerror(errno));
        status = EXIT_FAILED;
    } else {
        status = run(&c);
    }
    serve_close(&c.server);
    events_done(&c);
    writer_done(&c);
    lease_done(&c);
    clusters_close(&c);
    close_loop(&c);
    return status;
}
