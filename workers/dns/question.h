/* question: one question on its way to an answer, and the queries sent for it. The engine's state
 * per question, which engine.c, tries.c and replies.c change. */
#ifndef MXC_WORKERS_DNS_QUESTION_H
#define MXC_WORKERS_DNS_QUESTION_H

#include "workers/dns/answer.h"
#include "workers/dns/engine.h"
#include "workers/dns/wheel.h"
#include "workers/dns/wire_name.h"

#define TRIES_MAX 8

/* One query sent: what an answer to it must match. */
struct
try {
    struct try *next; /* in its bucket of the book */
    uint64_t sent_us;
    uint32_t channel; /* UDP socket, or TCP stream */
    uint16_t id, resolver;
    uint8_t number;   /* place in question.tries */
    bool open;        /* in the book: an answer to it is taken */
    bool expired;     /* its time has passed; it may still come */
    bool edns, check; /* it was sent with EDNS; with CD=1 */
};

enum phase {
    PHASE_UDP,
    PHASE_TCP,   /* an answer was truncated */
    PHASE_CHECK, /* SERVFAIL: does it answer with CD=1? */
};

struct question {
    struct wheel_timer timer; /* first member */
    struct question *next;    /* in the queue, or in the pool */
    struct arena *arena;
    dns_answer_cb *answered;
    void *context;
    uint64_t deadline_us; /* 0: has not begun */
    uint16_t type;
    uint8_t name_len;
    uint8_t try_count, timeouts;
    uint8_t servfails, refusals, failures; /* answers of this kind; failures: all others */
    enum phase phase;
    bool plain;          /* without EDNS */
    enum outcome so_far; /* what it ends with if nothing better comes; TIMEOUT at first */
    struct try tries[TRIES_MAX];
    uint8_t name[WIRE_NAME_MAX];
};

/* Questions by the thousand from slabs; as many as were ever needed at once. */
struct question_pool {
    struct question *unused;
    struct question_slab *slabs;
};
struct question *question_take(struct question_pool *p); /* zeroed but for its name */
void question_give(struct question_pool *p, struct question *q);
void question_pool_free(struct question_pool *p);

struct question_queue { /* first in, first out */
    struct question *first, **last;
};
void question_queue_init(struct question_queue *w);
void question_queue_add(struct question_queue *w, struct question *q);
struct question *question_queue_pop(struct question_queue *w); /* NULL when empty */

struct question *question_of_try(struct try *t);
struct question *question_of_timer(struct wheel_timer *timer);

#endif
