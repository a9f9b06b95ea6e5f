/* SPF records (RFC 7208): which is the record, its grammar, what a receiver acts on. */
#include "tests/unit/parse/judged.h"

#define FAIL_ALL(terms) ",\"all\":\"fail\",\"lookup_terms\":" terms "}"
#define MISSPELT "{\"verdict\":\"absent\",\"violations\":[\"spf-version\"]}"
#define ALL_MISSING(rest) NOTED("\"spf-all-missing\"") rest ",\"lookup_terms\":0}"

/* §4.5, §3.1: the choice. */
static const struct judged choice[] = {
    { { TXT("v=spf1 -all") }, VALID FAIL_ALL("0") },
    { { TXT("V=sPf1 -ALL") }, VALID FAIL_ALL("0") },
    { { TXT("v=spf1   -all   ") }, VALID FAIL_ALL("0") },
    { { TXT("v=spf1") }, ALL_MISSING("") },
    { { TXT("v=spf1 ") }, ALL_MISSING("") },
    { { TXT("x"), TXT(""), TXT("v=spf1 -all") }, VALID FAIL_ALL("0") },
    { { TXT("v=spf1 -all"), TXT("v=spf1 -all") }, INVALID("\"spf-multiple\"") "}" },
    { { TXT("v=spf1 -all"), TXT("v=spf10 -all") }, NOTED("\"spf-version\"") FAIL_ALL("0") },
    { { TXT("v=spf10 -all") }, MISSPELT },
    { { TXT("v=spf1mx -all") }, MISSPELT },
    { { TXT("v=spf1; -all") }, MISSPELT },
    { { TXT("v=spf1\t-all") }, MISSPELT }, /* SP, not WSP, ends the version */
    { { TXT("v=spf1\xc2\xa0-all") }, MISSPELT },
    { { TXT(" v=spf1 -all") }, MISSPELT },
    { { TXT("v=spf2.0/mfrom -all") }, MISSPELT },
    { { TXT("v=spf1\0 -all") }, MISSPELT },
    { { TXT("spf2.0/pra -all") }, ABSENT },
    { { TXT("\"v=spf1 -all\"") }, ABSENT },
    { { { NULL, 0 } }, ABSENT },
    { { TXT("v=spf1 a:\xc3\xa4.example -all") }, INVALID("\"spf-not-ascii\"") "}" },
    { { TXT("v=spf1 \xff -all") }, INVALID("\"spf-not-ascii\"") "}" },
};

/* One fault each; "all" and the number of lookups stay. */
static const struct {
    const char *term, *violation;
    unsigned lookups;
} terms[] = {
    /* §5.1, §4.6.1 */
    { "all.", "spf-term-unknown", 0 },
    { "all/8", "spf-term-malformed", 0 },
    { "a.example.com", "spf-term-unknown", 0 },
    { "ipv4:192.0.2.1", "spf-term-unknown", 0 },
    { "192.0.2.1", "spf-term-unknown", 0 },
    { "-", "spf-term-unknown", 0 },
    { "--a", "spf-term-unknown", 0 },
    { "a,mx", "spf-term-unknown", 0 },
    { "mx;", "spf-term-unknown", 0 },
    { "a\tmx", "spf-term-unknown", 0 },
    { "%{s}", "spf-term-unknown", 0 },
    { "-redirect=b.c", "spf-term-unknown", 0 },
    { "=x", "spf-term-unknown", 0 },
    /* §7.1 domain-spec: "." toplabel, or a macro at the end */
    { "include", "spf-domain-invalid", 1 },
    { "include:", "spf-domain-invalid", 1 },
    { "include/24", "spf-term-malformed", 1 },
    { "include:b.c/24", "spf-domain-invalid", 1 },
    { "exists", "spf-domain-invalid", 1 },
    { "exists:", "spf-domain-invalid", 1 },
    { "exists:b.c/24", "spf-domain-invalid", 1 },
    { "a:", "spf-domain-invalid", 1 },
    { "a:museum", "spf-domain-invalid", 1 },
    { "a:museum.", "spf-domain-invalid", 1 },
    { "a:111.222.33.44", "spf-domain-invalid", 1 },
    { "a:b.c-", "spf-domain-invalid", 1 },
    { "a:b.-c", "spf-domain-invalid", 1 },
    { "a:b.c..", "spf-domain-invalid", 1 },
    { "a:b.c_d", "spf-domain-invalid", 1 },
    { "a:%{d}c", "spf-domain-invalid", 1 },
    { "a:b\tc.d", "spf-domain-invalid", 1 },
    { "a:%{d}\tc.d", "spf-domain-invalid", 1 },
    { "a:b.c/", "spf-cidr-invalid", 1 }, /* what stands behind the last "/" was meant as a length */
    { "a:b.c//", "spf-cidr-invalid", 1 },
    { "a:b.c/24/64", "spf-cidr-invalid\",\"spf-domain-invalid", 1 },
    { "a:b/33", "spf-cidr-invalid\",\"spf-domain-invalid", 1 },
    { "a:example.com:8080", "spf-domain-invalid", 1 },
    { "ptr:", "spf-domain-invalid\",\"spf-ptr", 1 },
    /* §7.1 macros */
    { "exists:%", "spf-macro-invalid", 1 },
    { "exists:%a.b.c", "spf-macro-invalid", 1 },
    { "exists:%(ir).b.c", "spf-macro-invalid", 1 },
    { "exists:%{", "spf-macro-invalid", 1 },
    { "exists:%{}", "spf-macro-invalid", 1 },
    { "exists:%{x}.b.c", "spf-macro-invalid", 1 },
    { "exists:%{d0}", "spf-macro-invalid", 1 },
    { "exists:%{d00r}", "spf-macro-invalid", 1 },
    { "exists:%{dr1}", "spf-macro-invalid", 1 },
    { "exists:%{d;}", "spf-macro-invalid", 1 },
    { "exists:%{d", "spf-macro-invalid", 1 },
    { "exists:%{c}.b.c", "spf-macro-invalid", 1 }, /* c, r, t: explanations alone (§7.2) */
    { "exists:%{t}", "spf-macro-invalid", 1 },
    /* Cases on which implementations have differed. */
    { "all:b.c", "spf-term-malformed", 0 },
    { "all:", "spf-term-malformed", 0 },
    { "=all", "spf-term-unknown", 0 },
    { "1up=x", "spf-term-unknown", 0 },
    { "moo", "spf-term-unknown", 0 },
    { "x.y-z_1:v=w", "spf-term-unknown", 0 },
    { "x.y-z_1/v=w", "spf-term-unknown", 0 },
    { "redirect:b.c", "spf-term-unknown", 0 },
    { "exp:b.c", "spf-term-unknown", 0 },
    { "+exp=b.c", "spf-term-unknown", 0 },
    { "x=%abc", "spf-macro-invalid\",\"spf-modifier-unknown", 0 },
    { "x=%{x}", "spf-macro-invalid\",\"spf-modifier-unknown", 0 },
    { "x=a\tb", "spf-macro-invalid\",\"spf-modifier-unknown", 0 },
    { "exp=", "spf-domain-invalid", 0 },
    { "exp=-all", "spf-domain-invalid", 0 },
    { "exp=b", "spf-domain-invalid", 0 },
    { "a:b.123", "spf-domain-invalid", 1 },
    { "mx:b.-c", "spf-domain-invalid", 1 },
    { "mx:b.c:8080", "spf-domain-invalid", 1 },
    { "a:b-c", "spf-domain-invalid", 1 },
    { "a:b.c\rptr", "spf-domain-invalid", 1 },
    { "a:b.c\n", "spf-domain-invalid", 1 },
    { "a:.", "spf-domain-invalid", 1 },
    { "a:..", "spf-domain-invalid", 1 },
    { "a:%{d}.", "spf-domain-invalid", 1 },
    { "a:%{a}.b.c", "spf-macro-invalid", 1 },
    { "a:%{?}", "spf-macro-invalid", 1 },
    { "a:%{d2r+x}", "spf-macro-invalid", 1 },
    { "a:%{dd}", "spf-macro-invalid", 1 },
    { "a:%{d-1}", "spf-macro-invalid", 1 },
    { "exists:x%(ir).b.c", "spf-macro-invalid", 1 },
    { "exists:x%.b.c", "spf-macro-invalid", 1 },
    { "exists:%%%.b.c", "spf-macro-invalid", 1 },
    { "ptr/0", "spf-term-malformed\",\"spf-ptr", 1 },
    { "ptr:b.c/24", "spf-domain-invalid\",\"spf-ptr", 1 },
    { "mx//129", "spf-cidr-invalid", 1 },
    { "mx/33", "spf-cidr-invalid", 1 },
    { "mx/", "spf-cidr-invalid", 1 },
    { "mx/-1", "spf-cidr-invalid", 1 },
    { "a/08", "spf-cidr-invalid", 1 },
    { "a//064", "spf-cidr-invalid", 1 },
    { "a/24//", "spf-cidr-invalid", 1 },
    { "a///64", "spf-cidr-invalid", 1 },
    { "a//64/24", "spf-cidr-invalid", 1 },
    { "a24", "spf-term-unknown", 0 },
    { "ip4:192.0.2.1//32", "spf-cidr-invalid", 0 },
    { "ip4:192.0.2.1/032", "spf-cidr-invalid", 0 },
    { "ip4:192.0.2.1/", "spf-cidr-invalid", 0 },
    { "ip4:192.0.2.1/99", "spf-cidr-invalid", 0 },
    { "ip4:192.0.2.1~all", "spf-ip4-invalid", 0 },
    { "ip4:192.0.2.1\n", "spf-ip4-invalid", 0 },
    { "ip4:192.0.2.1,192.0.2.2", "spf-ip4-invalid", 0 },
    { "ip4:192.0.2.*", "spf-ip4-invalid", 0 },
    { "ip4:b.c", "spf-ip4-invalid", 0 },
    { "ip4:0x7f.0.0.1", "spf-ip4-invalid", 0 },
    { "ip4:2001:db8::1", "spf-ip4-invalid", 0 },
    { "ip4/24", "spf-ip4-invalid", 0 },
    { "ip6:192.0.2.1", "spf-ip6-invalid", 0 },
    { "ip6::CAFE::BABE", "spf-ip6-invalid", 0 },
    { "ip6:2001:db8:::1", "spf-ip6-invalid", 0 },
    { "ip6:2001:db8::O", "spf-ip6-invalid", 0 },
    { "ip6:2001:db8::1%eth0", "spf-ip6-invalid", 0 },
    { "ip6:[2001:db8::1]", "spf-ip6-invalid", 0 },
    { "ip6:12345::1", "spf-ip6-invalid", 0 },
    { "ip6:1:2:3:4:5:6:7:8:9", "spf-ip6-invalid", 0 },
    { "ip6:::192.0.2.1//33", "spf-cidr-invalid", 0 },
    { "ip6:::1/129", "spf-cidr-invalid", 0 },
    { "ip6:::1/00", "spf-cidr-invalid", 0 },
    /* §5.6 */
    { "ip4", "spf-ip4-invalid", 0 },
    { "ip4:", "spf-ip4-invalid", 0 },
    { "ip4:192.0.2", "spf-ip4-invalid", 0 },
    { "ip4:192.0.2.256", "spf-ip4-invalid", 0 },
    { "ip4:192.0.2.01", "spf-ip4-invalid", 0 }, /* qnum has no leading zero */
    { "ip4:192.0.2.1:25", "spf-ip4-invalid", 0 },
    { "ip4:2001:db8::1", "spf-ip4-invalid", 0 },
    { "ip4/24", "spf-ip4-invalid", 0 },
    { "ip4:b.c", "spf-ip4-invalid", 0 },
    { "ip6", "spf-ip6-invalid", 0 },
    { "ip6:192.0.2.1", "spf-ip6-invalid", 0 },
    { "ip6:2001:db8::1::2", "spf-ip6-invalid", 0 },
    { "ip6:[2001:db8::1]", "spf-ip6-invalid", 0 },
    { "ip6:fe80::1%eth0", "spf-ip6-invalid", 0 },
    { "ip4:192.0.2.0/33", "spf-cidr-invalid", 0 },
    { "ip4:192.0.2.0/", "spf-cidr-invalid", 0 },
    { "ip4:192.0.2.0/024", "spf-cidr-invalid", 0 },
    { "ip4:192.0.2.0//24", "spf-cidr-invalid", 0 },
    { "ip4:192.0.2.0/255.255.255.0", "spf-cidr-invalid", 0 },
    { "ip6:2001:db8::/129", "spf-cidr-invalid", 0 },
    { "a/33", "spf-cidr-invalid", 1 },
    { "a/", "spf-cidr-invalid", 1 },
    { "a/024", "spf-cidr-invalid", 1 },
    { "a//129", "spf-cidr-invalid", 1 },
    { "a/24/64", "spf-cidr-invalid", 1 },
    { "mx:b.c/99999999999999999999", "spf-cidr-invalid", 1 },
    { "ptr/24", "spf-term-malformed\",\"spf-ptr", 1 },
    /* §6 */
    { "exp=", "spf-domain-invalid", 0 },
    { "exp=b", "spf-domain-invalid", 0 },
    { "exp=b.c exp=b.c", "spf-modifier-repeated", 0 },
    { "x=%", "spf-macro-invalid\",\"spf-modifier-unknown", 0 },
};

/* Terms that are within the grammar, and what they cost. */
static const struct {
    const char *term, *notes;
    unsigned lookups;
} good[] = {
    { "a", NULL, 1 },
    { "+A", NULL, 1 },
    { "a/0", NULL, 1 },
    { "a//0", NULL, 1 },
    { "a/32//128", NULL, 1 },
    { "a:b.c/24//64", NULL, 1 },
    { "a:b.c.", NULL, 1 },
    { "a:b.xn--c1", NULL, 1 },
    { "a:b.1c", NULL, 1 },
    { "a:foo:bar/baz.example.com", NULL, 1 }, /* macro-literal holds ":" and "/" */
    { "a:_spf.b.c", NULL, 1 },
    { "a:.c", NULL, 1 },   /* macro-string may be empty */
    { "a:b..c", NULL, 1 }, /* a label may be, too: a lookup finds nothing (§4.3) */
    { "mx:%{d}", NULL, 1 },
    { "exists:%{ir}.%{l1r-}.%{d2}.c", NULL, 1 },
    { "exists:%{d1r.-+,/_=}", NULL, 1 },
    { "exists:b%%", NULL, 1 }, /* macro-expand is a domain-end */
    { "exists:%{IR}.b.c", NULL, 1 },
    { "exists:%{d128}", NULL, 1 },
    { "a/24//64", NULL, 1 },
    { "a//0", NULL, 1 },
    { "mx/0", NULL, 1 },
    { "mx//33", NULL, 1 },
    { "mx:b.c/32//128", NULL, 1 },
    { "mx:a:b/c.example.com", NULL, 1 }, /* a domain-spec takes any visible byte */
    { "exists::b.c", NULL, 1 },
    { "a:%{d}..c", NULL, 1 }, /* empty labels are within the grammar */
    { "a:b.xn--zckzah", NULL, 1 },
    { "a:b.c1-2", NULL, 1 },
    { "a:%{H}", NULL, 1 },
    { "a:a%%b%_%_c%-d.e.f", NULL, 1 },
    { "a:b%%", NULL, 1 }, /* a macro-expand may end it */
    { "exists:%{l2r+-}.u.%{d2}", NULL, 1 },
    { "exists:%{i999r.-+,/_=}.b.c", NULL, 1 },
    { "exists:exists:%{i}.b.c", NULL, 1 },
    { "ip6:::192.0.2.1/0", NULL, 0 },
    { "ip6:1:2:3:4:5:6:7:8", NULL, 0 },
    { "ip6:2001:DB8:8000::/33", NULL, 0 },
    { "exp=%{d}", NULL, 0 },
    { "default=pass", "spf-modifier-unknown", 0 },
    { "default=+ default=-", "spf-modifier-unknown", 0 }, /* only redirect and exp stand once */
    { "moo.cow-far_out=man:dog/cat", "spf-modifier-unknown", 0 },
    { "ip4:192.0.2.1", NULL, 0 },
    { "IP4:192.0.2.0/24", NULL, 0 },
    { "ip4:0.0.0.0/0", NULL, 0 },
    { "ip6:::1", NULL, 0 },
    { "ip6:2001:DB8::/32", NULL, 0 },
    { "ip6:::ffff:192.0.2.1/128", NULL, 0 },
    { "exp=b.c", NULL, 0 },
    { "ptr", "spf-ptr", 1 },
    { "ptr:b.c", "spf-ptr", 1 },
    { "x=", "spf-modifier-unknown", 0 },
    { "x.y-z_1=%{c}%{r}%{t}", "spf-modifier-unknown", 0 },
    { "ip4=192.0.2.1", "spf-modifier-unknown", 0 }, /* "=" makes a modifier of it */
    { "all=x", "spf-modifier-unknown", 0 },
};

/* What only the whole record shows. */
static const struct judged whole[] = {
    /* Cut off at the very end of the text. */
    { { TXT("v=spf1 exists:%{") },
      INVALID("\"spf-macro-invalid\",\"spf-all-missing\"") ",\"lookup_terms\":1}" },
    { { TXT("v=spf1 exists:%") },
      INVALID("\"spf-macro-invalid\",\"spf-all-missing\"") ",\"lookup_terms\":1}" },
    { { TXT("v=spf1 exists:%{d1r.") },
      INVALID("\"spf-macro-invalid\",\"spf-all-missing\"") ",\"lookup_terms\":1}" },
    { { TXT("v=spf1 -") },
      INVALID("\"spf-term-unknown\",\"spf-all-missing\"") ",\"lookup_terms\":0}" },
    { { TXT("v=spf1 a/") },
      INVALID("\"spf-cidr-invalid\",\"spf-all-missing\"") ",\"lookup_terms\":1}" },
    { { TXT("v=spf1 a:") },
      INVALID("\"spf-domain-invalid\",\"spf-all-missing\"") ",\"lookup_terms\":1}" },
    { { TXT("v=spf1 x=") },
      NOTED("\"spf-all-missing\",\"spf-modifier-unknown\"") ",\"lookup_terms\":0}" },
    { { TXT("v=spf1 ip4:") },
      INVALID("\"spf-ip4-invalid\",\"spf-all-missing\"") ",\"lookup_terms\":0}" },
    { { TXT("v=spf1 include:b.c ?include:%{d} ~all") },
      VALID ",\"all\":\"softfail\",\"includes\":[\"b.c\",\"%{d}\"],\"lookup_terms\":2}" },
    { { TXT("v=spf1 redirect=b.c") }, VALID ",\"redirect\":\"b.c\",\"lookup_terms\":1}" },
    { { TXT("v=spf1 redirect=b.c mx") }, VALID ",\"redirect\":\"b.c\",\"lookup_terms\":2}" },
    /* Behind "all" nothing is tested (§5.1), and it makes redirect count for nothing (§6.1). */
    { { TXT("v=spf1 -all include:b.c a") }, NOTED("\"spf-after-all\"") FAIL_ALL("0") },
    { { TXT("v=spf1 -all exp=b.c") }, VALID FAIL_ALL("0") }, /* modifiers may stand anywhere */
    { { TXT("v=spf1 redirect=b.c -all") }, NOTED("\"spf-redirect-ignored\"") FAIL_ALL("0") },
    { { TXT("v=spf1 -all a:") },
      INVALID("\"spf-domain-invalid\",\"spf-after-all\"") FAIL_ALL("0") }, /* errors still count */
    { { TXT("v=spf1 ~all -all") },
      NOTED("\"spf-after-all\"") ",\"all\":\"softfail\",\"lookup_terms\":0}" },
    { { TXT("v=spf1 all") }, NOTED("\"spf-all-pass\"") ",\"all\":\"pass\",\"lookup_terms\":0}" },
    { { TXT("v=spf1 ?all") }, VALID ",\"all\":\"neutral\",\"lookup_terms\":0}" },
    { { TXT("v=spf1 redirect=b.c redirect=d.e") },
      INVALID("\"spf-modifier-repeated\"") ",\"redirect\":\"b.c\",\"lookup_terms\":1}" },
    { { TXT("v=spf1 redirect=b REDIRECT=d.e") },
      INVALID("\"spf-domain-invalid\",\"spf-modifier-repeated\"") ",\"lookup_terms\":1}" },
    { { TXT("v=spf1 mx -all:x") }, INVALID("\"spf-term-malformed\"") ",\"lookup_terms\":1}" },
    { { TXT("v=spf1 a mx a mx a mx a mx a mx -all") }, VALID FAIL_ALL("10") },
    { { TXT("v=spf1 a mx a mx a mx a mx a mx exists:%{d} -all") },
      INVALID("\"spf-too-many-lookups\"") FAIL_ALL("11") },
    { { TXT("v=spf1 a mx a mx a mx a mx a mx redirect=b.c") },
      INVALID("\"spf-too-many-lookups\"") ",\"redirect\":\"b.c\",\"lookup_terms\":11}" },
    { { TXT("v=spf1 ip4:1.2.3.4 -all a mx a mx a mx a mx a mx a") },
      NOTED("\"spf-after-all\"") FAIL_ALL("0") },
};

/* Without a word of what it leads to, which test_spf_tree.c has. */
static enum verdict write_alone(struct json_writer *w, const struct bytes *txts, size_t count,
                                struct arena *arena)
{
    struct spf r;

    spf_judge(txts, count, arena, &r);
    return judgement_write_spf_tree(w, &r, NULL);
}
#define CHECK_ALONE(rows) \
    check_judged_by(write_alone, "spf", rows, sizeof(rows) / sizeof((rows)[0]))

/* That word stands there where nothing need be asked for it. */
static const struct judged led_nowhere[] = {
    { { TXT("v=spf1 ip4:192.0.2.0/24 -all") },
      VALID ",\"all\":\"fail\",\"lookup_terms\":0,\"lookups\":0,\"void_lookups\":0,"
            "\"effective_all\":\"fail\",\"authorised\":{\"ip4\":256,\"ip6_48\":0}}" },
    { { TXT("v=spf1 ptr") },
      NOTED("\"spf-ptr\",\"spf-all-missing\"") ",\"lookup_terms\":1,\"lookups\":1,"
                                               "\"void_lookups\":0,\"effective_all\":\"neutral\","
                                               "\"authorised\":"
                                               "{\"ip4\":0,\"ip6_48\":0,\"approximate\":true}}" },
    { { TXT("v=spf1 a -all") }, VALID FAIL_ALL("1") },
    { { TXT("v=spf1 ip4:192.0.2.0/33 -all") }, INVALID("\"spf-cidr-invalid\"") FAIL_ALL("0") },
};

static void check_term(const char *term, const char *verdict, const char *violations,
                       unsigned lookups)
{
    char text[256], members[256];
    struct judged row = { { { text, 0 } }, members };

    row.txts[0].len = (size_t)snprintf(text, sizeof(text), "v=spf1 %s -all", term);
    snprintf(members, sizeof(members),
             violations != NULL ? "{\"verdict\":\"%s\",\"violations\":[\"%s\"]" FAIL_ALL("%u")
                                : "{\"verdict\":\"%s\"%s" FAIL_ALL("%u"),
             verdict, violations != NULL ? violations : "", lookups);
    check_judged_by(write_alone, "spf", &row, 1);
}

int main(void)
{
    CHECK_ALONE(choice);
    CHECK_ALONE(whole);
    CHECK_JUDGED("spf", led_nowhere);
    for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++)
        check_term(terms[i].term, "invalid", terms[i].violation, terms[i].lookups);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        check_term(good[i].term, "valid", good[i].notes, good[i].lookups);
    return check_report();
}
