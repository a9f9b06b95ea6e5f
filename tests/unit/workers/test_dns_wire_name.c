/* Names between text and wire, and through pointers. */
#include "workers/dns/wire_name.h"

#include "tests/unit/check.h"

#define BYTES(text) text, sizeof(text) - 1
#define L63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define L61 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
    const char *text;
    const char *wire;
    size_t len; /* 0: no name */
} parsed[] = {
    { "a", BYTES("\1a\0") },
    { "Example.COM", BYTES("\7Example\3COM\0") },
    { "example.com.", BYTES("\7example\3com\0") },
    { ".", BYTES("\0") },
    { "_25._tcp.mx", BYTES("\3_25\4_tcp\2mx\0") },
    { "a\\.b.c", BYTES("\3a.b\1c\0") },
    { "a\\\\b", BYTES("\3a\\b\0") },
    { "\\000\\255x", BYTES("\3\0\xffx\0") },
    { "", NULL, 0 },
    { "..", NULL, 0 },
    { ".a", NULL, 0 },
    { "a..b", NULL, 0 },
    { "a..", NULL, 0 },
    { "a\\", NULL, 0 },
    { "a\\25", NULL, 0 },
    { "a\\2x5", NULL, 0 },
    { "a\\256", NULL, 0 },
    { L63, "\x3f" L63, 65 },
    { L63 "x", NULL, 0 },
    { L63 "." L63 "." L63 "." L61, "\x3f" L63 "\x3f" L63 "\x3f" L63 "\x3d" L61, 255 },
    { L63 "." L63 "." L63 "." L61 "x", NULL, 0 },
    { L63 "." L63 "." L63 "." L61 ".", "\x3f" L63 "\x3f" L63 "\x3f" L63 "\x3d" L61, 255 },
    { L63 "." L63 "." L63 "." L61 ".x", NULL, 0 },
};

static void test_parse(void)
{
    for (size_t i = 0; i < sizeof(parsed) / sizeof(parsed[0]); i++) {
        char *out = check_at_edge("", 0); /* 255 bytes and not one more */
        uint8_t *edge = (uint8_t *)out - WIRE_NAME_MAX;
        size_t len = wire_name_parse(parsed[i].text, edge);

        CHECK(len == parsed[i].len, "%s: %zu", parsed[i].text, len);
        CHECK(len != parsed[i].len || len == 0 || memcmp(edge, parsed[i].wire, len) == 0, "%s",
              parsed[i].text);
        CHECK(len == 0 || wire_name_length(edge) == len, "%s", parsed[i].text);
    }
}

static void test_print(void)
{
    char text[WIRE_NAME_TEXT_SIZE];
    uint8_t all[WIRE_NAME_MAX] = { 0 }, again[WIRE_NAME_MAX];
    size_t len = 0;

    wire_name_print((const uint8_t *)"\3A.b\2\\\x7f\1 \0", text);
    CHECK(strcmp(text, "a\\.b.\\\\\\127.\\032") == 0, "%s", text);
    wire_name_print((const uint8_t *)"", text);
    CHECK(strcmp(text, ".") == 0, "%s", text);
    for (unsigned label = 0; label < 4; label++) { /* the longest text there is */
        size_t size = label < 3 ? 63 : 61;

        all[len] = (uint8_t)size;
        memset(all + len + 1, 0xfe, size);
        len += 1 + size;
    }
    CHECK(wire_name_print(all, text) == WIRE_NAME_TEXT_SIZE - 1, "%zu", strlen(text));
    CHECK(wire_name_parse(text, again) == 255 && memcmp(all, again, 255) == 0, "and back");
}

static void test_equal(void)
{
    CHECK(wire_name_equal((const uint8_t *)"\2aB\1c\0", (const uint8_t *)"\2Ab\1C\0"), "case");
    CHECK(!wire_name_equal((const uint8_t *)"\2ab\1c\0", (const uint8_t *)"\1a\2bc\0"), "labels");
    CHECK(!wire_name_equal((const uint8_t *)"\2ab\0", (const uint8_t *)"\2ab\1c\0"), "shorter");
    CHECK(!wire_name_equal((const uint8_t *)"\1[\0", (const uint8_t *)"\1{\0"), "no letters");
}

static const struct {
    const char *what, *data;
    size_t len, at, behind; /* behind 0: no name */
    const char *name;
} walked[] = {
    { "plain", BYTES("\1a\1b\0!"), 0, 5, "\1a\1b" },
    { "pointer", BYTES("\1b\0\1a\xc0\0"), 3, 7, "\1a\1b" },
    { "pointer to a pointer", BYTES("\1c\0\1b\xc0\0\1a\xc0\3"), 7, 11, "\1a\1b\1c" },
    { "pointer alone", BYTES("\1c\0\xc0\0"), 3, 5, "\1c" },
    { "to itself", BYTES("\xc0\0"), 0, 0, NULL },
    { "to its own start", BYTES("\1a\xc0\0"), 0, 0, NULL },
    { "into itself", BYTES("\1a\xc0\2"), 0, 0, NULL },
    { "forward", BYTES("\xc0\2\0"), 0, 0, NULL },
    { "past the end", BYTES("\0\xc0\x7f"), 1, 0, NULL },
    { "half a pointer", BYTES("\0\xc0"), 1, 0, NULL },
    { "no root", BYTES("\1a"), 0, 0, NULL },
    { "label cut off", BYTES("\3a"), 0, 0, NULL },
    { "nothing", BYTES(""), 0, 0, NULL },
    { "reserved label types", BYTES("\x40\0"), 0, 0, NULL },
    { "and the other", BYTES("\x80\0"), 0, 0, NULL },
};

static void test_walk(void)
{
    for (size_t i = 0; i < sizeof(walked) / sizeof(walked[0]); i++) {
        struct wire_message m = {
            .data = (const uint8_t *)check_at_edge(walked[i].data, walked[i].len),
            .len = walked[i].len,
            .allowance = WIRE_ALLOWANCE,
        };
        uint8_t out[WIRE_NAME_MAX];
        bool equal;
        size_t behind = wire_name_read(&m, walked[i].at, out);

        CHECK(behind == walked[i].behind, "%s: %zu", walked[i].what, behind);
        if (walked[i].behind == 0 || behind == 0)
            continue;
        CHECK(memcmp(out, walked[i].name, strlen(walked[i].name) + 1) == 0, "%s", walked[i].what);
        CHECK(wire_name_compare(&m, walked[i].at, out, &equal) == behind && equal, "%s",
              walked[i].what);
        CHECK(wire_name_compare(&m, walked[i].at, (const uint8_t *)"\1x\0", &equal) == behind &&
                  !equal,
              "%s", walked[i].what);
        CHECK(wire_name_skip(&m, walked[i].at) == behind, "%s", walked[i].what);
    }
}

/* n pointers, each to the one before. */
static size_t hop(unsigned n)
{
    uint8_t data[512] = "", out[WIRE_NAME_MAX];
    struct wire_message m = { .data = data, .len = 1 + 2 * n, .allowance = WIRE_ALLOWANCE };

    for (unsigned i = 0; i < n; i++) {
        data[1 + 2 * i] = 0xc0;
        data[2 + 2 * i] = (uint8_t)(i == 0 ? 0 : 2 * i - 1);
    }
    return wire_name_read(&m, 1 + 2 * (n - 1), out);
}

static void test_limits(void)
{
    uint8_t out[WIRE_NAME_MAX];
    struct wire_message poor = { .data = (const uint8_t *)"\1a\0", .len = 3, .allowance = 1 };

    CHECK(hop(64) == 129, "%zu", hop(64));
    CHECK(hop(65) == 0, "%zu", hop(65));
    CHECK(wire_name_read(&poor, 0, out) == 0, "allowance");
}

int main(void)
{
    test_parse();
    test_print();
    test_equal();
    test_walk();
    test_limits();
    return check_report();
}
