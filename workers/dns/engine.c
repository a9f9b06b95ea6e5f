#include "workers/dns/engine.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"
#include "scanner/base/timing.h"
#include "workers/dns/engine_state.h"
#include "workers/dns/replies.h"
#include "workers/dns/tries.h"

enum {
    TURN_US = 5000,     /* nobody had room for the next question: look again then */
    SILENCE_US = 20000, /* the same, when all are silent */
    LATE_US = 3000,     /* more than the loop's milliseconds make of a wake */
    PARTS = 4,          /* closed one by one: timer, prepare, udp, tcp */
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

void engine_finish(struct dns_engine *e, struct question *q, struct dns_answer *a, bool in_time)
{
    dns_answer_cb *answered = q->answered;
    void *context = q->context;

    tries_close(e, q, in_time);
    wheel_stop(&e->wheel, &q->timer);
    e->flight--;
    question_give(&e->pool, q);
    answered(context, a);
}

void engine_finish_bare(struct dns_engine *e, struct question *q, enum outcome o, enum dnssec d)
{
    struct dns_answer *a = arena_alloc(q->arena, sizeof(*a));

    a->outcome = o;
    a->dnssec = d;
    engine_finish(e, q, a, false);
}

/* ---- messages ---- */

static void on_datagram(void *context, unsigned socket, const struct sockaddr_storage *from,
                        uint8_t *data, size_t len)
{
    replies_take(context, socket, from, data, len);
}

static void on_batch(void *context)
{
    struct dns_engine *e = context;

    e->now_us = timing_monotonic_us();
}

static void on_stream_message(void *context, uint32_t channel, uint8_t *data, size_t len)
{
    on_batch(context);
    replies_take(context, channel, NULL, data, len);
}

static void on_stream_lost(void *context, uint32_t channel)
{
    struct dns_engine *e = context;

    tries_lost(e, channel);
    set_wake(e, 0);
}

/* ---- once a turn of the loop ---- */

/* The first in the queue begins. False when it must wait for a turn. */
static bool begin(struct dns_engine *e)
{
    struct question *q = e->waiting.first;

    if (q->name_len > 0 && !tries_first(e, q)) {
        if (!resolvers_all_silent(&e->resolvers))
            return false;
        q->deadline_us = e->now_us + e->timeout_us;
        tries_wait(e, q, SILENCE_US);
    }
    question_queue_pop(&e->waiting);
    e->waiting_count--;
    e->flight++;
    if (q->name_len == 0)
        engine_finish_bare(e, q, OUTCOME_BAD_NAME, DNSSEC_INDETERMINATE);
    return true;
}

static void on_prepare(uv_prepare_t *handle)
{
    struct dns_engine *e = handle->data;
    struct wheel_timer *t;
    uint64_t wake;

    e->now_us = timing_monotonic_us();
    while (!e->late && !e->closing && (t = wheel_due(&e->wheel, e->now_us)) != NULL)
        tries_due(e, question_of_timer(t));
    while (!e->closing && e->waiting.first != NULL && e->flight < e->flight_max && begin(e))
        ;
    if (e->closing)
        return;
    udp_flush(e->udp);
    tcp_flush(e->tcp);
    wake = wheel_next_us(&e->wheel);
    if (e->waiting.first != NULL && e->flight < e->flight_max && wake > e->now_us + TURN_US)
        wake = e->now_us + TURN_US;
    set_wake(e, wake);
}

static void on_timer(uv_timer_t *handle)
{
    struct dns_engine *e = handle->data;

    /* One turn, never two in a row: a loop that is always late must give up as well. */
    e->late = !e->late && e->wake_us > 0 && timing_monotonic_us() > e->wake_us + LATE_US;
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
    e->qps_per_resolver = (double)settings->qps_per_resolver;
    e->cap.filled_us = e->now_us;
    dns_engine_share(e, 1);
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

void dns_engine_share(struct dns_engine *e, unsigned workers)
{
    e->cap.limit = e->qps / workers;
    for (size_t i = 0; i < e->resolvers.count; i++)
        resolver_cap(&e->resolvers.items[i], e->qps_per_resolver / workers);
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
