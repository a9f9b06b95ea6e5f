#include "scanner/base/address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"

/* IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and later), multicast and class
 * E. Not globally reachable, or not meant for a host that receives mail. 192.31.196/24,
 * 192.52.193/24, 192.175.48/24 and the anycast addresses of 192.0.0/24 are inside reserved blocks
 * or name servers: no mail host either. */
static const char *const special_ranges[] = {
    "0.0.0.0/8",         "10.0.0.0/8",     "100.64.0.0/10",   "127.0.0.0/8",     "169.254.0.0/16",
    "172.16.0.0/12",     "192.0.0.0/24",   "192.0.2.0/24",    "192.31.196.0/24", "192.52.193.0/24",
    "192.88.99.0/24",    "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",   "198.51.100.0/24",
    "203.0.113.0/24",    "224.0.0.0/4",    "240.0.0.0/4",     "::/128",          "::1/128",
    "64:ff9b:1::/48",    "100::/64",       "100:0:0:1::/64",  "2001::/23",       "2001:db8::/32",
    "2620:4f:8000::/48", "3fff::/20",      "5f00::/16",       "fc00::/7",        "fe80::/10",
    "fec0::/10",         "ff00::/8",
};
#define SPECIAL_COUNT (sizeof(special_ranges) / sizeof(special_ranges[0]))

/* IPv6 forms with an IPv4 address inside, and where. Teredo (2001::/32, RFC 4380) is none of them:
 * all of 2001::/23 is special. */
static const struct {
    const char *range;
    uint8_t offset; /* of the first of its four bytes */
} embedded_ranges[] = {
    { "::/96", 12 },         /* v4-compatible, RFC 4291 §2.5.5.1 */
    { "::ffff:0:0/96", 12 }, /* v4-mapped, RFC 4291 §2.5.5.2 */
    { "64:ff9b::/96", 12 },  /* NAT64, RFC 6052 §2.1 */
    { "2002::/16", 2 },      /* 6to4, RFC 3056 §2 */
};
#define EMBEDDED_COUNT (sizeof(embedded_ranges) / sizeof(embedded_ranges[0]))

bool address_parse(struct address *a, const char *text)
{
    memset(a, 0, sizeof(*a));
    if (inet_pton(AF_INET, text, a->bytes) == 1)
        a->family = 4;
    else if (inet_pton(AF_INET6, text, a->bytes) == 1)
        a->family = 6;
    return a->family != 0;
}

void address_print(const struct address *a, char text[ADDRESS_TEXT_SIZE])
{
    if (a->family == 0 ||
        inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, text, ADDRESS_TEXT_SIZE) == NULL)
        text[0] = '\0';
}

bool address_equal(const struct address *a, const struct address *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : 16) == 0;
}

socklen_t address_sockaddr(const struct address *a, uint16_t port, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof(*out));
    if (a->family == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)out;

        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        memcpy(&in->sin_addr, a->bytes, 4);
        return sizeof(*in);
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    memcpy(&in6->sin6_addr, a->bytes, 16);
    return sizeof(*in6);
}

void address_from_sockaddr(struct address *a, const struct sockaddr *sa)
{
    memset(a, 0, sizeof(*a));
    if (sa->sa_family == AF_INET) {
        a->family = 4;
        memcpy(a->bytes, &((const struct sockaddr_in *)sa)->sin_addr, 4);
    } else if (sa->sa_family == AF_INET6) {
        a->family = 6;
        memcpy(a->bytes, &((const struct sockaddr_in6 *)sa)->sin6_addr, 16);
    }
}

bool address_range_parse(struct address_range *r, const char *text)
{
    char base[ADDRESS_TEXT_SIZE];
    const char *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    unsigned long bits;
    char *end;

    if (len >= sizeof(base))
        return false;
    memcpy(base, text, len);
    base[len] = '\0';
    if (!address_parse(&r->base, base))
        return false;
    r->bits = r->base.family == 4 ? 32 : 128;
    if (slash == NULL)
        return true;
    bits = strtoul(slash + 1, &end, 10);
    if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || bits > r->bits)
        return false;
    r->bits = (uint8_t)bits;
    return true;
}

bool address_range_has(const struct address_range *r, const struct address *a)
{
    unsigned whole = r->bits / 8, rest = r->bits % 8;
    uint8_t mask = (uint8_t)(0xff00U >> rest);

    if (r->base.family != a->family || memcmp(r->base.bytes, a->bytes, whole) != 0)
        return false;
    return rest == 0 || ((r->base.bytes[whole] ^ a->bytes[whole]) & mask) == 0;
}

size_t address_ranges_parse(struct address_ranges *rs, const char *text)
{
    size_t i = 0;

    memset(rs, 0, sizeof(*rs));
    for (;;) {
        size_t len;
        char item[ADDRESS_TEXT_SIZE + 4];

        i += strspn(text + i, ", \t");
        len = strcspn(text + i, ", \t");
        if (len == 0)
            return 0;
        rs->items = memory_grow(rs->items, rs->count + 1, sizeof(*rs->items));
        if (len < sizeof(item)) {
            memcpy(item, text + i, len);
            item[len] = '\0';
        }
        if (len >= sizeof(item) || !address_range_parse(&rs->items[rs->count], item))
            return i + 1;
        rs->count++;
        i += len;
    }
}

bool address_ranges_have(const struct address_ranges *rs, const struct address *a)
{
    for (size_t i = 0; i < rs->count; i++)
        if (address_range_has(&rs->items[i], a))
            return true;
    return false;
}

void address_ranges_free(struct address_ranges *rs)
{
    free(rs->items);
    memset(rs, 0, sizeof(*rs));
}

static bool in_special_range(const struct address *a)
{
    static struct address_range parsed[SPECIAL_COUNT];

    if (parsed[0].base.family == 0)
        for (size_t i = 0; i < SPECIAL_COUNT; i++)
            address_range_parse(&parsed[i], special_ranges[i]);
    for (size_t i = 0; i < SPECIAL_COUNT; i++)
        if (address_range_has(&parsed[i], a))
            return true;
    return false;
}

bool address_embedded(const struct address *a, struct address *inside)
{
    for (size_t i = 0; a->family == 6 && i < EMBEDDED_COUNT; i++) {
        struct address_range r;

        if (!address_range_parse(&r, embedded_ranges[i].range) || !address_range_has(&r, a))
            continue;
        memset(inside, 0, sizeof(*inside));
        inside->family = 4;
        memcpy(inside->bytes, a->bytes + embedded_ranges[i].offset, 4);
        return true;
    }
    return false;
}

/* IANA has given out nothing else of IPv6 for the Internet (IPv6 Address Space registry); a network
 * may use the rest for itself, as for IPv4-translated ::ffff:0:7f00:1 (RFC 2765 §2.1). */
static bool is_global_unicast(const struct address *a)
{
    return (a->bytes[0] & 0xe0) == 0x20; /* 2000::/3 */
}

bool address_special(const struct address *a)
{
    struct address inside;

    if (address_embedded(a, &inside))
        return in_special_range(&inside) || in_special_range(a);
    if (a->family == 6 && !is_global_unicast(a))
        return true;
    return a->family == 0 || in_special_range(a);
}

bool address_contactable(const struct address *a, const struct address_ranges *allow)
{
    return a->family != 0 && (!address_special(a) || address_ranges_have(allow, a));
}
