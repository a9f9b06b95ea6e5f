#include "workers/channel.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRUITLESS_MAX 10000 /* readings of TLS that brought nothing, in a conversation */

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct channel *c = poll->data;

    (void)events;
    /* An error shows when the socket is used, and behind what came before it, yet libuv no longer
     * watches such a socket. */
    if (status < 0)
        uv_poll_start(poll, c->events, on_poll);
    c->readable = true;
    channel_flush(c);
    c->moved(c->owner);
}

/* Costs a system call only where it changes something. */
static void watch(struct channel *c, int events)
{
    if (events == c->events)
        return;
    c->events = events;
    uv_poll_start(&c->poll, events, on_poll);
}

static int connect_to(int fd, const struct address *to, uint16_t port)
{
    struct sockaddr_storage address;
    socklen_t len = address_sockaddr(to, port, &address);

    return connect(fd, (const struct sockaddr *)&address, len) == 0 || errno == EINPROGRESS
               ? 0
               : -errno;
}

int channel_open(struct channel *c, uv_loop_t *loop, const struct address *to, uint16_t port,
                 size_t in_ceiling, channel_moved_cb *moved, void *owner)
{
    int family = to->family == 4 ? AF_INET : AF_INET6, status;

    memset(c, 0, sizeof(*c));
    buf_init(&c->in, in_ceiling);
    buf_init(&c->out, BUF_NO_CEILING);
    c->tls.alert = -1;
    c->moved = moved;
    c->owner = owner;
    c->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return -errno;
    status = connect_to(c->fd, to, port);
    if (status == 0)
        status = uv_poll_init(loop, &c->poll, c->fd);
    if (status != 0)
        return status;
    c->watching = true;
    c->poll.data = c;
    watch(c, UV_WRITABLE);
    return 0;
}

int channel_connected(struct channel *c)
{
    int error = 0;
    socklen_t len = sizeof(error);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        return -errno;
    if (error == 0)
        watch(c, UV_READABLE);
    c->readable = false;
    return -error;
}

static enum channel_io broken(struct channel *c, enum outcome why)
{
    c->broken = why;
    return CHANNEL_BROKEN;
}

static enum channel_io tls_result(struct channel *c, int result)
{
    switch (tls_client_state(c->ssl, result, &c->tls, &c->broken)) {
    case TLS_WANTS_READ:
        c->readable = false;
        watch(c, UV_READABLE);
        return CHANNEL_LATER;
    case TLS_WANTS_WRITE:
        watch(c, UV_READABLE | UV_WRITABLE);
        return CHANNEL_LATER;
    default:
        return CHANNEL_BROKEN;
    }
}

static enum channel_io read_tls(struct channel *c, char *scratch, size_t size)
{
    int n;

    ERR_clear_error();
    n = SSL_read(c->ssl, scratch, (int)size);
    if (n <= 0 && ++c->fruitless > FRUITLESS_MAX) /* key updates, tickets: it says nothing */
        return broken(c, OUTCOME_TLS_FAILED);
    if (n <= 0)
        return tls_result(c, n);
    return buf_append(&c->in, scratch, (size_t)n) ? CHANNEL_DONE
                                                  : broken(c, OUTCOME_REPLY_TOO_LONG);
}

bool channel_will_tell(const struct channel *c)
{
    return c->ssl == NULL || !SSL_has_pending(c->ssl);
}

enum channel_io channel_read(struct channel *c, char *scratch, size_t size)
{
    ssize_t n;

    if (!c->readable && channel_will_tell(c))
        return CHANNEL_LATER;
    if (c->ssl != NULL)
        return read_tls(c, scratch, size);
    n = recv(c->fd, scratch, size, 0);
    c->readable = n == (ssize_t)size; /* a short read took all there was */
    if (n > 0)
        return buf_append(&c->in, scratch, (size_t)n) ? CHANNEL_DONE
                                                      : broken(c, OUTCOME_REPLY_TOO_LONG);
    if (n == 0)
        return broken(c, OUTCOME_CLOSED);
    if (errno == EAGAIN || errno == EINTR)
        return CHANNEL_LATER;
    return broken(c, errno == ETIMEDOUT                              ? OUTCOME_TIMEOUT
                     : errno == EHOSTUNREACH || errno == ENETUNREACH ? OUTCOME_UNREACHABLE
                                                                     : OUTCOME_RESET);
}

bool channel_pending(const struct channel *c)
{
    char byte;

    return recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

bool channel_ready(const struct channel *c)
{
    struct pollfd fd = { .fd = c->fd };

    if ((c->events & UV_READABLE) != 0)
        fd.events |= POLLIN;
    if ((c->events & UV_WRITABLE) != 0)
        fd.events |= POLLOUT;
    return poll(&fd, 1, 0) > 0;
}

static ssize_t send_some(struct channel *c)
{
    int n;

    if (c->ssl == NULL)
        return send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL);
    ERR_clear_error();
    n = SSL_write(c->ssl, c->out.data, (int)c->out.len);
    if (n <= 0)
        errno = SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_WRITE ? EAGAIN : EPIPE;
    return n;
}

void channel_flush(struct channel *c)
{
    while (c->out.len > 0) {
        ssize_t n = send_some(c);

        if (n > 0) {
            buf_consume(&c->out, (size_t)n);
            continue;
        }
        if (errno == EAGAIN) {
            watch(c, UV_READABLE | UV_WRITABLE);
            return;
        }
        c->readable = true; /* the reason is to be read */
        buf_reset(&c->out);
    }
    if (c->events == (UV_READABLE | UV_WRITABLE))
        watch(c, UV_READABLE);
}

void channel_send(struct channel *c, const char *text, size_t len)
{
    buf_append(&c->out, text, len);
    channel_flush(c);
}

void channel_start_tls(struct channel *c, SSL_CTX *context, const char *sni)
{
    buf_free(&c->in);
    buf_free(&c->out);
    c->ssl = tls_client_new(context, c->fd, sni);
    if (c->ssl == NULL)
        abort(); /* out of memory is the only reason */
}

enum channel_io channel_handshake(struct channel *c)
{
    int result;

    ERR_clear_error();
    result = SSL_do_handshake(c->ssl);
    if (result != 1)
        return tls_result(c, result);
    watch(c, UV_READABLE);
    tls_client_settle(c->ssl);
    tls_client_facts(c->ssl, &c->tls);
    return CHANNEL_DONE;
}

bool channel_close(struct channel *c, uv_close_cb closed)
{
    bool waits = c->watching;

    if (waits)
        uv_close((uv_handle_t *)&c->poll, closed);
    c->watching = false;
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    SSL_free(c->ssl);
    c->ssl = NULL;
    buf_free(&c->in);
    buf_free(&c->out);
    return waits;
}
