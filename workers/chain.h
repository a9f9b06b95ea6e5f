/* chain: what a server sent as its certificates, judged: the PKIX verdict (RFC 5280) against one
 * trust store, every error of it, and whether the leaf is for the host asked (RFC 6125, DNS-ID
 * only). Both stages that speak TLS judge and write through here.
 *
 * A verdict costs up to 1 ms (one P-384 signature is 0.9) and is computed once per unique chain; a
 * certificate's record is made once while it stays in a bounded cache. The name is matched per host
 * (0.8 µs). */
#ifndef MXC_WORKERS_CHAIN_H
#define MXC_WORKERS_CHAIN_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/json_write.h"
#include "scanner/base/outcome.h"
#include "workers/certificate.h"

#define CHAIN_MAX 16 /* certificates recorded of one chain; verification sees all */

#define CHAIN_ERRORS(X) /* name goes to records, in this order */                                \
    X(EXPIRED, "expired", "one of the chain is past its end")                                    \
    X(NOT_YET_VALID, "not-yet-valid", "one of the chain is before its begin")                    \
    X(SELF_SIGNED, "self-signed", "the leaf itself is self-signed and not in the store")         \
    X(UNTRUSTED_ROOT, "untrusted-root", "leads to a self-signed certificate not in the store")   \
    X(INCOMPLETE_CHAIN, "incomplete-chain", "an issuer is neither sent nor in the store")        \
    X(BAD_SIGNATURE, "bad-signature", "a signature does not verify")                             \
    X(NOT_A_CA, "not-a-ca", "an issuer may not issue, or not at that depth")                     \
    X(WRONG_PURPOSE, "wrong-purpose", "not for TLS servers")                                     \
    X(WEAK_KEY, "weak-key", "a key or signature hash of less than 112 bits (OpenSSL's level 2)") \
    X(REVOKED, "revoked", "revoked")                                                             \
    X(OTHER, "other", "something else that OpenSSL refuses")

enum chain_error {
#define X(id, name, text) CHAIN_##id,
    CHAIN_ERRORS(X)
#undef X
        CHAIN_ERROR_COUNT
};

struct chain_verdict {
    enum verdict
        verdict;     /* VALID or INVALID; UNKNOWN: nothing was sent, or it could not be judged */
    unsigned errors; /* bit 1 << enum chain_error */
};
struct chain {
    size_t count;                                /* 0: none was sent */
    struct certificate *certificates[CHAIN_MAX]; /* as sent, leaf first; held until chain_drop() */
    struct chain_verdict pkix;
    bool name_match;
};

struct chain_judge; /* trust store and caches; one a worker */
struct job;

/* trust_store: a PEM file of CA certificates. NULL and *error (static text) if it gives none. */
struct chain_judge *chain_judge_new(const char *trust_store, const char **error);
void chain_judge_free(struct chain_judge *j);
/* The library context whose X509 objects it judges fastest, and in which to make an SSL_CTX: its
 * decoders are few, which makes reading a certificate three times faster. Others' are taken too. */
OSSL_LIB_CTX *chain_judge_library(const struct chain_judge *j);

/* Judge `sent` (leaf first, as SSL_get_peer_cert_chain() gives it on a client; NULL or empty: none)
 * for host. The X509 objects stay the caller's. chain_drop() what comes out. */
void chain_read(struct chain *c, struct chain_judge *j, STACK_OF(X509) * sent, const char *host);
void chain_drop(struct chain *c);

/* The members "chain", "pkix" and "name_match" of an open object; nothing where none was sent. */
void chain_write(const struct chain *c, struct json_writer *w);
/* Each of its certificates to job_certificate(). */
void chain_hand_over(const struct chain *c, struct job *job);

/* One DNS-ID of the leaf is for host: whole left-most wildcards only, never the subject. */
bool chain_name_match(X509 *leaf, const char *host);

#endif
