#include "workers/dns/tcp.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/base/buf.h"
#include "scanner/base/memory.h"

enum { MESSAGE_MAX = 65535, PREFIX = 2, READ_SIZE = 65536 };

struct connection {
    uv_tcp_t handle; /* first member */
    uv_connect_t connecting;
    struct tcp *tcp;
    uint32_t channel;
    bool connected;
    uint64_t heard_ms; /* last bytes, or when it began; the loop's clock */
    struct buf in, out;
};
struct tcp {
    uv_loop_t *loop;
    const struct resolvers *resolvers;
    struct connection **streams; /* TCP_STREAMS a resolver; NULL: none open */
    size_t count;
    uint32_t next_channel; /* never used twice: an answer of an old connection matches nothing */
    unsigned turn, open;
    bool waiting; /* something is to be written */
    bool closing;
    tcp_receive_cb *receive;
    tcp_lost_cb *lost;
    void *context;
    void (*closed)(void *context);
    void *closed_context;
};
struct write {
    uv_write_t request;
    char data[];
};

struct tcp *tcp_new(uv_loop_t *loop, const struct resolvers *resolvers, tcp_receive_cb *receive,
                    tcp_lost_cb *lost, void *context)
{
    struct tcp *t = memory_alloc(sizeof(*t));

    t->loop = loop;
    t->resolvers = resolvers;
    t->count = resolvers->count * TCP_STREAMS;
    t->streams = memory_alloc(t->count * sizeof(struct connection *));
    t->next_channel = TCP_CHANNEL;
    t->receive = receive;
    t->lost = lost;
    t->context = context;
    return t;
}

static void finish(struct tcp *t)
{
    t->closed(t->closed_context);
    free(t->streams);
    free(t);
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *c = (struct connection *)handle;
    struct tcp *t = c->tcp;

    buf_free(&c->in);
    buf_free(&c->out);
    free(c);
    if (--t->open == 0 && t->closing)
        finish(t);
}

/* Take it off its place and close it. */
static void connection_end(struct connection *c)
{
    struct tcp *t = c->tcp;

    for (size_t i = 0; i < t->count; i++)
        if (t->streams[i] == c)
            t->streams[i] = NULL;
    if (!uv_is_closing((uv_handle_t *)&c->handle))
        uv_close((uv_handle_t *)&c->handle, on_closed);
}

static void connection_lose(struct connection *c)
{
    struct tcp *t = c->tcp;
    uint32_t channel = c->channel;

    if (uv_is_closing((uv_handle_t *)&c->handle))
        return;
    connection_end(c);
    t->lost(t->context, channel);
}

void tcp_close(struct tcp *t, void (*closed)(void *context), void *context)
{
    t->closing = true;
    t->closed = closed;
    t->closed_context = context;
    for (size_t i = 0; i < t->count; i++)
        if (t->streams[i] != NULL)
            connection_end(t->streams[i]);
    if (t->open == 0)
        finish(t);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *out)
{
    struct connection *c = (struct connection *)handle;

    (void)size;
    *out = uv_buf_init(buf_reserve(&c->in, READ_SIZE), READ_SIZE);
}

/* Hand over each whole message. */
static void deliver(struct connection *c)
{
    size_t at = 0;

    while (c->in.len - at >= PREFIX && !uv_is_closing((uv_handle_t *)&c->handle)) {
        uint8_t *p = (uint8_t *)c->in.data + at;
        size_t len = (size_t)p[0] << 8 | p[1];

        if (c->in.len - at < PREFIX + len)
            break;
        at += PREFIX + len;
        c->tcp->receive(c->tcp->context, c->channel, p + PREFIX, len);
    }
    buf_consume(&c->in, at);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
    struct connection *c = (struct connection *)stream;

    (void)buffer;
    if (n < 0) {
        connection_lose(c);
    } else if (n > 0) {
        c->heard_ms = uv_now(c->tcp->loop);
        c->in.len += (size_t)n;
        deliver(c);
    }
}

static void on_written(uv_write_t *request, int status)
{
    struct connection *c = (struct connection *)request->handle;

    free((char *)request - offsetof(struct write, request));
    if (status != 0 && status != UV_ECANCELED)
        connection_lose(c);
}

static void connection_flush(struct connection *c)
{
    struct write *w;
    uv_buf_t part;

    if (!c->connected || c->out.len == 0)
        return;
    w = memory_alloc(sizeof(*w) + c->out.len);
    memcpy(w->data, c->out.data, c->out.len);
    part = uv_buf_init(w->data, (unsigned)c->out.len);
    buf_reset(&c->out);
    if (uv_write(&w->request, (uv_stream_t *)&c->handle, &part, 1, on_written) != 0) {
        free(w);
        connection_lose(c);
    }
}

static void on_connected(uv_connect_t *request, int status)
{
    struct connection *c = (struct connection *)request->handle;

    if (status == UV_ECANCELED)
        return;
    if (status != 0 || uv_read_start((uv_stream_t *)&c->handle, on_alloc, on_read) != 0) {
        connection_lose(c);
        return;
    }
    c->connected = true;
    c->heard_ms = uv_now(c->tcp->loop);
    connection_flush(c);
}

static struct connection *connection_open(struct tcp *t, unsigned resolver)
{
    const struct resolver *r = &t->resolvers->items[resolver];
    struct connection *c = memory_alloc(sizeof(*c));
    int status;

    c->tcp = t;
    c->channel = t->next_channel++;
    c->heard_ms = uv_now(t->loop);
    buf_init(&c->in, PREFIX + MESSAGE_MAX + READ_SIZE);
    buf_init(&c->out, BUF_NO_CEILING);
    uv_tcp_init(t->loop, &c->handle);
    uv_unref((uv_handle_t *)&c->handle);
    t->open++;
    status = uv_tcp_connect(&c->connecting, &c->handle, (const struct sockaddr *)&r->sockaddr,
                            on_connected);
    if (status != 0) { /* no descriptor, no route: the question's timer will tell */
        connection_end(c);
        return NULL;
    }
    uv_tcp_nodelay(&c->handle, 1);
    return c;
}

uint32_t tcp_channel(struct tcp *t, unsigned resolver)
{
    struct connection **place = &t->streams[resolver * TCP_STREAMS + t->turn++ % TCP_STREAMS];

    if (*place == NULL)
        *place = connection_open(t, resolver);
    return *place != NULL ? (*place)->channel : t->next_channel++;
}

static struct connection *find(struct tcp *t, uint32_t channel)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->streams[i] != NULL && t->streams[i]->channel == channel)
            return t->streams[i];
    return NULL;
}

void tcp_send(struct tcp *t, uint32_t channel, const uint8_t *query, size_t len)
{
    struct connection *c = find(t, channel);
    uint8_t prefix[PREFIX] = { (uint8_t)(len >> 8), (uint8_t)len };

    if (c == NULL)
        return;
    buf_append(&c->out, prefix, sizeof(prefix));
    buf_append(&c->out, query, len);
    t->waiting = true;
}

void tcp_flush(struct tcp *t)
{
    if (!t->waiting)
        return;
    t->waiting = false;
    for (size_t i = 0; i < t->count; i++)
        if (t->streams[i] != NULL)
            connection_flush(t->streams[i]);
}

void tcp_give_up(struct tcp *t, uint32_t channel, uint64_t silent_ms)
{
    struct connection *c = find(t, channel);

    if (c != NULL && uv_now(t->loop) - c->heard_ms >= silent_ms)
        connection_lose(c);
}
