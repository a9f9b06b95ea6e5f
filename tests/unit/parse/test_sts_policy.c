/* MTA-STS policy bodies (RFC 8461 §3.2). */
#include "tests/unit/check.h"
#include "workers/parse/judgement.h"

#define HEAD "version: STSv1\n"
#define AGE "max_age: 604800\n"
#define MX "mx: mx.b.c\n"
#define ENFORCE HEAD "mode: enforce\n" AGE
#define OF(violations) "\"violations\":[" violations "],"
#define READ "\"mode\":\"enforce\",\"max_age\":604800"
#define READ_MX READ ",\"mx\":[\"mx.b.c\"]}"

#define BODY(text) (text), sizeof(text) - 1
static const struct {
    const char *body;
    size_t len;
    bool valid;
    const char *members;
} rows[] = {
    { BODY(ENFORCE MX), true, "{" READ_MX },
    { BODY("version: STSv1\r\nmode: enforce\r\nmax_age: 604800\r\nmx: mx.b.c\r\n"), true,
      "{" READ_MX },
    { BODY("version: STSv1\r\nmode: enforce\nmax_age: 604800\nmx: mx.b.c"), true, "{" READ_MX },
    { BODY("mx: mx.b.c\nmax_age: 604800\nmode: enforce\nversion: STSv1"), true, "{" READ_MX },
    { BODY("version:STSv1\nmode:\t enforce \nmax_age: 604800\t\nmx:mx.b.c"), true, "{" READ_MX },
    { BODY(HEAD "mode: testing\nmax_age: 0\nmx: *.b.c\nmx: MX.b.c\n"), true,
      "{" OF("\"policy-max-age-short\"") "\"mode\":\"testing\",\"max_age\":0,\"mx\":[\"*.b.c\","
                                         "\"MX.b.c\"]}" },
    /* mx "required at least once, except when mode is none" */
    { BODY(HEAD "mode: none\nmax_age: 1\n"), true,
      "{" OF("\"policy-max-age-short\"") "\"mode\":\"none\",\"max_age\":1}" },
    { BODY(HEAD "mode: none\nmax_age: 1\n" MX), true,
      "{" OF("\"policy-max-age-short\"") "\"mode\":\"none\",\"max_age\":1,\"mx\":[\"mx.b.c\"]}" },
    { BODY(ENFORCE), false, "{" OF("\"policy-mx-missing\"") READ "}" },
    /* Fields */
    { BODY("mode: enforce\n" AGE MX), false, "{" OF("\"policy-version-missing\"") READ_MX },
    { BODY("version: STSv2\nmode: enforce\n" AGE MX), false,
      "{" OF("\"policy-version-invalid\"") READ_MX },
    { BODY("version: stsv1\nmode: enforce\n" AGE MX), false,
      "{" OF("\"policy-version-invalid\"") READ_MX },
    { BODY("version: \nmode: enforce\n" AGE MX), false,
      "{" OF("\"policy-version-invalid\"") READ_MX },
    { BODY(HEAD AGE MX), false,
      "{" OF("\"policy-mode-missing\"") "\"max_age\":604800,\"mx\":[\"mx.b.c\"]}" },
    { BODY(HEAD "mode: Enforce\n" AGE MX), false,
      "{" OF("\"policy-mode-invalid\"") "\"max_age\":604800,\"mx\":[\"mx.b.c\"]}" },
    { BODY(HEAD "mode: report\n" AGE MX), false,
      "{" OF("\"policy-mode-invalid\"") "\"max_age\":604800,\"mx\":[\"mx.b.c\"]}" },
    { BODY(HEAD "Mode: enforce\n" AGE MX), false, /* %s"mode": this one is an extension */
      "{" OF("\"policy-mode-missing\",\"policy-field-case\"") "\"max_age\":604800,"
                                                              "\"mx\":[\"mx.b.c\"]}" },
    { BODY(HEAD "mode: enforce\n" MX), false,
      "{" OF("\"policy-max-age-missing\"") "\"mode\":\"enforce\",\"mx\":[\"mx.b.c\"]}" },
    { BODY(HEAD "mode: none\nmax_age: \n"), false,
      "{" OF("\"policy-max-age-invalid\"") "\"mode\":\"none\"}" },
    { BODY(HEAD "mode: none\nmax_age: -1\n"), false,
      "{" OF("\"policy-max-age-invalid\"") "\"mode\":\"none\"}" },
    { BODY(HEAD "mode: none\nmax_age: 1d\n"), false,
      "{" OF("\"policy-max-age-invalid\"") "\"mode\":\"none\"}" },
    { BODY(HEAD "mode: none\nmax_age: 10 000\n"), false,
      "{" OF("\"policy-max-age-invalid\"") "\"mode\":\"none\"}" },
    { BODY(HEAD "mode: none\nmax_age: 00000000001\n"), false, /* 1*10(DIGIT) */
      "{" OF("\"policy-max-age-invalid\"") "\"mode\":\"none\"}" },
    { BODY(HEAD "mode: none\nmax_age: 0000000001\n"), true,
      "{" OF("\"policy-max-age-short\"") "\"mode\":\"none\",\"max_age\":1}" },
    { BODY(HEAD "mode: none\nmax_age: 86400\n"), true, "{\"mode\":\"none\",\"max_age\":86400}" },
    { BODY(HEAD "mode: none\nmax_age: 86399\n"), true,
      "{" OF("\"policy-max-age-short\"") "\"mode\":\"none\",\"max_age\":86399}" },
    { BODY(HEAD "mode: none\nmax_age: 31557600\n"), true,
      "{\"mode\":\"none\",\"max_age\":31557600}" },
    { BODY(HEAD "mode: none\nmax_age: 31557601\n"), false,
      "{" OF("\"policy-max-age-too-large\"") "\"mode\":\"none\",\"max_age\":31557601}" },
    { BODY(HEAD "mode: none\nmax_age: 9999999999\n"), false,
      "{" OF("\"policy-max-age-too-large\"") "\"mode\":\"none\",\"max_age\":9999999999}" },
    /* "If any field other than mx is duplicated, all entries except for the first SHALL be ignored"
     */
    { BODY(ENFORCE MX "mode: none\n"), true, "{" OF("\"policy-field-repeated\"") READ_MX },
    { BODY(ENFORCE MX "version: STSv2\nmax_age: x\n"), true,
      "{" OF("\"policy-field-repeated\"") READ_MX },
    { BODY(HEAD "mode: x\nmode: none\nmax_age: 1\n" MX), false,
      "{" OF("\"policy-mode-invalid\",\"policy-field-repeated\","
             "\"policy-max-age-short\"") "\"max_age\":1,\"mx\":[\"mx.b."
                                         "c\"]}" },
    /* mx = ["*."] Domain; one that is malformed stays visible */
    { BODY(ENFORCE "mx:\n"), false, "{" OF("\"policy-mx-empty\"") READ ",\"mx\":[\"\"]}" },
    { BODY(ENFORCE "mx: mx.b.c.\n"), false,
      "{" OF("\"policy-mx-trailing-dot\"") READ ",\"mx\":[\"mx.b.c.\"]}" },
    { BODY(ENFORCE "mx: *.b.c.\n"), false,
      "{" OF("\"policy-mx-trailing-dot\"") READ ",\"mx\":[\"*.b.c.\"]}" },
    { BODY(ENFORCE "mx: a@b.c\n"), false,
      "{" OF("\"policy-mx-email\"") READ ",\"mx\":[\"a@b.c\"]}" },
    { BODY(ENFORCE "mx: *\n"), false, "{" OF("\"policy-mx-wildcard\"") READ ",\"mx\":[\"*\"]}" },
    { BODY(ENFORCE "mx: *b.c\n"), false,
      "{" OF("\"policy-mx-wildcard\"") READ ",\"mx\":[\"*b.c\"]}" },
    { BODY(ENFORCE "mx: a.*.c\n"), false,
      "{" OF("\"policy-mx-wildcard\"") READ ",\"mx\":[\"a.*.c\"]}" },
    { BODY(ENFORCE "mx: *.*.c\n"), false,
      "{" OF("\"policy-mx-wildcard\"") READ ",\"mx\":[\"*.*.c\"]}" },
    { BODY(ENFORCE "mx: *.\n"), false, "{" OF("\"policy-mx-invalid\"") READ ",\"mx\":[\"*.\"]}" },
    { BODY(ENFORCE "mx: .b.c\n"), false,
      "{" OF("\"policy-mx-invalid\"") READ ",\"mx\":[\".b.c\"]}" },
    { BODY(ENFORCE "mx: a.b, c.d\n"), false,
      "{" OF("\"policy-mx-list\"") READ ",\"mx\":[\"a.b, c.d\"]}" },
    { BODY(ENFORCE "mx: a_b.c\n"), false, /* Domain has no "_" (RFC 5321 §4.1.2) */
      "{" OF("\"policy-mx-invalid\"") READ ",\"mx\":[\"a_b.c\"]}" },
    { BODY(ENFORCE "mx: b\xc3\xbc.c\n"), false,
      "{" OF("\"policy-mx-not-ascii\"") READ ",\"mx\":[\"b\xc3\xbc.c\"]}" },
    { BODY(ENFORCE "mx: [192.0.2.1]\n"), false,
      "{" OF("\"policy-mx-invalid\",\"policy-mx-address\"") READ ",\"mx\":[\"[192.0.2.1]\"]}" },
    { BODY(ENFORCE "mx: 192.0.2.1\n"), true, /* Domain has numbers alone too */
      "{" OF("\"policy-mx-address\"") READ ",\"mx\":[\"192.0.2.1\"]}" },
    { BODY(ENFORCE "mx: 1.2.3.4.5\n"), true, "{" READ ",\"mx\":[\"1.2.3.4.5\"]}" },
    { BODY(ENFORCE "mx: 10 mx.b.c\n"), false,
      "{" OF("\"policy-mx-preference\"") READ ",\"mx\":[\"10 mx.b.c\"]}" },
    { BODY(ENFORCE "mx: a.b;c.d\n"), false,
      "{" OF("\"policy-mx-list\"") READ ",\"mx\":[\"a.b;c.d\"]}" },
    { BODY(ENFORCE "mx: a.b c.d\n"), false,
      "{" OF("\"policy-mx-list\"") READ ",\"mx\":[\"a.b c.d\"]}" },
    { BODY(ENFORCE "mx: HTTPS://mx.b.c/\n"), false,
      "{" OF("\"policy-mx-url\"") READ ",\"mx\":[\"HTTPS://mx.b.c/\"]}" },
    { BODY(ENFORCE "mx: mx.b.c:25\n"), false,
      "{" OF("\"policy-mx-invalid\"") READ ",\"mx\":[\"mx.b.c:25\"]}" },
    { BODY(ENFORCE "mx: mx.b.c # ours\n"), false,
      "{" OF("\"policy-mx-list\"") READ ",\"mx\":[\"mx.b.c # ours\"]}" },
    /* Lines */
    { BODY(ENFORCE MX "note: any text \xc3\xa4; a=b\nx.y-z_1:1\n"), true, "{" READ_MX },
    { BODY(ENFORCE MX "note\n"), false, "{" OF("\"policy-line-malformed\"") READ_MX },
    { BODY(ENFORCE MX "note:\n"), false, "{" OF("\"policy-line-malformed\"") READ_MX },
    { BODY(ENFORCE MX "-x: 1\n"), false, "{" OF("\"policy-line-malformed\"") READ_MX },
    { BODY(ENFORCE MX "x y: 1\n"), false, "{" OF("\"policy-line-malformed\"") READ_MX },
    { BODY(ENFORCE MX "# comment: x\n"), false, "{" OF("\"policy-line-malformed\"") READ_MX },
    { BODY(ENFORCE MX "x: a\tb\n"), false, "{" OF("\"policy-line-malformed\"") READ_MX },
    { BODY(ENFORCE MX "a23456789012345678901234567890123: 1\n"), false, /* 33 */
      "{" OF("\"policy-line-malformed\"") READ_MX },
    { BODY(ENFORCE " " MX), false, /* no WSP before a field, none before ":" */
      "{" OF("\"policy-mx-missing\",\"policy-field-spaced\"") READ "}" },
    { BODY(ENFORCE "mx : mx.b.c\n"), false,
      "{" OF("\"policy-mx-missing\",\"policy-field-spaced\"") READ "}" },
    { BODY(ENFORCE "MX: mx.b.c\n"), false,
      "{" OF("\"policy-mx-missing\",\"policy-field-case\"") READ "}" },
    { BODY(ENFORCE "Mx : mx.b.c\n"), false,
      "{" OF("\"policy-mx-missing\",\"policy-field-spaced\"") READ "}" },
    { BODY(ENFORCE "mx=mx.b.c\n"), false,
      "{" OF("\"policy-mx-missing\",\"policy-field-separator\"") READ "}" },
    { BODY(ENFORCE "mx mx.b.c\n"), false,
      "{" OF("\"policy-mx-missing\",\"policy-field-separator\"") READ "}" },
    { BODY(ENFORCE MX "mode\n"), false, "{" OF("\"policy-field-separator\"") READ_MX },
    { BODY(ENFORCE MX "modesty\n"), false, "{" OF("\"policy-line-malformed\"") READ_MX },
    { BODY(ENFORCE MX "\n"), true, "{" OF("\"policy-line-blank\"") READ_MX },
    { BODY("\r\n" ENFORCE MX), true, "{" OF("\"policy-line-blank\"") READ_MX },
    { BODY(ENFORCE MX " \t"), true, "{" OF("\"policy-line-blank\"") READ_MX },
    /* A bare CR ends no line. */
    { BODY(ENFORCE "mx: mx.b.c\r"), false,
      "{" OF("\"policy-mx-invalid\",\"policy-bare-cr\"") READ ",\"mx\":[\"mx.b.c\\r\"]}" },
    { BODY("version: STSv1\rmode: none\rmax_age: 1\r"), false,
      "{\"violations\":[\"policy-version-invalid\",\"policy-mode-missing\",\"policy-max-age-"
      "missing\","
      "\"policy-bare-cr\"]}" },
    /* Nor does one that is written out. */
    { BODY("version: STSv1\\nmode: none\\nmax_age: 1\\n"), false,
      "{\"violations\":[\"policy-version-invalid\",\"policy-mode-missing\",\"policy-max-age-"
      "missing\","
      "\"policy-line-end-written\"]}" },
    { BODY("version: STSv1\\r\\n mode: none"), false,
      "{\"violations\":[\"policy-version-invalid\",\"policy-mode-missing\",\"policy-max-age-"
      "missing\","
      "\"policy-line-end-written\"]}" },
    { BODY(ENFORCE MX "path: C:\\net\\name\n"), true, "{" READ_MX },
    { BODY(ENFORCE "mx: mx.b.c\r\r\n"), false,
      "{" OF("\"policy-mx-invalid\",\"policy-bare-cr\"") READ ",\"mx\":[\"mx.b.c\\r\"]}" },
    /* A byte order mark is no part of a field name. */
    { BODY("\xef\xbb\xbf" ENFORCE MX), false, "{" OF("\"policy-bom\"") READ_MX },
    { BODY("\xef\xbb\xbf"), false, "{\"violations\":[\"policy-empty\",\"policy-bom\"]}" },
    { BODY("\xff\xfev\0e\0r\0"), false, /* UTF-16 */
      "{\"violations\":[\"policy-not-text\",\"policy-prose\"]}" },
    /* What is no policy at all */
    { BODY(""), false, "{\"violations\":[\"policy-empty\"]}" },
    { BODY(" \r\n\n\t"), false, "{\"violations\":[\"policy-empty\"]}" },
    { BODY("<!DOCTYPE html>\n<p>version: STSv1"), false, "{\"violations\":[\"policy-html\"]}" },
    { BODY("\xef\xbb\xbf\n <html>"), false, "{\"violations\":[\"policy-html\",\"policy-bom\"]}" },
    { BODY("hello"), false, "{\"violations\":[\"policy-prose\"]}" },
    { BODY("Not found: 404\n\nThe policy"), false, "{\"violations\":[\"policy-prose\"]}" },
    { BODY("x: 1\n"), false, "{\"violations\":[\"policy-prose\"]}" },
    { BODY("{\"error\": 404}"), false, "{\"violations\":[\"policy-json\"]}" },
    { BODY(" [\n]"), false, "{\"violations\":[\"policy-json\"]}" },
    { BODY("v=STSv1; id=20240101;\n"), false, "{\"violations\":[\"policy-record\"]}" },
    { BODY("\"v=STSv1; id=1\""), false, "{\"violations\":[\"policy-record\"]}" },
    { BODY(ENFORCE MX "x: \xff\n"), false, "{" OF("\"policy-not-text\"") READ_MX },
    { BODY(ENFORCE MX "x: \xc0\xaf\n"), false, "{" OF("\"policy-not-text\"") READ_MX },
    { BODY(ENFORCE MX "x: \xed\xa0\x80\n"), false, "{" OF("\"policy-not-text\"") READ_MX },
    { BODY(ENFORCE MX "x: \xf4\x90\x80\x80\n"), false, "{" OF("\"policy-not-text\"") READ_MX },
    { BODY(ENFORCE MX "x: \xe2\x82"), false, "{" OF("\"policy-not-text\"") READ_MX },
    { BODY(ENFORCE MX "x: a\x1b[31mb\n"), false, "{" OF("\"policy-not-text\"") READ_MX },
    { BODY(ENFORCE MX "x: a\x7f\n"), false, "{" OF("\"policy-not-text\"") READ_MX },
    { BODY(ENFORCE MX "x: \xf0\x9f\x93\xa7\n"), true, "{" READ_MX },
    { BODY(ENFORCE MX "x: a\0b\n"), false, "{" OF("\"policy-not-text\"") READ_MX },
};

/* "Senders SHOULD validate that the media type is text/plain"; parameters are ignored (§3.2). */
static const struct {
    const char *content_type, *media_type;
    bool noted;
} media_types[] = {
    { "text/plain", "text/plain", false },
    { "Text/PLAIN", "Text/PLAIN", false }, /* types are compared in any case (RFC 9110 §8.3.1) */
    { "text/plain;charset=utf-8", "text/plain", false },
    { "text/plain \t; charset=us-ascii; x=\"a;b\"", "text/plain", false },
    { "text/plain;", "text/plain", false },
    { " \ttext/plain\t ", "text/plain", false },
    { "text/plain, text/html", "text/plain, text/html", true },
    { "text/plain text/html", "text/plain text/html", true }, /* behind white space: no parameter */
    { "text / plain", "text / plain", true },
    { "text/plainer", "text/plainer", true },
    { "text/html; x=text/plain", "text/html", true },
    { "text", "text", true },
    { "; text/plain", "", true },
    { " ", "", true },
    { "", "", true }, /* or there is none */
};

static void test_media_types(void)
{
    for (size_t i = 0; i < sizeof(media_types) / sizeof(media_types[0]); i++) {
        const char *text = media_types[i].content_type, *want = media_types[i].media_type;
        struct bytes whole = { check_at_edge(text, strlen(text)), strlen(text) };
        struct bytes type = sts_policy_media_type(whole);
        struct sts_policy p = { .verdict = VERDICT_VALID }, again = p;

        sts_policy_judge_media_type(&p, whole);
        sts_policy_judge_media_type(&again, type); /* as a record keeps it */
        CHECK(bytes_equal(type, want), "%s: %.*s", text, (int)type.len, type.data);
        CHECK(violations_have(&p.violations, VIOLATION_POLICY_MEDIA_TYPE) == media_types[i].noted,
              "%s", text);
        CHECK(violations_have(&again.violations, VIOLATION_POLICY_MEDIA_TYPE) ==
                  media_types[i].noted,
              "%s: as kept", text);
    }
}

int main(void)
{
    test_media_types();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sts_policy p;
        struct arena arena;
        struct buf out;
        struct json_writer w;

        arena_init(&arena, 512);
        buf_init(&out, BUF_NO_CEILING);
        json_writer_init(&w, &out);
        sts_policy_judge(check_at_edge(rows[i].body, rows[i].len), rows[i].len, &arena, &p);
        json_open_object(&w, NULL);
        judgement_write_policy(&w, &p);
        json_close_object(&w);
        CHECK(out.len == strlen(rows[i].members) && memcmp(out.data, rows[i].members, out.len) == 0,
              "row %zu: %s\n  gave %.*s\n  want %s", i, rows[i].body, (int)out.len, out.data,
              rows[i].members);
        CHECK(p.verdict == (rows[i].valid ? VERDICT_VALID : VERDICT_INVALID), "row %zu: %s", i,
              rows[i].body);
        buf_free(&out);
        arena_free(&arena);
    }
    return check_report();
}
