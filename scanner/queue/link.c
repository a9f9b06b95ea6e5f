#include "scanner/queue/link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "scanner/base/timing.h"

static char complaint[512]; /* what *error points to */

static bool fail(struct link *l, const char **error, const struct redis_address *a,
                 const char *what)
{
    if (a->socket_path != NULL)
        snprintf(complaint, sizeof(complaint), "Redis at %s: %s", a->socket_path, what);
    else
        snprintf(complaint, sizeof(complaint), "Redis at %s port %d: %s", a->host, a->port, what);
    *error = complaint;
    link_close(l);
    return false;
}

static int left_ms(uint64_t deadline)
{
    uint64_t now = timing_monotonic_ms();

    return now < deadline ? (int)(deadline - now) : 0;
}

bool link_wait(const struct link *l, int timeout_ms)
{
    struct pollfd p = { .fd = l->fd, .events = l->wants_write ? POLLOUT : POLLIN };
    uint64_t deadline = timing_monotonic_ms() + (uint64_t)timeout_ms;
    int ready;

    do
        ready = poll(&p, 1, left_ms(deadline));
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

/* Connect l->fd; 0 or errno. */
static int connect_socket(struct link *l, const struct sockaddr *sa, socklen_t len,
                          uint64_t deadline)
{
    int fault = 0;
    socklen_t size = sizeof(fault);

    l->fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->fd < 0)
        return errno;
    if (connect(l->fd, sa, len) != 0 && errno != EINPROGRESS) {
        fault = errno;
    } else {
        l->wants_write = true;
        if (!link_wait(l, left_ms(deadline)))
            fault = ETIMEDOUT;
        else
            getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &fault, &size);
    }
    if (fault != 0) {
        close(l->fd);
        l->fd = -1;
    }
    return fault;
}

static const char *connect_unix(struct link *l, const struct redis_address *a, uint64_t deadline)
{
    struct sockaddr_un sun = { .sun_family = AF_UNIX };
    int fault;

    if (strlen(a->socket_path) >= sizeof(sun.sun_path))
        return "the path is longer than 107 bytes";
    strcpy(sun.sun_path, a->socket_path);
    fault = connect_socket(l, (struct sockaddr *)&sun, sizeof(sun), deadline);
    return fault != 0 ? strerror(fault) : NULL;
}

static const char *connect_tcp(struct link *l, const struct redis_address *a, uint64_t deadline)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
    char port[8];
    int fault, one = 1;

    snprintf(port, sizeof(port), "%d", a->port);
    fault = getaddrinfo(a->host, port, &hints, &list);
    if (fault != 0)
        return gai_strerror(fault);
    for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        fault = connect_socket(l, ai->ai_addr, ai->ai_addrlen, deadline);
        if (fault == 0)
            break;
    }
    freeaddrinfo(list);
    if (fault != 0)
        return strerror(fault);
    setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return NULL;
}

static const char *tls_fault(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    return reason != NULL ? reason : "the TLS handshake failed";
}

static bool tls_files(struct link *l, const struct redis_address *a)
{
    if (a->ca != NULL ? SSL_CTX_load_verify_locations(l->ctx, a->ca, NULL) != 1
                      : SSL_CTX_set_default_verify_paths(l->ctx) != 1)
        return false;
    if (a->cert != NULL && SSL_CTX_use_certificate_chain_file(l->ctx, a->cert) != 1)
        return false;
    return a->key == NULL || SSL_CTX_use_PrivateKey_file(l->ctx, a->key, SSL_FILETYPE_PEM) == 1;
}

/* The certificate must be for this host, by name or by address. */
static bool tls_name(struct link *l, const struct redis_address *a)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(l->ssl);

    SSL_set_verify(l->ssl, SSL_VERIFY_PEER, NULL);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, a->host) == 1)
        return true;
    return SSL_set_tlsext_host_name(l->ssl, a->host) == 1 && SSL_set1_host(l->ssl, a->host) == 1;
}

static const char *tls_handshake(struct link *l, uint64_t deadline)
{
    for (;;) {
        int result = SSL_connect(l->ssl);
        int error = SSL_get_error(l->ssl, result);

        if (result == 1)
            return NULL;
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
            break;
        l->wants_write = error == SSL_ERROR_WANT_WRITE;
        if (!link_wait(l, left_ms(deadline)))
            return strerror(ETIMEDOUT);
    }
    if (SSL_get_verify_result(l->ssl) != X509_V_OK)
        return X509_verify_cert_error_string(SSL_get_verify_result(l->ssl));
    return tls_fault();
}

static const char *tls_open(struct link *l, const struct redis_address *a, uint64_t deadline)
{
    ERR_clear_error();
    l->ctx = SSL_CTX_new(TLS_client_method());
    if (l->ctx == NULL || SSL_CTX_set_min_proto_version(l->ctx, TLS1_2_VERSION) != 1 ||
        !tls_files(l, a))
        return tls_fault();
    SSL_CTX_set_mode(l->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    l->ssl = SSL_new(l->ctx);
    if (l->ssl == NULL || SSL_set_fd(l->ssl, l->fd) != 1 || !tls_name(l, a))
        return tls_fault();
    return tls_handshake(l, deadline);
}

bool link_open(struct link *l, const struct redis_address *a, int timeout_ms, const char **error)
{
    uint64_t deadline = timing_monotonic_ms() + (uint64_t)timeout_ms;
    const char *fault;

    *l = (struct link){ .fd = -1 };
    fault = a->socket_path != NULL ? connect_unix(l, a, deadline) : connect_tcp(l, a, deadline);
    if (fault == NULL && a->tls)
        fault = tls_open(l, a, deadline);
    return fault == NULL || fail(l, error, a, fault);
}

static ssize_t tls_result(struct link *l, int result)
{
    int error = SSL_get_error(l->ssl, result);

    l->wants_write = error == SSL_ERROR_WANT_WRITE;
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? LINK_AGAIN : LINK_GONE;
}

static ssize_t socket_result(struct link *l, bool writing)
{
    l->wants_write = writing;
    return errno == EAGAIN || errno == EINTR ? LINK_AGAIN : LINK_GONE;
}

ssize_t link_read(struct link *l, void *data, size_t room)
{
    ssize_t n;

    if (l->ssl != NULL) {
        int got;

        ERR_clear_error();
        got = SSL_read(l->ssl, data, room > 65536 ? 65536 : (int)room);
        return got > 0 ? got : tls_result(l, got);
    }
    n = recv(l->fd, data, room, 0);
    if (n == 0)
        return LINK_GONE;
    return n > 0 ? n : socket_result(l, false);
}

ssize_t link_write(struct link *l, const void *data, size_t len)
{
    ssize_t n;

    if (l->ssl != NULL) {
        int put;

        ERR_clear_error();
        put = SSL_write(l->ssl, data, len > 65536 ? 65536 : (int)len);
        return put > 0 ? put : tls_result(l, put);
    }
    n = send(l->fd, data, len, MSG_NOSIGNAL);
    return n >= 0 ? n : socket_result(l, true);
}

void link_close(struct link *l)
{
    SSL_free(l->ssl);
    SSL_CTX_free(l->ctx);
    if (l->fd >= 0)
        close(l->fd);
    *l = (struct link){ .fd = -1 };
}
