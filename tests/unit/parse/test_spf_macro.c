/* Macros of SPF without a message (RFC 7208 §7). <domain> is email.example.com, and the domain that
 * was asked about strong.a-b.example.org. */
#include "tests/unit/check.h"
#include "workers/parse/spf_macro.h"
#include "workers/parse/spf_text.h"

#define L50 "a2345678901234567890123456789012345678901234567890"

static const struct row {
    const char *spec, *name; /* NULL: it takes a message */
} rows[] = {
    /* §7.3: labels are dropped on the left until 253 bytes are left, one that is too long as well
     */
    { L50 L50 L50 L50 L50 L50 "%{d1}", "" },
    { L50 L50 L50 L50 L50 L50 ".%{d1}", "com" },
    { "b.c", "b.c" },
    { "B.C.", "b.c" },
    { "a..b", "a..b" },
    /* §7.4's examples, where they are of the domain alone */
    { "%{o}", "strong.a-b.example.org" },
    { "%{d}", "email.example.com" },
    { "%{d4}", "email.example.com" },
    { "%{d3}", "email.example.com" },
    { "%{d2}", "example.com" },
    { "%{d1}", "com" },
    { "%{dr}", "com.example.email" },
    { "%{d2r}", "example.email" },
    { "%{D2}", "example.com" },
    { "_spf.%{d2}", "_spf.example.com" },
    { "%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net" },
    { "%{o-}.x", "strong.a.b.example.org.x" },
    { "%{o1-}.x", "b.example.org.x" },
    { "%{o2r-}.x", "b.example.org.strong.a.x" },
    { "%{o.-}.x", "strong.a.b.example.org.x" },
    { "%{o2.-}.x", "example.org.x" },
    { "%{d999}", "email.example.com" },
    { "%{d99999999999999999999}", "email.example.com" },
    { "%{o}.%{d}", "strong.a-b.example.org.email.example.com" },
    { "a%%b%-c%_d.e", "a%b%20c\\032d.e" },
    { "a\\b.c", "a\\\\b.c" },
    /* what a message brings */
    { "%{i}.x.y", NULL },
    { "x.%{s}", NULL },
    { "%{l}.x.y", NULL },
    { "%{p}", NULL },
    { "%{v}.x.y", NULL },
    { "%{H}", NULL },
    { "%{d}.%{ir}.%{v}.x.y", NULL },
    /* §7.3: labels on the left go until it fits */
    { L50 "." L50 "." L50 "." L50 "." L50, L50 "." L50 "." L50 "." L50 },
    { "x." L50 "." L50 "." L50 "." L50 ".123456789012345678901234567890123456789012345.abc",
      L50 "." L50 "." L50 "." L50 ".123456789012345678901234567890123456789012345.abc" },
};

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = strlen(rows[i].spec);
        struct bytes spec = { check_at_edge(rows[i].spec, len), len };
        const char *name;
        enum violation why;
        struct arena arena;

        arena_init(&arena, 512);
        CHECK(spf_domain_spec(spec, &why), "%s", rows[i].spec);
        name = spf_macro_expand(spec, "email.example.com", "strong.a-b.example.org", &arena);
        CHECK(name == rows[i].name ||
                  (name != NULL && rows[i].name != NULL && strcmp(name, rows[i].name) == 0),
              "%s: %s", rows[i].spec, check_text(name));
        arena_free(&arena);
    }
    return check_report();
}
