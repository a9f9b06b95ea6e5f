/* delivery: could a sender that honours the policy of a domain deliver (RFC 8461 §4 and §5), from
 * the joined observation of policy, MX and certificates. Such a sender speaks TLS 1.2 or later and
 * has the trust store of the run. A policy in testing is judged as if it were enforced. Pure. */
#ifndef MXC_OUTPUT_DELIVERY_H
#define MXC_OUTPUT_DELIVERY_H

#include "output/join.h"
#include "workers/parse/mx_nearest.h"

/* "all" and "none" are the yes of the metrics sts_delivery_all and sts_delivery_none. An MX that is
 * null or implicit has no host that a policy could be held against (RFC 8461 §4.1 names MX hosts).
 */
#define DELIVERIES(X)                                                                         \
    X(FREE, "")           /* nothing binds the sender: no valid record and policy, or none */ \
    X(ALL, "all")         /* to every MX host that has an address */                          \
    X(SOME, "some")       /* to one at least, and not to another that has an address */       \
    X(NONE, "none")       /* there are MX hosts with an address, and to none of them */       \
    X(NOWHERE, "no-mx")   /* a policy binds, but no MX host has an address */                 \
    X(UNKNOWN, "unknown") /* which of these could not be found out */

enum delivery {
#define X(id, name) DELIVERY_##id,
    DELIVERIES(X)
#undef X
        DELIVERY_COUNT
};

const char *delivery_name(enum delivery v);

/* Does a sender that fetches the policy come past a step; unknown where none was recorded. */
enum tri delivery_is_past(const struct joined *d, enum policy_step step);
/* Is there a policy that binds, in mode enforce or testing. */
enum tri delivery_is_bound(const struct joined *d);
/* Of all MX hosts that have an address, as the others receive nothing: are their certificates good;
 * with a policy that was recorded: does it name them. */
enum tri delivery_trusts_all(const struct joined *d);
enum tri delivery_names_all(const struct joined *d);
/* Has any MX host a fault (tls_fault.h): one that was seen decides, and all that were seen go to
 * *faults; that there is none needs an answer of every host. */
enum tri delivery_has_faults(const struct joined *d, uint16_t *faults);

/* With a policy that was recorded: does it name the host; may the sender deliver to it. */
bool delivery_names(const struct join_policy *p, const char *host);
enum tri delivery_to(const struct join_policy *p, const struct joined_host *h);
enum delivery delivery_of(const struct joined *d);

/* In which way the policy misses the host, or MX_NEAR_MATCH. */
enum mx_nearness delivery_nearness(const struct join_policy *p, const char *host,
                                   struct arena *arena);

#endif
