/* index: entries found by a key of bytes. An entry is the first member of the caller's struct and
 * lives where the caller put it. The hash is keyed at random, for names are chosen by strangers. */
#ifndef MXC_OUTPUT_INDEX_H
#define MXC_OUTPUT_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct index_entry {
    struct index_entry *next; /* in its bucket */
    uint64_t hash;
    const char *key; /* the caller's; lives as long as the entry */
    size_t key_len;
};

struct index {
    struct index_entry **buckets;
    size_t bucket_count, count;
    unsigned char secret[16];
};

void index_init(struct index *x);
void index_free(struct index *x); /* not the entries */

struct index_entry *index_find(const struct index *x, const void *key, size_t key_len);
/* The key must not be in it. */
void index_add(struct index *x, struct index_entry *e, const char *key, size_t key_len);

/* All entries, in the order of `by`, which qsort() calls with pointers to pointers to them. The
 * caller frees the array. */
struct index_entry **index_sorted(const struct index *x, int (*by)(const void *, const void *));

#endif
