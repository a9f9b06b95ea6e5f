/* slim_library: an OpenSSL library context for very many handshakes and certificates. Per key that
 * a certificate holds, OpenSSL 3.0 sets up every decoder and looks through every type of key that
 * it has, a third of the cost of a whole probe; and per context of TLS, every cipher. Here its
 * default provider stands behind a proxy that shows only what a certificate or TLS can need. */
#ifndef MXC_WORKERS_SLIM_LIBRARY_H
#define MXC_WORKERS_SLIM_LIBRARY_H

#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stdbool.h>

struct slim_library {
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *proxy;
};

/* False if OpenSSL cannot; slim_library_close() all the same. Any number may be open, in one
 * thread. It reads public keys of RSA, RSA-PSS, DSA, EC, Ed25519 and Ed448, and no private key. */
bool slim_library_open(struct slim_library *l);
/* After everything made in it. */
void slim_library_close(struct slim_library *l);

#endif
