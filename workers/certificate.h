/* certificate: one X.509 certificate as a record of certs.jsonl (facts as `openssl x509` prints
 * them), and that record as a value which chains share. */
#ifndef MXC_WORKERS_CERTIFICATE_H
#define MXC_WORKERS_CERTIFICATE_H

#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/json_write.h"

#define CERTIFICATE_SHA256_SIZE 32

/* Read-only once made; counted, for a cache and any number of chains hold the same one. */
struct certificate {
    unsigned references;
    uint8_t sha256[CERTIFICATE_SHA256_SIZE]; /* of its DER */
    size_t record_len;
    char record[]; /* one JSON object, not NUL-terminated */
};

/* The object of certs.jsonl. der is x509's own encoding, sha256 its digest. Serial and digests are
 * lower-case hexadecimal with two digits a byte. About 25 µs. */
void certificate_write(struct json_writer *w, X509 *x509, const uint8_t *der, size_t der_len,
                       const uint8_t sha256[CERTIFICATE_SHA256_SIZE]);

struct certificate *certificate_new(X509 *x509, const uint8_t *der, size_t der_len,
                                    const uint8_t sha256[CERTIFICATE_SHA256_SIZE]);
struct certificate *certificate_hold(struct certificate *c);
void certificate_drop(struct certificate *c); /* NULL allowed */

#endif
