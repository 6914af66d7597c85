/* SPDX-License-Identifier: Apache-2.0 */
#include "tool.h"

enum { MAX_LINE = 1 << 20 };

/* NULL where nothing is enforced: a verdict that is nobody's. */
static const char *value_name(int value)
{
    return value == FEDPOL_VERDICT_NONE ? NULL : fedpol_verdict_value_name(value);
}

static void put_direction(json *out, const fedpol_verdict *verdict, int direction)
{
    int64_t rule = fedpol_verdict_get_rule(verdict, direction);
    int64_t age = fedpol_verdict_get_age_ms(verdict, direction);

    if (fedpol_verdict_get_direction(verdict, direction) == FEDPOL_VERDICT_NONE) {
        json_null(out, fedpol_direction_name(direction));
        return;
    }
    json_open(out, fedpol_direction_name(direction), '{');
    json_string(out, "verdict", value_name(fedpol_verdict_get_direction(verdict, direction)));
    json_string(out, "tier", fedpol_verdict_get_tier(verdict, direction));
    json_string(out, "policy", fedpol_verdict_get_policy(verdict, direction));
    if (rule < 0)
        json_null(out, "rule");
    else
        json_integer(out, "rule", rule);
    json_string(out, "reason", fedpol_reason_name(fedpol_verdict_get_reason(verdict, direction)));
    json_string(out, "peer_cluster", fedpol_verdict_get_peer_cluster(verdict, direction));
    if (age < 0)
        json_null(out, "age_ms");
    else
        json_integer(out, "age_ms", age);
    json_open(out, "trace", '[');
    for (size_t i = 0; i < fedpol_verdict_get_trace_count(verdict, direction); i++)
        json_string(out, NULL, fedpol_verdict_get_trace(verdict, direction, i));
    json_close(out, ']');
    json_close(out, '}');
}

static void put_verdict(json *out, const fedpol_verdict *verdict)
{
    json_open(out, NULL, '{');
    json_string(out, "from_ip", fedpol_verdict_get_from_ip(verdict));
    json_string(out, "to_ip", fedpol_verdict_get_to_ip(verdict));
    json_string(out, "verdict", value_name(fedpol_verdict_get_value(verdict)));
    put_direction(out, verdict, FEDPOL_DIRECTION_EGRESS);
    put_direction(out, verdict, FEDPOL_DIRECTION_INGRESS);
    json_close(out, '}');
    json_end_line(out);
}

/* Who decided, as a phrase. */
static void print_decider(const fedpol_verdict *verdict, int direction)
{
    const char *tier = fedpol_verdict_get_tier(verdict, direction);
    const char *policy = fedpol_verdict_get_policy(verdict, direction);
    int64_t rule = fedpol_verdict_get_rule(verdict, direction);
    int reason = fedpol_verdict_get_reason(verdict, direction);

    if (policy && rule >= 0)
        (void)printf(" by rule %lld of %s", (long long)rule, policy);
    else if (policy)
        (void)printf(" by %s, which is missing", policy);
    if (reason == FEDPOL_REASON_NOT_UNDERSTOOD)
        (void)fputs(", which is not understood,", stdout);
    else if (reason == FEDPOL_REASON_END_OF_TIER)
        (void)fputs(" by the end", stdout);
    else if (reason == FEDPOL_REASON_NO_PROFILE)
        (void)fputs(", since no profile decides", stdout);
    else if (reason == FEDPOL_REASON_UNSYNCED)
        (void)fputs(", since a cluster is not in sync", stdout);
    if (tier)
        (void)printf(reason == FEDPOL_REASON_END_OF_TIER ? " of tier %s" : " in tier %s", tier);
}

static void print_direction(const fedpol_verdict *verdict, int direction)
{
    const char *peer = fedpol_verdict_get_peer_cluster(verdict, direction);
    int64_t age = fedpol_verdict_get_age_ms(verdict, direction);
    int value = fedpol_verdict_get_direction(verdict, direction);

    if (value == FEDPOL_VERDICT_NONE) {
        (void)printf("%-8s not enforced on this node\n", fedpol_direction_name(direction));
        return;
    }
    (void)printf("%-8s %s", fedpol_direction_name(direction), fedpol_verdict_value_name(value));
    print_decider(verdict, direction);
    if (peer && age >= 0)
        (void)printf("; the other end is in cluster %s, known %lld ms ago", peer, (long long)age);
    else if (peer)
        (void)printf("; the other end is in cluster %s, which is not complete yet", peer);
    (void)putchar('\n');
    for (size_t i = 0; i < fedpol_verdict_get_trace_count(verdict, direction); i++)
        (void)printf("    %s\n", fedpol_verdict_get_trace(verdict, direction, i));
}

static void print_verdict(const fedpol_verdict *verdict)
{
    const char *value = value_name(fedpol_verdict_get_value(verdict));

    (void)printf("%s -> %s: %s\n", fedpol_verdict_get_from_ip(verdict),
                 fedpol_verdict_get_to_ip(verdict), value ? value : "not enforced on this node");
    print_direction(verdict, FEDPOL_DIRECTION_EGRESS);
    print_direction(verdict, FEDPOL_DIRECTION_INGRESS);
}

typedef struct question_lines {
    fedpol_context *context;
    json out;
} question_lines;

static void put_refusal(json *out, const char *message)
{
    json_open(out, NULL, '{');
    json_string(out, "verdict", NULL);
    json_string(out, "error", message);
    json_close(out, '}');
    json_end_line(out);
}

/* NULL, or what is wrong with the question. PROTOCOL is room for a protocol given as a number. */
static const char *read_flow(const line *parsed, char protocol[16], fedpol_flow *flow)
{
    int32_t number = 0;

    flow->from = line_string(parsed, "from");
    flow->to = line_string(parsed, "to");
    flow->protocol = line_string(parsed, "proto");
    if (!flow->protocol && line_integer(parsed, "proto", 0, 255, &number) == 1) {
        (void)snprintf(protocol, 16, "%d", (int)number);
        flow->protocol = protocol;
    }
    if (!flow->from || !flow->to || !flow->protocol)
        return "\"from\", \"to\" and \"proto\" are needed";
    if (line_integer(parsed, "port", 0, 65535, &flow->destination_port) < 0 ||
        line_integer(parsed, "sport", 0, 65535, &flow->source_port) < 0)
        return "\"port\" and \"sport\" are numbers from 0 to 65535";
    if (line_integer(parsed, "icmp_type", 0, 255, &flow->icmp_type) < 0 ||
        line_integer(parsed, "icmp_code", 0, 255, &flow->icmp_code) < 0)
        return "\"icmp_type\" and \"icmp_code\" are numbers from 0 to 255";
    return NULL;
}

static void answer_line(void *user, const char *text, size_t len)
{
    question_lines *questions = user;
    fedpol_verdict *verdict = NULL;
    fedpol_error *error = NULL;
    fedpol_flow flow;
    char protocol[16];
    line parsed = {0};
    const char *wrong =
        text ? line_parse(text, len, LINE_MAX_MEMBERS, &parsed) : "the line is too long";

    fedpol_flow_init(&flow, sizeof(flow));
    if (!wrong)
        wrong = read_flow(&parsed, protocol, &flow);
    if (!wrong) {
        int r = fedpol_context_get_verdict(questions->context, &flow, &verdict, &error);

        if (r < 0)
            wrong = error ? fedpol_error_get_message(error) : fedpol_strerror(r);
    }
    if (wrong)
        put_refusal(&questions->out, wrong);
    else
        put_verdict(&questions->out, verdict);
    error = fedpol_error_free(error);
    verdict = fedpol_verdict_unref(verdict);
    line_done(&parsed);
}

static int answer_one(fedpol_context *context, const tool_options *options)
{
    fedpol_verdict *verdict = NULL;
    fedpol_error *error = NULL;
    fedpol_flow flow;
    json out = {stdout, false};
    int status;
    int r;

    fedpol_flow_init(&flow, sizeof(flow));
    flow.from = options->from;
    flow.to = options->to;
    flow.protocol = options->protocol;
    flow.destination_port = options->port;
    flow.source_port = options->source_port;
    flow.icmp_type = options->icmp_type;
    flow.icmp_code = options->icmp_code;
    r = fedpol_context_get_verdict(context, &flow, &verdict, &error);
    if (r < 0) {
        status = complain(EXIT_USAGE, "verdict", r, error);
        error = fedpol_error_free(error);
        return status;
    }
    if (options->json)
        put_verdict(&out, verdict);
    else
        print_verdict(verdict);
    status = fedpol_verdict_get_value(verdict) == FEDPOL_VERDICT_ALLOW ? EXIT_DONE : EXIT_NEGATIVE;
    verdict = fedpol_verdict_unref(verdict);
    return status;
}

int cmd_verdict(const tool_options *options)
{
    question_lines questions = {NULL, {stdout, false}};
    int status;

    if (!options->jsonl && (!options->from || !options->to || !options->protocol)) {
        (void)fputs("usage: fedpol verdict --from A --to B --proto P [--port N] [--sport N] "
                    "[--icmp T[/C]]\n",
                    stderr);
        return EXIT_USAGE;
    }
    status = mesh_open(options, true, &questions.context);
    if (status != EXIT_DONE)
        return status;
    if (!options->jsonl)
        status = answer_one(questions.context, options);
    else if (each_line(stdin, MAX_LINE, answer_line, &questions) < 0)
        status = complain(EXIT_SOURCE, "standard input", FEDPOL_E_IO, NULL);
    questions.context = fedpol_context_unref(questions.context);
    return status;
}
