/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/label_index_internal.h"

typedef struct atom_key {
    const fp_label_index *index;
    uint32_t name;
    fp_str bytes;
} atom_key;

fp_str fp_atom_bytes(const fp_label_index *index, uint32_t atom)
{
    const fp_atom *a = fp_atom_at(index, atom);
    uint32_t len = a->head >> FP_ATOM_LEN_SHIFT;

    if (len < FP_ATOM_LONG)
        return (fp_str){a->bytes, len};
    memcpy(&len, a->bytes, sizeof(len));
    return (fp_str){a->bytes + sizeof(len), len};
}

static size_t atom_size(size_t len)
{
    return sizeof(fp_atom) + len + (len < FP_ATOM_LONG ? 0 : sizeof(uint32_t));
}

static void ref_atom(fp_label_index *index, uint32_t atom)
{
    fp_atom *a = fp_atom_at(index, atom);

    if ((a->head & FP_ATOM_REFS) < FP_ATOM_REFS)
        a->head++;
}

/* True if that was the last reference. */
static bool unref_atom(fp_atom *atom)
{
    return (atom->head & FP_ATOM_REFS) < FP_ATOM_REFS && (--atom->head & FP_ATOM_REFS) == 0;
}

static uint32_t hash_atom(const fp_label_index *index, uint32_t name, fp_str bytes)
{
    uint32_t hash = fp_hash_str(&index->key, bytes);

    return name == FP_NO_ID ? hash : fp_hash_u64(&index->key, (uint64_t)name << 32 | hash);
}

static bool is_atom(const void *owner, uint32_t id, const void *key)
{
    const fp_label_index *index = owner;
    const atom_key *wanted = key;

    return fp_atom_at(index, id)->name == wanted->name &&
           fp_str_eq(fp_atom_bytes(index, id), wanted->bytes);
}

static uint32_t find_hashed(const fp_label_index *index, uint32_t name, fp_str bytes, uint32_t hash)
{
    const atom_key key = {index, name, bytes};

    return fp_index_find(&index->atoms, hash, is_atom, index, &key);
}

uint32_t fp_atoms_find(const fp_label_index *index, uint32_t name, fp_str bytes)
{
    return find_hashed(index, name, bytes, hash_atom(index, name, bytes));
}

uint32_t fp_atoms_find_pair(const fp_label_index *index, fp_str name, fp_str value)
{
    uint32_t name_atom = fp_atoms_find(index, FP_NO_ID, name);

    return name_atom == FP_NO_ID ? FP_NO_ID : fp_atoms_find(index, name_atom, value);
}

void fp_atoms_clear_hints(fp_label_index *index)
{
    for (size_t i = 0; i < FP_NAME_HINTS; i++)
        index->hints[i] = FP_NO_ID;
}

uint32_t fp_atoms_find_label(fp_label_index *index, size_t position, const fp_label *label)
{
    uint32_t *hint = position < FP_NAME_HINTS ? &index->hints[position] : NULL;
    uint32_t name;

    if (hint && *hint != FP_NO_ID && fp_str_eq(fp_atom_bytes(index, *hint), label->name))
        return fp_atoms_find(index, *hint, label->value);
    name = fp_atoms_find(index, FP_NO_ID, label->name);
    if (name == FP_NO_ID)
        return FP_NO_ID;
    if (hint)
        *hint = name;
    return fp_atoms_find(index, name, label->value);
}

static int make_atom(fp_label_index *index, uint32_t name, fp_str bytes, uint32_t *ret)
{
    uint32_t len = (uint32_t)bytes.len;
    uint32_t made;
    fp_atom *atom;
    char *to;

    if (bytes.len > UINT32_MAX)
        return FEDPOL_E_NOMEM;
    fp_try(fp_pool_alloc(&index->pool, atom_size(bytes.len), &made));
    atom = fp_atom_at(index, made);
    atom->name = name;
    atom->posting = FP_NO_ID;
    atom->head = 1 | (len < FP_ATOM_LONG ? len : FP_ATOM_LONG) << FP_ATOM_LEN_SHIFT;
    to = atom->bytes;
    if (len >= FP_ATOM_LONG) {
        memcpy(to, &len, sizeof(len));
        to += sizeof(len);
    }
    if (len)
        memcpy(to, bytes.ptr, len);
    if (name != FP_NO_ID)
        ref_atom(index, name);
    *ret = made;
    return 0;
}

int fp_atoms_intern(fp_label_index *index, uint32_t name, fp_str bytes, uint32_t *ret)
{
    uint32_t hash = hash_atom(index, name, bytes);
    uint32_t found = find_hashed(index, name, bytes, hash);

    if (found == FP_NO_ID) {
        fp_try(fp_index_reserve(&index->atoms, 1));
        fp_try(make_atom(index, name, bytes, &found));
        *ret = found;
        return fp_index_add(&index->atoms, hash, found);
    }
    ref_atom(index, found);
    *ret = found;
    return 0;
}

int fp_atoms_intern_pair(fp_label_index *index, fp_str name, fp_str value, uint32_t *ret)
{
    uint32_t name_atom;
    int r;

    fp_try(fp_atoms_intern(index, FP_NO_ID, name, &name_atom));
    r = fp_atoms_intern(index, name_atom, value, ret);
    fp_atoms_unref(index, name_atom);
    return r;
}

static void drop_atom(fp_label_index *index, uint32_t atom)
{
    fp_str bytes = fp_atom_bytes(index, atom);
    size_t size = atom_size(bytes.len);

    (void)fp_index_remove(&index->atoms, hash_atom(index, fp_atom_at(index, atom)->name, bytes),
                          atom);
    if (index->atoms.count == 0)
        fp_index_done(&index->atoms);
    if (fp_atom_at(index, atom)->name == FP_NO_ID)
        fp_atoms_clear_hints(index);
    fp_pool_free(&index->pool, atom, size);
}

void fp_atoms_unref(fp_label_index *index, uint32_t atom)
{
    uint32_t name = fp_atom_at(index, atom)->name;

    if (!unref_atom(fp_atom_at(index, atom)))
        return;
    drop_atom(index, atom);
    if (name != FP_NO_ID && unref_atom(fp_atom_at(index, name)))
        drop_atom(index, name);
}

void fp_atoms_unref_all(fp_label_index *index, const uint32_t *atoms, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fp_atoms_unref(index, atoms[i]);
}

int fp_atoms_intern_labels(fp_label_index *index, const fp_label *labels, size_t n, uint32_t *ret)
{
    for (size_t i = 0; i < n; i++) {
        if (fp_atoms_intern_pair(index, labels[i].name, labels[i].value, &ret[i]) == 0)
            continue;
        fp_atoms_unref_all(index, ret, i);
        return FEDPOL_E_NOMEM;
    }
    return 0;
}

static int take_posting(fp_label_index *index, uint32_t *ret)
{
    if (index->free_posting) {
        *ret = index->free_posting - 1;
        index->free_posting = index->postings.items[*ret].count;
        index->postings.items[*ret] = (fp_idset){0};
        index->used_postings++;
        return 0;
    }
    if (index->postings.len >= FP_POSTING_SET - 1)
        return FEDPOL_E_NOMEM;
    *ret = (uint32_t)index->postings.len;
    fp_try(fp_vec_push(&index->postings, (fp_idset){0}));
    index->used_postings++;
    return 0;
}

static void give_posting(fp_label_index *index, uint32_t posting)
{
    fp_idset_done(&index->postings.items[posting]);
    index->postings.items[posting].count = index->free_posting;
    index->free_posting = posting + 1;
    if (--index->used_postings > 0)
        return;
    fp_vec_done(&index->postings);
    index->free_posting = 0;
}

/* The posting list of a second class. */
static int spill_posting(fp_label_index *index, fp_atom *atom, fp_class_id id)
{
    fp_idset set = {0};
    uint32_t posting;

    fp_try(fp_idset_add(&set, atom->posting));
    fp_try(fp_idset_add(&set, id));
    if (take_posting(index, &posting) < 0) {
        fp_idset_done(&set);
        return FEDPOL_E_NOMEM;
    }
    index->postings.items[posting] = set;
    atom->posting = FP_POSTING_SET | posting;
    return 1;
}

int fp_posting_add(fp_label_index *index, uint32_t atom, fp_class_id id)
{
    fp_atom *a = fp_atom_at(index, atom);

    if (a->posting == FP_NO_ID) {
        a->posting = id;
        return 1;
    }
    if (a->posting & FP_POSTING_SET)
        return fp_idset_add(&index->postings.items[a->posting & ~FP_POSTING_SET], id);
    return a->posting == id ? 0 : spill_posting(index, a, id);
}

void fp_posting_remove(fp_label_index *index, uint32_t atom, fp_class_id id)
{
    fp_atom *a = fp_atom_at(index, atom);
    uint32_t posting = a->posting & ~FP_POSTING_SET;
    fp_idset *set;

    if (a->posting == FP_NO_ID || !(a->posting & FP_POSTING_SET)) {
        if (a->posting == id)
            a->posting = FP_NO_ID;
        return;
    }
    set = &index->postings.items[posting];
    (void)fp_idset_remove(set, id);
    if (set->count <= 1) {
        a->posting = fp_idset_next(set, 0);
        give_posting(index, posting);
    }
}

const fp_idset *fp_posting_get(const fp_label_index *index, uint32_t atom, fp_idset *tmp)
{
    uint32_t posting = atom == FP_NO_ID ? FP_NO_ID : fp_atom_at(index, atom)->posting;

    if (posting != FP_NO_ID && (posting & FP_POSTING_SET))
        return &index->postings.items[posting & ~FP_POSTING_SET];
    *tmp = (fp_idset){.count = posting != FP_NO_ID, .u.one = posting};
    return tmp;
}
