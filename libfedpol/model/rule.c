/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/rule.h"

#define ICMP_TYPE_MAX 254
#define ICMP_CODE_MAX 255

void fp_rule_reject(fp_rule_reader *reader, fp_diag_code code, const fp_path *path,
                    const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fp_decode_reportv(reader->d, FP_SEVERITY_ERROR, code, path, format, args);
    va_end(args);
    reader->rule.not_understood = true;
}

void fp_rule_check_keys(fp_rule_reader *reader, const fp_value *value, const char *const *keys,
                        const fp_path *path)
{
    fp_str unknown;

    if (fp_decode_keys_known(value, keys, &unknown))
        return;
    if (!unknown.ptr)
        fp_rule_reject(reader, FP_DIAG_RULE_NOT_UNDERSTOOD, path, "expected an object");
    else
        fp_rule_reject(reader, FP_DIAG_RULE_NOT_UNDERSTOOD, path, "unknown key %s",
                       fp_decode_quote(reader->d, unknown));
}

const fp_value *fp_rule_list(fp_rule_reader *reader, const fp_value *object, const char *key,
                             const fp_path *path)
{
    const fp_value *list = fp_decode_get(object, key);

    if (!list)
        return NULL;
    if (list->type != FP_VALUE_ARRAY) {
        fp_rule_reject(reader, FP_DIAG_RULE_NOT_UNDERSTOOD, FP_PATH(path, key), "expected a list");
        return NULL;
    }
    if (list->count > reader->d->options.max_list) {
        fp_rule_reject(reader, FP_DIAG_LIMIT, FP_PATH(path, key),
                       "a list of %u items is longer than the limit of %u", list->count,
                       reader->d->options.max_list);
        return NULL;
    }
    return list->count > 0 ? list : NULL;
}

int fp_rule_emit(fp_rule_reader *reader, const fp_path *path, fp_rule_vec *rules)
{
    if (reader->rule.not_understood) {
        fp_rule_clear(&reader->rule);
        fp_decode_report(reader->d, FP_SEVERITY_ERROR, FP_DIAG_RULE_NOT_UNDERSTOOD, path,
                         "the rule is not understood");
    }
    return fp_rule_vec_push(rules, &reader->rule);
}

/* An action that can't be read may have been any, so the rule counts as a Deny. */
static void read_action(fp_rule_reader *reader, const fp_value *rule, const fp_path *path)
{
    static const struct {
        const char *name;
        fp_action action;
    } actions[] = {
        {"Allow", FP_ACTION_ALLOW},
        {"Deny", FP_ACTION_DENY},
        {"Pass", FP_ACTION_PASS},
        {"Log", FP_ACTION_LOG},
    };
    const fp_value *value = fp_decode_get(rule, "action");
    fp_str name = fp_value_get_str(rule, "action");

    for (size_t i = 0; i < FP_ARRAY_LEN(actions); i++) {
        if (fp_str_is_nocase(name, actions[i].name)) {
            reader->rule.action = actions[i].action;
            return;
        }
    }
    reader->rule.action = FP_ACTION_DENY;
    fp_rule_reject(reader, FP_DIAG_RULE_NOT_UNDERSTOOD, FP_PATH(path, "action"),
                   "%s is none of Allow, Deny, Pass, Log; Deny is taken",
                   fp_decode_quote(reader->d, fp_decode_shown(value)));
}

static uint8_t read_protocol(fp_rule_reader *reader, const fp_value *rule, const char *key,
                             const fp_path *path)
{
    const fp_value *value = fp_decode_get(rule, key);
    uint8_t protocol = 0;
    int64_t number;

    if (!value)
        return 0;
    if (fp_decode_int(value, 1, UINT8_MAX, &number))
        return (uint8_t)number;
    if (value->type == FP_VALUE_STRING && fp_proto_parse(value->text, &protocol))
        return protocol;
    fp_rule_reject(reader, FP_DIAG_RULE_NOT_UNDERSTOOD, FP_PATH(path, key),
                   "%s is neither the name of a protocol nor a number from 1 to 255",
                   fp_decode_quote(reader->d, fp_decode_shown(value)));
    return 0;
}

static uint8_t family_of(uint8_t protocol)
{
    if (protocol == FP_PROTO_ICMP)
        return 4;
    return protocol == FP_PROTO_ICMPV6 ? 6 : 0;
}

/* ICMP exists in IPv4 only and ICMPv6 in IPv6 only. A negated protocol says nothing about the
   family of the others, so nothing is inferred from it. */
static void read_ip_version(fp_rule_reader *reader, const fp_value *value, const fp_path *path)
{
    const fp_path here = {path, "ipVersion", 0};
    const fp_value *version = fp_decode_get(value, "ipVersion");
    fp_rule *rule = &reader->rule;
    uint8_t inferred = family_of(rule->protocol);
    uint8_t excluded = family_of(rule->not_protocol);
    int64_t number = 0;

    if (version && (!fp_decode_int(version, 4, 6, &number) || number == 5)) {
        fp_rule_reject(reader, FP_DIAG_RULE_NOT_UNDERSTOOD, &here, "expected 4 or 6");
        return;
    }
    rule->ip_version = version ? (uint8_t)number : inferred;
    if ((inferred && rule->ip_version != inferred) ||
        (version && excluded && rule->ip_version != excluded))
        fp_rule_reject(reader, FP_DIAG_RULE_NOT_UNDERSTOOD, &here,
                       "the protocol belongs to the other IP version");
}

static void read_icmp(fp_rule_reader *reader, const fp_value *rule, const char *key,
                      const fp_path *path, fp_icmp_match *ret)
{
    static const char *const keys[] = {"type", "code", NULL};
    const fp_path here = {path, key, 0};
    const fp_value *value = fp_decode_get(rule, key);
    const fp_value *type = fp_decode_get(value, "type");
    const fp_value *code = fp_decode_get(value, "code");
    int64_t number;

    fp_rule_check_keys(reader, value, keys, &here);
    if (type && !fp_decode_int(type, 0, ICMP_TYPE_MAX, &number))
        fp_rule_reject(reader, FP_DIAG_RULE_NOT_UNDERSTOOD, FP_PATH(&here, "type"),
                       "not a number from 0 to %d", ICMP_TYPE_MAX);
    else if (type)
        *ret = (fp_icmp_match){.set = true, .type = (uint8_t)number};
    if (!code)
        return;
    if (!type)
        fp_rule_reject(reader, FP_DIAG_RULE_NOT_UNDERSTOOD, &here, "a code needs a type");
    else if (!fp_decode_int(code, 0, ICMP_CODE_MAX, &number))
        fp_rule_reject(reader, FP_DIAG_RULE_NOT_UNDERSTOOD, FP_PATH(&here, "code"),
                       "not a number from 0 to %d", ICMP_CODE_MAX);
    else {
        ret->has_code = true;
        ret->code = (uint8_t)number;
    }
}

static void read_icmp_pair(fp_rule_reader *reader, const fp_value *value, const fp_path *path)
{
    fp_rule *rule = &reader->rule;

    read_icmp(reader, value, "icmp", path, &rule->icmp);
    read_icmp(reader, value, "notICMP", path, &rule->not_icmp);
    if (rule->icmp.set && !family_of(rule->protocol))
        fp_rule_reject(reader, FP_DIAG_RULE_NOT_UNDERSTOOD, FP_PATH(path, "icmp"),
                       "needs the protocol ICMP or ICMPv6");
}

/* Matches that change what a packet must be and are not supported yet. */
static void reject_unsupported(fp_rule_reader *reader, const fp_value *rule, const fp_path *path)
{
    if (fp_decode_get(rule, "http"))
        fp_rule_reject(reader, FP_DIAG_UNSUPPORTED, FP_PATH(path, "http"),
                       "HTTP matches are not supported");
}

static int read_rule(fp_rule_reader *reader, const fp_value *value, const fp_path *path)
{
    static const char *const keys[] = {"action", "ipVersion", "protocol", "notProtocol",
                                       "icmp",   "notICMP",   "source",   "destination",
                                       "http",   "metadata",  NULL};
    fp_rule *rule = &reader->rule;

    fp_rule_check_keys(reader, value, keys, path);
    read_action(reader, value, path);
    rule->protocol = read_protocol(reader, value, "protocol", path);
    rule->not_protocol = read_protocol(reader, value, "notProtocol", path);
    read_ip_version(reader, value, path);
    read_icmp_pair(reader, value, path);
    reject_unsupported(reader, value, path);
    fp_try(fp_rule_read_entity(reader, fp_decode_get(value, "source"), FP_PATH(path, "source"),
                               &rule->source));
    return fp_rule_read_entity(reader, fp_decode_get(value, "destination"),
                               FP_PATH(path, "destination"), &rule->destination);
}

int fp_rules_push_void(fp_action action, fp_rule_vec *rules)
{
    fp_rule rule = {.action = action, .not_understood = true};

    return fp_rule_vec_push(rules, &rule);
}

int fp_rules_read(fp_decoder *d, const char *key, fp_rule_vec *ret)
{
    const fp_path spec_path = {NULL, "spec", 0};
    const fp_path list_path = {&spec_path, key, 0};
    const fp_value *list = fp_decode_get(fp_decode_get(d->root, "spec"), key);
    uint32_t i = 0;

    if (list && (list->type != FP_VALUE_ARRAY || list->count > d->options.max_rules)) {
        fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_RULE_NOT_UNDERSTOOD, &list_path,
                         "not a list of at most %u rules; all of it is denied",
                         d->options.max_rules);
        return fp_rules_push_void(FP_ACTION_DENY, ret);
    }
    fp_decode_each (item, list) {
        const fp_path path = {&list_path, NULL, i};
        fp_rule_reader reader = {.d = d, .ns = d->ns, .rule = {.index = i}};
        int r = read_rule(&reader, item, &path);

        if (r < 0) {
            fp_rule_clear(&reader.rule);
            return r;
        }
        fp_try(fp_rule_emit(&reader, &path, ret));
        i++;
    }
    return 0;
}
