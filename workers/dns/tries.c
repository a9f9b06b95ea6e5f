#include "workers/dns/tries.h"

#include "workers/dns/query.h"

enum {
    TURN_US = 20000,        /* no resolver had room: ask for one again then */
    TCP_PATIENCE = 5000000, /* for an answer by TCP, connecting included */
    TCP_AGAIN = 100000,     /* after a connection broke */
};

void tries_wait(struct dns_engine *e, struct question *q, uint64_t after_us)
{
    uint64_t due = e->now_us + after_us;

    wheel_set(&e->wheel, &q->timer, due < q->deadline_us ? due : q->deadline_us);
}

static struct try *add_try(struct dns_engine *e, struct question *q, struct resolver *r,
                           uint32_t channel)
{
    struct try *t = &q->tries[q->try_count];

    *t = (struct try){
        .number = q->try_count++,
        .sent_us = e->now_us,
        .channel = channel,
        .resolver = (uint16_t)(r - e->resolvers.items),
        .edns = !q->plain && !r->plain,
        .check = q->phase == PHASE_CHECK,
    };
    if (q->deadline_us == 0)
        q->deadline_us = e->now_us + e->timeout_us;
    book_add(&e->book, t);
    resolver_sent(r);
    rate_take(&e->cap);
    e->totals.queries++;
    return t;
}

static size_t build(const struct question *q, const struct try *t, uint8_t *out)
{
    unsigned flags = (t->edns ? QUERY_EDNS : 0) | (t->check ? QUERY_CD : 0);

    return query_build(out, t->id, q->name, q->name_len, q->type, flags);
}

static bool ask_udp(struct dns_engine *e, struct question *q, struct resolver *r)
{
    unsigned channel;
    uint8_t *slot = udp_slot(e->udp, &r->sockaddr, r->sockaddr_len, &channel);

    if (slot == NULL)
        return false;
    udp_commit(e->udp, build(q, add_try(e, q, r, channel), slot));
    tries_wait(e, q, resolver_patience_us(r, r->quarantined ? 0 : q->timeouts));
    return true;
}

static bool ask_tcp(struct dns_engine *e, struct question *q, struct resolver *r)
{
    uint8_t query[QUERY_SIZE_MAX];
    uint32_t channel = tcp_channel(e->tcp, (unsigned)(r - e->resolvers.items));
    struct try *t = add_try(e, q, r, channel);

    tcp_send(e->tcp, channel, query, build(q, t, query));
    e->totals.tcp_queries++;
    tries_wait(e, q, TCP_PATIENCE);
    return true;
}

static bool ask_of(struct dns_engine *e, struct question *q, struct resolver *r)
{
    if (q->try_count == TRIES_MAX || !rate_allows(&e->cap, e->now_us))
        return false;
    return q->phase == PHASE_TCP ? ask_tcp(e, q, r) : ask_udp(e, q, r);
}

static struct resolver *choose(struct dns_engine *e, const struct question *q)
{
    uint16_t tried[TRIES_MAX];

    for (unsigned i = 0; i < q->try_count; i++)
        tried[i] = q->tries[i].resolver;
    return resolvers_choose(&e->resolvers, e->now_us, tried, q->try_count);
}

bool tries_first(struct dns_engine *e, struct question *q)
{
    struct resolver *r =
        q->try_count < TRIES_MAX && rate_allows(&e->cap, e->now_us) ? choose(e, q) : NULL;

    return r != NULL && ask_of(e, q, r);
}

static bool awaits(const struct question *q)
{
    for (unsigned i = 0; i < q->try_count; i++)
        if (q->tries[i].open)
            return true;
    return false;
}

/* No try now; then soon. If there were enough, what is still open may yet be answered until the
 * time is up. */
static void put_off(struct dns_engine *e, struct question *q)
{
    if (q->try_count < TRIES_MAX)
        tries_wait(e, q, TURN_US);
    else if (awaits(q))
        tries_wait(e, q, e->timeout_us);
    else
        engine_finish_bare(e, q, q->so_far, DNSSEC_INDETERMINATE);
}

void tries_again(struct dns_engine *e, struct question *q)
{
    if (!tries_first(e, q))
        put_off(e, q);
}

void tries_same(struct dns_engine *e, struct question *q, struct resolver *r)
{
    if (!ask_of(e, q, r))
        put_off(e, q);
}

/* ---- silence ---- */

static void expire_tries(struct dns_engine *e, struct question *q)
{
    bool silent = false;

    for (unsigned i = 0; i < q->try_count; i++) {
        struct try *t = &q->tries[i];

        if (!t->open || t->expired)
            continue;
        t->expired = silent = true;
        resolver_expired(&e->resolvers.items[t->resolver], e->now_us);
        if (t->channel >= TCP_CHANNEL)
            tcp_give_up(e->tcp, t->channel, TCP_PATIENCE / 1000);
    }
    q->timeouts += silent;
}

void tries_due(struct dns_engine *e, struct question *q)
{
    expire_tries(e, q);
    if (e->now_us >= q->deadline_us)
        engine_finish_bare(e, q, q->so_far, DNSSEC_INDETERMINATE);
    else if (q->phase == PHASE_CHECK) /* a question to the one that said SERVFAIL last */
        tries_same(e, q, &e->resolvers.items[q->tries[q->try_count - 1].resolver]);
    else
        tries_again(e, q);
}

void tries_lost(struct dns_engine *e, uint32_t channel)
{
    struct try *t;

    while ((t = book_find_channel(&e->book, channel)) != NULL) {
        book_remove(&e->book, t);
        if (t->expired)
            continue;
        resolver_dropped(&e->resolvers.items[t->resolver]);
        tries_wait(e, question_of_try(t), TCP_AGAIN);
    }
}

void tries_close(struct dns_engine *e, struct question *q, bool in_time)
{
    for (unsigned i = 0; i < q->try_count; i++) {
        struct try *t = &q->tries[i];
        struct resolver *r = &e->resolvers.items[t->resolver];

        if (!t->open)
            continue;
        book_remove(&e->book, t);
        if (!t->expired) {
            resolver_dropped(r);
            continue;
        }
        r->counts.lost++;
        if (in_time)
            resolver_blamed(r, e->now_us, t->sent_us);
    }
}
