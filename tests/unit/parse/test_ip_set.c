/* Sets of addresses: what overlaps counts once, what is taken out does not count. */
#include <string.h>

#include "scanner/base/address.h"
#include "tests/unit/check.h"
#include "workers/parse/ip_set.h"

static const struct row {
    const char *in, *out; /* networks added; networks excepted */
    uint64_t addresses, networks;
    unsigned host_bits; /* of a network in the last column but one */
} rows[] = {
    { "", "", 0, 0, 8 },
    { "192.0.2.1", "", 1, 1, 8 },
    { "0.0.0.0/0", "", 4294967296, 16777216, 8 },
    { "192.0.2.0/24 192.0.2.0/24", "", 256, 1, 8 },
    { "192.0.2.0/24 192.0.2.128/25 192.0.2.7", "", 256, 1, 8 },
    { "192.0.2.128/25 192.0.2.0/25", "", 256, 1, 8 }, /* touching */
    { "192.0.2.1 192.0.2.3 192.0.2.1", "", 2, 1, 8 },
    { "192.0.2.255 192.0.3.0", "", 2, 2, 8 },
    { "10.0.0.0/8 11.0.0.0/8 192.0.2.77/31", "", 33554434, 131073, 8 },
    { "192.0.2.77/24", "192.0.2.3", 255, 1, 8 }, /* host bits are masked */
    { "192.0.2.0/24", "192.0.2.0/24", 0, 0, 8 },
    { "192.0.2.0/24", "192.0.0.0/16", 0, 0, 8 },
    { "192.0.2.0/24", "192.0.3.0/24", 256, 1, 8 },
    { "192.0.2.0/24 198.51.100.0/24", "192.0.2.0/25 192.0.2.255 198.51.100.0", 127 + 255, 2, 8 },
    { "0.0.0.0/0", "0.0.0.0 255.255.255.255", 4294967294, 16777216, 8 },
    { "2001:db8::/32", "", UINT64_MAX, 65536, 80 }, /* all that fits into the count */
    { "2001:db8::1 2001:db8::2", "", 2, 1, 80 },
    { "2001:db8:0:1::/64 2001:db8:0:2::/64 2001:db8:1::/48", "", UINT64_MAX, 2, 80 },
    { "::/0", "", UINT64_MAX, (uint64_t)1 << 48, 80 },
    { "::/0", "::/0", 0, 0, 80 },
    { "::/0", "8000::/1", UINT64_MAX, (uint64_t)1 << 47, 80 },
};

static void add(struct ip_set *s, struct arena *arena, const char *networks)
{
    char text[256], *rest = text;

    snprintf(text, sizeof(text), "%s", networks);
    for (char *word; (word = strsep(&rest, " ")) != NULL && *word != '\0';) {
        struct address_range r;

        CHECK(address_range_parse(&r, word), "%s", word);
        ip_set_add(s, arena,
                   r.base.family == 4 ? ip_range4(r.base.bytes, r.bits)
                                      : ip_range6(r.base.bytes, r.bits));
    }
}

static void check_row(const struct row *row)
{
    struct ip_set in = { 0 }, out = { 0 }, s = { 0 };
    struct arena arena;

    arena_init(&arena, 512);
    add(&in, &arena, row->in);
    add(&out, &arena, row->out);
    ip_set_add_set(&s, &arena, &in, &out);
    if (row->addresses != UINT64_MAX)
        CHECK(ip_set_count(&s, 0) == row->addresses, "%s without %s: %lu", row->in, row->out,
              (unsigned long)ip_set_count(&s, 0));
    CHECK(ip_set_count(&s, row->host_bits) == row->networks, "%s without %s: %lu networks", row->in,
          row->out, (unsigned long)ip_set_count(&s, row->host_bits));
    arena_free(&arena);
}

/* More than any first room holds, in an order that is none. */
static void check_many(void)
{
    struct ip_set s = { 0 };
    struct arena arena;

    arena_init(&arena, 512);
    for (unsigned i = 0; i < 1000; i++) {
        unsigned n = i * 7 % 1000;

        ip_set_add(&s, &arena, ip_range4((uint8_t[4]){ 10, (uint8_t)(n >> 8), (uint8_t)n, 2 }, 32));
    }
    CHECK(s.count == 1000 && ip_set_count(&s, 0) == 1000 && ip_set_count(&s, 8) == 1000, "%zu",
          s.count);
    arena_free(&arena);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(&rows[i]);
    check_many();
    return check_report();
}
