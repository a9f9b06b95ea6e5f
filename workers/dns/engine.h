/* engine: asks recursive resolvers, asynchronously, for any number of questions at once. One engine
 * in a worker serves all three stages. Matching, retransmission, truncation to TCP, EDNS fallback
 * and the choice of resolver are its own affair: a question ends in exactly one answer. */
#ifndef MXC_WORKERS_DNS_ENGINE_H
#define MXC_WORKERS_DNS_ENGINE_H

#include <uv.h>

#include "scanner/base/arena.h"
#include "scanner/base/settings.h"
#include "workers/dns/answer.h"
#include "workers/dns/resolver.h"

/* answer, and all in it, lives in the arena given with the question. Never called from inside
 * dns_ask(). */
typedef void dns_answer_cb(void *context, const struct dns_answer *answer);

/* NULL, and a sentence in *error, when no resolver is named, one is malformed, or the system gives
 * no sockets. settings need not live on. */
struct dns_engine *dns_engine_new(uv_loop_t *loop, const struct settings *settings,
                                  const char **error);
/* So many workers, this one included, share the queries per second of the settings. 1 at first. */
void dns_engine_share(struct dns_engine *e, unsigned workers);
/* Its resolvers do not validate: AD=0 says nothing, and no answer is called insecure. */
void dns_engine_distrust(struct dns_engine *e);
/* Questions in flight are dropped; closes its handles, run the loop once more. */
void dns_engine_close(struct dns_engine *e);

/* name: text, no trailing dot; escapes \DDD and \X as in master files (RFC 1035 §5.1). Copied.
 * dns_timeout counts from the first query; until then it waits for its turn: behind dns_flight
 * others, the queries-per-second cap and what the resolvers bear. */
void dns_ask(struct dns_engine *e, struct arena *arena, const char *name, uint16_t type,
             dns_answer_cb *cb, void *context);

/* What became of everything so far. */
struct dns_totals {
    uint64_t questions, queries, tcp_queries;
    uint64_t stray;  /* messages that no query awaited: late, or forged */
    uint64_t forged; /* that had a query's ID, but came from elsewhere or had another question */
    uint64_t drops;  /* by the kernel, for want of receive buffer */
    uint64_t flight, waiting, flight_max; /* questions now, and the bound */
};
void dns_engine_totals(const struct dns_engine *e, struct dns_totals *totals);

/* Those it asks, from 0 to the count - 1. */
size_t dns_engine_resolver_count(const struct dns_engine *e);
const struct resolver *dns_engine_resolver(const struct dns_engine *e, size_t i);

#endif
