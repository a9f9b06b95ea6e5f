/* tls_peer: certificates and HTTPS servers for tests of what speaks TLS as a client. One port, a
 * behaviour for each address of 127.0.0.0/8, all in a forked process that ends with the test. */
#ifndef MXC_TESTS_TLS_PEER_H
#define MXC_TESTS_TLS_PEER_H

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PEER_ADDRESSES 64 /* 127.0.0.1 and on */

struct peer_identity {
    EVP_PKEY *key;
    X509 *certificate;
};

static inline void peer_demand(bool held, const char *what)
{
    if (!held) {
        perror(what);
        exit(1);
    }
}

static inline void peer_add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *e;

    X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
    e = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    peer_demand(e != NULL && X509_add_ext(x, e, -1) == 1, "extension");
    X509_EXTENSION_free(e);
}

/* A certificate for dns (NULL: a CA), valid from and until so many seconds from now, by issuer
 * (NULL: by itself). */
static inline struct peer_identity peer_identity(const struct peer_identity *issuer,
                                                 const char *dns, long from, long until)
{
    static long serial = 1;
    struct peer_identity id = { EVP_EC_gen("P-256"), X509_new() };
    const struct peer_identity *by = issuer != NULL ? issuer : &id;
    X509_NAME *name = X509_get_subject_name(id.certificate);
    char names[300];

    X509_set_version(id.certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(id.certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(id.certificate), from);
    X509_gmtime_adj(X509_getm_notAfter(id.certificate), until);
    X509_set_pubkey(id.certificate, id.key);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)(dns != NULL ? dns : "Test CA"), -1, -1, 0);
    X509_set_issuer_name(id.certificate, X509_get_subject_name(by->certificate));
    peer_add_extension(id.certificate, by->certificate, NID_basic_constraints,
                       dns != NULL ? "critical,CA:FALSE" : "critical,CA:TRUE");
    if (dns != NULL) {
        snprintf(names, sizeof(names), "DNS:%s", dns);
        peer_add_extension(id.certificate, by->certificate, NID_subject_alt_name, names);
    }
    peer_demand(X509_sign(id.certificate, by->key, EVP_sha256()) > 0, "X509_sign");
    return id;
}

static inline void peer_store(const char *path, const struct peer_identity *ca)
{
    FILE *f = fopen(path, "w");

    peer_demand(f != NULL && PEM_write_X509(f, ca->certificate) == 1 && fclose(f) == 0, path);
}

/* Plays on a connected socket; the socket is closed after it, by its process's end. */
typedef void peer_play(int fd, const void *part);
struct peer_part {
    peer_play *play; /* NULL: nobody listens */
    const void *part;
};

static inline int peer_listen(unsigned n, int *port)
{
    struct sockaddr_in sa = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)*port),
                              .sin_addr.s_addr = htonl(0x7f000001 + n) };
    socklen_t len = sizeof(sa);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    peer_demand(bind(fd, (struct sockaddr *)&sa, len) == 0 && listen(fd, 64) == 0, "listen");
    getsockname(fd, (struct sockaddr *)&sa, &len);
    *port = ntohs(sa.sin_port);
    return fd;
}

static inline void peer_serve(const struct peer_part *parts, const int *fds, size_t count)
{
    struct pollfd polls[PEER_ADDRESSES];

    for (size_t i = 0; i < count; i++)
        polls[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
    for (;;) {
        poll(polls, count, -1);
        for (size_t i = 0; i < count; i++) {
            int fd;

            if (polls[i].fd < 0 || (polls[i].revents & POLLIN) == 0)
                continue;
            fd = accept(polls[i].fd, NULL, NULL);
            if (fork() == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                parts[i].play(fd, parts[i].part);
                _exit(0);
            }
            close(fd);
        }
    }
}

/* Starts the servers: part i at 127.0.0.(1+i), all on the port returned. */
static inline int peer_start(const struct peer_part *parts, size_t count, pid_t *pid)
{
    int port = 0, fds[PEER_ADDRESSES];

    peer_demand(count <= PEER_ADDRESSES, "more parts than addresses");
    for (size_t i = 0; i < count; i++)
        fds[i] = parts[i].play != NULL ? peer_listen((unsigned)i, &port) : -1;
    *pid = fork();
    if (*pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGCHLD, SIG_IGN);
        peer_serve(parts, fds, count);
    }
    for (size_t i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return port;
}

static inline void peer_stop(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* ---- steps of a play ---- */

static inline void peer_reset(int fd)
{
    struct linger now = { 1, 0 };

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(fd);
}

/* The handshake; NULL when it failed. version 0: any. */
static inline SSL *peer_handshake(int fd, const struct peer_identity *id, X509 *issuer, int version)
{
    SSL_CTX *c = SSL_CTX_new(TLS_server_method());
    SSL *ssl;

    SSL_CTX_set_cipher_list(c, "ALL:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(c, version);
    SSL_CTX_set_max_proto_version(c, version);
    SSL_CTX_use_certificate(c, id->certificate);
    SSL_CTX_use_PrivateKey(c, id->key);
    if (issuer != NULL)
        SSL_CTX_add1_chain_cert(c, issuer);
    ssl = SSL_new(c);
    SSL_set_fd(ssl, fd);
    return SSL_accept(ssl) == 1 ? ssl : NULL;
}

/* Reads a request to its empty line into text. */
static inline bool peer_request(SSL *ssl, char *text, size_t size)
{
    size_t len = 0;

    while (len + 1 < size) {
        int n = SSL_read(ssl, text + len, (int)(size - len - 1));

        if (n <= 0)
            return false;
        len += (size_t)n;
        text[len] = '\0';
        if (strstr(text, "\r\n\r\n") != NULL)
            return true;
    }
    return false;
}

#endif
