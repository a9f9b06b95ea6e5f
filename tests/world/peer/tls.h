/* tls: the server side of TLS, of the widest kind OpenSSL has (TLS 1.0 up, any key), with one
 * SSL_CTX for all hosts: a context per certificate would cost 40 KB each. Certificates and keys
 * come from PEM files when a host is first spoken to; parsed blocks are kept, so that files that
 * share a key or an issuer share the parse. */
#ifndef MXC_PEER_TLS_H
#define MXC_PEER_TLS_H

#include <openssl/ssl.h>

void tls_init(void);
void tls_free(void);

/* A server on fd with the chain and key of the PEM file, speaking only `version` (0: any). NULL,
 * with a line on standard error, when the file cannot be used. */
SSL *tls_server(int fd, const char *pem, int version);
/* Who asks for an OCSP response shall have *size bytes, of nothing; 0: none. size outlives ssl. */
void tls_staple(SSL *ssl, const long *size);

#endif
