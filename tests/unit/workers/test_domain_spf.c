/* What an SPF record leads to, in the dns stage: what is asked for it, once for many domains; what
 * of it is recorded; what comes back when a lookup failed. */
#include "tests/unit/workers/domain_script.h"

#define TXT_OF(name, text)                    \
    {                                         \
        name, DNS_TXT, OUTCOME_OK, text, NULL \
    }
#define NONE_OF(name, type, outcome)    \
    {                                   \
        name, type, outcome, NULL, NULL \
    }

/* So that the name exists. */
#define NULL_MX(name)                         \
    {                                         \
        name, DNS_MX, OUTCOME_OK, "0 .", NULL \
    }

static size_t times_asked(const char *name, uint16_t type)
{
    size_t n = 0;

    for (size_t i = 0; i < asked_count; i++)
        n += asked[i].type == type && strcmp(asked[i].name, name) == 0;
    return n;
}

/* What is asked for a domain of which SPF asks for nothing. */
static size_t ordinary(const char *job)
{
    static const struct row table[] = {
        NULL_MX("d.test"),
        NULL_MX("e.test"),
        TXT_OF("d.test", "v=spf1 -all"),
        TXT_OF("e.test", "v=spf1 -all"),
    };

    WORK(job, table);
    return asked_count;
}
#define D_TEST "{\"domain\":\"d.test\"}"

/* The member "spf" of the record from "verdict" on; "" if there is none. */
static const char *member(void)
{
    static char text[4096];
    const char *spf = strstr(text_of(&record), "\"spf\":{");
    const char *from = spf != NULL ? strstr(spf, "\"verdict\"") : NULL;
    const char *end = from != NULL ? strstr(from, ",\"dmarc\":") : NULL;

    snprintf(text, sizeof(text), "%.*s", end != NULL ? (int)(end - from) : 0,
             end != NULL ? from : "");
    return text;
}
#define CHECK_MEMBER(expected) \
    CHECK(strcmp(member(), expected) == 0, "\n  gave %s\n  want %s", member(), expected)

/* The domain's own MX is not asked for again, a name only once, and each include behind another. */
static void test_follow(void)
{
    static const struct row table[] = {
        { "d.test", DNS_MX, OUTCOME_OK, "10 mx.d.test|20 mx2.d.test|30 192.0.2.9", NULL },
        TXT_OF("d.test", "v=spf1 mx a:mx.d.test include:a.test -all"),
        TXT_OF("a.test", "v=spf1 include:b.test include:b.test ?all"),
        TXT_OF("b.test", "x|v=spf1 ip4:198.51.100.0/24 ~all"),
        { "mx.d.test", DNS_A, OUTCOME_OK, "192.0.2.1|192.0.2.2", NULL },
        { "mx2.d.test", DNS_AAAA, OUTCOME_OK, "2001:db8::1", NULL },
    };

    size_t others = ordinary(D_TEST);

    WORK(D_TEST, table);
    CHECK_MEMBER(
        "\"verdict\":\"valid\",\"all\":\"fail\",\"includes\":[\"a.test\"],\"lookup_terms\":3,"
        "\"lookups\":5,\"void_lookups\":0,\"effective_all\":\"fail\",\"authorised\":"
        "{\"ip4\":258,\"ip6_48\":1}}");
    CHECK(times_asked("d.test", DNS_MX) == 1 && times_asked("mx.d.test", DNS_A) == 1 &&
              times_asked("b.test", DNS_TXT) == 1 && times_asked("192.0.2.9", DNS_A) == 0,
          "%zu questions", asked_count);
    CHECK(asked_count == others + 6, "%zu questions", asked_count);
}

/* What one domain has brought to light the next need not ask for. */
static void test_share(void)
{
    static const struct row table[] = {
        NULL_MX("d.test"),
        NULL_MX("e.test"),
        TXT_OF("d.test", "v=spf1 include:a.test -all"),
        TXT_OF("e.test", "v=spf1 redirect=a.test"),
        TXT_OF("a.test", "v=spf1 include:b.test ~all"),
        TXT_OF("b.test", "v=spf1 ip4:198.51.100.0/24 -all"),
    };

    size_t others = ordinary(D_TEST);

    WORK(D_TEST, table);
    CHECK(asked_count == others + 2, "%zu questions", asked_count);
    keep_shared = true;
    WORK("{\"domain\":\"e.test\"}", table);
    keep_shared = false;
    CHECK(times_asked("a.test", DNS_TXT) == 0 && times_asked("b.test", DNS_TXT) == 0, "shared");
    CHECK_MEMBER("\"verdict\":\"valid\",\"redirect\":\"a.test\",\"lookup_terms\":1,\"lookups\":2,"
                 "\"void_lookups\":0,\"effective_all\":\"softfail\",\"authorised\":{\"ip4\":256,"
                 "\"ip6_48\":0}}");
}

/* Nothing is asked for where an evaluation does not begin, nor for what takes a message. */
static void test_asks_nothing(void)
{
    static const char *const records[] = {
        "v=spf1 include:a.test foo -all",
        "v=spf1 -all include:a.test",
        "v=spf1 ip4:192.0.2.1 ~all",
        "v=spf1 exists:%{i}.a.test -all",
        "v=spf1 ptr:a.test -all",
        "v=spf1 include:d.test -all",
        "v=spf1 include:a..test -all|v=spf1",
        "v=spf2 include:a.test",
    };

    size_t others = ordinary(D_TEST);

    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        const struct row table[] = { NULL_MX("d.test"), TXT_OF("d.test", records[i]) };

        WORK(D_TEST, table);
        CHECK(asked_count == others, "%s: %zu questions", records[i], asked_count);
    }
}

/* A failed include makes the job come back, and what is known by then is not asked for again: nor
 * is it forgotten should it fail then. */
static void test_retry(void)
{
    static const struct row before[] = {
        NULL_MX("d.test"),
        TXT_OF("d.test", "v=spf1 include:a.test include:sick.test -all"),
        TXT_OF("a.test", "v=spf1 ip4:192.0.2.1 ~all"),
        NONE_OF("sick.test", DNS_TXT, OUTCOME_TIMEOUT),
    };
    static const struct row after[] = {
        NONE_OF("a.test", DNS_TXT, OUTCOME_SERVFAIL),
        TXT_OF("sick.test", "v=spf1 a:b.test -all"),
    };
    static const struct row still[] = { NONE_OF("sick.test", DNS_TXT, OUTCOME_TIMEOUT) };
    char again[16384];

    WORK(D_TEST, before);
    CHECK(record.len == 0 && delayed.len > 0, "it comes back");
    snprintf(again, sizeof(again), "%s", text_of(&delayed));
    WORK(again, after);
    CHECK_MEMBER("\"verdict\":\"valid\",\"all\":\"fail\",\"includes\":[\"a.test\",\"sick.test\"],"
                 "\"lookup_terms\":2,\"lookups\":3,\"void_lookups\":1,\"effective_all\":\"fail\","
                 "\"authorised\":{\"ip4\":1,\"ip6_48\":0}}");
    CHECK(times_asked("a.test", DNS_TXT) == 0 && times_asked("b.test", DNS_A) == 1, "again");

    settings.attempts = 2;
    WORK(again, still);
    settings_default(&settings);
    CHECK_MEMBER("\"verdict\":\"unknown\",\"all\":\"fail\",\"includes\":[\"a.test\",\"sick.test\"],"
                 "\"lookup_terms\":2,\"effective_all\":\"fail\",\"unresolved\":[\"sick.test\"]}");
}

/* A record that fans out is followed to the limits and no further. */
static void test_hostile(void)
{
    static const struct row table[] = {
        NULL_MX("d.test"),
        TXT_OF("d.test", "v=spf1 include:a.test include:a.test include:a.test -all"),
        TXT_OF("a.test", "v=spf1 include:b.test include:b.test include:b.test -all"),
        TXT_OF("b.test", "v=spf1 include:c.test include:c.test include:c.test -all"),
        TXT_OF("c.test", "v=spf1 include:e.test include:e.test include:e.test -all"),
        TXT_OF("e.test",
               "v=spf1 mx:f1.test mx:f2.test mx:f3.test mx:f4.test mx:f5.test mx:f6.test "
               "mx:f7.test mx:f8.test mx:f9.test mx:f10.test mx:f11.test mx:f12.test -all"),
        { "f1.test", DNS_MX, OUTCOME_OK,
          "1 a.f|2 b.f|3 c.f|4 d.f|5 e.f|6 f.f|7 g.f|8 h.f|9 i.f|10 j.f|11 k.f", NULL },
    };

    size_t others = ordinary(D_TEST);

    WORK(D_TEST, table);
    CHECK(strstr(member(), "\"lookups\":51,") != NULL, "%s", member());
    CHECK(asked_count < others + 16, "%zu questions", asked_count);
}

int main(void)
{
    script_open();
    test_follow();
    test_share();
    test_asks_nothing();
    test_retry();
    test_hostile();
    script_close();
    return check_report();
}
