/* slim_library: an OpenSSL library context for reading very many certificates. Per key that a
 * certificate holds, OpenSSL 3.0 sets up every decoder that it has, a third of the cost of a whole
 * probe; here its default provider stands behind a proxy that shows only those a certificate can
 * need. */
#ifndef MXC_WORKERS_SLIM_LIBRARY_H
#define MXC_WORKERS_SLIM_LIBRARY_H

#include <openssl/crypto.h>

/* NULL if OpenSSL cannot. Any number may be made in a process, by one thread. It reads public keys
 * of RSA, RSA-PSS, DSA, EC, Ed25519 and Ed448, and no private key at all. */
OSSL_LIB_CTX *slim_library_new(void);
/* After everything made in it. */
void slim_library_free(OSSL_LIB_CTX *library);

#endif
