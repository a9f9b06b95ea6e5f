/* dns_server: a resolver in the test's own loop, on a high port of 127.0.0.1, UDP and TCP. What it
 * does to a question is said by the first label of its name (the table below); loss, delay, limits
 * and death are its settings. */
#ifndef MXC_TESTS_DNS_SERVER_H
#define MXC_TESTS_DNS_SERVER_H

#include <stdlib.h>
#include <uv.h>

#include "tests/unit/workers/dns_message.h"

struct server {
    uv_loop_t *loop;
    uv_udp_t udp;
    uv_udp_t other, neighbour; /* forgers: another port; the same port of another address */
    uv_tcp_t tcp;
    uint16_t port;
    bool dead, refuses, no_edns, ad, refuses_tcp; /* of UDP; of TCP: resets each connection */
    bool honest;                                  /* com has no names */
    bool ignores_edns;                            /* answers, without an OPT of its own */
    unsigned fails;                               /* so many times SERVFAIL, then not any more */
    unsigned drip_ms; /* TCP: between any two bytes of an answer; 0: none */
    double loss;
    unsigned delay_min_ms, delay_max_ms;
    double limit, tokens; /* queries a second that it serves; 0: all */
    bool limit_refuses;   /* the rest are refused, not dropped */
    uint64_t limit_at;
    unsigned queries, tcp_queries, connections, with_edns, with_cd, dropped;
    uint32_t random;
    struct seen {
        char name[256];
        unsigned count;
    } seen[64];
    struct message reply;
    uint8_t inbox[65536];
};

struct server_query {
    char name[256]; /* lower case */
    unsigned type;
    bool edns, cd, tcp;
    const uint8_t *data;
    size_t len;
    unsigned count; /* times that this name was asked here, this one included */
};

static inline uint32_t server_random(struct server *s)
{
    s->random = s->random * 1664525U + 1013904223U;
    return s->random >> 8;
}

static inline bool server_parse(struct server *s, const uint8_t *data, size_t len, bool tcp,
                                struct server_query *q)
{
    size_t at = 12, to = 0;

    if (len < 17)
        return false;
    while (at < len && data[at] != 0) {
        for (unsigned i = 0; i < data[at] && at + 1 + i < len; i++)
            q->name[to++] = (char)(data[at + 1 + i] |
                                   (data[at + 1 + i] >= 'A' && data[at + 1 + i] <= 'Z' ? 0x20 : 0));
        q->name[to++] = '.';
        at += 1U + data[at];
    }
    q->name[to > 0 ? to - 1 : 0] = '\0';
    q->type = (unsigned)data[at + 1] << 8 | data[at + 2];
    q->edns = data[11] != 0;
    q->cd = data[3] & 0x10;
    q->tcp = tcp;
    q->data = data;
    q->len = len;
    q->count = 0;
    for (struct seen *n = s->seen; n < s->seen + 64; n++) {
        if (n->count > 0 && strcmp(n->name, q->name) != 0)
            continue;
        strcpy(n->name, q->name);
        q->count = ++n->count;
        break;
    }
    return true;
}

/* ---- what it answers, by the first label ---- */

static inline void server_good(struct message *m, const struct server_query *q, const char *owner)
{
    if (q->type == 1)
        message_rr(m, SECTION_ANSWER, owner, 1, 300, "\xc0\0\2\1", 4);
    else if (q->type == 2)
        message_rr(m, SECTION_ANSWER, owner, 2, 300, "\1a\0", 3);
    else if (q->type == 15)
        message_mx(m, owner, 10, "mx.test");
    else if (q->type == 16)
        message_txt(m, owner, 100);
    else
        message_soa(m);
}

static inline void server_empty(struct message *m, const struct server_query *q)
{
    (void)q;
    message_soa(m);
}

static inline void server_alias(struct message *m, const struct server_query *q)
{
    message_alias(m, "@", "target.test");
    server_good(m, q, "target.test");
}

static inline void server_dangling(struct message *m, const struct server_query *q)
{
    (void)q;
    message_alias(m, "@", "target.test");
    message_soa(m);
}

static inline void server_itself(struct message *m, const struct server_query *q)
{
    message_alias(m, "@", q->name);
}

/* Back to where it came from, by way of another. */
static inline void server_ring(struct message *m, const struct server_query *q)
{
    (void)q;
    message_alias(m, "@", "target.test");
    message_alias(m, "target.test", "@");
}

static inline void server_many(struct message *m, const struct server_query *q)
{
    char host[32];

    if (!q->tcp) {
        m->data[2] |= 0x02;
        return;
    }
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(host, sizeof(host), "mx%u.test", i);
        message_mx(m, "@", i, host);
    }
}

static inline void server_long(struct message *m, const struct server_query *q)
{
    if (q->tcp)
        message_txt(m, "@", 64000);
    else
        m->data[2] |= 0x02;
}

static inline void server_by_tcp(struct message *m, const struct server_query *q)
{
    if (q->tcp)
        server_good(m, q, "@");
    else
        m->data[2] |= 0x02;
}

static inline void server_past(struct message *m, const struct server_query *q)
{
    server_good(m, q, "@");
    m->len--;
}

static inline void server_loop(struct message *m, const struct server_query *q)
{
    size_t at = m->len;

    server_good(m, q, "@");
    message_put16(m, at, 0xc000 | (unsigned)at);
}

static inline void server_beside(struct message *m, const struct server_query *q)
{
    server_good(m, q, "elsewhere.test");
}

static inline void server_whole(struct message *m, const struct server_query *q)
{
    server_good(m, q, "@");
}

static const struct server_behaviour {
    const char *label;
    unsigned rcode;
    void (*fill)(struct message *m, const struct server_query *q);
} server_behaviours[] = {
    { "ok", 0, server_whole },          { "nodata", 0, server_empty },
    { "nx", 3, server_empty },          { "alias", 0, server_alias },
    { "aliasend", 0, server_dangling }, { "aliasnx", 3, server_dangling },
    { "itself", 0, server_itself },     { "ring", 0, server_ring },
    { "many", 0, server_many },         { "long", 0, server_long },
    { "tcpforged", 0, server_by_tcp },  { "past", 0, server_past },
    { "loop", 0, server_loop },         { "beside", 0, server_beside },
    { "servfail", 2, server_empty },    { "refused", 5, server_empty },
    { "formerr", 1, server_empty },     { "notimp", 4, server_empty },
    { "rcode9", 9, server_empty },
};

static inline bool server_is(const struct server_query *q, const char *label)
{
    size_t len = strlen(label);

    return strncmp(q->name, label, len) == 0 && (q->name[len] == '.' || q->name[len] == '\0');
}

static inline void server_reply(struct server *s, const struct server_query *q, unsigned rcode,
                                void (*fill)(struct message *, const struct server_query *))
{
    message_respond(&s->reply, q->data, q->len, rcode);
    if (s->ad)
        s->reply.data[3] |= 0x20;
    if (fill != NULL)
        fill(&s->reply, q);
    if (q->edns && !s->ignores_edns)
        message_rr(&s->reply, SECTION_ADDITIONAL, "", 41, 0, "", 0);
}

/* The reply is in s->reply. False: it stays silent. */
static inline bool server_judge(struct server *s, const struct server_query *q)
{
    if (s->refuses) {
        server_reply(s, q, 5, NULL);
    } else if (s->fails > 0) {
        s->fails--;
        server_reply(s, q, 2, NULL);
    } else if (s->honest && strstr(q->name, ".com") != NULL) {
        server_reply(s, q, 3, server_empty);
    } else if (q->edns && (s->no_edns || server_is(q, "noedns") || server_is(q, "noquestion"))) {
        server_reply(s, q, 1, NULL);
        s->reply.data[11] = 0; /* and has no OPT of its own */
        s->reply.len = server_is(q, "noquestion") ? 12 : s->reply.len - 11;
        if (s->reply.len == 12)
            s->reply.data[5] = 0;
    } else if (server_is(q, "bogus")) {
        server_reply(s, q, q->cd ? 0 : 2, q->cd ? server_whole : server_empty);
    } else if (server_is(q, "silent") || (server_is(q, "lost1") && q->count == 1)) {
        return false;
    } else {
        const struct server_behaviour *b = server_behaviours;

        for (size_t i = 0; i < sizeof(server_behaviours) / sizeof(*b); i++)
            if (server_is(q, server_behaviours[i].label))
                b = &server_behaviours[i];
        server_reply(s, q, b->rcode, b->fill);
    }
    return true;
}

/* ---- UDP ---- */

struct server_delayed {
    uv_timer_t timer;
    struct server *server;
    struct sockaddr_in to;
    size_t len;
    uint8_t data[1232];
};

static inline void server_send(uv_udp_t *from, const struct sockaddr *to, uint8_t *data, size_t len)
{
    uv_buf_t part = uv_buf_init((char *)data, (unsigned)len);

    uv_udp_try_send(from, &part, 1, to);
}

static inline void server_free(uv_handle_t *handle)
{
    free(handle->data);
}

static inline void server_on_delay(uv_timer_t *timer)
{
    struct server_delayed *d = timer->data;

    server_send(&d->server->udp, (struct sockaddr *)&d->to, d->data, d->len);
    uv_close((uv_handle_t *)timer, server_free);
}

static inline void server_send_later(struct server *s, const struct sockaddr *to, uint64_t ms)
{
    struct server_delayed *d = malloc(sizeof(*d));

    d->server = s;
    memcpy(&d->to, to, sizeof(d->to));
    d->len = s->reply.len < sizeof(d->data) ? s->reply.len : sizeof(d->data);
    memcpy(d->data, s->reply.data, d->len);
    uv_timer_init(s->loop, &d->timer);
    d->timer.data = d;
    uv_timer_start(&d->timer, server_on_delay, ms, 0);
    uv_unref((uv_handle_t *)&d->timer);
}

static inline bool server_within_limit(struct server *s)
{
    uint64_t now = uv_hrtime();

    if (s->limit == 0)
        return true;
    s->tokens += s->limit * (double)(now - s->limit_at) / 1e9;
    s->limit_at = now;
    if (s->tokens > s->limit / 20)
        s->tokens = s->limit / 20;
    if (s->tokens < 1)
        return false;
    s->tokens -= 1;
    return true;
}

/* Wrong answers, each with an address that must never be believed, in front of the right one. */
static inline void server_forge(struct server *s, const struct server_query *q,
                                const struct sockaddr *to)
{
    static const uint8_t bad[4] = { 203, 0, 113, 66 };
    struct message *m = &s->reply;

    message_respond(m, q->data, q->len, 0);
    message_rr(m, SECTION_ANSWER, "@", 1, 300, bad, 4);
    if (server_is(q, "forgedport")) {
        server_send(&s->other, to, m->data, m->len);
    } else if (server_is(q, "forgedaddress")) {
        server_send(&s->neighbour, to, m->data, m->len);
    } else if (server_is(q, "forgedid")) {
        m->data[0] ^= 0x55;
        server_send(&s->udp, to, m->data, m->len);
    } else if (server_is(q, "forgedname")) {
        m->data[14] ^= 0x01;
        server_send(&s->udp, to, m->data, m->len);
    } else if (server_is(q, "forgedtype")) {
        m->data[12 + strlen(q->name) + 3] ^= 0x04;
        server_send(&s->udp, to, m->data, m->len);
    } else if (server_is(q, "forgedquery")) { /* no response, but the ID fits */
        m->data[2] &= 0x7f;
        server_send(&s->udp, to, m->data, m->len);
    } else if (server_is(q, "forgedbare")) { /* no question at all */
        m->data[5] = 0;
        server_send(&s->udp, to, m->data, m->len);
        server_send(&s->udp, to, m->data, 3);
        server_send(&s->udp, to, m->data, 0);
    }
}

static inline void server_on_query(uv_udp_t *handle, ssize_t n, const uv_buf_t *buffer,
                                   const struct sockaddr *from, unsigned flags)
{
    struct server *s = handle->data;
    struct server_query q;
    uint64_t delay;

    (void)flags;
    if (n <= 0 || from == NULL)
        return;
    s->queries++;
    if (s->dead || (double)(server_random(s) % 100000) < s->loss * 100000 ||
        !server_parse(s, (const uint8_t *)buffer->base, (size_t)n, false, &q)) {
        s->dropped++;
        return;
    }
    s->with_edns += q.edns;
    s->with_cd += q.cd;
    if (!server_within_limit(s)) {
        s->dropped++;
        if (!s->limit_refuses)
            return;
        server_reply(s, &q, 5, NULL);
    } else {
        if (strncmp(q.name, "forged", 6) == 0)
            server_forge(s, &q, from);
        if (!server_judge(s, &q))
            return;
    }
    delay = s->delay_min_ms;
    if (s->delay_max_ms > s->delay_min_ms)
        delay += server_random(s) % (s->delay_max_ms - s->delay_min_ms + 1);
    if (server_is(&q, "late") && q.count == 1)
        delay += 1800;
    if (strncmp(q.name, "forged", 6) == 0)
        delay += 20;
    if (delay > 0)
        server_send_later(s, from, delay);
    else
        server_send(&s->udp, from, s->reply.data, s->reply.len);
}

static inline void server_alloc(uv_handle_t *handle, size_t size, uv_buf_t *out)
{
    struct server *s = handle->data;

    (void)size;
    *out = uv_buf_init((char *)s->inbox, sizeof(s->inbox));
}

/* ---- TCP: every query of a read is answered, in reverse order ---- */

struct server_stream {
    uv_tcp_t handle;
    uv_timer_t drip;
    struct server *server;
    size_t len, dripped;
    uint8_t in[65536];
    struct message slow; /* what drips: the last answer */
};

static inline void server_stream_closed(uv_handle_t *handle)
{
    free(handle);
}

static inline void server_drip_closed(uv_handle_t *timer)
{
    struct server_stream *c = timer->data;

    uv_close((uv_handle_t *)&c->handle, server_stream_closed);
}

static inline void server_stream_close(struct server_stream *c)
{
    if (!uv_is_closing((uv_handle_t *)&c->drip))
        uv_close((uv_handle_t *)&c->drip, server_drip_closed);
}

static inline void server_drip(uv_timer_t *timer)
{
    struct server_stream *c = timer->data;
    size_t at = c->dripped++;
    char byte = (char)(at == 0 ? c->slow.len >> 8 : at == 1 ? c->slow.len : c->slow.data[at - 2]);
    uv_buf_t part = uv_buf_init(&byte, 1);

    if (at == c->slow.len + 2 || uv_try_write((uv_stream_t *)&c->handle, &part, 1) < 0)
        uv_timer_stop(timer);
}

static inline void server_written(uv_write_t *request, int status)
{
    (void)status;
    free(request);
}

static inline void server_stream_send(struct server_stream *c)
{
    struct message *m = &c->server->reply;
    uv_write_t *w;
    char *data;
    uv_buf_t part;

    if (c->server->drip_ms > 0) {
        c->slow = *m;
        c->dripped = 0;
        uv_timer_start(&c->drip, server_drip, c->server->drip_ms, c->server->drip_ms);
        return;
    }
    w = malloc(sizeof(*w) + 2 + m->len);
    data = (char *)(w + 1);
    part = uv_buf_init(data, (unsigned)(2 + m->len));
    data[0] = (char)(m->len >> 8);
    data[1] = (char)m->len;
    memcpy(data + 2, m->data, m->len);
    uv_write(w, (uv_stream_t *)&c->handle, &part, 1, server_written);
}

/* In front of the right answer: one to another ID, one to another question, and half a header. */
static inline void server_stream_forge(struct server_stream *c, const struct server_query *q)
{
    struct message *m = &c->server->reply;

    for (unsigned i = 0; i < 3; i++) {
        message_respond(m, q->data, q->len, 0);
        message_rr(m, SECTION_ANSWER, "@", 1, 300, "\xcb\0\x71\x42", 4);
        m->data[i == 0 ? 0 : 14] ^= 0x01;
        m->len = i == 2 ? 6 : m->len;
        server_stream_send(c);
    }
}

static inline void server_stream_serve(struct server_stream *c)
{
    size_t starts[512] = { 0 }, count = 0, at = 0;

    while (c->len - at >= 2) {
        size_t len = (size_t)c->in[at] << 8 | c->in[at + 1];

        if (c->len - at < 2 + len || count == 512)
            break;
        starts[count++] = at;
        at += 2 + len;
    }
    while (count-- > 0) {
        struct server_query q;
        const uint8_t *p = c->in + starts[count];

        c->server->tcp_queries++;
        if (!server_parse(c->server, p + 2, (size_t)p[0] << 8 | p[1], true, &q))
            continue;
        if (server_is(&q, "hangup") && q.count <= 3) { /* UDP, TCP, then once more */
            server_stream_close(c);
            return;
        }
        if (server_is(&q, "tcpforged"))
            server_stream_forge(c, &q);
        if (server_judge(c->server, &q))
            server_stream_send(c);
    }
    memmove(c->in, c->in + at, c->len - at);
    c->len -= at;
}

static inline void server_stream_alloc(uv_handle_t *handle, size_t size, uv_buf_t *out)
{
    struct server_stream *c = (struct server_stream *)handle;

    (void)size;
    *out = uv_buf_init((char *)c->in + c->len, (unsigned)(sizeof(c->in) - c->len));
}

static inline void server_stream_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
    struct server_stream *c = (struct server_stream *)stream;

    (void)buffer;
    if (n < 0) {
        server_stream_close(c);
        return;
    }
    c->len += (size_t)n;
    server_stream_serve(c);
}

static inline void server_on_connection(uv_stream_t *listener, int status)
{
    struct server *s = listener->data;
    struct server_stream *c = calloc(1, sizeof(*c));

    (void)status;
    c->server = s;
    s->connections++;
    uv_tcp_init(s->loop, &c->handle);
    uv_accept(listener, (uv_stream_t *)&c->handle);
    uv_timer_init(s->loop, &c->drip);
    c->drip.data = c;
    uv_unref((uv_handle_t *)&c->handle);
    uv_unref((uv_handle_t *)&c->drip);
    if (s->refuses_tcp)
        server_stream_close(c);
    else
        uv_read_start((uv_stream_t *)&c->handle, server_stream_alloc, server_stream_read);
}

/* ---- life ---- */

static inline bool server_bind(struct server *s, const char *address)
{
    struct sockaddr_storage sa, neighbour;
    int len = sizeof(sa), size = 8 * 1024 * 1024;
    bool ipv6 = strchr(address, ':') != NULL;

    if (ipv6)
        uv_ip6_addr(address, 0, (struct sockaddr_in6 *)&sa);
    else
        uv_ip4_addr(address, 0, (struct sockaddr_in *)&sa);
    uv_ip4_addr("127.0.0.77", 0, (struct sockaddr_in *)&neighbour);
    uv_udp_init(s->loop, &s->udp);
    uv_udp_init(s->loop, &s->other);
    uv_tcp_init(s->loop, &s->tcp);
    if (uv_udp_bind(&s->udp, (struct sockaddr *)&sa, 0) != 0)
        return false;
    uv_udp_bind(&s->other, (struct sockaddr *)&sa, 0);
    uv_udp_init(s->loop, &s->neighbour);
    uv_udp_getsockname(&s->udp, (struct sockaddr *)&sa, &len);
    s->port = ntohs(ipv6 ? ((struct sockaddr_in6 *)&sa)->sin6_port
                         : ((struct sockaddr_in *)&sa)->sin_port);
    uv_recv_buffer_size((uv_handle_t *)&s->udp, &size);
    if (!ipv6)
        ((struct sockaddr_in *)&neighbour)->sin_port = htons(s->port);
    if (!ipv6 && uv_udp_bind(&s->neighbour, (struct sockaddr *)&neighbour, 0) != 0)
        return false;
    return uv_tcp_bind(&s->tcp, (struct sockaddr *)&sa, 0) == 0 &&
           uv_listen((uv_stream_t *)&s->tcp, 64, server_on_connection) == 0;
}

static inline void server_close(struct server *s)
{
    uv_close((uv_handle_t *)&s->udp, NULL);
    uv_close((uv_handle_t *)&s->other, NULL);
    uv_close((uv_handle_t *)&s->neighbour, NULL);
    uv_close((uv_handle_t *)&s->tcp, NULL);
}

static inline void server_open(struct server *s, uv_loop_t *loop, const char *address)
{
    do { /* until a port is free for both */
        memset(s, 0, sizeof(*s));
        s->loop = loop;
    } while (!server_bind(s, address) && (server_close(s), uv_run(loop, UV_RUN_NOWAIT), true));
    s->random = s->port;
    s->udp.data = s->tcp.data = s;
    uv_udp_recv_start(&s->udp, server_alloc, server_on_query);
    uv_unref((uv_handle_t *)&s->udp);
    uv_unref((uv_handle_t *)&s->other);
    uv_unref((uv_handle_t *)&s->neighbour);
    uv_unref((uv_handle_t *)&s->tcp);
}

#endif
