/* spf: the SPF record among the TXT records of a domain, its syntax and its terms (RFC 7208).
 * What the terms lead to is spf_tree's. Pure; texts point into the input, arrays are the arena's.
 */
#ifndef MXC_PARSE_SPF_H
#define MXC_PARSE_SPF_H

#include "scanner/base/arena.h"
#include "scanner/base/outcome.h"
#include "scanner/base/violation.h"
#include "workers/parse/bytes.h"
#include "workers/parse/spf_text.h"

enum spf_result { SPF_NONE, SPF_PASS, SPF_FAIL, SPF_SOFTFAIL, SPF_NEUTRAL };

enum spf_mechanism { SPF_INCLUDE, SPF_A, SPF_MX, SPF_PTR, SPF_EXISTS, SPF_IP4, SPF_IP6 };

/* One mechanism, read without fault. */
struct spf_term {
    struct bytes domain; /* domain-spec as written, macros unexpanded; empty: none */
    uint8_t address[16]; /* of ip4 its first four bytes */
    struct spf_lengths lengths;
    enum spf_mechanism mechanism;
    enum spf_result qualifier;
};

struct spf {
    enum verdict verdict;
    struct violations violations;
    struct bytes record;    /* the last of the TXT strings that are SPF records; empty if none */
    bool readable;          /* just one, and ASCII: the fields below are of it */
    bool sound;             /* readable, without an error of syntax: an evaluation begins (§4.6) */
    enum spf_result all;    /* of the first "all"; SPF_NONE if there is none */
    struct bytes redirect;  /* domain-spec as written, macros unexpanded; empty if none, or if
                             * "all" makes it count for nothing (§6.1) */
    struct spf_term *terms; /* in order, up to "all" */
    size_t term_count;
    unsigned lookup_terms; /* include, a, mx, ptr, exists up to "all", and redirect (§4.6.4) */
};

void spf_judge(const struct bytes *txts, size_t count, struct arena *arena, struct spf *r);
const char *spf_result_name(enum spf_result r); /* NULL for SPF_NONE */

/* Begins "v=spf" in any case: worth keeping so that it can be judged again. */
bool spf_resembles(struct bytes txt);

#endif
