/* spf_tree: an SPF record with all that it leads to (RFC 7208): the lookups of an evaluation in
 * which nothing matches until the end, which is the most that a message can cost (§4.6.4); what
 * stands for the rest of the world; how many addresses may send. Pure: the answers of the DNS come
 * from a function of the caller's, which may say that one is not there yet.
 *
 * What a failed lookup leaves open is unknown and never guessed: see each member. What would take a
 * message (ptr; macros other than of the domain) is counted as a lookup and followed no further. */
#ifndef MXC_PARSE_SPF_TREE_H
#define MXC_PARSE_SPF_TREE_H

#include "scanner/base/address.h"
#include "scanner/base/outcome.h"
#include "workers/parse/spf.h"

#define SPF_LOOKUPS_MAX 10   /* §4.6.4; behind them only include and redirect are followed */
#define SPF_LOOKUPS_COUNT 50 /* more are not followed: a number above it says "more than 50" */
#define SPF_VOIDS_MAX 2
#define SPF_MX_MAX 10
#define SPF_IP6_HOST_BITS 80 /* IPv6 is counted in networks of 48 bits, a site each (RFC 6177) */

enum spf_ask { SPF_ASK_TXT, SPF_ASK_MX, SPF_ASK_A, SPF_ASK_AAAA, SPF_ASK_COUNT };

/* What the DNS says at a name, read as the question has it. */
struct spf_source {
    enum outcome outcome;
    struct spf record;               /* of TXT */
    const char *const *hosts;        /* of MX: distinct targets that can be one (mx_set.h) */
    const struct address *addresses; /* of A, AAAA */
    size_t count;                    /* of the hosts, or addresses */
};
/* name as spf_macro.h has it. NULL: not known yet. The source lives as long as the tree. */
typedef const struct spf_source *spf_find(void *context, const char *name, enum spf_ask ask);

/* Names or domain-specs, each once, in the order met. */
struct spf_names {
    const char **items;
    size_t count, room;
};

struct spf_tree {
    bool complete; /* every answer was there; else the rest is of no use but for faults */
    struct violations violations; /* faults that the record itself does not show */
    unsigned lookups, voids;      /* voids: terms of which some name has nothing (§4.6.4) */
    bool lookups_known, voids_known;
    bool faults_known;    /* no failed lookup can hide another fault */
    enum spf_result all;  /* what a sender has that nothing names; SPF_NONE: not known */
    uint64_t ip4, ip6_48; /* addresses that pass, if there is no fault and nothing unresolved */
    bool approximate;     /* those of terms that take a message are left out */
    struct spf_names unresolved, /* names of which a lookup failed for the time being */
        unfollowed;              /* domain-specs that take a message */
};

/* record stands at domain, and is sound. */
void spf_tree_grow(const char *domain, const struct spf *record, spf_find *find, void *context,
                   struct arena *arena, struct spf_tree *t);

#endif
