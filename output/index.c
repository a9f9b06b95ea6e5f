#include "output/index.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"

#define FIRST_BUCKETS 1024

_Static_assert(sizeof(((struct index *)0)->secret) == crypto_shorthash_KEYBYTES, "key of SipHash");

void index_init(struct index *x)
{
    memset(x, 0, sizeof(*x));
    randombytes_buf(x->secret, sizeof(x->secret));
    x->bucket_count = FIRST_BUCKETS;
    x->buckets = memory_alloc(x->bucket_count * sizeof(struct index_entry *));
}

void index_free(struct index *x)
{
    free(x->buckets);
}

static uint64_t hash_of(const struct index *x, const void *key, size_t key_len)
{
    unsigned char out[crypto_shorthash_BYTES];
    uint64_t hash;

    crypto_shorthash(out, key, key_len, x->secret);
    memcpy(&hash, out, sizeof(hash));
    return hash;
}

static struct index_entry **bucket_of(const struct index *x, uint64_t hash)
{
    return &x->buckets[hash & (x->bucket_count - 1)];
}

struct index_entry *index_find(const struct index *x, const void *key, size_t key_len)
{
    uint64_t hash = hash_of(x, key, key_len);
    struct index_entry *e = *bucket_of(x, hash);

    while (e != NULL &&
           (e->hash != hash || e->key_len != key_len || memcmp(e->key, key, key_len) != 0))
        e = e->next;
    return e;
}

static void push(struct index *x, struct index_entry *e)
{
    struct index_entry **bucket = bucket_of(x, e->hash);

    e->next = *bucket;
    *bucket = e;
}

static void grow(struct index *x)
{
    struct index_entry **old = x->buckets;
    size_t old_count = x->bucket_count;

    x->bucket_count *= 2;
    x->buckets = memory_alloc(x->bucket_count * sizeof(struct index_entry *));
    for (size_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            struct index_entry *e = old[i];

            old[i] = e->next;
            push(x, e);
        }
    }
    free(old);
}

void index_add(struct index *x, struct index_entry *e, const char *key, size_t key_len)
{
    if (x->count++ == x->bucket_count)
        grow(x);
    e->key = key;
    e->key_len = key_len;
    e->hash = hash_of(x, key, key_len);
    push(x, e);
}

struct index_entry **index_sorted(const struct index *x, int (*by)(const void *, const void *))
{
    struct index_entry **order = memory_alloc((x->count + 1) * sizeof(struct index_entry *));
    size_t n = 0;

    for (size_t i = 0; i < x->bucket_count; i++)
        for (struct index_entry *e = x->buckets[i]; e != NULL; e = e->next)
            order[n++] = e;
    qsort(order, n, sizeof(struct index_entry *), by);
    return order;
}
