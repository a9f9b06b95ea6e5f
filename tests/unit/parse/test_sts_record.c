/* MTA-STS TXT records (RFC 8461 §3.1). */
#include "tests/unit/parse/judged.h"

#define ID32 "0123456789abcdefABCDEF0123456789"
#define NAME32 "a23456789.123456789-123456789_12"

static const struct judged rows[] = {
    { { TXT("v=STSv1; id=20240101T000000;") }, VALID ",\"id\":\"20240101T000000\"}" },
    { { TXT("v=STSv1; id=1") },
      VALID ",\"id\":\"1\"}" }, /* [sts-field-delim]: the last ";" is optional */
    { { TXT("v=STSv1;id=1;") }, VALID ",\"id\":\"1\"}" },
    { { TXT("v=STSv1;\tid=1 \t; ") }, VALID ",\"id\":\"1\"}" }, /* *WSP ";" *WSP */
    { { TXT("v=STSv1; id=" ID32) }, VALID ",\"id\":\"" ID32 "\"}" },
    { { TXT("v=STSv1; id=" ID32 "3") }, INVALID("\"sts-id-invalid\"") "}" }, /* 33 */
    { { TXT("v=STSv1; id=") }, INVALID("\"sts-id-invalid\"") "}" },
    { { TXT("v=STSv1; id=2024-01-01") }, INVALID("\"sts-id-invalid\"") "}" },
    { { TXT("v=STSv1; id=1=2") }, INVALID("\"sts-id-invalid\"") "}" },
    { { TXT("v=STSv1; id=\xc3\xa4") }, INVALID("\"sts-id-invalid\"") "}" },
    { { TXT("v=STSv1; id=a\0b") }, INVALID("\"sts-id-invalid\"") "}" },
    { { TXT("v=STSv1; id = 1") }, INVALID("\"sts-syntax\"") "}" }, /* no WSP around "=" */
    { { TXT("v=STSv1;") }, INVALID("\"sts-id-missing\"") "}" },
    /* Of 1*(sts-field-delim sts-field) nothing is there; the version is all right (§3.1). */
    { { TXT("v=STSv1") }, INVALID("\"sts-id-missing\"") "}" },
    { { TXT("v=STSv1 ") }, INVALID("\"sts-syntax\",\"sts-id-missing\"") "}" },
    { { TXT("v=STSv1"), TXT("other") }, INVALID("\"sts-version\"") "}" }, /* both discarded */
    { { TXT("v=STSv1"), TXT("v=STSv1; id=2") }, VALID ",\"id\":\"2\"}" },
    { { TXT("v=STSv1; ID=1") }, INVALID("\"sts-id-missing\"") "}" }, /* %s"id=": an extension */
    { { TXT("v=STSv1; id=1; id=2") }, NOTED("\"sts-field-repeated\"") ",\"id\":\"1\"}" },
    { { TXT("v=STSv1; id=?; id=2") },
      INVALID("\"sts-id-invalid\",\"sts-field-repeated\"") "}" }, /* the first counts */
    /* Extensions come before or behind the id and are ignored (superset rule). */
    { { TXT("v=STSv1; x=y; id=1; " NAME32 "=<value>,~") }, VALID ",\"id\":\"1\"}" },
    { { TXT("v=STSv1; id=1; " NAME32 "3=x") },
      INVALID("\"sts-extension-invalid\"") ",\"id\":\"1\"}" },
    { { TXT("v=STSv1; id=1; x=") }, INVALID("\"sts-extension-invalid\"") ",\"id\":\"1\"}" },
    { { TXT("v=STSv1; id=1; x=a b") }, INVALID("\"sts-extension-invalid\"") ",\"id\":\"1\"}" },
    { { TXT("v=STSv1; id=1; x=a=b") }, INVALID("\"sts-extension-invalid\"") ",\"id\":\"1\"}" },
    { { TXT("v=STSv1; id=1; _x=a") }, INVALID("\"sts-extension-invalid\"") ",\"id\":\"1\"}" },
    { { TXT("v=STSv1; id=1; =a") }, INVALID("\"sts-extension-invalid\"") ",\"id\":\"1\"}" },
    { { TXT("v=STSv1; id=1;;") }, INVALID("\"sts-syntax\"") ",\"id\":\"1\"}" },
    { { TXT("v=STSv1;; id=1") }, INVALID("\"sts-syntax\"") ",\"id\":\"1\"}" },
    { { TXT("v=STSv1; id=1; ;") }, INVALID("\"sts-syntax\"") ",\"id\":\"1\"}" },
    { { TXT("v=STSv1; id=1; note") }, INVALID("\"sts-syntax\"") ",\"id\":\"1\"}" },
    { { TXT("v=STSv1; id=1 ") }, INVALID("\"sts-syntax\"") ",\"id\":\"1\"}" }, /* WSP without ";" */
    { { TXT("v=STSv1; id=1\r\n") }, INVALID("\"sts-id-invalid\"") "}" },
    /* Alone at its name the grammar decides: *WSP stands before ";" too. Postfix' and other
     * resolvers that compare nine bytes discard it. */
    { { TXT("v=STSv1 ; id=1") }, VALID ",\"id\":\"1\"}" },
    { { TXT("v=STSv1 ; id=1"), TXT("other") }, INVALID("\"sts-version\"") "}" },
    { { TXT("v=STSv1 ; id=1"), TXT("v=STSv1; id=2") }, VALID ",\"id\":\"2\"}" },
    /* "If multiple TXT records …, records that do not begin with "v=STSv1;" are discarded. */
    { { TXT("v=spf1 -all"), TXT("v=STSv1; id=2") }, VALID ",\"id\":\"2\"}" },
    { { TXT("v=STSv1; id=1"), TXT("v=STSv1; id=1") }, INVALID("\"sts-multiple\"") "}" },
    { { TXT("v=STSv1; id=1"), TXT(""), TXT("v=STSv1;") }, INVALID("\"sts-multiple\"") "}" },
    /* Meant as one. */
    { { TXT("v=STSv1 id=1") }, INVALID("\"sts-version\"") "}" },
    { { TXT("v=STSv1, id=1") }, INVALID("\"sts-version\"") "}" },
    { { TXT("V=STSv1; id=1") }, INVALID("\"sts-version\"") "}" },
    { { TXT("v=stsv1; id=1") }, INVALID("\"sts-version\"") "}" },
    { { TXT("v=STSv2; id=1") }, INVALID("\"sts-version\"") "}" },
    { { TXT("v=STS1; id=1") }, INVALID("\"sts-version\"") "}" },
    { { TXT(" v=STSv1; id=1") }, INVALID("\"sts-version\"") "}" },
    /* Nothing of the kind: absent, not invalid. */
    { { { NULL, 0 } }, ABSENT },
    { { TXT("") }, ABSENT },
    { { TXT("\0") }, ABSENT },
    { { TXT("v=ST") }, ABSENT },
    { { TXT("\"v=STSv1; id=1\"") }, ABSENT }, /* quotes inside the string */
    { { TXT("v = STSv1; id=1") }, ABSENT },
    { { TXT("some other text"), TXT("v=DMARC1; p=none") }, ABSENT },
};

int main(void)
{
    CHECK_JUDGED("mta-sts", rows);
    return check_report();
}
