/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as the line of JSON that the programs read: input of theirs, and answers of servers. */

#include <string.h>

#include "examples/fedpol/tool.h"
#include "tests/fuzz/fuzz.h"

static void check(const line *parsed, const char *text, size_t size)
{
    for (size_t i = 0; i < parsed->n; i++) {
        const line_member *member = &parsed->members[i];
        int32_t number;

        fuzz_require(member->key != NULL);
        fuzz_require((member->type == LINE_STRING) == (member->text != NULL));
        fuzz_require(member->raw >= text && member->raw + member->raw_len <= text + size);
        fuzz_require(line_get(parsed, member->key) != NULL);
        if (line_integer(parsed, member->key, 0, 100, &number) == 1)
            fuzz_require(number >= 0 && number <= 100);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size ? size : 1); /* so that one byte too far is seen */
    line parsed = {0};

    fuzz_require(text != NULL);
    if (size)
        memcpy(text, data, size);
    if (!line_parse(text, size, LINE_MAX_MEMBERS, &parsed))
        check(&parsed, text, size);
    line_done(&parsed);
    free(text);
    return 0;
}
