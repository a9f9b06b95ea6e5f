/* DMARC Policy Records (RFC 9989 §4.7, §4.8, §4.10). */
#include "tests/unit/parse/judged.h"

#define NONE ",\"p\":\"none\"}"
#define REJECT ",\"p\":\"reject\"}"
#define RUA "\"rua\":[\"mailto:a@b.c\"]}"

static const struct judged rows[] = {
    { { TXT("v=DMARC1; p=none") }, VALID NONE },
    { { TXT("v=DMARC1;p=reject;") }, VALID REJECT },
    { { TXT("v=DMARC1; p=quarantine; sp=none; np=reject; adkim=s; aspf=r; t=y; psd=u; fo=1:d:s; "
            "rua=mailto:a@b.c, https://b.c/x; ruf=mailto:d@e.f") },
      VALID
      ",\"p\":\"quarantine\",\"sp\":\"none\",\"np\":\"reject\",\"adkim\":\"s\",\"aspf\":\"r\","
      "\"t\":\"y\",\"psd\":\"u\",\"fo\":\"1:d:s\",\"rua\":[\"mailto:a@b.c\",\"https://b.c/x\"],"
      "\"ruf\":[\"mailto:d@e.f\"]}" },
    /* equals = *WSP "=" *WSP, dmarc-sep = *WSP ";" *WSP */
    { { TXT("v = DMARC1 ;\tp\t=\treject ") }, VALID REJECT },
    /* dmarc-urilist has *WSP around its commas, so HTAB too, which no other value has. */
    { { TXT("v=DMARC1; rua=mailto:a@b.c\t,\t https://b.c/x") },
      NOTED("\"dmarc-policy-assumed\"") ",\"p\":\"none\",\"rua\":[\"mailto:a@b.c\","
                                        "\"https://b.c/x\"]}" },
    { { TXT("v=DMARC1; p=none; ruf=mailto:a@b.c,\tmailto:d@e.f!10m") },
      NOTED("\"dmarc-uri-size\"") ",\"p\":\"none\",\"ruf\":[\"mailto:a@b.c\",\"mailto:d@e.f\"]}" },
    { { TXT("v=DMARC1; p=none; rua=mailto:a\t@b.c") }, NOTED("\"dmarc-uri-invalid\"") NONE },
    { { TXT("v=DMARC1; p=none; note=a\tb") }, NOTED("\"dmarc-syntax\"") NONE },
    /* Any order behind v (RFC 7489 wanted p second). */
    { { TXT("v=DMARC1; rua=mailto:a@b.c; p=reject") }, VALID ",\"p\":\"reject\"," RUA },
    /* Literals match in any case but for %s"DMARC1". */
    { { TXT("V=DMARC1; P=Reject; ADKIM=S") }, VALID ",\"p\":\"reject\",\"adkim\":\"s\"}" },
    /* §4.7: not the first, or not exactly DMARC1: the entire record is ignored. */
    { { TXT("v=dmarc1; p=none") }, "{\"verdict\":\"absent\",\"violations\":[\"dmarc-version\"]}" },
    { { TXT("v=DMARC1 p=none") }, "{\"verdict\":\"absent\",\"violations\":[\"dmarc-version\"]}" },
    { { TXT("v=DMARC1, p=none") }, "{\"verdict\":\"absent\",\"violations\":[\"dmarc-version\"]}" },
    { { TXT("v=DMARC2; p=none") }, "{\"verdict\":\"absent\",\"violations\":[\"dmarc-version\"]}" },
    { { TXT(" v=DMARC1; p=none") }, "{\"verdict\":\"absent\",\"violations\":[\"dmarc-version\"]}" },
    { { TXT("p=none; v=DMARC1") }, ABSENT },
    { { TXT("v=spf1 -all") }, ABSENT },
    { { TXT("") }, ABSENT },
    { { { NULL, 0 } }, ABSENT },
    { { TXT("x"), TXT("v=DMARC1; p=none"), TXT("v=DMARC2;") }, NOTED("\"dmarc-version\"") NONE },
    { { TXT("v=DMARC1; p=none"), TXT("v=DMARC1; p=none") }, INVALID("\"dmarc-multiple\"") "}" },
    /* §4.10.1: p missing or invalid, with and without a valid rua. */
    { { TXT("v=DMARC1") }, INVALID("\"dmarc-policy-missing\"") "}" },
    { { TXT("v=DMARC1; ruf=mailto:a@b.c") },
      INVALID("\"dmarc-policy-missing\"") ",\"ruf\":[\"mailto:a@b.c\"]}" },
    { { TXT("v=DMARC1; p=monitor") }, INVALID("\"dmarc-policy-invalid\"") "}" },
    { { TXT("v=DMARC1; rua=mailto:a@b.c") },
      NOTED("\"dmarc-policy-assumed\"") ",\"p\":\"none\"," RUA },
    { { TXT("v=DMARC1; p=monitor; rua=x,mailto:a@b.c") },
      NOTED("\"dmarc-uri-invalid\",\"dmarc-policy-assumed\"") ",\"p\":\"none\"," RUA },
    { { TXT("v=DMARC1; p=monitor; rua=a@b.c") },
      INVALID("\"dmarc-policy-invalid\",\"dmarc-uri-invalid\"") "}" },
    /* … and the same where sp or np is invalid, whatever p says. */
    { { TXT("v=DMARC1; p=reject; sp=x; rua=mailto:a@b.c") },
      NOTED("\"dmarc-sp-invalid\",\"dmarc-policy-assumed\"") ",\"p\":\"none\"," RUA },
    { { TXT("v=DMARC1; p=reject; np=x") },
      INVALID("\"dmarc-np-invalid\",\"dmarc-unprocessed\"") REJECT },
    /* §4.8: syntax errors in the remainder are ignored; defaults take their place. */
    { { TXT("v=DMARC1; p=reject;;") }, NOTED("\"dmarc-syntax\"") REJECT },
    { { TXT("v=DMARC1; p=reject; note") }, NOTED("\"dmarc-syntax\"") REJECT },
    { { TXT("v=DMARC1; p=reject; x-y=1") }, NOTED("\"dmarc-syntax\"") REJECT }, /* 1*ALPHA */
    { { TXT("v=DMARC1; p=reject; rua=") }, NOTED("\"dmarc-syntax\"") REJECT },
    { { TXT("v=DMARC1; p=reject; rua=mailto:\xc3\xa4@b.c") }, NOTED("\"dmarc-syntax\"") REJECT },
    { { TXT("v=DMARC1; p=reject; note=a\0b") }, NOTED("\"dmarc-syntax\"") REJECT },
    { { TXT("v=DMARC1; p=reject, sp=none") }, INVALID("\"dmarc-policy-invalid\"") "}" },
    { { TXT("v=DMARC1; p=reject; t=yes") }, NOTED("\"dmarc-t-invalid\"") REJECT },
    { { TXT("v=DMARC1; p=reject; psd=1") }, NOTED("\"dmarc-psd-invalid\"") REJECT },
    { { TXT("v=DMARC1; p=reject; aspf=x") }, NOTED("\"dmarc-alignment-invalid\"") REJECT },
    { { TXT("v=DMARC1; p=reject; t=") }, NOTED("\"dmarc-syntax\"") REJECT },
    /* … but a tag with a value that is none stands there all the same. */
    { { TXT("v=DMARC1; p=") }, INVALID("\"dmarc-syntax\",\"dmarc-policy-invalid\"") "}" },
    { { TXT("v=DMARC1; p=reject; sp=") },
      INVALID("\"dmarc-syntax\",\"dmarc-sp-invalid\",\"dmarc-unprocessed\"") REJECT },
    { { TXT("v=DMARC1; p=reject; np=; rua=mailto:a@b.c") },
      NOTED("\"dmarc-syntax\",\"dmarc-np-invalid\",\"dmarc-policy-assumed\"") ",\"p\":"
                                                                              "\"none\"," RUA },
    { { TXT("v=DMARC1; p=block; sp=reject; np=reject; rua=mailto:a@b.c") },
      NOTED("\"dmarc-policy-assumed\"") ",\"p\":\"none\"," RUA },
    { { TXT("v=DMARC1; p=reject; sp=reject; np=x; rua=mailto:a@b.c") },
      NOTED("\"dmarc-np-invalid\",\"dmarc-policy-assumed\"") ",\"p\":\"none\"," RUA },
    { { TXT("v=DMARC1; p=none; p=") }, INVALID("\"dmarc-syntax\",\"dmarc-tag-repeated\"") NONE },
    { { TXT("v=DMARC1; p=; p=none") },
      INVALID("\"dmarc-syntax\",\"dmarc-policy-invalid\",\"dmarc-tag-repeated\"") "}" },
    { { TXT("v=DMARC1; p=none; p") }, NOTED("\"dmarc-syntax\"") NONE }, /* no tag at all */
    { { TXT("v=DMARC1; P=none; p=reject") }, INVALID("\"dmarc-tag-repeated\"") NONE },
    { { TXT("v=DMARC1; p=none rua=mailto:a@b.c") }, INVALID("\"dmarc-policy-invalid\"") "}" },
    { { TXT("v=DMARC1; p='none'") }, INVALID("\"dmarc-policy-invalid\"") "}" },
    { { TXT("v=DMARC1; none") }, INVALID("\"dmarc-syntax\",\"dmarc-policy-missing\"") "}" },
    { { TXT("v=DMARC1; p=none\\; sp=none") },
      INVALID(
          "\"dmarc-policy-invalid\"") ",\"sp\":\"none\"}" }, /* escaped for a zone file, twice */
    { { TXT("v=DMARC1; p=none\n") }, INVALID("\"dmarc-syntax\",\"dmarc-policy-invalid\"") "}" },
    { { TXT("v=DMARC1; p=none;\xc2\xa0sp=none") }, NOTED("\"dmarc-syntax\"") NONE },
    { { TXT("v=DMARC1; ; p=none") }, NOTED("\"dmarc-syntax\"") NONE },
    { { TXT("v=DMARC1 ;p=none ; ") }, VALID NONE },
    { { TXT("v=DMARC1: p=none") }, "{\"verdict\":\"absent\",\"violations\":[\"dmarc-version\"]}" },
    { { TXT("\"v=DMARC1; p=none\"") }, ABSENT },
    { { TXT("v=DMARC1; p=none; psd=Y; fo=S:D") },
      VALID ",\"p\":\"none\",\"psd\":\"y\",\"fo\":\"S:D\"}" },
    { { TXT("v=DMARC1; p=none; rua=mailto:a@b.c mailto:d@e.f") },
      NOTED("\"dmarc-uri-invalid\"") NONE },
    { { TXT("v=DMARC1; p=none; rua=mailto: a@b.c") }, NOTED("\"dmarc-uri-invalid\"") NONE },
    /* RFC 3986 §3.2.2: brackets stand around an address literal, nowhere else in a URI. */
    { { TXT("v=DMARC1; p=none; rua=mailto:[a]@b.c") }, NOTED("\"dmarc-uri-invalid\"") NONE },
    { { TXT("v=DMARC1; p=none; rua=https://b.c/[x]") }, NOTED("\"dmarc-uri-invalid\"") NONE },
    { { TXT("v=DMARC1; p=none; rua=https://b.c?[x]") }, NOTED("\"dmarc-uri-invalid\"") NONE },
    { { TXT("v=DMARC1; p=none; rua=https://[2001:db8::1]:8443/x") },
      VALID ",\"p\":\"none\",\"rua\":[\"https://[2001:db8::1]:8443/x\"]}" },
    { { TXT("v=DMARC1; p=none; rua=mailto:a@b.c!10mb") }, NOTED("\"dmarc-uri-invalid\"") NONE },
    { { TXT("v=DMARC1; p=none; rua=MAILTO:a@b.c") },
      VALID ",\"p\":\"none\",\"rua\":[\"MAILTO:a@b.c\"]}" },
    /* dmarc-fo: each once, "0" and "1" never together, ":" between. */
    { { TXT("v=DMARC1; p=reject; fo=d:0:s") }, VALID ",\"p\":\"reject\",\"fo\":\"d:0:s\"}" },
    { { TXT("v=DMARC1; p=reject; fo=0:1") }, NOTED("\"dmarc-fo-invalid\"") REJECT },
    { { TXT("v=DMARC1; p=reject; fo=d:d") }, NOTED("\"dmarc-fo-invalid\"") REJECT },
    { { TXT("v=DMARC1; p=reject; fo=1:") }, NOTED("\"dmarc-fo-invalid\"") REJECT },
    { { TXT("v=DMARC1; p=reject; fo=1,d") }, NOTED("\"dmarc-fo-invalid\"") REJECT },
    /* obs-dmarc-report-size is ignored, any other "!" must be encoded. */
    { { TXT("v=DMARC1; p=reject; rua=mailto:a@b.c!10m") },
      NOTED("\"dmarc-uri-size\"") ",\"p\":\"reject\"," RUA },
    { { TXT("v=DMARC1; p=reject; rua=mailto:a@b.c!10") },
      NOTED("\"dmarc-uri-size\"") ",\"p\":\"reject\"," RUA },
    { { TXT("v=DMARC1; p=reject; rua=mailto:a@b.c!m") }, NOTED("\"dmarc-uri-invalid\"") REJECT },
    { { TXT("v=DMARC1; p=reject; rua=mailto:a@b.c!") }, NOTED("\"dmarc-uri-invalid\"") REJECT },
    { { TXT("v=DMARC1; p=reject; rua=10m") }, NOTED("\"dmarc-uri-invalid\"") REJECT },
    { { TXT("v=DMARC1; p=reject; rua=mailto:a!b@b.c") }, NOTED("\"dmarc-uri-invalid\"") REJECT },
    { { TXT("v=DMARC1; p=reject; rua=mailto:a@b.c,,") },
      NOTED("\"dmarc-uri-invalid\"") ",\"p\":\"reject\"," RUA },
    { { TXT("v=DMARC1; p=reject; rua=ftp://b.c/x") },
      VALID ",\"p\":\"reject\",\"rua\":[\"ftp://b.c/x\"]}" }, /* any URI; unknown schemes ignored */
    /* RFC 6376 §3.2: a name that stands twice makes the whole list invalid. */
    { { TXT("v=DMARC1; p=none; p=none") }, INVALID("\"dmarc-tag-repeated\"") NONE },
    { { TXT("v=DMARC1; p=none; v=DMARC1") }, INVALID("\"dmarc-tag-repeated\"") NONE },
    { { TXT("v=DMARC1; p=none; pct=100; rf=afrf; ri=86400") },
      NOTED("\"dmarc-tag-historic\"") NONE },
    { { TXT("v=DMARC1; p=none; x=1; x=2") }, NOTED("\"dmarc-tag-unknown\"") NONE },
};

int main(void)
{
    CHECK_JUDGED("dmarc", rows);
    return check_report();
}
