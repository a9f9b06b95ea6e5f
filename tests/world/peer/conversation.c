#include "tests/world/peer/conversation.h"

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/world/peer/channel.h"
#include "tests/world/peer/https.h"
#include "tests/world/peer/tls.h"

enum { RESET_AFTER_MS = 100 };
enum verdict { NEXT, WAIT, END, ABORT };
enum step { OPEN, COMMAND, HELLO, HANDSHAKE, REQUEST, IDLE, LEAVE };

struct conversation {
    struct channel channel; /* first: the channel frees it */
    const struct host *host;
    const struct behaviour *behaviour;
    unsigned tarpit_ms;
    bool waited; /* before the reset */
    enum step step;
};

static enum verdict go(struct conversation *c, enum step step)
{
    c->step = step;
    return NEXT;
}

static enum verdict from_io(enum io io)
{
    return io == IO_DONE ? NEXT : io == IO_LATER ? WAIT : END;
}

static enum verdict then(struct conversation *c, enum then what, enum step next)
{
    switch (what) {
    case CLOSE:
        return go(c, LEAVE);
    case RESET:
        return ABORT;
    case HOLD:
        return go(c, IDLE);
    case FLOOD:
        channel_flood(&c->channel, c->behaviour->flood,
                      c->behaviour->flood_bytes ? c->behaviour->flood_bytes : CHANNEL_FOR_EVER);
        return go(c, next);
    case GO_ON:
        break;
    }
    return go(c, next);
}

/* Queue bytes, in lower case where that is the behaviour. */
static void utter(struct conversation *c, const char *data, size_t len)
{
    size_t from = c->channel.out_len;

    channel_send(&c->channel, data, len);
    for (size_t i = from; c->behaviour->lower_case && i < c->channel.out_len; i++)
        c->channel.out[i] = (char)tolower((unsigned char)c->channel.out[i]);
}

/* Queue text, with '$' as the host's name. */
static void say(struct conversation *c, const char *text)
{
    const char *name;

    for (; (name = strchr(text, '$')) != NULL; text = name + 1) {
        utter(c, text, (size_t)(name - text));
        utter(c, c->host->name, strlen(c->host->name));
    }
    utter(c, text, strlen(text));
}

static void reply(struct conversation *c, const char *text)
{
    say(c, text);
    channel_send(&c->channel, "\r\n", 2);
    if (c->tarpit_ms > 0)
        c->channel.hold_ms = c->tarpit_ms;
}

static enum verdict on_open(struct conversation *c)
{
    const struct behaviour *b = c->behaviour;

    if (b->opening == RESET && !c->waited) {
        /* At once, the RST would now and then be the end of connect() itself: not the same finding.
         */
        c->waited = true;
        return from_io(channel_sleep(&c->channel, RESET_AFTER_MS));
    }
    if (b->opening != GO_ON)
        return then(c, b->opening, COMMAND);
    if (c->host->direct)
        return go(c, HELLO);
    if (b->greeting != NULL) {
        say(c, b->greeting);
    } else {
        say(c, "220 $ ");
        utter(c, c->host->banner, strlen(c->host->banner));
    }
    if (!b->half_line)
        reply(c, "");
    return then(c, b->greeted, COMMAND);
}

/* ---- commands ---- */

static void ehlo_keywords(struct conversation *c)
{
    const char *list = c->channel.ssl != NULL ? c->host->tls_keywords : c->host->keywords;
    const char *offer = c->behaviour->offer != NULL ? c->behaviour->offer : "STARTTLS";
    bool offered = c->channel.ssl == NULL && *offer != '\0';

    say(c, *list != '\0' || offered ? "250-$" : "250 $");
    while (*list != '\0') {
        size_t len = strcspn(list, ";");
        bool last = list[len] == '\0' && !offered;

        say(c, last ? "\r\n250 " : "\r\n250-");
        utter(c, list, len);
        list += len + (list[len] == ';');
    }
    if (offered) {
        say(c, "\r\n250 ");
        say(c, offer);
    }
    reply(c, "");
}

static enum verdict on_ehlo(struct conversation *c)
{
    const struct behaviour *b = c->behaviour;
    enum then done = c->channel.ssl != NULL ? b->ehlo_tls_done : b->ehlo_done;

    if (done != GO_ON)
        return then(c, done, COMMAND);
    if (b->ehlo != NULL)
        reply(c, b->ehlo);
    else
        ehlo_keywords(c);
    return NEXT;
}

static enum verdict on_helo(struct conversation *c)
{
    reply(c, c->behaviour->helo != NULL ? c->behaviour->helo : "250 $");
    return NEXT;
}

static enum verdict on_starttls(struct conversation *c)
{
    const struct behaviour *b = c->behaviour;

    if (c->channel.ssl != NULL || (b->offer != NULL && *b->offer == '\0')) {
        reply(c, "502 5.5.1 Command not implemented");
        return NEXT;
    }
    if (b->starttls != NULL) {
        reply(c, b->starttls);
        return NEXT;
    }
    c->channel.in_len = 0; /* what came behind STARTTLS came in the clear (RFC 3207 §4.2) */
    reply(c, "220 2.0.0 Ready to start TLS");
    if (b->smuggled != NULL)
        say(c, b->smuggled);
    return go(c, HELLO);
}

static enum verdict on_quit(struct conversation *c)
{
    reply(c, "221 2.0.0 $ closing");
    return go(c, LEAVE);
}

static enum verdict on_noop(struct conversation *c)
{
    reply(c, "250 2.0.0 OK");
    return NEXT;
}

static enum verdict on_mail(struct conversation *c)
{
    reply(c, "550 5.7.1 No mail is taken here"); /* and a census never sends any */
    return NEXT;
}

static const struct {
    const char *verb;
    enum verdict (*run)(struct conversation *c);
} commands[] = {
    { "EHLO", on_ehlo }, { "HELO", on_helo }, { "STARTTLS", on_starttls }, { "QUIT", on_quit },
    { "NOOP", on_noop }, { "RSET", on_noop }, { "MAIL", on_mail },
};

static enum verdict on_command(struct conversation *c)
{
    char line[600];
    enum verdict v = from_io(channel_line(&c->channel, line, sizeof line));

    if (v != NEXT)
        return v;
    line[strcspn(line, " \t")] = '\0';
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcasecmp(line, commands[i].verb) == 0)
            return commands[i].run(c);
    reply(c, "500 5.5.2 Command unrecognized");
    return NEXT;
}

/* ---- TLS ---- */

static enum verdict on_hello(struct conversation *c)
{
    static const char handshake_failure[] = "\x15\x03\x03\x00\x02\x02\x28"; /* RFC 8446 §6 */
    const struct behaviour *b = c->behaviour;
    enum verdict v;

    if (b->handshake == TLS_SERVE) {
        c->channel.ssl = tls_server(c->channel.fd, c->host->pem, b->tls_version);
        if (c->channel.ssl == NULL)
            return END;
        tls_staple(c->channel.ssl, &c->host->staple);
        return go(c, HANDSHAKE);
    }
    if ((v = from_io(channel_discard(&c->channel))) != NEXT) /* the ClientHello */
        return v;
    switch (b->handshake) {
    case TLS_RESET:
        return ABORT;
    case TLS_SILENCE:
        return go(c, IDLE);
    case TLS_GARBAGE:
        reply(c, "454 4.7.0 TLS not available after all");
        break;
    case TLS_ALERT:
        channel_send(&c->channel, handshake_failure, sizeof handshake_failure - 1);
        break;
    case TLS_HTTP:
        say(c, https_plain);
        break;
    case TLS_CLOSE:
    case TLS_SERVE:
        break;
    }
    return go(c, LEAVE);
}

static enum verdict on_handshake(struct conversation *c)
{
    enum verdict v = from_io(channel_handshake(&c->channel));

    if (v != NEXT)
        return v;
    return go(c, c->host->direct ? REQUEST : COMMAND);
}

static enum verdict on_request(struct conversation *c)
{
    char line[256];
    enum verdict v = from_io(channel_line(&c->channel, line, sizeof line));

    if (v != NEXT || *line != '\0') /* up to the empty line behind the header */
        return v;
    https_answer(&c->channel, c->behaviour->https, c->host->body);
    return go(c, LEAVE);
}

static enum verdict on_idle(struct conversation *c)
{
    return from_io(channel_discard(&c->channel));
}

static enum verdict on_leave(struct conversation *c)
{
    (void)c;
    return END;
}

static enum verdict (*const steps[])(struct conversation *c) = {
    [OPEN] = on_open,       [COMMAND] = on_command, [HELLO] = on_hello, [HANDSHAKE] = on_handshake,
    [REQUEST] = on_request, [IDLE] = on_idle,       [LEAVE] = on_leave,
};

static void advance(struct channel *channel)
{
    struct conversation *c = (struct conversation *)(void *)channel;
    enum verdict v;

    do {
        v = from_io(channel_flush(channel));
        if (v == NEXT)
            v = steps[c->step](c);
    } while (v == NEXT);
    if (v == END)
        channel_close(channel);
    else if (v == ABORT)
        channel_reset(channel);
}

/* The pace: the host's options first, then NAME=MS, then the row of the behaviour. */
static void set_pace(struct conversation *c)
{
    const struct host *h = c->host;
    const struct behaviour *b = c->behaviour;
    struct channel *channel = &c->channel;

    c->tarpit_ms = b->tarpit_ms > 0 && h->ms >= 0 ? (unsigned)h->ms : b->tarpit_ms;
    channel->piece = b->piece;
    channel->pace_ms = b->pace_ms > 0 && h->ms >= 0 ? (unsigned)h->ms : b->pace_ms;
    if (h->tarpit_ms >= 0)
        c->tarpit_ms = (unsigned)h->tarpit_ms;
    if (h->drip_ms >= 0) {
        channel->piece = b->https == HTTPS_DRIP ? 0 : 1;
        channel->pace_ms = (unsigned)h->drip_ms;
    }
}

static void on_delayed(struct channel *channel)
{
    channel->advance = advance;
    advance(channel);
}

void conversation_start(uv_loop_t *loop, int fd, const struct host *host)
{
    struct conversation *c = calloc(1, sizeof *c);

    if (c == NULL)
        err(1, "memory");
    c->host = host;
    c->behaviour = host->behaviour;
    set_pace(c);
    channel_open(&c->channel, loop, fd, advance);
    if (host->delay_ms > 0) {
        c->channel.advance = on_delayed;
        channel_sleep(&c->channel, (uint64_t)host->delay_ms);
    } else {
        advance(&c->channel);
    }
}
