/* BIMI assertion records (draft-brand-indicators-for-message-identification §4). */
#include "tests/unit/parse/judged.h"

#define L ",\"l\":\"https://b.c/l.svg\""

static const struct judged rows[] = {
    { { TXT("v=BIMI1; l=https://b.c/l.svg; a=https://b.c/a.pem") },
      VALID L ",\"a\":\"https://b.c/a.pem\"}" },
    { { TXT("v=BIMI1;l=https://b.c/l.svg;a=") }, VALID L ",\"a\":\"\"}" },
    { { TXT("v=BIMI1; a=https://b.c/a.pem; l=https://b.c/l.svg") },
      VALID L ",\"a\":\"https://b.c/a.pem\"}" }, /* any order behind the version */
    { { TXT("v = BIMI1 ; l = https://b.c/l.svg ;") }, VALID L "}" },
    { { TXT("v=BIMI1; l=; a=;") }, VALID ",\"l\":\"\",\"a\":\"\"}" }, /* refusal to take part */
    { { TXT("v=BIMI1; l=; avp=brand; lps=; x=y") }, VALID ",\"l\":\"\"}" }, /* unknown: ignored */
    { { TXT("v=BIMI1; l=https://b.c:8443/l.svg") }, VALID ",\"l\":\"https://b.c:8443/l.svg\"}" },
    { { TXT("v=BIMI1; a=https://b.c/a.pem") },
      INVALID("\"bimi-location-missing\"") ",\"a\":\"https://b.c/a.pem\"}" },
    { { TXT("v=BIMI1") }, INVALID("\"bimi-location-missing\"") "}" },
    { { TXT("v=BIMI1; l=http://b.c/l.svg") }, INVALID("\"bimi-location-invalid\"") "}" },
    { { TXT("v=BIMI1; l=https://localhost/l.svg") }, INVALID("\"bimi-location-invalid\"") "}" },
    { { TXT("v=BIMI1; l=https://b.c/l.svg,https://b.c/m.svg") },
      INVALID("\"bimi-location-invalid\"") "}" },
    { { TXT("v=BIMI1; l=https://b.c/l .svg") }, INVALID("\"bimi-location-invalid\"") "}" },
    { { TXT("v=BIMI1; l=https://b.c/l.svg; a=self") }, INVALID("\"bimi-evidence-invalid\"") L "}" },
    { { TXT("v=BIMI1; l=https://b.c/l.svg; l=") }, INVALID("\"bimi-syntax\"") L "}" },
    { { TXT("v=BIMI1; l=https://b.c/l.svg;;") }, INVALID("\"bimi-syntax\"") L "}" },
    { { TXT("v=BIMI1; l=https://b.c/l.svg; note") }, INVALID("\"bimi-syntax\"") L "}" },
    /* The tag-value syntax is DKIM's (RFC 6376 §3.2): names, bytes, and none twice. */
    { { TXT("v=BIMI1; v=BIMI2; l=https://b.c/l.svg") }, INVALID("\"bimi-syntax\"") L "}" },
    { { TXT("v=BIMI1; l=https://b.c/l.svg; V=BIMI1") }, INVALID("\"bimi-syntax\"") L "}" },
    { { TXT("v=BIMI1; l=https://b.c/l.svg; avp=brand; avp=personal") },
      INVALID("\"bimi-syntax\"") L "}" },
    { { TXT("v=BIMI1; l=https://b.c/l.svg; lps=; lps=x") }, INVALID("\"bimi-syntax\"") L "}" },
    { { TXT("v=BIMI1; l=https://b.c/l.svg; x@y=z") }, INVALID("\"bimi-syntax\"") L "}" },
    { { TXT("v=BIMI1; l=https://b.c/l.svg; 1=z") }, INVALID("\"bimi-syntax\"") L "}" },
    { { TXT("v=BIMI1; l=https://b.c/l.svg; =z") }, INVALID("\"bimi-syntax\"") L "}" },
    { { TXT("v=BIMI1; l=https://b.c/l.svg; x=\xc3\xa4") }, INVALID("\"bimi-syntax\"") L "}" },
    { { TXT("v=BIMI1; l=https://b.c/l.svg; x=a\0b") }, INVALID("\"bimi-syntax\"") L "}" },
    { { TXT("v=BIMI1; l=https://b.c/l.svg; x_1=a b\tc=d; x_1=") }, VALID L "}" },
    { { TXT("v=BIMI1; l="), TXT("v=BIMI1; l=") }, INVALID("\"bimi-multiple\"") "}" },
    { { TXT("v=BIMI1; l="), TXT("v=BIMI2; l=") }, NOTED("\"bimi-version\"") ",\"l\":\"\"}" },
    { { TXT("v=bimi1; l=") }, "{\"verdict\":\"absent\",\"violations\":[\"bimi-version\"]}" },
    { { TXT("v=BIMI1 l=") }, "{\"verdict\":\"absent\",\"violations\":[\"bimi-version\"]}" },
    { { TXT("l=; v=BIMI1") }, ABSENT }, /* v MUST be the first tag */
    { { { NULL, 0 } }, ABSENT },
};

int main(void)
{
    CHECK_JUDGED("bimi", rows);
    return check_report();
}
