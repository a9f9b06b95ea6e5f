/* CAA records (RFC 8659, RFC 9495): RDATA, presentation form, judgement. */
#include "tests/unit/parse/judged.h"
#include "tests/unit/parse/presented.h"
#include "workers/parse/caa.h"

/* flags, tag with its length, value */
#define ISSUE "\0\5issue"
#define ISSUEWILD "\0\11issuewild"
#define ISSUEMAIL "\0\11issuemail"
#define IODEF "\0\5iodef"

#define BAD_ISSUER INVALID("\"caa-issuer-invalid\"") ",\"issue\":[]}"
#define BAD_IODEF INVALID("\"caa-iodef-invalid\"") "}"
#define NOBODY VALID ",\"issue\":[]}"
#define CA VALID ",\"issue\":[\"ca1.example.net\"]}"

static const struct judged rows[] = {
    { { TXT(ISSUE "ca1.example.net") }, CA },
    { { { NULL, 0 } }, ABSENT },
    /* §4.2: an issuer, parameters, white space. */
    { { TXT(ISSUE " ca1.example.net\t") }, CA },
    { { TXT(ISSUE "ca1.example.net; account=230123") }, CA },
    { { TXT(ISSUE "ca1.example.net ;a=b;c-d = e ") }, CA },
    { { TXT(ISSUE "ca1.example.net;") }, CA },
    { { TXT(ISSUE "ca1.example.net; a=") }, CA },
    { { TXT(ISSUE "ca1.example.net; a=b=c") }, CA },
    { { TXT(ISSUE ";") }, NOBODY },
    { { TXT(ISSUE "") }, NOBODY },
    { { TXT(ISSUE " ; ") }, NOBODY },
    { { TXT(ISSUE "%%%%%") }, BAD_ISSUER }, /* §4.2 has this very value */
    { { TXT(ISSUE "ca1_x.example.net") }, BAD_ISSUER },
    { { TXT(ISSUE "ca1..example.net") }, BAD_ISSUER },
    { { TXT(ISSUE "ca1.example.net.") }, BAD_ISSUER },
    { { TXT(ISSUE "-ca1.example.net") }, BAD_ISSUER },
    { { TXT(ISSUE "ca1.example.net ca2.example.net") }, BAD_ISSUER },
    { { TXT(ISSUE "https://ca1.example.net") }, BAD_ISSUER },
    { { TXT(ISSUE "\"ca1.example.net\"") }, BAD_ISSUER },
    { { TXT(ISSUE "ca1.example.net; policy") }, BAD_ISSUER },
    { { TXT(ISSUE "ca1.example.net; a=b;") }, BAD_ISSUER },
    { { TXT(ISSUE "ca1.example.net; a=b c=d") }, BAD_ISSUER },
    { { TXT(ISSUE "ca1.example.net; a_b=c") }, BAD_ISSUER },
    { { TXT(ISSUE "ca1.example.net; a.b=c") }, BAD_ISSUER },
    { { TXT(ISSUE "ca1.example.net; =c") }, BAD_ISSUER },
    { { TXT(ISSUE "ca1.example.net\0") }, BAD_ISSUER },
    { { TXT(ISSUE "ca1.example.net; a=\xc3\xa4") }, BAD_ISSUER },
    /* §4.3, RFC 9495; §4.1: tags in any case. */
    { { TXT(ISSUEWILD ";") }, VALID ",\"issuewild\":[]}" },
    { { TXT("\0\5IsSuE"
            "ca1.example.net") },
      CA },
    { { TXT(ISSUE "a.b"), TXT(ISSUE ";"), TXT(ISSUEWILD "c.d"), TXT(ISSUEMAIL "e.f") },
      VALID ",\"issue\":[\"a.b\"],\"issuewild\":[\"c.d\"],\"issuemail\":[\"e.f\"]}" },
    { { TXT(ISSUE "a.b"), TXT(ISSUE "%") },
      INVALID("\"caa-issuer-invalid\"") ",\"issue\":[\"a.b\"]}" },
    /* §4.4 */
    { { TXT(IODEF "mailto:security@example.com") },
      VALID ",\"iodef\":[\"mailto:security@example.com\"]}" },
    { { TXT(IODEF "https://iodef.example.com/") },
      VALID ",\"iodef\":[\"https://iodef.example.com/\"]}" },
    { { TXT(IODEF "security@example.com") }, BAD_IODEF },
    { { TXT(IODEF "tel:+1") }, BAD_IODEF },
    { { TXT(IODEF "mailto:") }, BAD_IODEF },
    { { TXT(IODEF "") }, BAD_IODEF },
    /* §4.1: flags and unknown properties. */
    { { TXT("\200\5issueca1.example.net") }, CA },
    { { TXT("\1\5issueca1.example.net") },
      NOTED("\"caa-flags-reserved\"") ",\"issue\":[\"ca1.example.net\"]}" },
    { { TXT("\0\3tbsUnknown") }, NOTED("\"caa-tag-unknown\"") "}" },
    { { TXT("\200\3tbsUnknown") }, NOTED("\"caa-critical-unknown\"") "}" },
    { { TXT("\0\14contactemaila@b.c") }, VALID "}" },
    { { TXT("\0\10issuevmcdigicert.com") }, VALID "}" },
    /* RDATA that is none. */
    { { TXT("") }, INVALID("\"caa-malformed\"") "}" },
    { { TXT("\0") }, INVALID("\"caa-malformed\"") "}" },
    { { TXT("\0\0") }, INVALID("\"caa-malformed\"") "}" },
    { { TXT("\0\6issue") }, INVALID("\"caa-malformed\"") "}" },
    { { TXT("\0\377issue") }, INVALID("\"caa-malformed\"") "}" },
    { { TXT("\0\5is-ue;") }, INVALID("\"caa-malformed\"") "}" },
    { { TXT("\0\5issu\xe9;") }, INVALID("\"caa-malformed\"") "}" },
};

/* Presentation form to RDATA and back. */
static const struct presented texts[] = {
    { "0 issue \"ca.example\"", ISSUE "ca.example", 17, "0 issue \"ca.example\"" },
    { "0 issue ca.example", ISSUE "ca.example", 17, "0 issue \"ca.example\"" },
    { "128\tissue  \";\"", "\200\5issue;", 8, "128 issue \";\"" },
    { " 0 issue \"\" ", ISSUE, 7, "0 issue \"\"" },
    { "0 issue \"a b\\\"c\\\\d\\065\\000\\255\"", ISSUE "a b\"c\\dA\0\xff", 17,
      "0 issue \"a b\\\"c\\\\dA\\000\\255\"" },
    { "255 x \"\\x\"", "\377\1xx", 4, "255 x \"x\"" },
    { "0 issue \"a\" b", NULL, 0, NULL },
    { "0 issue a b", NULL, 0, NULL },
    { "0 issue \"a", NULL, 0, NULL },
    { "0 issue \"a\\\"", NULL, 0, NULL },
    { "0 issue \"a\\", NULL, 0, NULL },
    { "0 issue \"\\25\"", NULL, 0, NULL },
    { "0 issue \"\\256\"", NULL, 0, NULL },
    { "0 issue a\"b", NULL, 0, NULL },
    { "0 issue", NULL, 0, NULL },
    { "0 is_ue \"a\"", NULL, 0, NULL },
    { "256 issue \"a\"", NULL, 0, NULL },
    { "0000 issue \"a\"", NULL, 0, NULL },
    { "-1 issue \"a\"", NULL, 0, NULL },
    { "issue \"a\"", NULL, 0, NULL },
    { "", NULL, 0, NULL },
};

static bool print(struct bytes rdata, struct buf *out)
{
    struct caa c;

    if (!caa_parse((const uint8_t *)rdata.data, rdata.len, &c))
        return false;
    caa_print(&c, out);
    return true;
}

int main(void)
{
    CHECK_JUDGED("caa", rows);
    check_presented(texts, sizeof(texts) / sizeof(texts[0]), caa_scan, print);
    return check_report();
}
