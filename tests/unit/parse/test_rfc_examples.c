/* The records that the RFCs show, as they stand there: what each is said to be. */
#include "tests/unit/parse/judged.h"

#define BRISBANE                                                                           \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2" \
    "SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4O" \
    "uKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
#define FAIL(rest) VALID ",\"all\":\"fail\"" rest
#define LOOKUPS(n) ",\"lookup_terms\":" #n "}"
#define ALONE(n, all, ip4, ip6)                                                               \
    ",\"lookup_terms\":" #n ",\"lookups\":" #n ",\"void_lookups\":0,\"effective_all\":\"" all \
    "\",\"authorised\":{\"ip4\":" #ip4 ",\"ip6_48\":" #ip6
#define FEEDBACK "mailto:dmarc-feedback@example.com"
#define MONITORED VALID ",\"p\":\"none\",\"rua\":[\"" FEEDBACK "\"]"
#define TLD_TEST "\"rua\":[\"" FEEDBACK "\",\"mailto:tld-test@thirdparty.example.net\"]}"

static const struct {
    const char *kind, *section, *record, *members;
} rows[] = {
    /* SPF: with what it comes to where no lookup tells. */
    { "spf", "RFC 7208 §A.1", "v=spf1 +all",
      NOTED("\"spf-all-pass\"") ",\"all\":\"pass\"" ALONE(0, "pass", 4294967296,
                                                          281474976710656) "}}" },
    { "spf", "RFC 7208 §A.1", "v=spf1 a -all", FAIL(LOOKUPS(1)) },
    { "spf", "RFC 7208 §A.1", "v=spf1 a:example.org -all", FAIL(LOOKUPS(1)) },
    { "spf", "RFC 7208 §A.1", "v=spf1 mx -all", FAIL(LOOKUPS(1)) },
    { "spf", "RFC 7208 §A.1", "v=spf1 mx:example.org -all", FAIL(LOOKUPS(1)) },
    { "spf", "RFC 7208 §A.1", "v=spf1 mx mx:example.org -all", FAIL(LOOKUPS(2)) },
    { "spf", "RFC 7208 §A.1", "v=spf1 mx/30 mx:example.org/30 -all", FAIL(LOOKUPS(2)) },
    { "spf", "RFC 7208 §A.1", "v=spf1 ptr -all",
      NOTED("\"spf-ptr\"") ",\"all\":\"fail\"" ALONE(1, "fail", 0, 0) ",\"approximate\":true}}" },
    { "spf", "RFC 7208 §A.1", "v=spf1 ip4:192.0.2.128/28 -all",
      FAIL(ALONE(0, "fail", 16, 0) "}}") },
    { "spf", "RFC 7208 §A.2", "v=spf1 include:example.com include:example.net -all",
      FAIL(",\"includes\":[\"example.com\",\"example.net\"]" LOOKUPS(2)) },
    { "spf", "RFC 7208 §A.2", "v=spf1 redirect=example.org",
      VALID ",\"redirect\":\"example.org\"" LOOKUPS(1) },
    { "spf", "RFC 7208 §A.3",
      "v=spf1 mx include:mobile-users._spf.%{d} include:remote-users._spf.%{d} -all",
      FAIL(",\"includes\":[\"mobile-users._spf.%{d}\",\"remote-users._spf.%{d}\"]" LOOKUPS(3)) },
    { "spf", "RFC 7208 §A.3", "v=spf1 exists:%{l1r+}.%{d}",
      NOTED("\"spf-all-missing\"")
          ALONE(1, "neutral", 0, 0) ",\"approximate\":true},\"unfollowed\":[\"%{l1r+}.%{d}\"]}" },
    { "spf", "RFC 7208 §A.3", "v=spf1 exists:%{ir}.%{l1r+}.%{d}",
      NOTED("\"spf-all-missing\"") ALONE(
          1, "neutral", 0, 0) ",\"approximate\":true},\"unfollowed\":[\"%{ir}.%{l1r+}.%{d}\"]}" },
    { "spf", "RFC 7208 §A.4", "v=spf1 -include:ip4._spf.%{d} -include:ptr._spf.%{d} +all",
      NOTED("\"spf-all-pass\"") ",\"all\":\"pass\",\"includes\":[\"ip4._spf.%{d}\",\"ptr._spf."
                                "%{d}\"]" LOOKUPS(2) },
    { "spf", "RFC 7208 §A.4", "v=spf1 -ip4:192.0.2.0/24 +all",
      NOTED("\"spf-all-pass\"") ",\"all\":\"pass\"" ALONE(0, "pass", 4294967040,
                                                          281474976710656) "}}" },
    { "spf", "RFC 7208 §A.4", "v=spf1 -ptr +all",
      NOTED("\"spf-ptr\",\"spf-all-pass\"") ",\"all\":\"pass\"" ALONE(
          1, "pass", 4294967296, 281474976710656) ",\"approximate\":true}}" },
    /* DMARC */
    { "dmarc", "RFC 9989 §B.2.1", "v=DMARC1; p=none; rua=" FEEDBACK, MONITORED "}" },
    { "dmarc", "RFC 9989 §B.2.2",
      "v=DMARC1; p=none; rua=" FEEDBACK "; ruf=mailto:auth-reports@example.com",
      MONITORED ",\"ruf\":[\"mailto:auth-reports@example.com\"]}" },
    { "dmarc", "RFC 9989 §B.2.3",
      "v=DMARC1; p=none; rua=" FEEDBACK "; ruf=mailto:auth-reports@thirdparty.example.net",
      MONITORED ",\"ruf\":[\"mailto:auth-reports@thirdparty.example.net\"]}" },
    /* That by which another domain takes reports is no policy. */
    { "dmarc", "RFC 9989 §B.2.3", "v=DMARC1;", INVALID("\"dmarc-policy-missing\"") "}" },
    { "dmarc", "RFC 9989 §B.2.4",
      "v=DMARC1; rua=mailto:aggregate-reports@thirdparty.example.net; "
      "ruf=mailto:failure-reports@thirdparty.example.net",
      NOTED("\"dmarc-policy-assumed\"") ",\"p\":\"none\",\"rua\":[\"mailto:aggregate-reports@"
                                        "thirdparty.example.net\"],\"ruf\":[\"mailto:failure-"
                                        "reports@thirdparty.example.net\"]}" },
    { "dmarc", "RFC 9989 §B.2.5",
      "v=DMARC1; p=quarantine; rua=" FEEDBACK ",mailto:tld-test@thirdparty.example.net; t=y",
      VALID ",\"p\":\"quarantine\",\"t\":\"y\"," TLD_TEST },
    { "dmarc", "RFC 9989 §B.2.5",
      "v=DMARC1; p=reject; rua=" FEEDBACK ",mailto:tld-test@thirdparty.example.net",
      VALID ",\"p\":\"reject\"," TLD_TEST },
    { "dmarc", "RFC 9989 §B.3.1", "v=DMARC1; p=reject; aspf=r; rua=" FEEDBACK,
      VALID ",\"p\":\"reject\",\"aspf\":\"r\",\"rua\":[\"" FEEDBACK "\"]}" },
    /* DKIM */
    { "dkim", "RFC 6376 §C.2", "v=DKIM1; p=" BRISBANE,
      NOTED("\"dkim-key-below-2048\"") ",\"k\":\"rsa\",\"bits\":1024}" },
    { "dkim", "RFC 8463 §A.2", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
      VALID ",\"k\":\"ed25519\",\"bits\":256}" },
    /* MTA-STS, TLS-RPT */
    { "mta-sts", "RFC 8461 §A", "v=STSv1; id=20160831085700Z;",
      VALID ",\"id\":\"20160831085700Z\"}" },
    { "tls-rpt", "RFC 8460 §3", "v=TLSRPTv1;rua=mailto:reports@example.com",
      VALID ",\"rua\":[\"mailto:reports@example.com\"]}" },
    { "tls-rpt", "RFC 8460 §3", "v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt",
      VALID ",\"rua\":[\"https://reporting.example.com/v1/tlsrpt\"]}" },
    /* CAA */
    { "caa", "RFC 8659 §4.2", "0 issue \"ca1.example.net\"",
      VALID ",\"issue\":[\"ca1.example.net\"]}" },
    { "caa", "RFC 8659 §4.2", "0 issue \"ca1.example.net; account=230123\"",
      VALID ",\"issue\":[\"ca1.example.net\"]}" },
    { "caa", "RFC 8659 §4.2", "0 issue \";\"", VALID ",\"issue\":[]}" },
    { "caa", "RFC 8659 §4.2", "0 issue \"%%%%%\"",
      INVALID("\"caa-issuer-invalid\"") ",\"issue\":[]}" },
    { "caa", "RFC 8659 §4.4", "0 iodef \"mailto:security@example.com\"",
      VALID ",\"iodef\":[\"mailto:security@example.com\"]}" },
    { "caa", "RFC 8659 §4.4", "0 iodef \"https://iodef.example.com/\"",
      VALID ",\"iodef\":[\"https://iodef.example.com/\"]}" },
    { "caa", "RFC 8659 §4.5", "128 tbs \"Unknown\"", NOTED("\"caa-critical-unknown\"") "}" },
    /* TLSA: of the web; a mail server's sender can use neither (RFC 7672 §3.1.3). */
    { "tlsa", "RFC 6698 §2.3",
      "0 0 1 d2abde240d7cd3ee6b4b28c54df034b9 7983a1d16e8a410e4561cb106618e971",
      INVALID("\"tlsa-usage-unusable\",\"tlsa-none-usable\"") ",\"usable\":0}" },
    { "tlsa", "RFC 6698 §2.3",
      "1 1 2 92003ba34942dc74152e2f2c408d29ec a5a520e7f2e06bb944f4dca346baf63c "
      "1b177615d466f6c4b71c216a50292bd5 8c9ebdd2f74e38fe51ffd48c43326cbc",
      INVALID("\"tlsa-usage-unusable\",\"tlsa-none-usable\"") ",\"usable\":0}" },
};

static void check_row(size_t i)
{
    const struct judgement *j = judgement_find(rows[i].kind);
    size_t len = strlen(rows[i].record);
    struct judged row = { { { check_at_edge(rows[i].record, len), len } }, rows[i].members };
    struct arena arena;

    arena_init(&arena, 512);
    CHECK(j->scan == NULL || j->scan(row.txts[0], &arena, &row.txts[0]), "%s", rows[i].record);
    check_judged_by(j->write, rows[i].section, &row, 1);
    arena_free(&arena);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(i);
    return check_report();
}
