/* dmarc_walk: which DMARC record applies to a domain (RFC 9989 §4.10, "DNS Tree Walk"): its own, or
 * else its organizational domain's, or else its public suffix's. Pure; asking is the caller's, who
 * takes one step after another until dmarc_walk_next() says that there is none. */
#ifndef MXC_PARSE_DMARC_WALK_H
#define MXC_PARSE_DMARC_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "workers/parse/dmarc.h"

#define DMARC_STEPS_MAX 8

struct dmarc_step {
    const char *name;    /* the domain whose _dmarc was asked */
    bool known;          /* it was found out what stands there */
    struct dmarc record; /* of what stands there */
};
struct dmarc_walk {
    struct dmarc_step steps[DMARC_STEPS_MAX]; /* [0] is the domain itself */
    size_t count;
};

/* One record of the protocol stands there, sound or not: several are discarded, all of them. */
bool dmarc_step_has_record(const struct dmarc_step *s);

/* The domain to ask next, a part of the first's name; NULL at the end. The domain's own record ends
 * the walk (of alignment, which needs more, nothing is judged), and so does psd=y or psd=n above,
 * the TLD, and a step that is not known. */
const char *dmarc_walk_next(const struct dmarc_walk *w);

struct dmarc_effective {
    enum verdict verdict;          /* INVALID: a record applies that asks for nothing; UNKNOWN */
    const struct dmarc_step *from; /* whose record applies; NULL where none does */
    const char *tag;               /* "p", "sp" or "np"; NULL unless VALID */
    enum dmarc_policy policy;
};
/* exists: the domain itself does (RFC 8020); np is for those that do not. */
void dmarc_walk_judge(const struct dmarc_walk *w, bool exists, struct dmarc_effective *e);

#endif
