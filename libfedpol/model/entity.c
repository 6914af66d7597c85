/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/rule.h"

#include <stdlib.h>

#include "libfedpol/model/scope.h"

/* The selectors of one side as the user wrote them; owned. */
typedef struct entity_parts {
    fp_scope_parts scope;
    fp_name_vec accounts;
} entity_parts;

static void entity_parts_done(entity_parts *parts)
{
    fp_selector_unref(parts->scope.selector);
    fp_selector_unref(parts->scope.not_selector);
    fp_selector_unref(parts->scope.ns_selector);
    fp_selector_unref(parts->scope.sa_selector);
    fp_vec_done(&parts->accounts);
}

static int compare_cidrs(const void *a, const void *b)
{
    return fp_cidr_cmp(a, b);
}

void fp_rule_read_net(fp_rule_reader *reader, const fp_value *item, const fp_path *path,
                      fp_cidr *ret)
{
    fp_str text = fp_value_is(item, FP_VALUE_STRING) ? item->text : FP_STR_NULL;
    bool host_bits = false;

    if (!fp_cidr_parse(text, ret, &host_bits)) {
        *ret = (fp_cidr){0};
        fp_rule_reject(reader, FP_DIAG_INVALID_ADDRESS, path,
                       "%s is neither an address nor a prefix",
                       fp_decode_quote(reader->d, fp_decode_shown(item)));
        return;
    }
    if (host_bits)
        fp_decode_report(reader->d, FP_SEVERITY_WARNING, FP_DIAG_HOST_BITS, path,
                         "%s has bits set behind its length; they are taken as zero",
                         fp_decode_quote(reader->d, fp_decode_shown(item)));
}

int fp_rule_read_nets(fp_rule_reader *reader, const fp_value *list, const fp_path *path,
                      fp_net_match *ret)
{
    fp_cidr *nets;
    uint32_t n = 0;
    uint32_t kept = 0;

    if (!list)
        return 0;
    nets = fp_arena_array(reader->d->arena, list->count, sizeof(*nets));
    if (!nets)
        return FEDPOL_E_NOMEM;
    fp_decode_each (item, list) {
        fp_rule_read_net(reader, item, FP_PATH_AT(path, n), &nets[n]);
        n++;
    }
    qsort(nets, n, sizeof(*nets), compare_cidrs);
    for (uint32_t i = 0; i < n; i++)
        if (kept == 0 || !fp_cidr_eq(&nets[kept - 1], &nets[i]))
            nets[kept++] = nets[i];
    *ret = (fp_net_match){.present = true, .nets = nets, .n = kept};
    return 0;
}

static void warn_catch_all(fp_decoder *d, const fp_net_match *not_nets, const fp_path *path)
{
    for (size_t i = 0; i < not_nets->n; i++)
        if (not_nets->nets[i].ip.family != 0 && not_nets->nets[i].len == 0)
            fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_CATCH_ALL_NEGATED, path,
                             "with all of IPv%u excluded the rule matches no IPv%u packet",
                             not_nets->nets[i].ip.family, not_nets->nets[i].ip.family);
}

static int read_both_nets(fp_rule_reader *reader, const fp_value *value, const fp_path *path,
                          fp_entity *ret)
{
    const fp_path not_path = {path, "notNets", 0};

    fp_try(fp_rule_read_nets(reader, fp_rule_list(reader, value, "nets", path),
                             FP_PATH(path, "nets"), &ret->nets));
    fp_try(fp_rule_read_nets(reader, fp_rule_list(reader, value, "notNets", path), &not_path,
                             &ret->not_nets));
    warn_catch_all(reader->d, &ret->not_nets, &not_path);
    return 0;
}

static int read_selector(fp_rule_reader *reader, const fp_value *value, const char *key,
                         const fp_path *path, fp_global_use global, fp_selector **ret)
{
    int r = fp_decode_selector(reader->d, value, key, path, global, ret);

    fp_try(r);
    if (r > 0)
        reader->rule.not_understood = true;
    return 0;
}

/* Both quotes in one name would give two different selectors the same canonical form; such a name
   can't exist anyway. */
static int read_account(fp_rule_reader *reader, const fp_value *item, const fp_path *path,
                        fp_name_vec *names)
{
    fp_str name = fp_value_is(item, FP_VALUE_STRING) ? item->text : FP_STR_NULL;

    if (!fp_valid_subdomain(name)) {
        fp_rule_reject(reader, FP_DIAG_INVALID_NAME, path,
                       "%s is not the name of a service account", fp_decode_quote(reader->d, name));
        return 0;
    }
    return fp_vec_push(names, name);
}

static int read_accounts(fp_rule_reader *reader, const fp_value *value, const fp_path *path,
                         entity_parts *parts)
{
    static const char *const keys[] = {"names", "selector", NULL};
    const fp_path here = {path, "serviceAccounts", 0};
    const fp_path names_path = {&here, "names", 0};
    const fp_value *accounts = fp_decode_get(value, "serviceAccounts");
    const fp_value *names = fp_rule_list(reader, accounts, "names", &here);
    size_t i = 0;

    fp_rule_check_keys(reader, accounts, keys, &here);
    fp_try(read_selector(reader, accounts, "selector", &here, FP_GLOBAL_FORBIDDEN,
                         &parts->scope.sa_selector));
    fp_decode_each (item, names)
        fp_try(read_account(reader, item, FP_PATH_AT(&names_path, i++), &parts->accounts));
    parts->scope.sa_names = parts->accounts.items;
    parts->scope.n_sa_names = parts->accounts.len;
    return 0;
}

static int read_selectors(fp_rule_reader *reader, const fp_value *value, const fp_path *path,
                          entity_parts *parts)
{
    fp_scope_parts *scope = &parts->scope;

    fp_try(read_selector(reader, value, "selector", path, FP_GLOBAL_FORBIDDEN, &scope->selector));
    fp_try(read_selector(reader, value, "notSelector", path, FP_GLOBAL_FORBIDDEN,
                         &scope->not_selector));
    fp_try(read_selector(reader, value, "namespaceSelector", path, FP_GLOBAL_ALONE,
                         &scope->ns_selector));
    return read_accounts(reader, value, path, parts);
}

static void reject_unsupported(fp_rule_reader *reader, const fp_value *value, const fp_path *path)
{
    const fp_value *domains = fp_decode_get(value, "domains");

    if (domains && (domains->type != FP_VALUE_ARRAY || domains->count > 0))
        fp_rule_reject(reader, FP_DIAG_UNSUPPORTED, FP_PATH(path, "domains"),
                       "domain names are not supported");
}

/* --- services --- */

/* `source` of ingress is true, `destination` of egress false; anything else has no meaning. */
static bool service_side(fp_rule_reader *reader, const fp_path *path, const fp_path *here,
                         bool *ret_is_source)
{
    const fp_path *rule = path->up;
    const char *direction = rule && rule->up && rule->up->key ? rule->up->key : "";

    *ret_is_source = path->key && strcmp(path->key, "source") == 0;
    if (reader->d->kind != FP_KIND_PROFILE &&
        strcmp(direction, *ret_is_source ? "ingress" : "egress") == 0)
        return true;
    fp_rule_reject(reader, FP_DIAG_RULE_NOT_UNDERSTOOD, here,
                   "a service is matched in the source of ingress and the destination of egress, "
                   "of policies only");
    return false;
}

/* What stands beside it would be another criterion of the same side. */
static bool stands_alone(fp_rule_reader *reader, const fp_value *value, const fp_path *here)
{
    fp_decode_each (item, value) {
        if (fp_str_is(item->key, "services") || item->type == FP_VALUE_NULL ||
            ((item->type == FP_VALUE_ARRAY || item->type == FP_VALUE_OBJECT) && item->count == 0) ||
            (item->type == FP_VALUE_STRING && item->text.len == 0))
            continue;
        fp_rule_reject(reader, FP_DIAG_RULE_NOT_UNDERSTOOD, here, "%s can't stand beside a service",
                       fp_decode_quote(reader->d, item->key));
        return false;
    }
    return true;
}

static bool read_service_name(fp_rule_reader *reader, const fp_value *services, const fp_path *here,
                              fp_str *ret_ns, fp_str *ret_name)
{
    static const char *const keys[] = {"name", "namespace", NULL};

    *ret_name = fp_value_get_str(services, "name");
    *ret_ns = fp_value_get_str(services, "namespace");
    if (ret_ns->len == 0)
        *ret_ns = reader->ns;
    fp_rule_check_keys(reader, services, keys, here);
    if (fp_valid_subdomain(*ret_name) && fp_valid_subdomain(*ret_ns) &&
        fp_str_find_byte(*ret_ns, '.') < 0)
        return true;
    fp_rule_reject(reader, FP_DIAG_INVALID_NAME, here,
                   "%s in %s is not the name of a service in a namespace",
                   fp_decode_quote(reader->d, *ret_name), fp_decode_quote(reader->d, *ret_ns));
    return false;
}

static int put_service(fp_rule_reader *reader, fp_str ns, fp_str name, bool is_source,
                       fp_entity *ret)
{
    fp_cleanup_buf fp_buf label = {0};
    fp_str *names;

    fp_buf_puts(&label, FP_LABEL_SERVICE);
    fp_buf_add(&label, ns);
    fp_buf_putc(&label, '/');
    fp_buf_add(&label, name);
    fp_try(fp_buf_error(&label));
    if (!is_source) {
        names = fp_arena_array(reader->d->arena, 1, sizeof(*names));
        if (!names)
            return FEDPOL_E_NOMEM;
        fp_try(fp_decode_copy(reader->d, FP_STR(FP_SERVICE_PORT), &names[0]));
        ret->ports = (fp_port_match){.names = names, .n_names = 1, .present = true};
    }
    fp_try(fp_selector_new_has(fp_buf_str(&label), &ret->selector));
    ret->is_service = true;
    return 0;
}

static int read_services(fp_rule_reader *reader, const fp_value *value, const fp_path *path,
                         fp_entity *ret)
{
    const fp_path here = {path, "services", 0};
    const fp_value *services = fp_decode_get(value, "services");
    bool is_source;
    fp_str ns, name;

    if (!service_side(reader, path, &here, &is_source) || !stands_alone(reader, value, &here) ||
        !read_service_name(reader, services, &here, &ns, &name))
        return 0;
    return put_service(reader, ns, name, is_source, ret);
}

int fp_rule_read_entity(fp_rule_reader *reader, const fp_value *value, const fp_path *path,
                        fp_entity *ret)
{
    static const char *const keys[] = {"nets",
                                       "notNets",
                                       "selector",
                                       "notSelector",
                                       "namespaceSelector",
                                       "serviceAccounts",
                                       "services",
                                       "ports",
                                       "notPorts",
                                       "domains",
                                       NULL};
    entity_parts parts = {0};
    int r;

    fp_rule_check_keys(reader, value, keys, path);
    if (fp_decode_get(value, "services"))
        return read_services(reader, value, path, ret);
    reject_unsupported(reader, value, path);
    fp_try(read_both_nets(reader, value, path, ret));
    fp_try(fp_rule_read_ports(reader, fp_rule_list(reader, value, "ports", path),
                              FP_PATH(path, "ports"), &ret->ports));
    fp_try(fp_rule_read_ports(reader, fp_rule_list(reader, value, "notPorts", path),
                              FP_PATH(path, "notPorts"), &ret->not_ports));
    r = read_selectors(reader, value, path, &parts);
    if (r == 0 && !reader->rule.not_understood)
        r = fp_scope_entity(&parts.scope, reader->ns, ret);
    entity_parts_done(&parts);
    return r;
}
