/* TLSA records (RFC 6698 §2.1) and their use for SMTP (RFC 7672 §3.1). */
#include "tests/unit/parse/judged.h"
#include "tests/unit/parse/presented.h"
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
static const struct presented texts[] = {
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

static bool print(struct bytes rdata, struct buf *out)
{
    struct tlsa t;

    if (!tlsa_parse((const uint8_t *)rdata.data, rdata.len, &t))
        return false;
    tlsa_print(&t, out);
    return true;
}

int main(void)
{
    CHECK_JUDGED("tlsa", rows);
    check_presented(texts, sizeof(texts) / sizeof(texts[0]), tlsa_scan, print);
    return check_report();
}
