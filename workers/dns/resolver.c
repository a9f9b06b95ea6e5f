#include "workers/dns/resolver.h"

#include <math.h>
#include <string.h>

enum {
    SECOND = 1000000,
    RTO_FIRST = 1500000, /* nothing measured yet */
    RTO_MIN = 600000,    /* a census has time: a query sent twice costs more than a second's wait */
    RTO_MAX = 8000000,
    WINDOW_FIRST = 16,
    WINDOW_MIN = 4,
    CEILING_FIRST = 128, /* no doubling beyond faster than losses come to light */
    CEILING_US = RTO_MIN / 2,
    SILENT_MAX = 16, /* expired in a row */
    SILENT_MIN_US = 2 * SECOND,
    BACKOFF_FIRST = SECOND / 2,
    BACKOFF_MAX = 30 * SECOND,
    INTERVAL = SECOND / 5,
    INTERVAL_MIN = SECOND / 10, /* when it is plain early */
    EVENTS_MIN = 16,            /* to judge by, unless a second has passed */
    BAD_MIN = 3,
    UNHELPED_MAX = 2, /* cuts in a row */
    RATE_MIN = 10,
    SAMPLE_MIN = 16, /* answers before it is known as one that only refuses */
};
static const double tolerance_min = 0.03, tolerance_max = 0.5;

static bool is_loopback(const struct address *a)
{
    static const uint8_t one[16] = { [15] = 1 };

    return a->family == 4 ? a->bytes[0] == 127 : memcmp(a->bytes, one, sizeof(one)) == 0;
}

void resolver_init(struct resolver *r, const struct resolver_place *place, bool trust_ad,
                   uint64_t now_us)
{
    memset(r, 0, sizeof(*r));
    r->place = *place;
    r->sockaddr_len = address_sockaddr(&place->address, place->port, &r->sockaddr);
    r->trusted = trust_ad || is_loopback(&place->address);
    r->window = WINDOW_FIRST;
    r->ceiling = CEILING_FIRST;
    r->interval_us = r->cap.filled_us = r->bears.filled_us = now_us;
    r->tolerance = tolerance_min;
}

bool resolver_is(const struct resolver *r, const struct sockaddr_storage *from)
{
    const struct sockaddr_in *a4 = (const struct sockaddr_in *)&r->sockaddr;
    const struct sockaddr_in *b4 = (const struct sockaddr_in *)from;
    const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)&r->sockaddr;
    const struct sockaddr_in6 *b6 = (const struct sockaddr_in6 *)from;

    if (from->ss_family != r->sockaddr.ss_family)
        return false;
    if (from->ss_family == AF_INET)
        return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
    return a6->sin6_port == b6->sin6_port &&
           memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr)) == 0;
}

void resolver_cap(struct resolver *r, double qps)
{
    r->cap.limit = is_loopback(&r->place.address) ? 0 : qps;
}

static bool bears_more(struct resolver *r, uint64_t now_us)
{
    bool allowed = rate_allows(&r->bears, now_us);

    r->held = r->held || !allowed;
    return allowed;
}

bool resolver_ready(struct resolver *r, uint64_t now_us)
{
    if (r->quarantined)
        return !r->probing && now_us >= r->probe_us;
    return r->in_flight < (unsigned)r->window && rate_allows(&r->cap, now_us) &&
           bears_more(r, now_us);
}

uint64_t resolver_patience_us(const struct resolver *r, unsigned n)
{
    double rto = r->measured ? fmax(RTO_MIN, r->srtt_us + 4 * r->rttvar_us) : RTO_FIRST;

    return (uint64_t)fmin(RTO_MAX, ldexp(rto, (int)(n < 8 ? n : 8)));
}

void resolver_sent(struct resolver *r)
{
    r->counts.sent++;
    r->in_flight++;
    rate_take(&r->cap);
    rate_take(&r->bears);
    if (r->quarantined)
        r->probing = true;
}

/* RFC 6298 §2; each try has an ID of its own, so that every sample is unambiguous. */
static void measure(struct resolver *r, uint64_t rtt_us)
{
    double rtt = (double)rtt_us;

    rtt_histogram_add(&r->rtts, rtt_us);
    if (!r->measured) {
        r->measured = true;
        r->srtt_us = rtt;
        r->rttvar_us = rtt / 2;
        return;
    }
    r->rttvar_us += (fabs(r->srtt_us - rtt) - r->rttvar_us) / 4;
    r->srtt_us += (rtt - r->srtt_us) / 8;
}

static void shrink(struct resolver *r, double share, double seconds, uint64_t now_us)
{
    double served = (double)r->good / seconds;

    /* No cut helps: what is lost is lost on the way, and not for our haste. One may have come to
     * nothing because a burst that a limiter lets through looked like what the resolver serves. */
    r->unhelped = r->before > 0 && share > 0.7 * r->before ? r->unhelped + 1 : 0;
    if (r->unhelped >= UNHELPED_MAX) {
        r->tolerance = fmin(tolerance_max, 1.5 * share);
    } else {
        r->window = fmax(WINDOW_MIN, r->window * 0.7);
        r->bears.limit = fmax(RATE_MIN, 0.9 * served);
        r->bears.tokens = fmin(r->bears.tokens, 1);
        r->cut = true;
        r->cut_us = now_us;
    }
    r->before = share;
    r->patience_us = now_us + (2 * r->refusals > r->bad ? (uint64_t)(2 * r->srtt_us) + INTERVAL
                                                        : 2 * resolver_patience_us(r, 0));
}

/* The longer it goes well the faster the cap rises, so that after an outage it is soon gone. */
static void relax(struct resolver *r, double share, double seconds, uint64_t now_us)
{
    double since = (double)(now_us - r->cut_us) / SECOND;
    double growth = r->held ? fmin(1, 0.05 * exp2(since / 2)) : 1;

    if (share == 0)
        r->tolerance = fmax(tolerance_min, r->tolerance * 0.98);
    r->bears.limit *= 1 + growth * fmin(1, seconds);
}

/* Close the interval when it has told enough. */
static void weigh(struct resolver *r, uint64_t now_us)
{
    uint64_t passed = now_us - r->interval_us;
    unsigned events = r->good + r->bad;
    bool plain = r->bad >= EVENTS_MIN && r->bad > r->good / 4 && passed >= INTERVAL_MIN;
    double share = events > 0 ? (double)r->bad / events : 0;

    if ((events < EVENTS_MIN && passed < SECOND) || (passed < INTERVAL && !plain))
        return;
    if (share > r->tolerance && r->bad >= BAD_MIN && now_us >= r->patience_us)
        shrink(r, share, (double)passed / SECOND, now_us);
    else if (share <= r->tolerance)
        relax(r, share, (double)passed / SECOND, now_us);
    r->good = r->bad = r->refusals = 0;
    r->held = false;
    r->interval_us = now_us;
}

/* Only what is used may grow. */
static void grow(struct resolver *r, uint64_t now_us)
{
    if (r->in_flight + 2 < (unsigned)r->window)
        return;
    if (r->cut) {
        r->window += 1 / r->window;
        return;
    }
    if (now_us >= r->ceiling_us) {
        r->ceiling = fmax(r->ceiling, 1.5 * r->window);
        r->ceiling_us = now_us + CEILING_US;
    }
    r->window = fmin(r->window + 1, r->ceiling);
}

static void release(struct resolver *r, uint64_t now_us)
{
    r->released_us = now_us;
    r->quarantined = r->probing = false;
    r->window = WINDOW_FIRST;
    r->ceiling = CEILING_FIRST;
    r->cut = false;
    r->backoff_us = 0;
}

void resolver_answered(struct resolver *r, uint64_t now_us, uint64_t rtt_us, bool expired,
                       bool refused)
{
    if (expired)
        r->counts.late++;
    else
        r->in_flight--;
    r->counts.answered++;
    r->silent = 0;
    r->answered_us = now_us;
    measure(r, rtt_us);
    if (r->quarantined)
        release(r, now_us);
    if (refused) {
        r->counts.refused++;
        r->refusals++;
        r->bad++;
    } else {
        r->good++;
        grow(r, now_us);
    }
    weigh(r, now_us);
}

void resolver_dropped(struct resolver *r)
{
    r->in_flight--;
    r->probing = false;
}

static void quarantine(struct resolver *r, uint64_t now_us)
{
    uint64_t longer = 2 * r->backoff_us;

    r->quarantined = true;
    r->probing = false;
    r->backoff_us = longer == 0 ? BACKOFF_FIRST : longer < BACKOFF_MAX ? longer : BACKOFF_MAX;
    r->probe_us = now_us + r->backoff_us;
}

void resolver_expired(struct resolver *r, uint64_t now_us)
{
    r->in_flight--;
    r->silent++;
    if (r->quarantined ? r->probing
                       : r->silent >= SILENT_MAX &&
                             (r->answered_us == 0 || now_us - r->answered_us >= SILENT_MIN_US))
        quarantine(r, now_us);
}

void resolver_blamed(struct resolver *r, uint64_t now_us, uint64_t sent_us)
{
    if (sent_us < r->released_us) /* it was dead then: no matter of haste */
        return;
    r->bad++;
    weigh(r, now_us);
}

bool resolver_serves(const struct resolver *r)
{
    return r->counts.refused < r->counts.answered || r->counts.answered < SAMPLE_MIN;
}

void resolver_edns(struct resolver *r, bool understood)
{
    if (understood)
        r->edns_fail = UINT8_MAX + 1U;
    else if (r->edns_fail <= UINT8_MAX && ++r->edns_fail == 3)
        r->plain = true;
}
