/* worker: one process, one libuv loop; what all its jobs share, and its life from the first claim
 * to the end. */
#ifndef MXC_WORKERS_WORKER_H
#define MXC_WORKERS_WORKER_H

#include <uv.h>

#include "scanner/base/contact.h"
#include "scanner/base/settings.h"
#include "scanner/queue/queue.h"
#include "workers/breadcrumb.h"

struct dns_engine;     /* workers/dns/engine.h */
struct shared_answers; /* workers/shared_answers.h: what many domains ask */
struct selectors;      /* workers/selectors.h */
struct chain_judge;    /* workers/chain.h: PKIX verdicts, one per unique chain */
struct probe_pool;     /* workers/probe.h: the SMTP connections */
struct fetch_pool;     /* workers/fetch.h: the policy fetches */

struct worker {
    uv_loop_t *loop;
    const struct settings *settings;
    struct contact contact; /* whom it may connect to */
    const char *consumer;   /* this incarnation's name, goes to records as "worker" */
    const char *vantage;
    struct queue *queue;
    struct breadcrumb *breadcrumb;
    struct dns_engine *dns;
    struct shared_answers *shared;
    const struct selectors *selectors; /* of DKIM */
    struct chain_judge *chains;
    struct probe_pool *probes;
    struct fetch_pool *fetches;
    struct claims *claims; /* workers/claims.h */
};

struct worker_options {
    const struct redis_address *redis;
    const char *run;
    unsigned stages;               /* bit mask of 1 << enum stage */
    const char *consumer;          /* random per incarnation */
    struct breadcrumb *breadcrumb; /* shared with the parent; NULL: none */
    const char *resolvers;         /* as --resolver has them, of this machine */
    bool validating;               /* they validate DNSSEC */
    unsigned crew;                 /* workers here, itself included */
};

/* Join the run, work until SIGTERM (then hand over what is finished and stop within seconds) or
 * until the queue is lost. An exit status of scanner/base/exits.h; one line on standard error if it
 * is not EXIT_OK. */
int worker_run(const struct worker_options *o);

#endif
