/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/cluster/intern.h"

typedef struct intern_entry {
    uint32_t string;
    uint32_t refs;
    uint32_t hash;
} intern_entry;

void fp_intern_init(fp_intern *intern, const fp_hash_key *key)
{
    intern->key = *key;
    intern->index = (fp_index){0};
    fp_table_init(&intern->entries, sizeof(intern_entry), 0);
    fp_strings_init(&intern->strings);
}

void fp_intern_done(fp_intern *intern)
{
    fp_table_done(&intern->entries);
    fp_strings_done(&intern->strings);
    fp_index_done(&intern->index);
}

static bool is_string(const void *owner, uint32_t id, const void *key)
{
    return fp_str_eq(fp_intern_str(owner, id), *(const fp_str *)key);
}

uint32_t fp_intern_find(const fp_intern *intern, fp_str s)
{
    return fp_index_find(&intern->index, fp_hash_str(&intern->key, s), is_string, intern, &s);
}

int fp_intern_get(fp_intern *intern, fp_str s, uint32_t *ret)
{
    uint32_t hash = fp_hash_str(&intern->key, s);
    uint32_t id = fp_index_find(&intern->index, hash, is_string, intern, &s);
    intern_entry *entry;
    uint32_t string;

    if (id == FP_NO_ID) {
        fp_try(fp_index_reserve(&intern->index, 1));
        fp_try(fp_table_reserve(&intern->entries));
        fp_try(fp_strings_add(&intern->strings, s, &string));
        /* Both were reserved. */
        (void)fp_table_new(&intern->entries, &id);
        (void)fp_index_add(&intern->index, hash, id);
        entry = fp_table_at(&intern->entries, id);
        *entry = (intern_entry){string, 0, hash};
    }
    entry = fp_table_at(&intern->entries, id);
    entry->refs++;
    *ret = id;
    return 0;
}

fp_str fp_intern_str(const fp_intern *intern, uint32_t id)
{
    const intern_entry *entry = fp_table_at(&intern->entries, id);

    return fp_strings_get(&intern->strings, entry->string);
}

void fp_intern_unref(fp_intern *intern, uint32_t id)
{
    intern_entry *entry = fp_table_at(&intern->entries, id);

    if (--entry->refs > 0)
        return;
    (void)fp_index_remove(&intern->index, entry->hash, id);
    if (intern->index.count == 0)
        fp_index_done(&intern->index);
    fp_strings_drop(&intern->strings, entry->string);
    fp_table_drop(&intern->entries, id);
}

size_t fp_intern_memory(const fp_intern *intern)
{
    return fp_table_memory(&intern->entries) + fp_strings_memory(&intern->strings) +
           fp_index_memory(&intern->index);
}
