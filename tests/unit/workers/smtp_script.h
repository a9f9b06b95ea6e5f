/* smtp_script: a mail server that follows a script, in a process of its own, for one connection.
 * A script is lines, each an operation and its argument:
 *   >TEXT  send            <TEXT  read a line that begins so, or fail      D TEXT  send by the
 * byte, 4 ms each TVV    serve TLS of version VV only ("10" to "13"; "": any)            F TEXT
 * send it again and again G      read what is there and forget it     S MS  sleep                H
 * wait for the end of the peer X      close           R      reset         A     send a fatal
 * alert, handshake_failure(40) Behind the last line it waits for the peer's end. Its exit status is
 * 0 if all went as written. */
#ifndef MXC_TESTS_SMTP_SCRIPT_H
#define MXC_TESTS_SMTP_SCRIPT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/check.h"

#define SCRIPT_LINES 12

struct script_identity {
    X509 *leaf, *issuer; /* issuer may be NULL */
    EVP_PKEY *key;
};
struct script_peer {
    int fd;
    SSL *ssl;
    const struct script_identity *identity;
};

static inline ssize_t script_write(struct script_peer *p, const char *data, size_t len)
{
    return p->ssl != NULL ? SSL_write(p->ssl, data, (int)len)
                          : send(p->fd, data, len, MSG_NOSIGNAL);
}

static inline ssize_t script_read(struct script_peer *p, char *data, size_t len)
{
    return p->ssl != NULL ? SSL_read(p->ssl, data, (int)len) : recv(p->fd, data, len, 0);
}

static inline void script_need(bool good, const char *line)
{
    if (good)
        return;
    fprintf(stderr, "script: failed at %s\n", line);
    _exit(9);
}

static inline void script_expect(struct script_peer *p, const char *wanted)
{
    char line[1024];
    size_t len = 0;

    while (len + 1 < sizeof(line) && script_read(p, line + len, 1) == 1 && line[len] != '\n')
        len++;
    line[len] = '\0';
    script_need(len > 0 && line[len - 1] == '\r' && strncmp(line, wanted, strlen(wanted)) == 0,
                wanted);
}

static inline void script_tls(struct script_peer *p, const char *version)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    int number = version[0] != '\0' ? TLS1_VERSION + version[1] - '0' : 0;

    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context, number != 0 ? number : TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, number);
    SSL_CTX_use_certificate(context, p->identity->leaf);
    SSL_CTX_use_PrivateKey(context, p->identity->key);
    if (p->identity->issuer != NULL)
        SSL_CTX_add1_chain_cert(context, p->identity->issuer);
    p->ssl = SSL_new(context);
    SSL_set_fd(p->ssl, p->fd);
    script_need(SSL_accept(p->ssl) == 1, "T");
}

static inline void script_drain(struct script_peer *p)
{
    char rest[4096];

    while (script_read(p, rest, sizeof(rest)) > 0)
        ;
}

static inline void script_line(struct script_peer *p, const char *line)
{
    static const unsigned char alert[] = { 0x15, 3, 3, 0, 2, 2, 40 };
    const char *text = line + 1;
    char rest[4096];

    switch (line[0]) {
    case '>':
        script_write(p, text, strlen(text));
        break;
    case '<':
        script_expect(p, text);
        break;
    case 'D':
        for (; *text != '\0'; text++, usleep(4000))
            script_write(p, text, 1);
        break;
    case 'F':
        while (script_write(p, text, strlen(text)) > 0)
            ;
        break;
    case 'T':
        script_tls(p, text);
        break;
    case 'G':
        script_read(p, rest, sizeof(rest));
        break;
    case 'S':
        usleep((unsigned)atoi(text) * 1000U * CHECK_SLOWNESS);
        break;
    case 'A':
        script_write(p, (const char *)alert, sizeof(alert));
        break;
    case 'R':
        setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
        _exit(0);
    case 'X':
        _exit(0);
    default:
        script_drain(p);
    }
}

static inline int script_listen(const char *address, unsigned short *port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(*port) };
    socklen_t len = sizeof(to);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

    inet_pton(AF_INET, address, &to.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&to, sizeof(to)) != 0 || listen(fd, 64) != 0) {
        perror(address);
        exit(1);
    }
    getsockname(fd, (struct sockaddr *)&to, &len);
    *port = ntohs(to.sin_port);
    return fd;
}

/* Play the script to one connection of listener, in a child whose pid comes back. */
static inline pid_t script_play(int listener, const char *const lines[SCRIPT_LINES],
                                const struct script_identity *identity)
{
    pid_t pid = fork();
    struct script_peer p = { .identity = identity };
    int on = 1;

    if (pid != 0)
        return pid;
    alarm(20);
    signal(SIGPIPE, SIG_IGN);
    p.fd = accept(listener, NULL, NULL);
    setsockopt(p.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    for (size_t i = 0; i < SCRIPT_LINES && lines[i] != NULL; i++)
        script_line(&p, lines[i]);
    script_drain(&p);
    _exit(0);
}

#endif
