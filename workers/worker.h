/* worker: one process, one libuv loop; what all its jobs share. */
#ifndef MXC_WORKERS_WORKER_H
#define MXC_WORKERS_WORKER_H

#include <openssl/x509.h>
#include <uv.h>

#include "scanner/base/address.h"
#include "scanner/base/settings.h"

struct dns_engine;      /* workers/dns/engine.h */
struct chain_judge;     /* workers/chain.h: PKIX verdicts, one per unique chain */
struct probe_pool;      /* workers/probe.h: the SMTP connections */
struct fetch_pool;      /* workers/fetch.h: the policy fetches */

struct worker {
    uv_loop_t *loop;
    const struct settings *settings;
    struct address_ranges allow;   /* special addresses that may be contacted */
    const char *consumer;          /* this incarnation's name, goes to records as "worker" */
    const char *vantage;
    struct dns_engine *dns;
    struct chain_judge *chains;
    struct probe_pool *probes;
    struct fetch_pool *fetches;
};

#endif
