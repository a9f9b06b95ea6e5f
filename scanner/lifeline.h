/* lifeline: the coordinator's Redis: a private one, which is started and kept alive, or somebody
 * else's, and the one connection to it. What is lost with a connection is sent again. */
#ifndef MXC_SCANNER_LIFELINE_H
#define MXC_SCANNER_LIFELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/queue/queue.h"
#include "scanner/queue/redis_server.h"

struct lifeline_plan {
    const char *directory; /* of the run; a private Redis lives in it */
    const char *run;       /* the run's name in Redis */
    const char *url;       /* NULL: a private Redis */
    bool insecure;
    uint64_t maxmemory; /* of a private Redis, in bytes; 0: no limit */
    const char *epoch;  /* of the run, as it is when a connection is made */
};

struct lifeline {
    struct lifeline_plan plan;
    struct redis_server *server; /* NULL: somebody else's */
    struct redis_address address;
    struct queue *queue; /* NULL: never reached */
    uint64_t lost_ms;    /* since when it is lost, by our clock; 0: it holds */
    uint64_t next_ms;    /* of the next attempt */
};

/* Start a private Redis or find the other, and connect. An exit status, after one line on standard
 * error if it is not EXIT_OK. Close l in both cases. */
int lifeline_open(struct lifeline *l, const struct lifeline_plan *plan);
void lifeline_close(struct lifeline *l);

/* The queue answered QUEUE_LOST: from now on lifeline_mend() is called, several times a second,
 * until it is true: then l->queue is another one, that answers. */
void lifeline_break(struct lifeline *l);
bool lifeline_mend(struct lifeline *l);

/* Restart a private Redis that died: call it several times a second. */
void lifeline_tend(struct lifeline *l);

#endif
