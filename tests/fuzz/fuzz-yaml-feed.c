/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as YAML: what is delivered is an object of valid strings whose numbers are JSON's, and
   a failure tells its reason. */

#include "libfedpol/base/utf8.h"
#include "libfedpol/wire/object_stream.h"
#include "tests/fuzz/fuzz.h"

static void check_value(const fp_value *v)
{
    fp_arena arena;
    fp_value *again;

    fuzz_require(fp_utf8_valid(v->text) && fp_str_find_byte(v->text, '\0') < 0);
    fuzz_require(fp_utf8_valid(v->key) && fp_str_find_byte(v->key, '\0') < 0);
    if (v->type != FP_VALUE_NUMBER)
        return;
    fp_arena_init(&arena, 0);
    fuzz_require(fp_json_parse(v->text, &fp_wire_default_limits, &arena, &again, NULL) == 0);
    fuzz_require(again->type == FP_VALUE_NUMBER);
    fp_arena_done(&arena);
}

static int on_object(void *user, const fp_wire_object *object)
{
    const fp_value *open[64];
    size_t depth = 0;
    const fp_value *v = object->value;

    (void)user;
    fuzz_require(v->type == FP_VALUE_OBJECT && object->document > 0 && object->line > 0);
    while (v) {
        check_value(v);
        if (v->type == FP_VALUE_OBJECT || v->type == FP_VALUE_ARRAY) {
            fuzz_require(depth < 64);
            open[depth++] = v;
            v = v->first;
        } else {
            v = v->next;
        }
        while (!v && depth) {
            v = open[--depth];
            v = depth ? v->next : NULL;
        }
    }
    return 0;
}

static int on_bad(void *user, const fp_wire_object *object, const fedpol_error *error)
{
    (void)user;
    (void)object;
    fuzz_require(fedpol_error_get_message(error)[0] != '\0');
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const fp_wire_sink sink = {on_object, on_bad, NULL};
    fedpol_error *error = NULL;
    int r = fp_yaml_read(data, size, &fp_wire_default_limits, &sink, &error);

    fuzz_require((r < 0) == (error != NULL));
    fedpol_error_free(error);
    return 0;
}
