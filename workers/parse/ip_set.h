/* ip_set: a set of IP addresses of one family as ranges, to count how many a record authorises
 * without counting one twice. Addresses are numbers: IPv4 below 2^32, IPv6 below 2^128. Pure; the
 * memory is the arena's. */
#ifndef MXC_PARSE_IP_SET_H
#define MXC_PARSE_IP_SET_H

#include <stddef.h>
#include <stdint.h>

#include "scanner/base/arena.h"

typedef unsigned __int128 ip_number;

struct ip_range {
    ip_number first, last; /* both in it */
};
struct ip_set {
    struct ip_range *ranges; /* ascending, apart, once it is tidy */
    size_t count, room;
};

/* The network of this prefix length around an address in network order. */
struct ip_range ip_range4(const uint8_t address[4], unsigned bits);
struct ip_range ip_range6(const uint8_t address[16], unsigned bits);

void ip_set_add(struct ip_set *s, struct arena *arena, struct ip_range range);
/* Everything in other that is not in except, which may be empty. Both are tidied. */
void ip_set_add_set(struct ip_set *s, struct arena *arena, struct ip_set *other,
                    struct ip_set *except);

/* How many networks of 2^host_bits addresses hold at least one of them: 0 counts addresses. */
uint64_t ip_set_count(struct ip_set *s, unsigned host_bits);

#endif
