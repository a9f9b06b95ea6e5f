/* Records on which implementations differ, the same for each protocol, from the RDATA on: how it is
 * cut into strings, white space before ";", a trailing ";;", another case, empty strings, bytes
 * above 0x7f, NUL, and as much of it as RDATA can hold. Each row says what the grammar says. */
#include "tests/unit/parse/judged.h"
#include "workers/parse/txt.h"

#define PIECES_MAX 4

struct row {
    const char *kind;
    struct bytes pieces[PIECES_MAX]; /* character-strings of one TXT record, up to the first NULL */
    const char *members;
};

#define KEY "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define MEANT(violation) "{\"verdict\":\"absent\",\"violations\":[\"" violation "\"]}"
#define GOOD_SPF VALID ",\"all\":\"fail\",\"lookup_terms\":1}"
#define GOOD_DMARC VALID ",\"p\":\"none\"}"
#define GOOD_DKIM VALID ",\"k\":\"ed25519\",\"bits\":256}"
#define GOOD_STS VALID ",\"id\":\"1\"}"
#define GOOD_RPT VALID ",\"rua\":[\"mailto:a@b.c\"]}"
#define GOOD_BIMI VALID ",\"l\":\"https://b.c/l.svg\"}"

static const struct row rows[] = {
    /* Cut within a tag: joined without a gap (RFC 7208 §3.3, RFC 6376 §3.6.2.2, RFC 8461 §3.1). */
    { "spf", { TXT("v=sp"), TXT("f1 m"), TXT("x -all") }, GOOD_SPF },
    { "dmarc", { TXT("v=DMA"), TXT("RC1; p"), TXT("=none") }, GOOD_DMARC },
    { "dkim",
      { TXT("v=DKIM1; k=ed2551"), TXT("9; p=11qYAYKxCr"),
        TXT("fVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=") },
      GOOD_DKIM },
    { "mta-sts", { TXT("v=STSv"), TXT("1; i"), TXT("d=1;") }, GOOD_STS },
    { "tls-rpt", { TXT("v=TLSRPTv1; ru"), TXT("a=mail"), TXT("to:a@b.c") }, GOOD_RPT },
    { "bimi", { TXT("v=BIMI1; l=https://"), TXT("b.c/l.svg") }, GOOD_BIMI },
    /* A gap is none that the strings make. */
    { "spf", { TXT("v=spf1"), TXT("mx -all") }, MEANT("spf-version") },
    /* Empty strings count for nothing, wherever they stand. */
    { "spf", { TXT(""), TXT("v=spf1 mx"), TXT(""), TXT(" -all") }, GOOD_SPF },
    { "dmarc", { TXT(""), TXT("v=DMARC1;"), TXT(""), TXT(" p=none") }, GOOD_DMARC },
    { "dkim", { TXT(""), TXT("v=DKIM1; k=ed25519; p="), TXT(KEY), TXT("") }, GOOD_DKIM },
    { "mta-sts", { TXT(""), TXT("v=STSv1;"), TXT(""), TXT(" id=1") }, GOOD_STS },
    { "tls-rpt", { TXT(""), TXT("v=TLSRPTv1;"), TXT(""), TXT("rua=mailto:a@b.c") }, GOOD_RPT },
    { "bimi", { TXT(""), TXT("v=BIMI1;"), TXT(""), TXT("l=https://b.c/l.svg") }, GOOD_BIMI },
    { "spf", { TXT("") }, ABSENT },
    { "dmarc", { TXT("") }, ABSENT },
    { "dkim", { TXT("") }, ABSENT },
    { "mta-sts", { TXT("") }, ABSENT },
    { "tls-rpt", { TXT("") }, ABSENT },
    { "bimi", { TXT("") }, ABSENT },
    /* White space before the first ";". */
    { "spf",
      { TXT("v=spf1 ; mx -all") },
      INVALID("\"spf-term-unknown\"") ",\"all\":\"fail\",\"lookup_terms\":1}" },
    { "dmarc", { TXT("v=DMARC1 \t; p=none") }, GOOD_DMARC },
    { "dkim", { TXT("v=DKIM1 \t; k=ed25519; p=" KEY) }, GOOD_DKIM },
    { "mta-sts", { TXT("v=STSv1 \t; id=1") }, GOOD_STS },
    { "tls-rpt", { TXT("v=TLSRPTv1 \t; rua=mailto:a@b.c") }, GOOD_RPT },
    { "bimi", { TXT("v=BIMI1 \t; l=https://b.c/l.svg") }, GOOD_BIMI },
    /* ";;" at the end: DMARC passes over what it cannot read, the others have no such field. */
    { "dmarc", { TXT("v=DMARC1; p=none;;") }, NOTED("\"dmarc-syntax\"") ",\"p\":\"none\"}" },
    { "dkim",
      { TXT("v=DKIM1; k=ed25519; p=" KEY ";;") },
      INVALID("\"dkim-syntax\"") ",\"k\":\"ed25519\",\"bits\":256}" },
    { "mta-sts", { TXT("v=STSv1; id=1;;") }, INVALID("\"sts-syntax\"") ",\"id\":\"1\"}" },
    { "tls-rpt",
      { TXT("v=TLSRPTv1; rua=mailto:a@b.c;;") },
      INVALID("\"tlsrpt-syntax\"") ",\"rua\":[\"mailto:a@b.c\"]}" },
    { "bimi",
      { TXT("v=BIMI1; l=https://b.c/l.svg;;") },
      INVALID("\"bimi-syntax\"") ",\"l\":\"https://b.c/l.svg\"}" },
    /* Another case of the version: SPF's is free (RFC 7208 §4.5, RFC 5234), all others' is not. */
    { "spf", { TXT("V=SPF1 MX -ALL") }, GOOD_SPF },
    { "dmarc", { TXT("v=dmarc1; p=none") }, MEANT("dmarc-version") },
    { "dkim", { TXT("v=dkim1; k=ed25519; p=" KEY) }, MEANT("dkim-version") },
    { "mta-sts", { TXT("v=STSV1; id=1") }, INVALID("\"sts-version\"") "}" },
    { "tls-rpt", { TXT("v=TLSRPTV1; rua=mailto:a@b.c") }, INVALID("\"tlsrpt-version\"") "}" },
    { "bimi", { TXT("v=bimi1; l=https://b.c/l.svg") }, MEANT("bimi-version") },
    /* And of the names of tags: only DMARC's are free. */
    { "dmarc", { TXT("V=DMARC1; P=none") }, GOOD_DMARC },
    { "dkim",
      { TXT("v=DKIM1; k=ed25519; p=" KEY "; S=email") },
      NOTED("\"dkim-tag-unknown\"") ",\"k\":\"ed25519\",\"bits\":256}" },
    { "mta-sts", { TXT("v=STSv1; Id=1") }, INVALID("\"sts-id-missing\"") "}" },
    { "tls-rpt", { TXT("v=TLSRPTv1; Rua=mailto:a@b.c") }, INVALID("\"tlsrpt-rua-missing\"") "}" },
    /* Ids of 32 and 33 characters, cut in two. */
    { "mta-sts",
      { TXT("v=STSv1; id=0123456789abcdef"), TXT("0123456789abcdef") },
      VALID ",\"id\":\"0123456789abcdef0123456789abcdef\"}" },
    { "mta-sts",
      { TXT("v=STSv1; id=0123456789abcdef"), TXT("0123456789abcdef0") },
      INVALID("\"sts-id-invalid\"") "}" },
    /* Bytes above 0x7f, behind what is needed. */
    { "spf", { TXT("v=spf1 mx x=\xc3\xa4 -all") }, INVALID("\"spf-not-ascii\"") "}" },
    { "dmarc",
      { TXT("v=DMARC1; p=none; x=\xc3\xa4") },
      NOTED("\"dmarc-syntax\"") ",\"p\":\"none\"}" },
    { "dkim",
      { TXT("v=DKIM1; k=ed25519; p=" KEY "; n=\xc3\xa4") },
      INVALID("\"dkim-syntax\"") ",\"k\":\"ed25519\",\"bits\":256}" },
    { "mta-sts",
      { TXT("v=STSv1; id=1; x=\xc3\xa4") },
      INVALID("\"sts-extension-invalid\"") ",\"id\":\"1\"}" },
    { "tls-rpt",
      { TXT("v=TLSRPTv1; rua=mailto:a@b.c; x=\xff") },
      INVALID("\"tlsrpt-extension-invalid\"") ",\"rua\":[\"mailto:a@b.c\"]}" },
    { "bimi",
      { TXT("v=BIMI1; l=https://b.c/\xc3\xa4.svg") },
      INVALID("\"bimi-location-invalid\"") "}" },
    /* NUL ends nothing. */
    { "spf",
      { TXT("v=spf1 mx\0 -all") },
      INVALID("\"spf-term-unknown\"") ",\"all\":\"fail\",\"lookup_terms\":0}" },
    { "dmarc",
      { TXT("v=DMARC1; p=none; x=a\0b; sp=reject") },
      NOTED("\"dmarc-syntax\"") ",\"p\":\"none\",\"sp\":\"reject\"}" },
    { "dmarc", { TXT("v=DMARC1\0; p=none") }, MEANT("dmarc-version") },
    { "dkim",
      { TXT("v=DKIM1; k=ed25519; p=" KEY "\0") },
      INVALID("\"dkim-syntax\",\"dkim-key-missing\"") ",\"k\":\"ed25519\"}" },
    { "mta-sts", { TXT("v=STSv1; id=1\0") }, INVALID("\"sts-id-invalid\"") "}" },
    { "tls-rpt", { TXT("v=TLSRPTv1; rua=mailto:a@b.c\0") }, INVALID("\"tlsrpt-rua-invalid\"") "}" },
    { "bimi", { TXT("v=BIMI1; l=https://b.c/l.svg\0") }, INVALID("\"bimi-location-invalid\"") "}" },
};

static void check(const char *kind, const uint8_t *rdata, size_t len, const char *wanted)
{
    struct arena arena;
    struct json_writer w;
    struct bytes text;
    struct buf out;

    arena_init(&arena, 512);
    buf_init(&out, BUF_NO_CEILING);
    json_writer_init(&w, &out);
    json_open_object(&w, NULL);
    CHECK(txt_join(rdata, len, &arena, &text), "%s: no TXT", kind);
    judgement_find(kind)->write(&w, &text, 1, &arena);
    json_close_object(&w);
    CHECK(out.len == strlen(wanted) && memcmp(out.data, wanted, out.len) == 0,
          "%s: %.80s\n  gave %.*s\n  want %s", kind, text.data, (int)out.len, out.data, wanted);
    buf_free(&out);
    arena_free(&arena);
}

static void check_rows(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t rdata[512];
        size_t len = 0;

        for (size_t k = 0; k < PIECES_MAX && rows[i].pieces[k].data != NULL; k++) {
            rdata[len++] = (uint8_t)rows[i].pieces[k].len;
            memcpy(rdata + len, rows[i].pieces[k].data, rows[i].pieces[k].len);
            len += rows[i].pieces[k].len;
        }
        check(rows[i].kind, (const uint8_t *)check_at_edge(rdata, len), len, rows[i].members);
    }
}

/* 65,535 bytes of RDATA: a record, and one more tag of all that is left. */
static void check_longest(void)
{
    static const struct {
        const char *kind, *begins, *members;
    } longest[] = {
        { "spf", "v=spf1 mx -all x=",
          NOTED("\"spf-modifier-unknown\"") ",\"all\":\"fail\",\"lookup_terms\":1}" },
        { "dmarc", "v=DMARC1; p=none; x=", NOTED("\"dmarc-tag-unknown\"") ",\"p\":\"none\"}" },
        { "dkim", "v=DKIM1; k=ed25519; p=" KEY "; x=",
          NOTED("\"dkim-tag-unknown\"") ",\"k\":\"ed25519\",\"bits\":256}" },
        { "mta-sts", "v=STSv1; id=1; x=", GOOD_STS },
        { "tls-rpt", "v=TLSRPTv1; rua=mailto:a@b.c; x=", GOOD_RPT },
        { "bimi", "v=BIMI1; l=https://b.c/l.svg; x=", GOOD_BIMI },
    };
    static uint8_t rdata[65535];

    for (size_t i = 0; i < sizeof(longest) / sizeof(longest[0]); i++) {
        memset(rdata, 'x', sizeof(rdata));
        for (size_t at = 0; at < sizeof(rdata); at += 256)
            rdata[at] = (uint8_t)(at + 256 <= sizeof(rdata) ? 255 : sizeof(rdata) - at - 1);
        memcpy(rdata + 1, longest[i].begins, strlen(longest[i].begins));
        check(longest[i].kind, (const uint8_t *)check_at_edge(rdata, sizeof(rdata)), sizeof(rdata),
              longest[i].members);
    }
}

int main(void)
{
    check_rows();
    check_longest();
    return check_report();
}
