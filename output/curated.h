/* curated: what people know of mail hosts and name servers, from the lists under datasets/, which
 * stand in the program: who operates a mail host, and whether names served there are parked. A
 * suffix of a list is a name and everything below it; the longest counts. Pure, any thread. */
#ifndef MXC_OUTPUT_CURATED_H
#define MXC_OUTPUT_CURATED_H

#include <stdbool.h>

struct curated_operator {
    const char *name;   /* "Google" */
    const char *domain; /* where its own mail lives: "google.com" */
};

const struct curated_operator *curated_operator(const char *mx_host); /* NULL: on no list */
bool curated_is_parking_mx(const char *mx_host);
bool curated_is_parking_ns(const char *ns_host);
/* "third-party" where such an alias of a policy host leads to a service that writes the policy,
 * "self-managed" where to web space of the domain's owner; NULL: on no list. */
const char *curated_policy_management(const char *policy_host);

#endif
