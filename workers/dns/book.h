/* book: every query that an answer is awaited to, by the channel it left by and its ID. IDs come
 * from a CSPRNG and are unique on their channel (RFC 5452 §9.2). */
#ifndef MXC_WORKERS_DNS_BOOK_H
#define MXC_WORKERS_DNS_BOOK_H

#include "workers/dns/question.h"

struct book {
    struct try **buckets; /* owned; a power of two of them */
    size_t mask;
    uint16_t random[256];
    unsigned left; /* of them */
};

void book_init(struct book *b, size_t questions); /* about so many at once */
void book_free(struct book *b);
/* Draws t->id; t->channel is set. */
void book_add(struct book *b, struct try *t);
void book_remove(struct book *b, struct try *t);
struct try *book_find(const struct book *b, uint32_t channel, uint16_t id); /* NULL if none */
/* Any one on this channel; NULL if none. Walks the whole book. */
struct try *book_find_channel(const struct book *b, uint32_t channel);

#endif
