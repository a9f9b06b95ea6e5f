/* tls_fault: what keeps a sender that honours a policy from trusting a host: the errors of its
 * chain, its names, and not having TLS at all. A set of them is a number with a bit each. Pure. */
#ifndef MXC_OUTPUT_TLS_FAULT_H
#define MXC_OUTPUT_TLS_FAULT_H

#include <stdint.h>

#include "scanner/base/buf.h"
#include "scanner/base/json_read.h"

#define TLS_FAULTS(X) /* name goes to CSV: append only; those of a chain as records have them */   \
    X(EXPIRED, "expired", "a certificate of the chain is past its time")                           \
    X(NOT_YET_VALID, "not-yet-valid", "a certificate of the chain is before its time")             \
    X(SELF_SIGNED, "self-signed", "the certificate is its own issuer, and not in the trust store") \
    X(UNTRUSTED_ROOT, "untrusted-root", "the chain ends at a root outside the trust store")        \
    X(INCOMPLETE_CHAIN, "incomplete-chain",                                                        \
      "an issuer was not sent and is not in the trust store")                                      \
    X(BAD_SIGNATURE, "bad-signature", "a signature of the chain does not verify")                  \
    X(NOT_A_CA, "not-a-ca", "an issuer in the chain is no CA")                                     \
    X(WRONG_PURPOSE, "wrong-purpose", "a certificate that is not for TLS servers")                 \
    X(WEAK_KEY, "weak-key", "a key or digest that is too weak for OpenSSL")                        \
    X(REVOKED, "revoked", "a certificate of the chain is revoked")                                 \
    X(OTHER, "other", "any other error of the chain")                                              \
    X(NAME_MISMATCH, "name-mismatch", "no name of the certificate is the host's")                  \
    X(NO_CERTIFICATE, "no-certificate", "a handshake without a certificate")                       \
    X(TLS_OLD, "tls-below-1.2", "a version of TLS before 1.2")                                     \
    X(NO_STARTTLS, "no-starttls", "STARTTLS is absent, declined, or has bytes behind its reply")   \
    X(TLS_FAILED, "tls-failed", "the handshake failed")

enum tls_fault {
#define X(id, name, text) TLS_FAULT_##id,
    TLS_FAULTS(X)
#undef X
        TLS_FAULT_COUNT
};

#define TLS_FAULT_BIT(fault) ((uint16_t)(1U << (fault)))

const char *tls_fault_name(enum tls_fault fault);
void tls_faults_explain(struct buf *out); /* all of them, as text */

/* Of a handshake that came to its end: the member "tls" of a record. */
uint16_t tls_faults_of_handshake(const struct json *tls);
/* Of a record of mx.jsonl.zst; 0 too where nothing definite is known. */
uint16_t tls_faults_of_host(const struct json *record);

#endif
