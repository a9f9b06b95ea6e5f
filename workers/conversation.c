#include "workers/conversation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/log.h"
#include "scanner/base/memory.h"
#include "workers/channel.h"
#include "workers/connect_error.h"
#include "workers/job.h"
#include "workers/parse/ehlo.h"

#define QUIT_WAIT_MS 2000    /* best effort: its answer says nothing */
#define OVERTIME_MAX 16      /* turns of the loop in a step; two tickets and a reply are three */
#define READINGS_A_TURN 1000 /* of a reply that comes byte by byte: then others have their turn */

enum step { CONNECT, BANNER, EHLO, HELO, STARTTLS, TLS, EHLO_TLS, QUIT };
enum move { NEXT, WAIT, END };

struct conversation {
    struct conversation_shared *shared;
    struct channel channel;
    uv_timer_t timer;
    uint64_t deadline_ms; /* of the whole, on the loop's clock */
    enum step step;
    int connect_error; /* of connect() itself: nothing went out */
    unsigned overtime; /* turns of this step behind its time */
    bool timed_out, decided, ipv6;
    unsigned open_handles; /* while it ends: still to close */
    size_t reply_len;      /* bytes of channel.in that the reply in hand takes */
    size_t reply_done;     /* of these, in lines that were read: the reply goes on behind them */
    const char *host;      /* the job's */
    struct job *job;
    struct probe_result *result; /* in the job's arena, as is all in it */
    probe_done_cb *done;
    void *context;
};

static enum move on_connect(struct conversation *c);
static enum move on_banner(struct conversation *c);
static enum move on_ehlo(struct conversation *c);
static enum move on_helo(struct conversation *c);
static enum move on_starttls(struct conversation *c);
static enum move on_tls(struct conversation *c);
static enum move on_ehlo_tls(struct conversation *c);
static enum move on_quit(struct conversation *c);

static const struct {
    const char *name; /* goes to records */
    enum move (*run)(struct conversation *);
    size_t wait; /* offset of its setting; 0: QUIT_WAIT_MS */
    bool polite; /* QUIT when it takes too long: the peer is in the middle of SMTP */
} steps[] = {
    [CONNECT] = { "connect", on_connect, offsetof(struct settings, connect_timeout), false },
    [BANNER] = { "banner", on_banner, offsetof(struct settings, banner_timeout), false },
    [EHLO] = { "ehlo", on_ehlo, offsetof(struct settings, command_timeout), true },
    [HELO] = { "ehlo", on_helo, offsetof(struct settings, command_timeout), true },
    [STARTTLS] = { "starttls", on_starttls, offsetof(struct settings, command_timeout), true },
    [TLS] = { "tls", on_tls, offsetof(struct settings, tls_timeout), false },
    [EHLO_TLS] = { "quit", on_ehlo_tls, offsetof(struct settings, command_timeout), true },
    [QUIT] = { "quit", on_quit, 0, false },
};

static void on_timer(uv_timer_t *timer);

/* ---- the moves that steps make ---- */

static uint64_t wait_ms(const struct conversation *c)
{
    uint64_t now = uv_now(c->shared->loop), wait = QUIT_WAIT_MS;
    int64_t setting;

    if (steps[c->step].wait == 0)
        return wait; /* beyond the deadline, if need be */
    memcpy(&setting, (const char *)c->shared->settings + steps[c->step].wait, sizeof(setting));
    wait = (uint64_t)setting;
    if (now >= c->deadline_ms)
        return 0;
    return wait < c->deadline_ms - now ? wait : c->deadline_ms - now;
}

/* Say command, if there is one, and wait for what comes in this step. The only place where the step
 * changes. */
static enum move ask(struct conversation *c, enum step step, const char *command)
{
    struct buf line;

    if (c->reply_len > 0)
        buf_consume(&c->channel.in, c->reply_len);
    c->reply_len = c->reply_done = 0;
    c->step = step;
    c->overtime = 0;
    uv_timer_start(&c->timer, on_timer, wait_ms(c), 0);
    if (command == NULL)
        return NEXT;
    buf_init(&line, BUF_NO_CEILING);
    buf_string(&line, command);
    if (step == EHLO || step == HELO || step == EHLO_TLS)
        buf_string(&line, c->shared->ehlo);
    log_debug("%s >>> %.*s", c->host, (int)line.len, line.data);
    buf_string(&line, "\r\n");
    channel_send(&c->channel, line.data, line.len);
    buf_free(&line);
    return NEXT;
}

/* Once. What fails behind the handshake takes nothing from what it showed, and is kept beside it.
 */
static void decide(struct conversation *c, enum outcome outcome, const char *step)
{
    if (c->step == EHLO_TLS)
        c->result->after_tls = outcome;
    if (c->decided)
        return;
    c->decided = true;
    c->result->outcome = outcome;
    c->result->step = step;
}

/* The connection is of no more use. */
static enum move finish(struct conversation *c, enum outcome outcome)
{
    decide(c, outcome, steps[c->step].name);
    return END;
}

static enum move leave(struct conversation *c)
{
    return ask(c, QUIT, "QUIT");
}

/* A reply decided it: the code is kept, and we part as RFC 5321 §4.1.1.10 wants it. */
static enum move refuse(struct conversation *c, enum outcome outcome, int code)
{
    decide(c, outcome, steps[c->step].name);
    c->result->code = code;
    return leave(c);
}

static enum outcome outcome_of(int code)
{
    return code / 100 == 4   ? OUTCOME_SMTP_TRANSIENT
           : code / 100 == 5 ? OUTCOME_SMTP_PERMANENT
                             : OUTCOME_NOT_SMTP;
}

/* NEXT: r is a whole reply, which ask() takes away. */
static enum move await_reply(struct conversation *c, struct smtp_reply *r)
{
    struct channel *ch = &c->channel;

    for (unsigned readings = 0;; readings++) {
        ssize_t n = smtp_reply_resume(ch->in.data, ch->in.len, &c->reply_done, r);

        if (n < 0)
            return finish(c, OUTCOME_NOT_SMTP);
        if (n > 0) {
            c->reply_len = (size_t)n;
            log_debug("%s <<< %.*s", c->host, (int)n - 1, r->whole.data);
            return NEXT;
        }
        if (readings >= READINGS_A_TURN && channel_will_tell(ch))
            return WAIT;
        switch (channel_read(ch, c->shared->scratch, sizeof(c->shared->scratch))) {
        case CHANNEL_DONE:
            break;
        case CHANNEL_LATER:
            return WAIT;
        case CHANNEL_BROKEN:
            return finish(c, ch->broken);
        }
    }
}

/* ---- steps ---- */

/* connect() itself knows no way there: no packet went out that a router could have answered. */
static bool is_without_route(const struct conversation *c)
{
    return c->connect_error == -ENETUNREACH || c->connect_error == -EHOSTUNREACH;
}

/* This machine has no IPv6, or no way out for it: that says nothing of the host. */
static bool is_without_ipv6(const struct conversation *c)
{
    return c->ipv6 && (is_without_route(c) || c->connect_error == -EADDRNOTAVAIL ||
                       c->connect_error == -EAFNOSUPPORT);
}

static enum move on_connect(struct conversation *c)
{
    int error = c->connect_error != 0 ? c->connect_error : channel_connected(&c->channel);

    if (is_without_ipv6(c))
        decide(c, OUTCOME_NOT_PROBED, "address");
    else if (is_without_route(c))
        decide(c, OUTCOME_NETWORK_DOWN, "connect");
    /* A SYN is refused by ECONNREFUSED: this one was open, and reset before we looked. */
    if (error == -ECONNRESET)
        decide(c, OUTCOME_RESET, "banner");
    if (error != 0)
        return finish(c, connect_error_outcome(-error));
    return ask(c, BANNER, NULL);
}

static void keep_banner(struct conversation *c, const char *data, size_t len)
{
    while (len > 0 && (data[len - 1] == '\n' || data[len - 1] == '\r'))
        len--;
    if (len > PROBE_BANNER_MAX)
        len = PROBE_BANNER_MAX;
    if (len > 0)
        c->result->banner = (struct bytes){ arena_strndup(&c->job->arena, data, len), len };
}

static enum move on_banner(struct conversation *c)
{
    struct smtp_reply r;
    enum move m = await_reply(c, &r);

    if (m == WAIT)
        return m;
    keep_banner(c, c->channel.in.data, m == NEXT ? c->reply_len : c->channel.in.len);
    if (m != NEXT)
        return m;
    if (r.code == 421 || r.code == 554)
        return refuse(c, OUTCOME_BLOCKED, r.code);
    if (r.code / 100 != 2)
        return refuse(c, outcome_of(r.code), r.code);
    return ask(c, EHLO, "EHLO ");
}

/* The reply outlives the channel's buffer in the arena. */
static void keep_lines(struct conversation *c, const struct smtp_reply *r, struct probe_lines *to,
                       struct ehlo *e)
{
    struct smtp_reply kept = *r;

    kept.whole.data = arena_strndup(&c->job->arena, r->whole.data, r->whole.len);
    ehlo_parse(&kept, &c->job->arena, e);
    *to = (struct probe_lines){ .lines = e->lines, .count = e->count, .known = true };
}

static enum move on_ehlo(struct conversation *c)
{
    struct smtp_reply r;
    struct ehlo e;
    enum move m = await_reply(c, &r);

    if (m != NEXT)
        return m;
    if (r.code / 100 == 5)
        return ask(c, HELO, "HELO ");
    if (r.code / 100 != 2)
        return refuse(c, outcome_of(r.code), r.code);
    keep_lines(c, &r, &c->result->ehlo, &e);
    c->result->starttls = e.starttls ? PROBE_STARTTLS_OFFERED : PROBE_STARTTLS_ABSENT;
    return e.starttls ? ask(c, STARTTLS, "STARTTLS") : refuse(c, OUTCOME_STARTTLS_ABSENT, 0);
}

static enum move on_helo(struct conversation *c)
{
    struct smtp_reply r;
    enum move m = await_reply(c, &r);

    if (m != NEXT)
        return m;
    if (r.code / 100 != 2)
        return refuse(c, outcome_of(r.code), r.code);
    c->result->starttls = PROBE_STARTTLS_ABSENT; /* without EHLO there are no extensions */
    return refuse(c, OUTCOME_STARTTLS_ABSENT, 0);
}

static enum move on_starttls(struct conversation *c)
{
    struct smtp_reply r;
    enum move m = await_reply(c, &r);

    if (m != NEXT)
        return m;
    if (r.code / 100 == 4) /* 454 is "due to temporary reason" (RFC 3207 §4) */
        return refuse(c, OUTCOME_SMTP_TRANSIENT, r.code);
    if (r.code != 220)
        return refuse(c, OUTCOME_STARTTLS_DECLINED, r.code);
    /* A server speaks second in TLS: whatever is here already was sent in the clear. */
    if (c->channel.in.len > c->reply_len || channel_pending(&c->channel))
        return finish(c, OUTCOME_STARTTLS_INJECTION);
    c->result->tls_tried = true;
    c->result->sni = c->host;
    m = ask(c, TLS, NULL);
    channel_start_tls(&c->channel, c->shared->tls, c->host);
    return m;
}

static enum move on_tls(struct conversation *c)
{
    enum channel_io io = channel_handshake(&c->channel);

    if (io == CHANNEL_LATER)
        return WAIT;
    chain_read(&c->result->chain, c->shared->chains, SSL_get_peer_cert_chain(c->channel.ssl),
               c->host);
    if (io == CHANNEL_BROKEN)
        return finish(c, c->channel.broken);
    decide(c, OUTCOME_OK, steps[QUIT].name); /* whatever comes now: STARTTLS works here */
    return ask(c, EHLO_TLS, "EHLO ");
}

static enum move on_ehlo_tls(struct conversation *c)
{
    struct smtp_reply r;
    struct ehlo e;
    enum move m = await_reply(c, &r);

    if (m != NEXT)
        return m;
    if (r.code / 100 == 2) {
        keep_lines(c, &r, &c->result->ehlo_tls, &e);
        c->result->requiretls = e.requiretls;
    } else {
        decide(c, outcome_of(r.code), steps[c->step].name);
        c->result->after_tls_code = r.code;
    }
    return leave(c);
}

static enum move on_quit(struct conversation *c)
{
    struct smtp_reply r;
    enum move m = await_reply(c, &r);

    return m == NEXT ? END : m;
}

/* ---- its life in the loop ---- */

static enum move on_timeout(struct conversation *c)
{
    c->timed_out = false;
    if (c->step == BANNER && c->channel.in.len > 0)
        keep_banner(c, c->channel.in.data, c->channel.in.len);
    if (!steps[c->step].polite)
        return finish(c, OUTCOME_TIMEOUT);
    decide(c, OUTCOME_TIMEOUT, steps[c->step].name);
    return leave(c);
}

static void release(struct conversation *c)
{
    if (--c->open_handles == 0)
        free(c);
}

static void on_timer_closed(uv_handle_t *timer)
{
    release(timer->data);
}

static void on_channel_closed(uv_handle_t *poll)
{
    struct channel *ch = poll->data;

    release(ch->owner);
}

static void end(struct conversation *c)
{
    c->open_handles = 1;
    if (channel_close(&c->channel, on_channel_closed))
        c->open_handles++;
    uv_close((uv_handle_t *)&c->timer, on_timer_closed);
}

static void advance(struct conversation *c)
{
    enum move m;

    job_in_hand(c->job);
    m = c->timed_out ? on_timeout(c) : NEXT;
    while (m == NEXT)
        m = steps[c->step].run(c);
    if (m != END) {
        job_put_down(c->job);
        return;
    }
    c->result->tls = c->channel.tls;
    end(c);
    c->done(c->context, c->result);
}

/* The loop looks at its timers before its sockets: where it stood still itself, the peer may have
 * moved in time. */
static bool has_news(struct conversation *c)
{
    return c->overtime++ < OVERTIME_MAX && channel_ready(&c->channel);
}

static void on_timer(uv_timer_t *timer)
{
    struct conversation *c = timer->data;

    if (c->connect_error == 0 && has_news(c)) {
        uv_timer_start(timer, on_timer, 1, 0); /* 0 would be due in this turn */
        return;
    }
    c->timed_out = c->connect_error == 0;
    advance(c);
}

static void on_moved(void *owner)
{
    advance(owner);
}

struct conversation *conversation_start(struct conversation_shared *shared, struct job *job,
                                        const char *host, const struct address *address,
                                        probe_done_cb *done, void *context)
{
    struct conversation *c = memory_alloc(sizeof(*c));

    c->shared = shared;
    c->job = job;
    c->host = host;
    c->result = arena_alloc(&job->arena, sizeof(*c->result));
    c->done = done;
    c->context = context;
    c->ipv6 = address->family == 6;
    uv_timer_init(shared->loop, &c->timer);
    c->timer.data = c;
    c->deadline_ms = uv_now(shared->loop) + (uint64_t)shared->settings->probe_timeout;
    c->connect_error =
        channel_open(&c->channel, shared->loop, address, (uint16_t)shared->settings->smtp_port,
                     PROBE_REPLY_MAX, on_moved, c);
    ask(c, CONNECT, NULL);
    if (c->connect_error != 0)
        uv_timer_start(&c->timer, on_timer, 0, 0); /* the loop tells it */
    return c;
}

void conversation_abort(struct conversation *c)
{
    chain_drop(&c->result->chain);
    end(c);
}
