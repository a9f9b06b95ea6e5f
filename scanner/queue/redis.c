#include "scanner/queue/redis.h"

#include <assert.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/buf.h"
#include "scanner/base/memory.h"
#include "scanner/base/timing.h"
#include "scanner/queue/link.h"

/* A reply that does not come: a slow disk may hold an fsync for many seconds, a dead peer never
 * answers. */
#define PATIENCE_MS 120000
#define READ_SIZE 65536

struct waiting {
    redis_reply_cb *cb;
    void *context;
};

struct redis {
    struct link link;
    redisReader *reader;
    redisReply *reply; /* the last one that redis_ask() gave out */
    struct buf out;    /* formatted, not yet written */
    bool lost;
    int busy_depth; /* inside callbacks: redis_close() must wait */
    bool closing;

    /* watched by a loop */
    uv_loop_t *loop;
    uv_poll_t poll;
    uv_timer_t failing;    /* tells those who wait of the loss, outside redis_send() */
    int polled;            /* events polled for */
    int handles;           /* of poll and failing, not yet closed */
    struct waiting *queue; /* a ring */
    size_t queue_cap, queue_head, queue_count;
};

bool redis_alive(const struct redis *r)
{
    return !r->lost;
}

/* ---- requests out, replies in, common to both ways ---- */

static void format(struct redis *r, int argc, const char *const *argv, const size_t *lens)
{
    char *text;
    int len = redisFormatCommandArgv(&text, argc, (const char **)(uintptr_t)argv, lens);

    assert(len > 0);
    buf_append(&r->out, text, (size_t)len);
    free(text);
}

static void flush(struct redis *r)
{
    size_t done = 0;

    while (done < r->out.len && !r->lost) {
        ssize_t n = link_write(&r->link, r->out.data + done, r->out.len - done);

        if (n == LINK_AGAIN)
            break;
        if (n == LINK_GONE)
            r->lost = true;
        else
            done += (size_t)n;
    }
    buf_consume(&r->out, done);
}

/* Feed the reader what is there. False when nothing was. */
static bool fill(struct redis *r)
{
    char data[READ_SIZE];
    ssize_t n = link_read(&r->link, data, sizeof(data));

    if (n == LINK_GONE || (n > 0 && redisReaderFeed(r->reader, data, (size_t)n) != REDIS_OK))
        r->lost = true;
    return n > 0 && !r->lost;
}

static redisReply *next_reply(struct redis *r)
{
    void *reply = NULL;

    if (redisReaderGetReply(r->reader, &reply) != REDIS_OK)
        r->lost = true;
    return reply;
}

/* ---- blocking ---- */

static redisReply *await_reply(struct redis *r, int timeout_ms)
{
    uint64_t deadline = timing_monotonic_ms() + (uint64_t)timeout_ms;
    redisReply *reply = NULL;

    while (!r->lost) {
        uint64_t now;

        flush(r);
        if (r->lost || (reply = next_reply(r)) != NULL)
            break;
        if (fill(r))
            continue;
        now = timing_monotonic_ms();
        r->link.wants_write = r->link.wants_write || r->out.len > 0;
        if (!r->lost && (now >= deadline || !link_wait(&r->link, (int)(deadline - now))))
            r->lost = timing_monotonic_ms() >= deadline;
    }
    return reply;
}

const redisReply *redis_ask(struct redis *r, int argc, const char *const *argv, const size_t *lens)
{
    assert(r->loop == NULL);
    freeReplyObject(r->reply);
    r->reply = NULL;
    if (r->lost)
        return NULL;
    format(r, argc, argv, lens);
    r->reply = await_reply(r, PATIENCE_MS);
    return r->reply;
}

static bool authenticate(struct redis *r, const struct redis_address *a, int timeout_ms,
                         const char **error)
{
    const char *argv[3] = { "AUTH", a->user, a->password };
    size_t lens[3] = { 4, 0, 0 };
    int argc = 3;
    redisReply *reply;
    bool ok;

    if (a->password == NULL)
        return true;
    if (a->user == NULL) {
        argv[1] = a->password;
        argc = 2;
    }
    for (int i = 1; i < argc; i++)
        lens[i] = strlen(argv[i]);
    format(r, argc, argv, lens);
    reply = await_reply(r, timeout_ms);
    ok = reply != NULL && reply->type == REDIS_REPLY_STATUS;
    *error = reply != NULL ? "Redis does not take this user and password"
                           : "Redis closed the connection at the password";
    freeReplyObject(reply);
    return ok;
}

struct redis *redis_open(const struct redis_address *a, int timeout_ms, const char **error)
{
    struct redis *r = memory_alloc(sizeof(*r));

    buf_init(&r->out, BUF_NO_CEILING);
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
    if (!link_open(&r->link, a, timeout_ms, error)) {
        free(r);
        return NULL;
    }
    r->reader = redisReaderCreate();
    assert(r->reader != NULL);
    if (!authenticate(r, a, timeout_ms, error)) {
        redis_close(r);
        return NULL;
    }
    return r;
}

/* ---- in a loop ---- */

static void release(struct redis *r)
{
    freeReplyObject(r->reply);
    if (r->reader != NULL)
        redisReaderFree(r->reader);
    link_close(&r->link);
    buf_free(&r->out);
    free(r->queue);
    free(r);
}

static void on_closed(uv_handle_t *handle)
{
    struct redis *r = handle->data;

    if (--r->handles == 0)
        release(r);
}

static void close_now(struct redis *r)
{
    if (r->loop == NULL) {
        release(r);
        return;
    }
    uv_poll_stop(&r->poll);
    uv_close((uv_handle_t *)&r->poll, on_closed);
    uv_close((uv_handle_t *)&r->failing, on_closed);
}

void redis_close(struct redis *r)
{
    if (r == NULL || r->closing)
        return;
    r->closing = true;
    if (r->busy_depth == 0)
        close_now(r);
}

static void push(struct redis *r, redis_reply_cb *cb, void *context)
{
    if (r->queue_count == r->queue_cap) {
        size_t cap = r->queue_cap > 0 ? r->queue_cap * 2 : 64;
        struct waiting *ring = memory_grow(NULL, cap, sizeof(*ring));

        for (size_t i = 0; i < r->queue_count; i++)
            ring[i] = r->queue[(r->queue_head + i) % r->queue_cap];
        free(r->queue);
        r->queue = ring;
        r->queue_cap = cap;
        r->queue_head = 0;
    }
    r->queue[(r->queue_head + r->queue_count++) % r->queue_cap] = (struct waiting){ cb, context };
}

static void answer(struct redis *r, const redisReply *reply)
{
    struct waiting w = r->queue[r->queue_head];

    r->queue_head = (r->queue_head + 1) % r->queue_cap;
    r->queue_count--;
    w.cb(w.context, reply);
}

static void leave(struct redis *r)
{
    if (--r->busy_depth == 0 && r->closing)
        close_now(r);
}

static void on_failing(uv_timer_t *timer)
{
    struct redis *r = timer->data;

    r->busy_depth++;
    while (r->queue_count > 0 && !r->closing)
        answer(r, NULL);
    leave(r);
}

static void on_ready(uv_poll_t *poll, int status, int events);

/* Poll for what is waited for; once lost, for nothing, and let the timer tell it. */
static void rearm(struct redis *r)
{
    int events = UV_READABLE;

    if (r->closing)
        return;
    if (r->lost) {
        uv_poll_stop(&r->poll);
        r->polled = 0;
        uv_timer_start(&r->failing, on_failing, 0, 0);
        return;
    }
    if (r->out.len > 0 || r->link.wants_write)
        events |= UV_WRITABLE;
    if (events != r->polled)
        uv_poll_start(&r->poll, events, on_ready);
    r->polled = events;
}

static void drain(struct redis *r)
{
    redisReply *reply;

    do {
        while (!r->closing && !r->lost && (reply = next_reply(r)) != NULL) {
            if (r->queue_count > 0)
                answer(r, reply);
            else
                r->lost = true; /* an answer to nothing: the stream is out of step */
            freeReplyObject(reply);
        }
    } while (!r->closing && !r->lost && fill(r));
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct redis *r = poll->data;

    (void)events;
    if (status < 0)
        r->lost = true;
    r->busy_depth++;
    r->link.wants_write = false;
    flush(r);
    drain(r);
    rearm(r);
    leave(r);
}

void redis_watch(struct redis *r, uv_loop_t *loop)
{
    int fault = uv_poll_init(loop, &r->poll, r->link.fd);

    assert(fault == 0);
    (void)fault;
    uv_timer_init(loop, &r->failing);
    r->poll.data = r->failing.data = r;
    r->handles = 2;
    r->loop = loop;
    rearm(r);
}

void redis_send(struct redis *r, int argc, const char *const *argv, const size_t *lens,
                redis_reply_cb *cb, void *context)
{
    assert(r->loop != NULL && !r->closing);
    push(r, cb, context);
    if (!r->lost) {
        format(r, argc, argv, lens);
        if (r->out.len > 0)
            flush(r);
    }
    rearm(r);
}
