#include "workers/dns/engine.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"
#include "scanner/base/timing.h"
#include "workers/dns/book.h"
#include "workers/dns/query.h"
#include "workers/dns/question.h"
#include "workers/dns/resolvers.h"
#include "workers/dns/tcp.h"
#include "workers/dns/udp.h"

enum {
    TURN_US = 20000,        /* no resolver had room: ask for one again then */
    REFUSED_WAIT = 200000,  /* before one that refused is asked again; doubled each time */
    TCP_PATIENCE = 5000000, /* for an answer by TCP, connecting included */
    TCP_AGAIN = 100000,     /* after a connection broke */
    REFUSALS_MAX = 4,
    PARTS = 4, /* closed one by one: timer, prepare, udp, tcp */
};

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
    double qps, tokens; /* the cap; 0: none */
    uint64_t refilled_us;
    bool closing;
    unsigned parts; /* still open */
    struct dns_totals totals;
};

static void set_wake(struct dns_engine *e, uint64_t at_us)
{
    uint64_t ms = at_us > e->now_us ? (at_us - e->now_us + 999) / 1000 : 0;

    if (at_us == e->wake_us)
        return;
    e->wake_us = at_us;
    if (at_us == UINT64_MAX)
        uv_timer_stop(&e->timer);
    else
        uv_timer_start(&e->timer, e->timer.timer_cb, ms, 0);
}

/* ---- a question begins ---- */

void dns_ask(struct dns_engine *e, struct arena *arena, const char *name, uint16_t type,
             dns_answer_cb *cb, void *context)
{
    struct question *q = question_take(&e->pool);

    q->arena = arena;
    q->type = type;
    q->answered = cb;
    q->context = context;
    q->name_len = (uint8_t)wire_name_parse(name, q->name);
    q->so_far = OUTCOME_TIMEOUT;
    question_queue_add(&e->waiting, q);
    e->waiting_count++;
    e->totals.questions++;
    set_wake(e, 0);
}

/* ---- and ends ---- */

/* Take the tries out of the book. One that was silent, while another was answered in time, is held
 * against its resolver. */
static void close_tries(struct dns_engine *e, struct question *q, bool in_time)
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

static void finish(struct dns_engine *e, struct question *q, struct dns_answer *a)
{
    dns_answer_cb *answered = q->answered;
    void *context = q->context;

    wheel_stop(&e->wheel, &q->timer);
    e->flight--;
    question_give(&e->pool, q);
    answered(context, a);
}

/* With no data: an outcome alone. */
static void finish_bare(struct dns_engine *e, struct question *q, enum outcome o, enum dnssec d)
{
    struct dns_answer *a = arena_alloc(q->arena, sizeof(*a));

    a->outcome = o;
    a->dnssec = d;
    close_tries(e, q, false);
    finish(e, q, a);
}

/* ---- queries ---- */

static bool qps_allows(struct dns_engine *e)
{
    double burst = e->qps / 50 > 1 ? e->qps / 50 : 1;

    if (e->qps == 0)
        return true;
    e->tokens += e->qps * (double)(e->now_us - e->refilled_us) / 1e6;
    e->refilled_us = e->now_us;
    if (e->tokens > burst)
        e->tokens = burst;
    return e->tokens >= 1;
}

static void set_timer(struct dns_engine *e, struct question *q, uint64_t after_us)
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
    resolver_sent(r, e->now_us);
    e->tokens -= 1;
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
    set_timer(e, q, resolver_patience_us(r, r->quarantined ? 0 : q->timeouts));
    return true;
}

static bool ask_tcp(struct dns_engine *e, struct question *q, struct resolver *r)
{
    uint8_t query[QUERY_SIZE_MAX];
    uint32_t channel = tcp_channel(e->tcp, (unsigned)(r - e->resolvers.items));
    struct try *t = add_try(e, q, r, channel);

    tcp_send(e->tcp, channel, query, build(q, t, query));
    e->totals.tcp_queries++;
    set_timer(e, q, TCP_PATIENCE);
    return true;
}

static bool ask_of(struct dns_engine *e, struct question *q, struct resolver *r)
{
    if (q->try_count == TRIES_MAX || !qps_allows(e))
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

/* Of whoever is free, those not yet tried first. */
static bool ask_any(struct dns_engine *e, struct question *q)
{
    struct resolver *r = q->try_count < TRIES_MAX && qps_allows(e) ? choose(e, q) : NULL;

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
        set_timer(e, q, TURN_US);
    else if (awaits(q))
        set_timer(e, q, e->timeout_us);
    else
        finish_bare(e, q, q->so_far, DNSSEC_INDETERMINATE);
}

static void ask_again(struct dns_engine *e, struct question *q)
{
    if (!ask_any(e, q))
        put_off(e, q);
}

/* The same resolver, without waiting for its window if it can be. */
static void ask_same(struct dns_engine *e, struct question *q, struct resolver *r)
{
    if (!ask_of(e, q, r))
        put_off(e, q);
}

/* ---- answers ---- */

static bool another_left(const struct dns_engine *e, const struct question *q)
{
    for (size_t i = 0; i < e->resolvers.count; i++) {
        bool tried = e->resolvers.items[i].quarantined;

        for (unsigned k = 0; k < q->try_count && !tried; k++)
            tried = q->tries[k].resolver == i;
        if (!tried)
            return true;
    }
    return false;
}

/* A second resolver must say it too; then it is asked whether the validation alone is to blame. */
static void on_servfail(struct dns_engine *e, struct question *q, struct resolver *r)
{
    r->counts.servfail++;
    q->so_far = OUTCOME_SERVFAIL;
    if (++q->servfails == 1 && another_left(e, q)) {
        ask_again(e, q);
    } else if (r->trusted && q->try_count < TRIES_MAX) {
        q->phase = PHASE_CHECK;
        ask_same(e, q, r);
    } else {
        finish_bare(e, q, OUTCOME_SERVFAIL, DNSSEC_INDETERMINATE);
    }
}

/* Says something of the resolver: the others are asked, and then those again that usually serve. */
static void on_refused(struct dns_engine *e, struct question *q, struct resolver *r)
{
    if (q->so_far == OUTCOME_TIMEOUT)
        q->so_far = OUTCOME_REFUSED;
    q->refusals++;
    if (q->try_count < TRIES_MAX && another_left(e, q))
        ask_again(e, q);
    else if (q->try_count < TRIES_MAX && q->refusals < REFUSALS_MAX && resolver_serves(r))
        set_timer(e, q, (uint64_t)REFUSED_WAIT << q->refusals);
    else
        finish_bare(e, q, q->so_far, DNSSEC_INDETERMINATE);
}

/* Once more elsewhere, for what no resolver should say. */
static void on_failure(struct dns_engine *e, struct question *q, enum outcome o)
{
    q->so_far = o;
    if (q->failures++ == 0)
        ask_again(e, q);
    else
        finish_bare(e, q, q->so_far, DNSSEC_INDETERMINATE);
}

/* FORMERR, NOTIMP and the like: EDNS may be what it does not understand (RFC 6891 §7). */
static void on_complaint(struct dns_engine *e, struct question *q, struct resolver *r,
                         const struct try *t, enum outcome o)
{
    if (t->edns) {
        resolver_edns(r, false);
        q->plain = true;
        ask_same(e, q, r);
    } else {
        on_failure(e, q, o);
    }
}

static void on_definite(struct dns_engine *e, struct question *q, const struct resolver *r,
                        bool authentic, bool in_time, struct dns_answer *a)
{
    if (r->trusted)
        a->dnssec = authentic ? DNSSEC_SECURE : DNSSEC_INSECURE;
    close_tries(e, q, in_time);
    finish(e, q, a);
}

static bool definite(enum outcome o)
{
    return o == OUTCOME_OK || o == OUTCOME_NODATA || o == OUTCOME_NXDOMAIN ||
           o == OUTCOME_CNAME_LOOP;
}

/* The reply to CD=1: is there an answer, which validation alone had kept back? */
static void on_checked(struct dns_engine *e, struct question *q, uint8_t rcode)
{
    bool answered = rcode == 0 || rcode == 3;

    finish_bare(e, q, OUTCOME_SERVFAIL, answered ? DNSSEC_BOGUS : DNSSEC_INDETERMINATE);
}

static void on_truncated(struct dns_engine *e, struct question *q, struct resolver *r)
{
    r->counts.truncated++;
    if (q->phase != PHASE_UDP)
        return; /* a late one; the timer runs for what was asked since */
    q->phase = PHASE_TCP;
    ask_same(e, q, r);
}

static void on_malformed(struct dns_engine *e, struct question *q, struct resolver *r)
{
    r->counts.malformed++;
    on_failure(e, q, OUTCOME_MALFORMED);
}

static void on_whole(struct dns_engine *e, struct try *t, const uint8_t *message, size_t len,
                     bool in_time, bool authentic)
{
    struct question *q = question_of_try(t);
    struct resolver *r = &e->resolvers.items[t->resolver];
    struct dns_answer *a = arena_alloc(q->arena, sizeof(*a));

    answer_read(message, len, q->name, q->name_len, q->type, q->arena, a);
    if (t->edns && (definite(a->outcome) || a->outcome == OUTCOME_SERVFAIL))
        resolver_edns(r, true);
    if (definite(a->outcome))
        on_definite(e, q, r, authentic, in_time, a);
    else if (a->outcome == OUTCOME_SERVFAIL)
        on_servfail(e, q, r);
    else if (a->outcome == OUTCOME_REFUSED)
        on_refused(e, q, r);
    else if (a->outcome == OUTCOME_MALFORMED)
        on_malformed(e, q, r);
    else
        on_complaint(e, q, r, t, a->outcome);
}

/* A message that is the answer to this try, by ID, sender and question. */
static void on_answer(struct dns_engine *e, struct try *t, const struct answer_head *head,
                      const uint8_t *message, size_t len)
{
    struct question *q = question_of_try(t);
    struct resolver *r = &e->resolvers.items[t->resolver];
    uint64_t rtt = e->now_us - t->sent_us;
    bool in_time = rtt < resolver_patience_us(r, 0);

    book_remove(&e->book, t);
    resolver_answered(r, e->now_us, rtt, t->expired, head->rcode == 5);
    if (t->check)
        on_checked(e, q, head->rcode);
    else if (head->truncated && t->channel < TCP_CHANNEL)
        on_truncated(e, q, r);
    else
        on_whole(e, t, message, len, in_time, head->authentic);
}

/* Some servers leave the question out of a complaint. */
static bool is_asked(const struct question *q, const struct answer_head *head,
                     const uint8_t *message, size_t len)
{
    if (head->questions == 0 && head->answers == 0)
        return head->rcode == 1 || head->rcode == 4;
    return answer_asks(message, len, q->name, q->name_len, q->type);
}

/* from is NULL where the channel itself is proof of the sender. */
static void on_message(struct dns_engine *e, uint32_t channel, const struct sockaddr_storage *from,
                       const uint8_t *message, size_t len)
{
    struct answer_head head;
    struct try *t;

    if (!answer_head(message, len, &head) || (t = book_find(&e->book, channel, head.id)) == NULL) {
        e->totals.stray++;
        return;
    }
    if ((from != NULL && !resolver_is(&e->resolvers.items[t->resolver], from)) ||
        !is_asked(question_of_try(t), &head, message, len)) {
        e->totals.forged++;
        return;
    }
    on_answer(e, t, &head, message, len);
}

static void on_datagram(void *context, unsigned socket, const struct sockaddr_storage *from,
                        uint8_t *data, size_t len)
{
    on_message(context, socket, from, data, len);
}

static void on_batch(void *context)
{
    struct dns_engine *e = context;

    e->now_us = timing_monotonic_us();
}

static void on_stream_message(void *context, uint32_t channel, uint8_t *data, size_t len)
{
    on_batch(context);
    on_message(context, channel, NULL, data, len);
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

static void on_due(struct dns_engine *e, struct question *q)
{
    expire_tries(e, q);
    if (e->now_us >= q->deadline_us)
        finish_bare(e, q, q->so_far, DNSSEC_INDETERMINATE);
    else if (q->phase == PHASE_CHECK) /* a question to the one that said SERVFAIL last */
        ask_same(e, q, &e->resolvers.items[q->tries[q->try_count - 1].resolver]);
    else
        ask_again(e, q);
}

/* The connection broke: what waited for an answer on it is asked again, after a moment. */
static void on_stream_lost(void *context, uint32_t channel)
{
    struct dns_engine *e = context;
    struct try *t;

    while ((t = book_find_channel(&e->book, channel)) != NULL) {
        book_remove(&e->book, t);
        if (t->expired)
            continue;
        resolver_dropped(&e->resolvers.items[t->resolver]);
        set_timer(e, question_of_try(t), TCP_AGAIN);
    }
    set_wake(e, 0);
}

/* ---- once a turn of the loop ---- */

/* The first in the queue begins. False when it must wait for a turn. */
static bool begin(struct dns_engine *e)
{
    struct question *q = e->waiting.first;

    if (q->name_len > 0 && !ask_any(e, q)) {
        if (!resolvers_all_silent(&e->resolvers))
            return false;
        q->deadline_us = e->now_us + e->timeout_us;
        set_timer(e, q, TURN_US);
    }
    question_queue_pop(&e->waiting);
    e->waiting_count--;
    e->flight++;
    if (q->name_len == 0)
        finish_bare(e, q, OUTCOME_BAD_NAME, DNSSEC_INDETERMINATE);
    return true;
}

static void on_prepare(uv_prepare_t *handle)
{
    struct dns_engine *e = handle->data;
    struct wheel_timer *t;
    uint64_t wake;

    e->now_us = timing_monotonic_us();
    while (!e->closing && (t = wheel_due(&e->wheel, e->now_us)) != NULL)
        on_due(e, question_of_timer(t));
    while (!e->closing && e->waiting.first != NULL && e->flight < e->flight_max && begin(e))
        ;
    if (e->closing)
        return;
    udp_flush(e->udp);
    tcp_flush(e->tcp);
    wake = wheel_next_us(&e->wheel);
    if (e->waiting.first != NULL && e->flight < e->flight_max && wake > e->now_us + TURN_US / 4)
        wake = e->now_us + TURN_US / 4;
    set_wake(e, wake);
}

static void on_timer(uv_timer_t *handle)
{
    struct dns_engine *e = handle->data;

    e->wake_us = UINT64_MAX; /* not set any more; prepare comes next */
}

/* ---- life ---- */

static void part_closed(void *context)
{
    struct dns_engine *e = context;

    if (--e->parts > 0)
        return;
    book_free(&e->book);
    question_pool_free(&e->pool);
    resolvers_free(&e->resolvers);
    free(e);
}

static void on_handle_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

void dns_engine_close(struct dns_engine *e)
{
    e->closing = true;
    uv_close((uv_handle_t *)&e->timer, on_handle_closed);
    uv_close((uv_handle_t *)&e->prepare, on_handle_closed);
    udp_close(e->udp, part_closed, e);
    tcp_close(e->tcp, part_closed, e);
}

static void start_handles(struct dns_engine *e)
{
    uv_timer_init(e->loop, &e->timer);
    e->timer.data = e;
    e->timer.timer_cb = on_timer;
    uv_prepare_init(e->loop, &e->prepare);
    e->prepare.data = e;
    uv_prepare_start(&e->prepare, on_prepare);
    uv_unref((uv_handle_t *)&e->prepare); /* the timer is set whenever a question is open */
    e->parts = PARTS;
}

static bool open_sockets(struct dns_engine *e)
{
    bool ipv4 = false, ipv6 = false;

    for (size_t i = 0; i < e->resolvers.count; i++) {
        ipv4 = ipv4 || e->resolvers.items[i].place.address.family == 4;
        ipv6 = ipv6 || e->resolvers.items[i].place.address.family == 6;
    }
    e->udp = udp_new(e->loop, ipv4, ipv6, on_datagram, on_batch, e);
    if (e->udp != NULL)
        e->tcp = tcp_new(e->loop, &e->resolvers, on_stream_message, on_stream_lost, e);
    return e->udp != NULL;
}

struct dns_engine *dns_engine_new(uv_loop_t *loop, const struct settings *settings,
                                  const char **error)
{
    static char text[RESOLVERS_ERROR_SIZE];
    struct dns_engine *e = memory_alloc(sizeof(*e));
    size_t flight = settings->dns_flight > 0 ? (size_t)settings->dns_flight : 1;

    *error = text;
    e->loop = loop;
    e->now_us = timing_monotonic_us();
    if (sodium_init() < 0 ||
        !resolvers_init(&e->resolvers, settings, "/etc/resolv.conf", e->now_us, text)) {
        free(e);
        return NULL;
    }
    if (!open_sockets(e)) {
        snprintf(text, sizeof(text), "no UDP sockets for DNS: %s", strerror(errno));
        resolvers_free(&e->resolvers);
        free(e);
        return NULL;
    }
    e->flight_max = udp_capacity(e->udp) < flight ? udp_capacity(e->udp) : flight;
    e->timeout_us = (uint64_t)settings->dns_timeout * 1000;
    e->qps = (double)settings->qps;
    e->refilled_us = e->now_us;
    e->wake_us = UINT64_MAX;
    wheel_init(&e->wheel, e->now_us);
    question_queue_init(&e->waiting);
    book_init(&e->book, e->flight_max);
    start_handles(e);
    return e;
}

void dns_engine_distrust(struct dns_engine *e)
{
    for (size_t i = 0; i < e->resolvers.count; i++)
        e->resolvers.items[i].trusted = false;
}

/* ---- figures ---- */

void dns_engine_totals(const struct dns_engine *e, struct dns_totals *totals)
{
    *totals = e->totals;
    totals->drops = udp_drops(e->udp);
    totals->flight = e->flight;
    totals->waiting = e->waiting_count;
    totals->flight_max = e->flight_max;
}

size_t dns_engine_resolver_count(const struct dns_engine *e)
{
    return e->resolvers.count;
}

const struct resolver *dns_engine_resolver(const struct dns_engine *e, size_t i)
{
    return &e->resolvers.items[i];
}
