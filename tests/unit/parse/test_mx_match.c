/* Does a pattern match a host (RFC 8461 §4.1). */
#include "tests/unit/check.h"
#include "workers/parse/mx_match.h"

static const struct {
    const char *pattern, *host;
    bool match;
} rows[] = {
    { "mx.b.c", "mx.b.c", true },
    { "MX.b.C", "mx.B.c", true },
    { "mx.b.c", "mx.b.c.", true }, /* the host's dot is the DNS's */
    { "mx.b.c.", "mx.b.c", false },
    { "mx.b.c.", "mx.b.c.", false },
    { "mx.b.c", "mx2.b.c", false },
    { "b.c", "mx.b.c", false },
    { "mx.b.c", "b.c", false },
    { "*.b.c", "mx.b.c", true },
    { "*.B.c", "mx.b.C", true },
    { "*.b.c", "b.c", false },      /* exactly one label: not none */
    { "*.b.c", "x.mx.b.c", false }, /* nor two */
    { "*.b.c", ".b.c", false },
    { "*.b.c", "mx.xb.c", false },
    { "*.b.c", "mxb.c", false },
    { "*.c", "b.c", true },
    { "*.c", "c", false },
    { "*", "c", false },
    { "*", "*", true },
    { "*.", "a.", false },
    { "*.", "a", false },
    { "mx*.b.c", "mx1.b.c", false }, /* a "*" inside a label stands for itself */
    { "mx.*.c", "mx.b.c", false },
    { "*.*.c", "mx.b.c", false },
    { "", "", false },
    { "", "mx.b.c", false },
    { "mx.b.c", "", false },
    { "mx.b.c", ".", false },
};

static struct bytes edge(const char *text)
{
    return (struct bytes){ check_at_edge(text, strlen(text)), strlen(text) };
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        CHECK(mx_match(edge(rows[i].pattern), edge(rows[i].host)) == rows[i].match, "%s / %s",
              rows[i].pattern, rows[i].host);
    CHECK(!mx_match((struct bytes){ NULL, 0 }, edge("a")), "no pattern");
    return check_report();
}
