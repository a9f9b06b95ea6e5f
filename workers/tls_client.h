/* tls_client: TLS as a census wants it: whatever the server speaks (TLS 1.0 and up, any cipher with
 * a certificate), no verification in the handshake, no session ever resumed, and every way of
 * failing told apart. One context a worker; a connection costs no more than 2 KB before its
 * handshake. */
#ifndef MXC_WORKERS_TLS_CLIENT_H
#define MXC_WORKERS_TLS_CLIENT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "scanner/base/json_write.h"
#include "scanner/base/outcome.h"

/* What is known of a handshake. Strings are static; NULL or 0 where there is none. */
struct tls_facts {
    const char *version; /* "TLSv1.3" */
    const char *cipher;  /* OpenSSL's name, as s_client prints it */
    const char *group;   /* of the key exchange, "x25519" */
    /* Scheme by which the server proved its key, by its name in RFC 8446 §4.2.3, which RFC 5246
     * takes for the same pair of hash and key: "rsa_pss_rsae_sha256". None: key exchange by RSA
     * alone. */
    const char *signature;
    size_t staple; /* bytes of the OCSP response sent along (RFC 6066 §8), which is not judged */
    int alert;     /* received (RFC 8446 §6); -1: none */
};

SSL_CTX *tls_client_context(OSSL_LIB_CTX *library, const char **error); /* NULL and *error */
/* What no context may be without: the server chooses the group of a key exchange by DHE, and its
 * size is our time. */
void tls_client_bound(SSL_CTX *context);
/* fd is connected and non-blocking, and stays the caller's. sni NULL: none is sent. Until
 * tls_client_settle() it reads all that the socket has, a flight in one system call instead of two
 * for each record. */
SSL *tls_client_new(SSL_CTX *context, int fd, const char *sni);
/* After the handshake, lest an idle connection keep a buffer. What was read and not used stays:
 * SSL_has_pending() tells of it, the socket does not. */
void tls_client_settle(SSL *ssl);

/* What an SSL_* call that returned `result` (<= 0) means. */
enum tls_state { TLS_WANTS_READ, TLS_WANTS_WRITE, TLS_BROKEN };
enum tls_state tls_client_state(SSL *ssl, int result, struct tls_facts *facts,
                                enum outcome *broken); /* *broken: why, if TLS_BROKEN */

/* The members "version", "cipher", "group", "signature", "ocsp_staple" and "alert" of an open
 * object, those that are known. */
void tls_facts_write(const struct tls_facts *facts, struct json_writer *w);

void tls_client_facts(SSL *ssl, struct tls_facts *facts); /* after a handshake; alert is kept */

#endif
