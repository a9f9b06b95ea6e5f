/* dns_server: a resolver in the test's own loop, on a high port of 127.0.0.1, UDP and TCP. What it
 * does to a question is in dns_script.h; loss, delay, limits and death are its settings. */
#ifndef MXC_TESTS_DNS_SERVER_H
#define MXC_TESTS_DNS_SERVER_H

#include <stdlib.h>
#include <uv.h>

#include "tests/unit/workers/dns_script.h"

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
