/* dkim: the key record of SELECTOR._domainkey.DOMAIN (RFC 6376 §3.6.1, with RFC 8301 and 8463).
 * Pure; texts point into the input, arrays are the arena's.
 *
 * "v=" may be left out, and TXT records of other kinds answer where a wildcard stands: a string
 * counts as a key record when its first tag is v=DKIM1, or when it has no v= and a p=. Other v= are
 * discarded (§3.6.1); what looks like a misspelt DKIM1 gives the note dkim-version.
 * VALID says that a verifier can take the record, not that mail can be signed with it: a revoked
 * key (empty p=) is a valid record. */
#ifndef MXC_PARSE_DKIM_H
#define MXC_PARSE_DKIM_H

#include "scanner/base/arena.h"
#include "scanner/base/outcome.h"
#include "scanner/base/violation.h"
#include "workers/parse/bytes.h"
#include "workers/parse/dkim_key.h"

struct dkim {
    enum verdict verdict;
    struct violations violations;
    bool readable;        /* there is one record, and the fields below are of it */
    bool revoked;         /* "p=" is there and empty */
    bool testing;         /* t=y: receivers must not treat its mail otherwise than unsigned mail */
    enum dkim_key_type k; /* as effective: RSA when there is no k= */
    unsigned bits;        /* of the key; 0: revoked, or it cannot be read */
    struct bytes *hashes; /* of h=, as written; none: all are allowed */
    struct bytes *services; /* of s= */
    struct bytes *flags;    /* of t= */
    struct bytes notes;     /* n=, as written */
    size_t hash_count, service_count, flag_count;
};

void dkim_judge(const struct bytes *txts, size_t count, struct arena *arena, struct dkim *r);

#endif
