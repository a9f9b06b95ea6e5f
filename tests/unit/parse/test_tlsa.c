/* TLSA records (RFC 6698 §2.1) and their use for SMTP (RFC 7672 §3.1). */
#include "tests/unit/parse/judged.h"
#include "workers/parse/tlsa.h"

#define B4 "\xab\xcd\xef\x01"
#define B16 B4 B4 B4 B4
#define B32 B16 B16
#define B64 B32 B32
#define SOLE(violations) INVALID(violations ",\"tlsa-none-usable\"") ",\"usable\":0}"

static const struct judged rows[] = {
    { { TXT("\3\1\1" B32) }, VALID ",\"usable\":1}" },
    { { TXT("\2\0\2" B64) }, VALID ",\"usable\":1}" },
    { { TXT("\3\0\0x") }, VALID ",\"usable\":1}" }, /* Full(0): any length */
    { { TXT("\3\1\1" B32), TXT("\3\1\1" B32), TXT("\2\1\1" B32) }, VALID ",\"usable\":3}" },
    /* A record that cannot be used is left out; the others count (RFC 7672 §2.2). */
    { { TXT("\1\1\1" B32), TXT("\3\1\1" B32) }, NOTED("\"tlsa-usage-unusable\"") ",\"usable\":1}" },
    { { TXT("\3\1"), TXT("\3\1\1" B32) }, NOTED("\"tlsa-malformed\"") ",\"usable\":1}" },
    { { TXT("\0\1\1" B32) }, SOLE("\"tlsa-usage-unusable\"") }, /* PKIX-TA(0), PKIX-EE(1) */
    { { TXT("\1\1\1" B32) }, SOLE("\"tlsa-usage-unusable\"") },
    { { TXT("\4\1\1" B32) }, SOLE("\"tlsa-usage-unusable\"") },
    { { TXT("\xff\1\1" B32) }, SOLE("\"tlsa-usage-unusable\"") }, /* PrivCert */
    { { TXT("\3\2\1" B32) }, SOLE("\"tlsa-selector-unknown\"") },
    { { TXT("\3\1\3" B32) }, SOLE("\"tlsa-matching-unknown\"") },
    { { TXT("\3\1\1" B16) }, SOLE("\"tlsa-length\"") },
    { { TXT("\3\1\1" B32 "x") }, SOLE("\"tlsa-length\"") },
    { { TXT("\3\1\2" B32) }, SOLE("\"tlsa-length\"") },
    { { TXT("\1\2\3" B32), TXT("\3\1\1x") },
      SOLE("\"tlsa-usage-unusable\",\"tlsa-selector-unknown\",\"tlsa-matching-unknown\","
           "\"tlsa-length\"") },
    { { TXT("\3\1\1") }, SOLE("\"tlsa-malformed\"") },
    { { TXT("") }, SOLE("\"tlsa-malformed\"") },
    { { { NULL, 0 } }, ABSENT },
};

/* Presentation format (RFC 6698 §2.2): three numbers, hexadecimal with white space inside. */
static const struct {
    const char *text;
    const char *rdata;
    size_t len; /* 0: cannot be read */
    const char *printed;
} texts[] = {
    { "3 1 1 abcdef01", "\3\1\1" B4, 7, "3 1 1 abcdef01" },
    { "  3\t1 1   AB cd\tEF 01 ", "\3\1\1" B4, 7, "3 1 1 abcdef01" },
    { "255 0 255 00", "\xff\0\xff\0", 4, "255 0 255 00" },
    { "3 1 1 abcdef0", NULL, 0, NULL },
    { "3 1 1", NULL, 0, NULL },
    { "3 1 1 ", NULL, 0, NULL },
    { "3 1 1 xy", NULL, 0, NULL },
    { "256 1 1 ab", NULL, 0, NULL },
    { "0003 1 1 ab", NULL, 0, NULL },
    { "-1 1 1 ab", NULL, 0, NULL },
    { "3 1 ab cd", NULL, 0, NULL },
    { "", NULL, 0, NULL },
};

static void check_texts(void)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        size_t len = strlen(texts[i].text);
        struct bytes text = { check_at_edge(texts[i].text, len), len }, rdata;
        struct arena arena;
        struct buf out;
        struct tlsa t;

        arena_init(&arena, 256);
        buf_init(&out, 256);
        CHECK(tlsa_scan(text, &arena, &rdata) == (texts[i].len > 0), "%s", texts[i].text);
        if (texts[i].len > 0) {
            CHECK(rdata.len == texts[i].len && memcmp(rdata.data, texts[i].rdata, rdata.len) == 0,
                  "%s", texts[i].text);
            CHECK(tlsa_parse((const uint8_t *)rdata.data, rdata.len, &t), "%s", texts[i].text);
            tlsa_print(&t, &out);
            CHECK(out.len == strlen(texts[i].printed) &&
                      memcmp(out.data, texts[i].printed, out.len) == 0,
                  "%s", texts[i].text);
        }
        buf_free(&out);
        arena_free(&arena);
    }
}

int main(void)
{
    CHECK_JUDGED("tlsa", rows);
    check_texts();
    return check_report();
}
