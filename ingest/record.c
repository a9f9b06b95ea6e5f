#include "ingest/record.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"

size_t record_size_for(size_t name_len, size_t input_len)
{
    return (offsetof(struct record, text) + name_len + input_len + 7) & ~(size_t)7;
}

size_t record_size(const struct record *r)
{
    return record_size_for(r->name_len, r->input_len);
}

const struct record *record_at(const char *data, size_t offset)
{
    return (const struct record *)(const void *)(data + offset);
}

void record_put(char *at, uint64_t hash, uint64_t rank, const char *name, size_t name_len,
                const char *input, size_t input_len)
{
    struct record *r = (struct record *)(void *)at;

    r->hash = hash;
    r->rank = rank;
    r->input_len = (uint32_t)input_len;
    r->name_len = (uint16_t)name_len;
    memcpy(r->text, name, name_len);
    if (input_len > 0)
        memcpy(r->text + name_len, input, input_len);
}

static int compare_names(const struct record *a, const struct record *b)
{
    int order = memcmp(a->text, b->text, a->name_len < b->name_len ? a->name_len : b->name_len);

    return order != 0 ? order : (int)a->name_len - (int)b->name_len;
}

static int compare(const void *left, const void *right, void *data)
{
    const struct record_ref *a = left, *b = right;
    const struct record *ra, *rb;
    int order;

    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    ra = record_at(data, a->offset);
    rb = record_at(data, b->offset);
    if ((order = compare_names(ra, rb)) != 0)
        return order;
    if (ra->rank != rb->rank)
        return ra->rank < rb->rank ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

struct record_ref *record_sort(const char *data, size_t len, size_t *count)
{
    struct record_ref *refs;
    size_t n = 0;

    for (size_t i = 0; i < len; i += record_size(record_at(data, i)))
        n++;
    refs = memory_grow(NULL, n + 1, sizeof(*refs));
    n = 0;
    for (size_t i = 0; i < len; i += record_size(record_at(data, i)))
        refs[n++] = (struct record_ref){ record_at(data, i)->hash, i };
    qsort_r(refs, n, sizeof(*refs), compare, (void *)(uintptr_t)data);
    *count = n;
    return refs;
}

bool record_same(const char *data, const struct record_ref *a, const struct record_ref *b)
{
    return a->hash == b->hash &&
           compare_names(record_at(data, a->offset), record_at(data, b->offset)) == 0;
}
