/* dane: does a chain that an MX host showed match its TLSA records (RFC 7672). Certificates and
 * records are as stored; no handshake is needed. Usages 0 and 1 are unusable for SMTP (§3.1.3);
 * usage 3 ignores names and dates (§3.1.1); usage 2 wants both (§3.1.2). */
#ifndef MXC_OUTPUT_DANE_H
#define MXC_OUTPUT_DANE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

#include "scanner/base/arena.h"

struct dane; /* one a thread */

struct dane *dane_new(void);
void dane_free(struct dane *d);

enum dane_match {
    DANE_NO, /* no usable record matches */
    DANE_YES,
    DANE_OTHER_NAME /* under usage 2, but the leaf is not the base's: see dane_name_match() */
};

struct dane_case {
    const char *base; /* where the records stand: the leaf's name under usage 2. The host's
                       * own is none where the records are its alias's (§3.2.2) */
    const char *const *records; /* "3 1 1 abcdef..." */
    size_t record_count;
    X509 *leaf;
    STACK_OF(X509) * chain; /* as sent, the leaf with it or not */
    time_t seen;            /* the dates must hold then */
};

enum dane_match dane_judge(struct dane *d, const struct dane_case *c, struct arena *arena);

/* Is this name, of the next-hop domain or of what that is an alias of (§3.2.2), one of the leaf's.
 * Any thread may ask. */
bool dane_name_match(X509 *leaf, const char *name);

#endif
