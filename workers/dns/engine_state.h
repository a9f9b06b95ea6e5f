/* engine_state: what the parts of the engine share. A question goes this way: engine.c lets it
 * begin, tries.c sends queries for it, replies.c makes of an answer its end or another try. */
#ifndef MXC_WORKERS_DNS_ENGINE_STATE_H
#define MXC_WORKERS_DNS_ENGINE_STATE_H

#include "workers/dns/book.h"
#include "workers/dns/engine.h"
#include "workers/dns/question.h"
#include "workers/dns/rate.h"
#include "workers/dns/resolvers.h"
#include "workers/dns/tcp.h"
#include "workers/dns/udp.h"

struct dns_engine {
    uv_loop_t *loop;
    uv_timer_t timer;     /* wakes the loop; all work is done in prepare */
    uv_prepare_t prepare; /* once a turn, before the loop sleeps */
    struct resolvers resolvers;
    struct udp *udp;
    struct tcp *tcp;
    struct book book;
    struct wheel wheel;
    struct question_pool pool;
    struct question_queue waiting;
    size_t waiting_count, flight, flight_max;
    uint64_t now_us, timeout_us, wake_us;
    struct rate cap;              /* this worker's share of the run's */
    double qps, qps_per_resolver; /* of the whole run; 0: no cap */
    bool late; /* the loop is: what came meanwhile is read before anything is given up */
    bool closing;
    unsigned parts; /* still open */
    struct dns_totals totals;
};

/* Answer it: all its tries are closed, it is gone. in_time: an answer came as early as it should,
 * so that what was silent meanwhile is held against its resolver. */
void engine_finish(struct dns_engine *e, struct question *q, struct dns_answer *a, bool in_time);
/* With no data: an outcome alone. */
void engine_finish_bare(struct dns_engine *e, struct question *q, enum outcome o, enum dnssec d);

#endif
