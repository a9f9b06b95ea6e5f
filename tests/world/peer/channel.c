#include "tests/world/peer/channel.h"

#include <err.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FLOOD_BLOCK = 16 << 10, FLOOD_TURN = 16 }; /* blocks a turn: others want the loop as well */

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct channel *c = poll->data;

    (void)status; /* an error shows in the next read or write */
    (void)events;
    c->advance(c);
}

static void on_timer(uv_timer_t *timer)
{
    struct channel *c = timer->data;

    c->advance(c);
}

static enum io watch(struct channel *c, int events)
{
    if (c->watched == events)
        return IO_LATER;
    c->watched = events;
    if (events == 0)
        uv_poll_stop(&c->poll);
    else
        uv_poll_start(&c->poll, events, on_poll);
    return IO_LATER;
}

enum io channel_sleep(struct channel *c, uint64_t ms)
{
    uv_timer_start(&c->timer, on_timer, ms, 0);
    return watch(c, 0);
}

void channel_open(struct channel *c, uv_loop_t *loop, int fd, void (*advance)(struct channel *c))
{
    c->fd = fd;
    c->advance = advance;
    c->poll.data = c->timer.data = c;
    c->handles = 2;
    if (uv_timer_init(loop, &c->timer) != 0 || uv_poll_init(loop, &c->poll, fd) != 0)
        errx(1, "cannot watch a connection");
}

static void on_closed(uv_handle_t *handle)
{
    struct channel *c = handle->data;

    if (--c->handles > 0)
        return;
    free(c->out);
    free(c);
}

static void release(struct channel *c)
{
    SSL_free(c->ssl);
    uv_close((uv_handle_t *)&c->poll, on_closed);
    uv_close((uv_handle_t *)&c->timer, on_closed);
    close(c->fd);
}

void channel_close(struct channel *c)
{
    char rest[4096];

    if (c->ssl != NULL && SSL_is_init_finished(c->ssl)) {
        SSL_shutdown(c->ssl);
        ERR_clear_error();
    }
    /* Closing over unread bytes would send RST where FIN is meant. */
    while (recv(c->fd, rest, sizeof rest, MSG_DONTWAIT) > 0)
        ;
    release(c);
}

void channel_reset(struct channel *c)
{
    struct linger now = { .l_onoff = 1 };

    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    release(c);
}

void channel_send(struct channel *c, const char *data, size_t len)
{
    if (c->out_len + len > c->out_room) {
        c->out_room = (c->out_len + len) * 2;
        if ((c->out = realloc(c->out, c->out_room)) == NULL)
            err(1, "memory");
    }
    memcpy(c->out + c->out_len, data, len);
    c->out_len += len;
}

void channel_flood(struct channel *c, const char *text, size_t bytes)
{
    c->flood = text;
    c->flood_left = bytes;
}

static void flood_refill(struct channel *c)
{
    size_t len = strlen(c->flood);

    c->out_len = c->out_sent = 0;
    while (c->flood_left > 0 && c->out_len < FLOOD_BLOCK) {
        size_t n = c->flood_left < len ? c->flood_left : len;

        channel_send(c, c->flood, n);
        if (c->flood_left != CHANNEL_FOR_EVER)
            c->flood_left -= n;
    }
}

static enum io tls_result(struct channel *c, int result)
{
    int error = SSL_get_error(c->ssl, result);

    ERR_clear_error();
    if (error == SSL_ERROR_WANT_READ)
        return watch(c, UV_READABLE);
    if (error == SSL_ERROR_WANT_WRITE)
        return watch(c, UV_WRITABLE);
    return IO_GONE;
}

static enum io write_some(struct channel *c, size_t len)
{
    const char *data = c->out + c->out_sent;
    ssize_t n;

    if (c->ssl != NULL) {
        if ((n = SSL_write(c->ssl, data, (int)len)) <= 0)
            return tls_result(c, (int)n);
    } else if ((n = send(c->fd, data, len, MSG_NOSIGNAL)) < 0) {
        return errno == EAGAIN ? watch(c, UV_WRITABLE) : IO_GONE;
    }
    c->out_sent += (size_t)n;
    return IO_DONE;
}

enum io channel_flush(struct channel *c)
{
    if (uv_is_active((uv_handle_t *)&c->timer))
        return IO_LATER;
    for (unsigned turn = 0;; turn++) {
        size_t len;
        enum io io;

        if (c->out_sent == c->out_len && c->flood_left > 0)
            flood_refill(c);
        if ((len = c->out_len - c->out_sent) == 0)
            break;
        if (c->hold_ms > 0) {
            uint64_t ms = c->hold_ms;

            c->hold_ms = 0;
            return channel_sleep(c, ms);
        }
        if (turn == FLOOD_TURN)
            return watch(c, UV_WRITABLE);
        if (c->piece > 0 && len > c->piece)
            len = c->piece;
        if ((io = write_some(c, len)) != IO_DONE)
            return io;
        if (c->piece > 0)
            c->hold_ms = c->pace_ms;
    }
    c->out_len = c->out_sent = 0;
    return IO_DONE;
}

static enum io read_some(struct channel *c, char *data, size_t room, size_t *len)
{
    ssize_t n;

    if (c->ssl != NULL) {
        if ((n = SSL_read(c->ssl, data, (int)room)) <= 0)
            return tls_result(c, (int)n);
    } else if ((n = recv(c->fd, data, room, 0)) <= 0) {
        return n < 0 && errno == EAGAIN ? watch(c, UV_READABLE) : IO_GONE;
    }
    *len = (size_t)n;
    return IO_DONE;
}

enum io channel_line(struct channel *c, char *line, size_t room)
{
    for (;;) {
        const char *end = memchr(c->in, '\n', c->in_len);
        size_t len, used, got;
        enum io io;

        if (end != NULL || c->in_len == sizeof c->in) {
            used = end != NULL ? (size_t)(end - c->in) + 1 : c->in_len;
            len = end != NULL ? used - 1 : used;
            if (len > 0 && c->in[len - 1] == '\r')
                len--;
            if (len >= room)
                len = room - 1;
            memcpy(line, c->in, len);
            line[len] = '\0';
            memmove(c->in, c->in + used, c->in_len -= used);
            return IO_DONE;
        }
        if ((io = read_some(c, c->in + c->in_len, sizeof c->in - c->in_len, &got)) != IO_DONE)
            return io;
        c->in_len += got;
    }
}

enum io channel_discard(struct channel *c)
{
    char rest[4096];
    size_t got;

    if (c->in_len > 0) {
        c->in_len = 0;
        return IO_DONE;
    }
    return read_some(c, rest, sizeof rest, &got);
}

enum io channel_handshake(struct channel *c)
{
    int result = SSL_do_handshake(c->ssl);

    return result == 1 ? IO_DONE : tls_result(c, result);
}
