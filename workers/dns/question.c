#include "workers/dns/question.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"

enum { SLAB = 64 };

struct question_slab {
    struct question_slab *next;
    struct question items[SLAB];
};

struct question *question_take(struct question_pool *p)
{
    struct question *q;

    if (p->unused == NULL) {
        struct question_slab *slab = memory_alloc(sizeof(*slab));

        slab->next = p->slabs;
        p->slabs = slab;
        for (unsigned i = 0; i < SLAB; i++)
            question_give(p, &slab->items[i]);
    }
    q = p->unused;
    p->unused = q->next;
    memset(q, 0, offsetof(struct question, tries)); /* tries count from try_count */
    return q;
}

void question_give(struct question_pool *p, struct question *q)
{
    q->next = p->unused;
    p->unused = q;
}

void question_pool_free(struct question_pool *p)
{
    while (p->slabs != NULL) {
        struct question_slab *next = p->slabs->next;

        free(p->slabs);
        p->slabs = next;
    }
    p->unused = NULL;
}

void question_queue_init(struct question_queue *w)
{
    w->first = NULL;
    w->last = &w->first;
}

void question_queue_add(struct question_queue *w, struct question *q)
{
    q->next = NULL;
    *w->last = q;
    w->last = &q->next;
}

struct question *question_queue_pop(struct question_queue *w)
{
    struct question *q = w->first;

    if (q == NULL)
        return NULL;
    w->first = q->next;
    if (w->first == NULL)
        w->last = &w->first;
    return q;
}

struct question *question_of_try(struct try *t)
{
    return (struct question *)((char *)(t - t->number) - offsetof(struct question, tries));
}

struct question *question_of_timer(struct wheel_timer *timer)
{
    return (struct question *)((char *)timer - offsetof(struct question, timer));
}
