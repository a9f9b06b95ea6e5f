/* resolver: one recursive resolver, and how much may be asked of it. Pure bookkeeping; times are
 * microseconds of the monotonic clock.
 *
 * Three things hold it back. A window bounds what is in flight: it doubles every round trip (by
 * half, beyond what costs little, as fast as losses come to light) until the first trouble, and
 * from then on grows by one a round trip and shrinks by a third (AIMD). A rate, set where it drops
 * or refuses more than it did: nine tenths of what it then answered, growing by a twentieth a
 * second at first; beside the cap that the settings have. A quarantine, when it has fallen silent:
 * it is then asked single live questions, at doubling intervals, until it answers one.
 *
 * Silence on one question is not yet its fault: some domains take a recursor longer than anybody
 * waits. It is blamed only when the same question is then answered in time. */
#ifndef MXC_WORKERS_DNS_RESOLVER_H
#define MXC_WORKERS_DNS_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "workers/dns/rate.h"
#include "workers/dns/resolver_list.h"
#include "workers/dns/rtt_histogram.h"

struct resolver_counts {
    uint64_t sent, answered, late, lost, refused, servfail, truncated, malformed;
};

struct resolver {
    struct resolver_place place;
    struct sockaddr_storage sockaddr;
    socklen_t sockaddr_len;
    bool trusted; /* its AD bit is believed */

    bool measured; /* the next two hold something */
    double srtt_us, rttvar_us;

    double window;
    unsigned in_flight;
    bool cut;       /* has shrunk once: no doubling any more */
    double ceiling; /* of the doubling, for now */
    uint64_t ceiling_us;
    uint64_t cut_us;

    struct rate cap;   /* this worker's share of what may be asked of it */
    struct rate bears; /* what it turned out to bear */
    bool held;         /* the latter has held something back in this interval */

    uint64_t interval_us; /* when it began */
    unsigned good, bad;   /* answers, and refusals or losses, in it */
    unsigned refusals;    /* of bad */
    double tolerance;     /* share of bad that is taken for the path's nature */
    double before;        /* that share before the last cut; 0: none yet */
    unsigned unhelped;    /* cuts in a row after which that share was no smaller */
    uint64_t patience_us; /* no further cut before: what was sent earlier still comes to light */

    unsigned silent; /* expired since the last answer */
    bool quarantined, probing;
    uint64_t answered_us, probe_us; /* last answer (0: never); when it may be asked again */
    uint64_t backoff_us, released_us;

    bool plain;         /* understands no EDNS */
    unsigned edns_fail; /* answers that say so; never more, once it has answered one with */

    struct resolver_counts counts;
    struct rtt_histogram rtts;
};

void resolver_init(struct resolver *r, const struct resolver_place *place, bool trust_ad,
                   uint64_t now_us);
bool resolver_is(const struct resolver *r, const struct sockaddr_storage *from); /* and the port */

/* So many queries a second, unless it is on loopback; 0: no cap. */
void resolver_cap(struct resolver *r, double qps);

/* May it be asked one more question now. */
bool resolver_ready(struct resolver *r, uint64_t now_us);
/* How long to wait for it at the n-th try of a question (from 0). */
uint64_t resolver_patience_us(const struct resolver *r, unsigned n);

/* What happens to a query, in this order: sent, then exactly one of answered, dropped (nobody waits
 * any longer), or expired; behind expired perhaps answered, blamed or neither. */
void resolver_sent(struct resolver *r);
void resolver_answered(struct resolver *r, uint64_t now_us, uint64_t rtt_us, bool expired,
                       bool refused);
void resolver_dropped(struct resolver *r);
void resolver_expired(struct resolver *r, uint64_t now_us);
void resolver_blamed(struct resolver *r, uint64_t now_us, uint64_t sent_us);

/* Not all that it answers is refusal, as far as known: one is then worth waiting out. */
bool resolver_serves(const struct resolver *r);

/* EDNS is learnt: three FORMERR or NOTIMP without an answer in between that had it. */
void resolver_edns(struct resolver *r, bool understood);

#endif
