/* SMTP replies (RFC 5321 §4.2), byte by byte, and what EHLO's says. */
#include "tests/unit/check.h"
#include "workers/parse/ehlo.h"

static const struct {
    const char *bytes;
    ssize_t consumed;
    int code;
    unsigned lines;
    const char *text; /* of the first line */
} rows[] = {
    { "220 mx ESMTP\r\n", 14, 220, 1, "mx ESMTP" },
    { "220 mx\n", 7, 220, 1, "mx" }, /* bare LF: some servers do */
    { "250\r\n", 5, 250, 1, "" },    /* no text and no space: "SHOULD be accepted" (§4.2) */
    { "250 \r\n", 6, 250, 1, "" },
    { "250\n", 4, 250, 1, "" },
    { "250-mx\r\n250 STARTTLS\r\n", 22, 250, 2, "mx" },
    { "250-mx\n250-A\r\n250\r\n", 19, 250, 3, "mx" },
    { "220 go\r\nEHLO", 8, 220, 1, "go" }, /* the rest is the caller's problem */
    { "220 go\r\n220 go\r\n", 8, 220, 1, "go" },
    { "250-\r\n250 \r\n", 12, 250, 2, "" },
    { "554 a\rb\r\n", 9, 554, 1, "a\rb" }, /* a bare CR is text */
    { "554 a\r\r\n", 8, 554, 1, "a\r" },
    { "554 \xff\x80\r\n", 8, 554, 1, "\xff\x80" },
    { "299 x\r\n", 7, 299, 1, "x" },
    { "560 x\r\n", 7, 560, 1, "x" },          /* a second digit that §4.2 does not list */
    { "250-mx\r\n251 no\r\n", -1, 0, 0, "" }, /* code changed mid-reply */
    { "250-mx\r\n2", 0, 0, 0, "" },
    { "250-mx\r\n3", -1, 0, 0, "" },
    { "250-mx\r\nSTARTTLS\r\n", -1, 0, 0, "" },
    { "250-mx\r\n\r\n", -1, 0, 0, "" },
    { "", 0, 0, 0, "" },
    { "\r\n", -1, 0, 0, "" },
    { "2\r\n", -1, 0, 0, "" },
    { "25\r\n", -1, 0, 0, "" },
    { "2500 x\r\n", -1, 0, 0, "" },
    { "250x", -1, 0, 0, "" },
    { "250\tx", -1, 0, 0, "" },
    { "250\rx", -1, 0, 0, "" },
    { "250\r", 0, 0, 0, "" },
    { "250\r\r\n", -1, 0, 0, "" },
    { "120 wait\r\n", -1, 0, 0, "" }, /* SMTP has no 1yz (§4.2.1) */
    { "600 x\r\n", -1, 0, 0, "" },
    { "020 x\r\n", -1, 0, 0, "" },
    { " 220 x\r\n", -1, 0, 0, "" },
    { "SSH-2.0-x\r\n", -1, 0, 0, "" },
    { "HTTP/1.1 400 Bad Request\r\n", -1, 0, 0, "" },
    { "* OK IMAP4rev1\r\n", -1, 0, 0, "" },
    { "\x15\x03\x01", -1, 0, 0, "" }, /* a TLS alert */
};

/* Every proper prefix of a reply means "not yet"; what can never be one is told at a first byte and
 * stays so. */
static void check_prefixes(size_t i, size_t len)
{
    size_t whole = rows[i].consumed > 0 ? (size_t)rows[i].consumed : len;
    bool never = false;

    for (size_t n = 0; n < whole; n++) {
        struct smtp_reply r;
        ssize_t got = smtp_reply_parse(check_at_edge(rows[i].bytes, n), n, &r);

        CHECK(got == 0 || (got == -1 && rows[i].consumed == -1), "row %zu prefix %zu: %zd", i, n,
              got);
        CHECK(!never || got == -1, "row %zu prefix %zu: back from never", i, n);
        never = got == -1;
    }
}

/* Byte by byte is as well as at once. */
static void check_pieces(size_t i, size_t len)
{
    struct smtp_reply r;
    size_t done = 0, n = 0;
    ssize_t got = 0;

    while (got == 0 && n <= len) {
        got = smtp_reply_resume(check_at_edge(rows[i].bytes, n), n, &done, &r);
        CHECK(done <= n, "row %zu prefix %zu: %zu done", i, n, done);
        n++;
    }
    CHECK(got == rows[i].consumed, "row %zu in pieces: %zd", i, got);
    CHECK(got <= 0 || (r.code == rows[i].code && r.lines == rows[i].lines &&
                       bytes_equal(r.text, rows[i].text) && r.whole.len == (size_t)got),
          "row %zu in pieces", i);
}

static void check_row(size_t i)
{
    size_t len = strlen(rows[i].bytes), at = 0;
    struct smtp_reply r;
    struct bytes text;
    unsigned lines = 0;
    ssize_t got = smtp_reply_parse(check_at_edge(rows[i].bytes, len), len, &r);

    CHECK(got == rows[i].consumed, "row %zu: %zd", i, got);
    check_prefixes(i, len);
    check_pieces(i, len);
    if (got <= 0)
        return;
    CHECK(r.code == rows[i].code, "row %zu: %d", i, r.code);
    CHECK(r.lines == rows[i].lines, "row %zu: %u", i, r.lines);
    CHECK(bytes_equal(r.text, rows[i].text), "row %zu: %.*s", i, (int)r.text.len, r.text.data);
    CHECK(r.whole.len == (size_t)got, "row %zu", i);
    while (smtp_reply_line(&r, &at, &text))
        lines++;
    CHECK(lines == r.lines && at == r.whole.len, "row %zu: %u", i, lines);
}

static const struct {
    const char *reply, *lines; /* lines joined by "|" */
    bool starttls, requiretls;
} greetings[] = {
    { "250-mx\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250 STARTTLS\r\n",
      "PIPELINING|SIZE 1000|STARTTLS", true, false },
    { "250-mx\r\n250 starttls\r\n", "starttls", true, false },
    { "250-mx\n250-StartTLS\n250 RequireTLS\n", "StartTLS|RequireTLS", true, true },
    { "250-mx\r\n250 STARTTLS \r\n", "STARTTLS", true, false },
    { "250-mx\r\n250 STARTTLS now\r\n", "STARTTLS now", true, false },
    { "250-mx\r\n250-STARTTLSX\r\n250 XSTARTTLS\r\n", "STARTTLSX|XSTARTTLS", false, false },
    { "250-mx\r\n250-X STARTTLS\r\n250 START TLS\r\n", "X STARTTLS|START TLS", false, false },
    { "250-mx\r\n250 AUTH=LOGIN PLAIN\r\n", "AUTH=LOGIN PLAIN", false, false },
    { "250 STARTTLS\r\n", "", false, false }, /* the first line is a greeting */
    { "250-STARTTLS REQUIRETLS\r\n250 OK\r\n", "OK", false, false },
    { "250-mx\r\n250-\r\n250 \r\n", "", false, false },
    { "250\r\n", "", false, false },
    { "250-mx\r\n250 STARTTLS\xc2\xa0\r\n", "STARTTLS\xc2\xa0", false, false },
};

static void check_greeting(size_t i)
{
    size_t len = strlen(greetings[i].reply);
    const char *reply = check_at_edge(greetings[i].reply, len);
    struct smtp_reply r;
    struct arena arena;
    struct ehlo e;
    char joined[128] = "";

    arena_init(&arena, 256);
    CHECK(smtp_reply_parse(reply, len, &r) == (ssize_t)len, "greeting %zu", i);
    ehlo_parse(&r, &arena, &e);
    for (size_t l = 0; l < e.count; l++)
        snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%.*s",
                 l > 0 ? "|" : "", (int)e.lines[l].len, e.lines[l].data);
    CHECK(strcmp(joined, greetings[i].lines) == 0, "greeting %zu: %s", i, joined);
    CHECK(e.starttls == greetings[i].starttls, "greeting %zu", i);
    CHECK(e.requiretls == greetings[i].requiretls, "greeting %zu", i);
    arena_free(&arena);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(i);
    for (size_t i = 0; i < sizeof(greetings) / sizeof(greetings[0]); i++)
        check_greeting(i);
    CHECK(smtp_reply_parse("220 a\0b\r\n", 9, &(struct smtp_reply){ 0 }) == 9, "NUL is text");
    return check_report();
}
