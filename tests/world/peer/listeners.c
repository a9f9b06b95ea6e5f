#include "tests/world/peer/listeners.h"

#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/world/peer/conversation.h"

enum { BACKLOG = 1024 };

static const char *host_text(const struct host *h)
{
    static char text[NI_MAXHOST + NI_MAXSERV + 8];
    char address[NI_MAXHOST], port[NI_MAXSERV];

    getnameinfo((const void *)&h->address, h->address_len, address, sizeof address, port,
                sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(text, sizeof text, "%s port %s", address, port);
    return text;
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    int fd, listener;

    (void)status;
    (void)events;
    uv_fileno((const uv_handle_t *)poll, &listener);
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
        conversation_start(poll->loop, fd, poll->data);
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
        err(1, "accept"); /* a peer that quietly stops to answer would look like a finding */
}

static int listener_socket(const struct host *h, int backlog)
{
    int on = 1, fd = socket(h->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        err(1, "socket for %s", host_text(h));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* accepted sockets inherit it */
    if (h->address.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, (const void *)&h->address, h->address_len) != 0 || listen(fd, backlog) != 0)
        err(1, "cannot listen on %s", host_text(h));
    return fd;
}

/* Linux drops a SYN while the accept queue is over its backlog: fill it with connections of our
 * own, which stay open and unaccepted as long as the process lives. */
static void blackhole_fill(const struct host *h)
{
    for (int filled = 0; filled < 4; filled++) {
        int fd = socket(h->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        struct pollfd p = { .fd = fd, .events = POLLOUT };

        if (fd < 0)
            err(1, "socket for %s", host_text(h));
        if (connect(fd, (const void *)&h->address, h->address_len) != 0 && errno != EINPROGRESS)
            err(1, "cannot fill the queue of %s", host_text(h));
        if (poll(&p, 1, 2) == 0) { /* loopback answers at once, or not at all */
            close(fd);
            return;
        }
    }
    errx(1, "%s still answers with a full queue", host_text(h));
}

void listeners_open(uv_loop_t *loop, struct host *hosts, size_t count)
{
    static uv_poll_t *polls; /* as long as the process */

    polls = calloc(count + 1, sizeof *polls);
    if (polls == NULL)
        err(1, "memory");
    for (size_t i = 0; i < count; i++) {
        struct host *h = &hosts[i];
        int fd = listener_socket(h, h->behaviour->blackhole ? 0 : BACKLOG);

        if (h->behaviour->blackhole) {
            blackhole_fill(h);
            continue;
        }
        polls[i].data = h;
        if (uv_poll_init(loop, &polls[i], fd) != 0 ||
            uv_poll_start(&polls[i], UV_READABLE, on_connection) != 0)
            errx(1, "cannot watch %s", host_text(h));
    }
}
