/* Addresses: which of them a scanner must never contact. */
#include "scanner/base/address.h"
#include "tests/unit/check.h"

static const struct {
    const char *text;
    bool special;
} addresses[] = {
    { "8.8.8.8", false },
    { "0.0.0.0", true },
    { "10.1.2.3", true },
    { "11.0.0.0", false },
    { "100.63.255.255", false },
    { "100.64.0.1", true }, /* carrier NAT */
    { "100.128.0.0", false },
    { "127.64.0.1", true },
    { "169.254.169.254", true }, /* cloud metadata */
    { "172.15.255.255", false },
    { "172.16.0.1", true },
    { "172.32.0.0", false },
    { "192.0.2.1", true },
    { "192.168.1.1", true },
    { "198.18.0.1", true },
    { "198.20.0.0", false },
    { "223.255.255.255", false },
    { "224.0.0.1", true },
    { "255.255.255.255", true },
    { "2a00:1450::1", false },
    { "::", true },
    { "::1", true },
    { "fe80::1", true },
    { "fd00::1", true },
    { "ff02::1", true },
    { "2001:db8::1", true },
    { "::ffff:10.0.0.1", true }, /* v4-mapped */
    { "::ffff:8.8.8.8", false },
    { "64:ff9b::7f00:1", true }, /* NAT64 of 127.0.0.1 */
    { "64:ff9b::808:808", false },
    { "2002:a00:1::1", true }, /* 6to4 of 10.0.0.1 */
    { "2002:808:808::1", false },
    { "::7f00:1", true },         /* v4-compatible 127.0.0.1 */
    { "2001::f7f7:f7f7", true },  /* Teredo, though of 8.8.8.8 */
    { "2001:1ff:ffff::1", true }, /* IETF protocol assignments */
    { "2001:200::1", false },
    { "::ffff:0:7f00:1", true }, /* IPv4-translated 127.0.0.1 */
    { "4000::1", true },         /* nobody's */
    { "fe00::1", true },
    { "3ffe::1", false },
};

static void test_special(void)
{
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        struct address a;
        char text[ADDRESS_TEXT_SIZE];

        CHECK(address_parse(&a, addresses[i].text), "%s", addresses[i].text);
        CHECK(address_special(&a) == addresses[i].special, "%s", addresses[i].text);
        address_print(&a, text);
        CHECK(strcmp(text, addresses[i].text) == 0 || strncmp(text, "::", 2) == 0, "%s: %s",
              addresses[i].text, text);
    }
}

static void test_ranges(void)
{
    struct address_ranges allow;
    struct address a;
    static const char *const bad[] = { "x",      "10.0.0.0/33", "10.0.0.0/",
                                       "::/129", "10.0.0.0/8x", "10.0.0.0/-1" };

    CHECK(address_ranges_parse(&allow, "127.64.0.0/10, fd64:6d78::/32") == 0 && allow.count == 2,
          "two ranges");
    address_parse(&a, "127.127.255.255");
    CHECK(address_contactable(&a, &allow), "inside");
    address_parse(&a, "127.63.255.255");
    CHECK(!address_contactable(&a, &allow), "below");
    address_parse(&a, "127.128.0.0");
    CHECK(!address_contactable(&a, &allow), "above");
    address_parse(&a, "fd64:6d78:1::1");
    CHECK(address_contactable(&a, &allow), "v6 inside");
    address_parse(&a, "fd64:6d79::1");
    CHECK(!address_contactable(&a, &allow), "v6 beside");
    address_ranges_free(&allow);
    CHECK(address_ranges_parse(&allow, "10.0.0.0/8 nonsense") == 12,
          "where the first bad one stands");
    address_ranges_free(&allow);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct address_range r;

        CHECK(!address_range_parse(&r, bad[i]), "%s", bad[i]);
    }
}

int main(void)
{
    test_special();
    test_ranges();
    return check_report();
}
