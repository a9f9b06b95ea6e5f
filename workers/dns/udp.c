#include "workers/dns/udp.h"

#include <assert.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner/base/memory.h"
#include "workers/dns/query.h"

enum {
    BATCH = 64,
    RECEIVE_SIZE = 4096,
    BUFFER_WANTED = 8 * 1024 * 1024, /* 208 KiB lose a quarter of 10,000 in flight */
    PACKET_COST = 2304,              /* of that buffer, for an answer of 1232 bytes */
    PORT_MIN = 32768, /* what hosts use as ephemeral: a service's port is not taken */
    PORT_TRIES = 64,
    ROUNDS_MAX = 8, /* batches read from a socket before the others get their turn */
};

struct udp_socket {
    struct udp *udp;
    uv_poll_t poll;
    int fd;
    unsigned number;
    bool blocked; /* waits to be writable */
};
struct pool { /* of one family */
    struct udp_socket sockets[UDP_SOCKETS];
    unsigned count, current, filled;
    struct mmsghdr out[BATCH];
    struct iovec parts[BATCH];
    uint8_t queries[BATCH][QUERY_SIZE_MAX];
};
struct udp {
    struct pool *pools[2]; /* IPv4, IPv6; NULL: no resolver of it */
    struct pool *filling;
    size_t capacity;
    unsigned open;
    udp_receive_cb *receive;
    udp_batch_cb *begin;
    void *context;
    bool closing;
    void (*closed)(void *context);
    void *closed_context;
    struct mmsghdr in[BATCH];
    struct iovec in_parts[BATCH];
    struct sockaddr_storage from[BATCH];
    uint8_t received[BATCH][RECEIVE_SIZE];
};

/* A port that chance chooses, or what the kernel has left. */
static bool bind_anywhere(int fd, int family)
{
    struct sockaddr_storage sa = { .ss_family = (sa_family_t)family };
    struct sockaddr_in *in = (struct sockaddr_in *)&sa;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&sa;
    socklen_t len = family == AF_INET ? sizeof(*in) : sizeof(*in6);

    for (unsigned i = 0; i <= PORT_TRIES; i++) {
        uint16_t port = (uint16_t)(PORT_MIN + randombytes_uniform(65536 - PORT_MIN));

        if (i == PORT_TRIES)
            port = 0;
        if (family == AF_INET)
            in->sin_port = htons(port);
        else
            in6->sin6_port = htons(port);
        if (bind(fd, (struct sockaddr *)&sa, len) == 0)
            return true;
        if (errno != EADDRINUSE && errno != EACCES)
            return false;
    }
    return false;
}

/* Returns the bytes granted. SO_RCVBUFFORCE passes net.core.rmem_max where we may. */
static size_t widen(int fd)
{
    int wanted = BUFFER_WANTED, granted = 0;
    socklen_t len = sizeof(granted);

    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof(wanted)) != 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof(wanted));
    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &len);
    return (size_t)granted;
}

static void on_poll(uv_poll_t *handle, int status, int events);

static bool socket_open(struct udp *u, struct udp_socket *s, uv_loop_t *loop, int family)
{
    int error = 0;

    s->fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    s->udp = u;
    if (s->fd < 0)
        return false;
    if (!bind_anywhere(s->fd, family))
        error = errno;
    else
        error = -uv_poll_init(loop, &s->poll, s->fd);
    if (error != 0) {
        close(s->fd);
        errno = error;
        return false;
    }
    u->capacity += widen(s->fd) / PACKET_COST;
    s->poll.data = s;
    uv_poll_start(&s->poll, UV_READABLE, on_poll);
    uv_unref((uv_handle_t *)&s->poll); /* who waits for an answer keeps the loop alive */
    u->open++;
    return true;
}

static bool pool_open(struct udp *u, unsigned family, uv_loop_t *loop)
{
    struct pool *p = u->pools[family] = memory_alloc(sizeof(*p));

    for (unsigned i = 0; i < BATCH; i++) {
        p->parts[i].iov_base = p->queries[i];
        p->out[i].msg_hdr.msg_iov = &p->parts[i];
        p->out[i].msg_hdr.msg_iovlen = 1;
    }
    for (; p->count < UDP_SOCKETS; p->count++) {
        struct udp_socket *s = &p->sockets[p->count];

        s->number = family * UDP_SOCKETS + p->count;
        if (!socket_open(u, s, loop, family == 0 ? AF_INET : AF_INET6))
            return false;
    }
    p->current = randombytes_uniform(p->count);
    return true;
}

static void finish(struct udp *u)
{
    void (*closed)(void *) = u->closed;
    void *context = u->closed_context;

    free(u->pools[0]);
    free(u->pools[1]);
    free(u);
    if (closed != NULL)
        closed(context);
}

static void on_closed(uv_handle_t *handle)
{
    struct udp_socket *s = handle->data;
    struct udp *u = s->udp;

    close(s->fd);
    if (--u->open == 0)
        finish(u);
}

void udp_close(struct udp *u, void (*closed)(void *context), void *context)
{
    u->closing = true;
    u->closed = closed;
    u->closed_context = context;
    if (u->open == 0) { /* not even the first socket could be had */
        finish(u);
        return;
    }
    for (unsigned k = 0; k < 2; k++)
        for (unsigned i = 0; u->pools[k] != NULL && i < u->pools[k]->count; i++)
            uv_close((uv_handle_t *)&u->pools[k]->sockets[i].poll, on_closed);
}

struct udp *udp_new(uv_loop_t *loop, bool ipv4, bool ipv6, udp_receive_cb *receive,
                    udp_batch_cb *begin, void *context)
{
    struct udp *u = memory_alloc(sizeof(*u));

    u->receive = receive;
    u->begin = begin;
    u->context = context;
    for (unsigned i = 0; i < BATCH; i++) {
        u->in_parts[i] = (struct iovec){ u->received[i], RECEIVE_SIZE };
        u->in[i].msg_hdr.msg_iov = &u->in_parts[i];
        u->in[i].msg_hdr.msg_iovlen = 1;
        u->in[i].msg_hdr.msg_name = &u->from[i];
    }
    if ((ipv4 && !pool_open(u, 0, loop)) || (ipv6 && !pool_open(u, 1, loop))) {
        int error = errno;

        udp_close(u, NULL, NULL);
        errno = error;
        return NULL;
    }
    return u;
}

static void watch(struct udp_socket *s, bool blocked)
{
    if (s->blocked == blocked)
        return;
    s->blocked = blocked;
    uv_poll_start(&s->poll, UV_READABLE | (blocked ? UV_WRITABLE : 0), on_poll);
}

static void pool_forget(struct pool *p, unsigned sent)
{
    for (unsigned i = sent; i < p->filled; i++) { /* slots keep their memory: swap, not copy */
        unsigned to = i - sent;
        struct iovec part = p->parts[to];

        p->parts[to] = p->parts[i];
        p->parts[i] = part;
        p->out[to].msg_hdr.msg_name = p->out[i].msg_hdr.msg_name;
        p->out[to].msg_hdr.msg_namelen = p->out[i].msg_hdr.msg_namelen;
    }
    p->filled -= sent;
}

/* What cannot be sent to one address (no route, a firewall) is left to the question's timer. */
static void pool_flush(struct pool *p)
{
    struct udp_socket *s = &p->sockets[p->current];
    unsigned sent = 0;

    while (sent < p->filled) {
        int n = sendmmsg(s->fd, p->out + sent, p->filled - sent, 0);

        if (n > 0)
            sent += (unsigned)n;
        else if (errno == EAGAIN || errno == ENOBUFS)
            break;
        else if (errno != EINTR)
            sent++;
    }
    pool_forget(p, sent);
    watch(s, p->filled > 0);
    if (p->filled == 0 && sent > 0)
        p->current = randombytes_uniform(p->count);
}

void udp_flush(struct udp *u)
{
    for (unsigned k = 0; k < 2; k++)
        if (u->pools[k] != NULL && u->pools[k]->filled > 0)
            pool_flush(u->pools[k]);
}

uint8_t *udp_slot(struct udp *u, const struct sockaddr_storage *to, socklen_t to_len,
                  unsigned *socket)
{
    struct pool *p = u->pools[to->ss_family == AF_INET ? 0 : 1];

    if (p->filled == BATCH)
        pool_flush(p);
    if (p->filled == BATCH)
        return NULL;
    u->filling = p;
    *socket = p->sockets[p->current].number;
    p->out[p->filled].msg_hdr.msg_name = (void *)(uintptr_t)to;
    p->out[p->filled].msg_hdr.msg_namelen = to_len;
    return p->parts[p->filled].iov_base;
}

void udp_commit(struct udp *u, size_t len)
{
    struct pool *p = u->filling;

    assert(len <= QUERY_SIZE_MAX);
    p->parts[p->filled++].iov_len = len;
}

static void deliver(struct udp *u, unsigned socket, unsigned count)
{
    for (unsigned i = 0; i < count && !u->closing; i++) {
        const struct mmsghdr *h = &u->in[i];

        if (h->msg_len >= 12 && (h->msg_hdr.msg_flags & MSG_TRUNC))
            u->received[i][2] |= 0x02;
        u->receive(u->context, socket, &u->from[i], u->received[i], h->msg_len);
    }
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct udp_socket *s = handle->data;
    struct udp *u = s->udp;
    int n = BATCH;

    if (events & UV_WRITABLE)
        watch(s, false); /* the loop's next flush goes on */
    if (status == 0 && !(events & UV_READABLE))
        return;
    for (unsigned round = 0; n == BATCH && round < ROUNDS_MAX && !u->closing; round++) {
        for (unsigned i = 0; i < BATCH; i++)
            u->in[i].msg_hdr.msg_namelen = sizeof(u->from[i]);
        n = recvmmsg(s->fd, u->in, BATCH, 0, NULL);
        if (n > 0) {
            u->begin(u->context);
            deliver(u, s->number, (unsigned)n);
        }
    }
}

size_t udp_capacity(const struct udp *u)
{
    return u->capacity;
}

static uint64_t socket_drops(const struct udp_socket *s)
{
    uint32_t info[SK_MEMINFO_VARS] = { 0 };
    socklen_t len = sizeof(info);

    if (getsockopt(s->fd, SOL_SOCKET, SO_MEMINFO, info, &len) != 0)
        return 0;
    return info[SK_MEMINFO_DROPS];
}

uint64_t udp_drops(const struct udp *u)
{
    uint64_t sum = 0;

    for (unsigned k = 0; k < 2; k++)
        for (unsigned i = 0; u->pools[k] != NULL && i < u->pools[k]->count; i++)
            sum += socket_drops(&u->pools[k]->sockets[i]);
    return sum;
}
