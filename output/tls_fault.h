/* tls_fault: what keeps a sender that honours a policy from trusting a host: the errors of its
 * chain, its names, and not having TLS at all. A set of them is a number with a bit each. Pure. */
#ifndef MXC_OUTPUT_TLS_FAULT_H
#define MXC_OUTPUT_TLS_FAULT_H

#include <stdint.h>

#include "scanner/base/json_read.h"

#define TLS_FAULTS(X) /* name goes to CSV: append only; those of a chain as records have them */ \
    X(EXPIRED, "expired")                                                                        \
    X(NOT_YET_VALID, "not-yet-valid")                                                            \
    X(SELF_SIGNED, "self-signed")                                                                \
    X(UNTRUSTED_ROOT, "untrusted-root")                                                          \
    X(INCOMPLETE_CHAIN, "incomplete-chain")                                                      \
    X(BAD_SIGNATURE, "bad-signature")                                                            \
    X(NOT_A_CA, "not-a-ca")                                                                      \
    X(WRONG_PURPOSE, "wrong-purpose")                                                            \
    X(WEAK_KEY, "weak-key")                                                                      \
    X(REVOKED, "revoked")                                                                        \
    X(OTHER, "other")                                                                            \
    X(NAME_MISMATCH, "name-mismatch")                                                            \
    X(NO_CERTIFICATE, "no-certificate")                                                          \
    X(TLS_OLD, "tls-below-1.2")                                                                  \
    X(NO_STARTTLS, "no-starttls") /* absent, declined, or with bytes behind it */                \
    X(TLS_FAILED, "tls-failed")

enum tls_fault {
#define X(id, name) TLS_FAULT_##id,
    TLS_FAULTS(X)
#undef X
        TLS_FAULT_COUNT
};

#define TLS_FAULT_BIT(fault) ((uint16_t)(1U << (fault)))

const char *tls_fault_name(enum tls_fault fault);

/* Of a handshake that came to its end: the member "tls" of a record. */
uint16_t tls_faults_of_handshake(const struct json *tls);
/* Of a record of mx.jsonl.zst; 0 too where nothing definite is known. */
uint16_t tls_faults_of_host(const struct json *record);

#endif
