#include "workers/dns/book.h"

#include <sodium.h>
#include <stdlib.h>

#include "scanner/base/memory.h"

void book_init(struct book *b, size_t questions)
{
    size_t count = 1024;

    while (count < 2 * questions && count < (size_t)1 << 22)
        count *= 2;
    b->buckets = memory_alloc(count * sizeof(struct try *));
    b->mask = count - 1;
    b->left = 0;
}

void book_free(struct book *b)
{
    free(b->buckets);
    b->buckets = NULL;
}

static uint16_t draw(struct book *b)
{
    if (b->left == 0) {
        randombytes_buf(b->random, sizeof(b->random));
        b->left = sizeof(b->random) / sizeof(b->random[0]);
    }
    return b->random[--b->left];
}

/* IDs are random already: the channel need only be spread beside them. */
static struct try **bucket_of(const struct book *b, uint32_t channel, uint16_t id)
{
    return &b->buckets[(id ^ (channel * 0x9e3779b1U) >> 7) & b->mask];
}

struct try *book_find(const struct book *b, uint32_t channel, uint16_t id)
{
    struct try *t = *bucket_of(b, channel, id);

    while (t != NULL && (t->channel != channel || t->id != id))
        t = t->next;
    return t;
}

void book_add(struct book *b, struct try *t)
{
    struct try **bucket;

    do
        t->id = draw(b);
    while (book_find(b, t->channel, t->id) != NULL);
    bucket = bucket_of(b, t->channel, t->id);
    t->next = *bucket;
    *bucket = t;
    t->open = true;
}

void book_remove(struct book *b, struct try *t)
{
    struct try **at = bucket_of(b, t->channel, t->id);

    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    t->open = false;
}

struct try *book_find_channel(const struct book *b, uint32_t channel)
{
    for (size_t i = 0; i <= b->mask; i++)
        for (struct try *t = b->buckets[i]; t != NULL; t = t->next)
            if (t->channel == channel)
                return t;
    return NULL;
}
