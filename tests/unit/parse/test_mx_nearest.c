/* In which way a policy misses an MX host. */
#include "tests/unit/check.h"
#include "workers/parse/mx_nearest.h"

#define PATTERNS_MAX 3

static const struct {
    const char *patterns[PATTERNS_MAX], *host, *nearness;
} rows[] = {
    { { "mx.example.com" }, "mx.example.com", "match" },
    { { "*.example.com" }, "MX.example.com.", "match" },
    { { "b.c", "*.example.com" }, "mx.example.com", "match" },
    { { NULL }, "mx.example.com", "whole-domain" },
    { { "" }, "mx.example.com", "whole-domain" },
    { { "mx.example.com" }, "", "whole-domain" },
    { { "mx.elsewhere.net" }, "mx.example.com", "whole-domain" },
    { { "aspmx.l.google.com" }, "mail.protection.outlook.com", "whole-domain" },
    /* The suffix alone, whatever stands in front; public suffixes of several labels too. */
    { { "mx.example.net" }, "mx.example.com", "tld" },
    { { "mx.example.com" }, "mx.example.co.uk", "tld" },
    { { "backup.example.net" }, "mx.example.com", "tld" },
    { { "*.example.org" }, "mx.example.com", "tld" },
    { { "mx.example.co" }, "mx.example.com", "tld" }, /* one edit as well */
    { { "com" }, "info", "whole-domain" },            /* suffixes have no label of their own */
    /* Up to three edits, in any place. */
    { { "mx.exmaple.com" }, "mx.example.com", "typo" },
    { { "mxx.example.com" }, "mx.example.com", "typo" },
    { { "x.example.com" }, "mx.example.com", "typo" },
    { { "mxabc.example.com" }, "mx.example.com", "typo" },
    { { "mx.example.com" }, "mxabc.example.com", "typo" },
    { { "mxabcd.example.com" }, "mx.example.com", "third-level" },
    { { "abc.example.com" }, "xyz.example.com", "typo" },
    { { "abcd.example.com" }, "wxyz.example.com", "third-level" },
    { { "mx.examplexyz.com" }, "mx.example.com", "typo" },
    { { "mx.examplewxyz.com" }, "mx.example.com", "whole-domain" },
    { { "MX.EXMAPLE.COM" }, "mx.example.com", "typo" },
    { { "*.exmaple.com" }, "mx.example.com", "typo" },
    { { "mx.example.com." }, "mx.example.com", "typo" }, /* nothing but the dot: no pattern */
    { { "example.com" }, "mx.example.com", "typo" },
    { { "example.com" }, "mail.example.com", "third-level" },
    { { "*.example.com" }, "a.mail.example.com", "third-level" },
    { { "*.example.com" }, "example.com", "third-level" },
    { { "*.mail.example.com" }, "smtp.example.com", "third-level" },
    /* "*." is one label, no more and no less (RFC 8461 §4.1): whoever is off by whole labels made
     * no typing error, however short they are. */
    { { "*.example.com" }, "a.b.example.com", "third-level" },
    { { "*.example.com" }, "x.y.b.example.com", "third-level" },
    { { "*.b.example.com" }, "mx.example.com", "third-level" },
    { { "*.b.example.com" }, "example.com", "third-level" },
    { { "*.a.io" }, "a.io", "third-level" },
    { { "*.io" }, "b.a.io", "whole-domain" },
    { { "*.io" }, "io", "third-level" },
    { { "*.b.example.com" }, "mx.c.example.com", "typo" },
    { { "*.bexample.com" }, "mx.b.example.com", "typo" }, /* a dot that was not typed */
    { { "*.example.com." }, "mx.example.com", "typo" },   /* nothing but the dot */
    { { "*.mta-sts.a.io" }, "mx.a.io", "third-level-mta-sts" },
    { { "a" }, "b", "typo" },
    /* The third level, and what the policy host's name does there. */
    { { "mail.mta-sts.example.com" }, "mail.example.com", "third-level-mta-sts" },
    { { "mta-sts.example.com" }, "mail.example.com", "third-level-mta-sts" },
    { { "*.mta-sts.example.com" }, "mail.example.com", "third-level-mta-sts" },
    { { "mta-sts2.example.com" }, "mail.example.com", "third-level" },
    { { "mta-sts.example.net" }, "mail.other.com", "whole-domain" },
    { { "mail.example.co.uk" }, "smtpin.example.co.uk", "third-level" },
    { { "mail.example.co.uk" }, "smtpin.another.co.uk", "whole-domain" },
    /* The nearest counts. */
    { { "mx.elsewhere.net", "mailhost.example.com", "mx.exmaple.com" }, "mx.example.com", "typo" },
    { { "mailhost.example.net", "mailhost.example.com" }, "mx.example.com", "third-level" },
    { { "mx.elsewhere.net", "mailhost.example.com" }, "mx.example.com", "third-level" },
};

static struct bytes edge(const char *text)
{
    return (struct bytes){ check_at_edge(text, strlen(text)), strlen(text) };
}

/* Two policies of strangers: ten thousand patterns, and one that is longer than any name. */
static void test_large(void)
{
    static struct bytes patterns[10000];
    char name[300];

    memset(name, 'a', sizeof(name));
    for (size_t i = 0; i < 10000; i++)
        patterns[i] = bytes_of("mx.elsewhere.net");
    patterns[9998] = bytes_of("mx.exmaple.com"); /* beyond what is looked at closely */
    CHECK(mx_nearest(patterns, 10000, bytes_of("mx.example.com")) == MX_NEAR_WHOLE_DOMAIN, "far");
    patterns[9999] = bytes_of("mx.example.com");
    CHECK(mx_nearest(patterns, 10000, bytes_of("mx.example.com")) == MX_NEAR_MATCH, "matched");
    patterns[0] = (struct bytes){ name, sizeof(name) };
    CHECK(mx_nearest(patterns, 1, bytes_of("mx.example.com")) == MX_NEAR_WHOLE_DOMAIN, "long");
    CHECK(mx_nearest(patterns, 1, patterns[0]) == MX_NEAR_MATCH, "the same bytes");
    patterns[1] = (struct bytes){ "a\0b.c", 5 };
    CHECK(mx_nearest(patterns + 1, 1, bytes_of("a")) == MX_NEAR_WHOLE_DOMAIN, "a NUL");
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes patterns[PATTERNS_MAX];
        const char *found;
        size_t count = 0;

        for (; count < PATTERNS_MAX && rows[i].patterns[count] != NULL; count++)
            patterns[count] = edge(rows[i].patterns[count]);
        found = mx_nearness_name(mx_nearest(patterns, count, edge(rows[i].host)));
        CHECK(strcmp(found, rows[i].nearness) == 0, "row %zu, %s: %s", i, rows[i].host, found);
    }
    test_large();
    return check_report();
}
