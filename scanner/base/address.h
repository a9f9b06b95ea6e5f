/* address: IP addresses as values, CIDR ranges, and which of them a scanner must never contact. */
#ifndef MXC_BASE_ADDRESS_H
#define MXC_BASE_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ADDRESS_TEXT_SIZE INET6_ADDRSTRLEN

struct address {
    uint8_t family;    /* 4 or 6; 0: none */
    uint8_t bytes[16]; /* network order, the first 4 for IPv4 */
};
struct address_range {
    struct address base;
    uint8_t bits; /* prefix length */
};
struct address_ranges {
    struct address_range *items; /* owned */
    size_t count;
};

bool address_parse(struct address *a, const char *text);
void address_print(const struct address *a, char text[ADDRESS_TEXT_SIZE]); /* RFC 5952 for IPv6 */
bool address_equal(const struct address *a, const struct address *b);
socklen_t address_sockaddr(const struct address *a, uint16_t port, struct sockaddr_storage *out);
void address_from_sockaddr(struct address *a, const struct sockaddr *sa);

/* "192.0.2.0/24", "2001:db8::/32", or a single address. False when it is none. */
bool address_range_parse(struct address_range *r, const char *text);
bool address_range_has(const struct address_range *r, const struct address *a);
/* Comma- or space-separated ranges; 0, or the offset+1 of the first that cannot be read. */
size_t address_ranges_parse(struct address_ranges *rs, const char *text);
bool address_ranges_have(const struct address_ranges *rs, const struct address *a);
void address_ranges_free(struct address_ranges *rs);

/* Special by the IANA special-purpose registries of IPv4 and IPv6 (private, loopback, link-local,
 * multicast, documentation, benchmarking, Teredo, reserved, ...); v4-compatible, v4-mapped, 6to4
 * and NAT64 forms also by the address inside them. May we contact a: not special, or inside a range
 * of allow. */
bool address_special(const struct address *a);
/* The IPv4 address inside an IPv6 one of such a form; false where there is none. */
bool address_embedded(const struct address *a, struct address *inside);
bool address_contactable(const struct address *a, const struct address_ranges *allow);

#endif
