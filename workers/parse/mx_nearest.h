/* mx_nearest: how an MX host stands to the patterns of a policy: matched (RFC 8461 §4.1), or in
 * which way it is missed. Classes as in the study of the IMC of 2025. A wildcard that is labels too
 * short or too long is no typo, however few edits that is: *.b.c for x.y.b.c, or for b.c. Pure. */
#ifndef MXC_PARSE_MX_NEAREST_H
#define MXC_PARSE_MX_NEAREST_H

#include <stddef.h>

#include "workers/parse/bytes.h"

/* From nearest to farthest. Names go to CSV: append only. TLD goes before TYPO where both hold. */
#define MX_NEARNESSES(X)                                                           \
    X(MATCH, "match", "a pattern matches")                                         \
    X(TYPO, "typo",                                                                \
      "at most three edits: mxx.b.c for mx.b.c; no wildcard that is too long or "  \
      "too short by labels, as *.mx.b.c for mx.b.c")                               \
    X(THIRD_LEVEL_MTA_STS, "third-level-mta-sts", "mail.mta-sts.b.c for mail.b.c") \
    X(THIRD_LEVEL, "third-level", "otherwise of the host's registrable domain")    \
    X(TLD, "tld", "mx.b.com for mx.b.net, which is no typo")                       \
    X(WHOLE_DOMAIN, "whole-domain", "another registrable domain, or no pattern at all")

enum mx_nearness {
#define X(id, name, text) MX_NEAR_##id,
    MX_NEARNESSES(X)
#undef X
        MX_NEARNESS_COUNT
};

const char *mx_nearness_name(enum mx_nearness n);
const char *mx_nearness_text(enum mx_nearness n); /* what it means, in a few words */

/* Of the pattern that comes nearest; WHOLE_DOMAIN where there is none. Every pattern is matched; of
 * those that are not, the first 256 are compared more closely (a policy of strangers may have ten
 * thousand). */
enum mx_nearness mx_nearest(const struct bytes *patterns, size_t count, struct bytes host);

#endif
