/* NS and CAA: found at the domain, or climbed for; asked of ancestors once for all domains. */
#include "tests/unit/workers/domain_script.h"

#define NO(name, type)                         \
    {                                          \
        name, type, OUTCOME_NODATA, NULL, NULL \
    }

static const struct climb_row {
    const char *what, *domain;
    struct row rows[6];
    const char *expected;
} climb_rows[] = {
    { "servers sorted, in lower case, each once for what it is",
      "d.test",
      { MX("d.test"), { "d.test", DNS_NS, OUTCOME_OK, "ns2.x.test|a.x.test", NULL } },
      "\"ns\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"hosts\":[\"a.x.test\",\"ns2.x.test\"]}" },
    { "a name inside a zone has the servers of the zone",
      "a.b.d.test",
      { MX("a.b.d.test"),
        NO("a.b.d.test", DNS_NS),
        NO("b.d.test", DNS_NS),
        { "d.test", DNS_NS, OUTCOME_OK, "n.test", NULL } },
      "\"ns\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"found_at\":\"d.test\",\"hosts\":["
      "\"n.test\"]}" },
    { "no climbing past the registrable domain",
      "d.test",
      { MX("d.test"), NO("d.test", DNS_NS), { "test", DNS_NS, OUTCOME_OK, "n.test", NULL } },
      "\"ns\":{\"outcome\":\"nodata\",\"dnssec\":\"secure\"}" },
    { "a failure on the way up is a failure",
      "a.d.test",
      { MX("a.d.test"),
        NO("a.d.test", DNS_NS),
        { "d.test", DNS_NS, OUTCOME_SERVFAIL, NULL, NULL } },
      "\"ns\":{\"outcome\":\"servfail\",\"dnssec\":\"secure\",\"found_at\":\"d.test\"}" },
    { "CAA at the domain",
      "d.test",
      { MX("d.test"),
        { "d.test", DNS_CAA, OUTCOME_OK, "0 issue ca.test|128 iodef mailto:s@d.test", NULL } },
      "\"caa\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"records\":[\"0 issue \\\"ca.test\\\"\","
      "\"128 iodef \\\"mailto:s@d.test\\\"\"],\"verdict\":\"valid\",\"issue\":[\"ca.test\"],"
      "\"iodef\":[\"mailto:s@d.test\"]}" },
    { "CAA of the parent, and of the TLD",
      "a.d.test",
      { MX("a.d.test"),
        NO("a.d.test", DNS_CAA),
        NO("d.test", DNS_CAA),
        { "test", DNS_CAA, OUTCOME_OK, "0 issue ;", NULL } },
      "\"caa\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"found_at\":\"test\",\"records\":[\"0 "
      "issue \\\";\\\"\"],\"verdict\":\"valid\",\"issue\":[]}" },
    { "an alias of the domain is followed, its target's parents are not climbed (RFC 8659 §3)",
      "a.d.test",
      { MX("a.d.test"),
        { "a.d.test", DNS_CAA, OUTCOME_NODATA, NULL, "x.other.test" },
        { "other.test", DNS_CAA, OUTCOME_OK, "0 issue no.test", NULL },
        { "d.test", DNS_CAA, OUTCOME_OK, "0 issue ca.test", NULL } },
      "\"found_at\":\"d.test\",\"records\":[\"0 issue \\\"ca.test\\\"\"]" },
    { "who knows what stands above",
      "d.test",
      { MX("d.test"), NO("d.test", DNS_CAA), { "test", DNS_CAA, OUTCOME_TIMEOUT, NULL, NULL } },
      "\"caa\":{\"outcome\":\"timeout\",\"found_at\":\"test\",\"verdict\":\"unknown\"}" },
    { "a record that cannot be read",
      "d.test",
      { MX("d.test"), { "d.test", DNS_CAA, OUTCOME_OK, "#\1\377", NULL } },
      "\"records\":[\"\\\\# 2 01ff\"],\"verdict\":\"invalid\",\"violations\":[\"caa-malformed\"]" },
};

static void test_climbs(void)
{
    for (size_t i = 0; i < sizeof(climb_rows) / sizeof(climb_rows[0]); i++) {
        const struct climb_row *t = &climb_rows[i];

        work_last(t->domain, t->rows, 6);
        CHECK(strstr(text_of(&record), t->expected) != NULL, "%s:\n%s\n%s", t->what, record.data,
              t->expected);
    }
}

static unsigned times_asked(const char *name, uint16_t type)
{
    unsigned times = 0;

    for (size_t i = 0; i < asked_count; i++)
        times += asked[i].type == type && strcmp(asked[i].name, name) == 0;
    return times;
}

/* The second domain finds what the first asked of the TLD; a failure is asked again. */
static void test_shared(void)
{
    static const struct row good[] = { MX("a.test"), MX("b.test"), NO("test", DNS_CAA) };
    static const struct row bad[] = { MX("a.test"),
                                      MX("b.test"),
                                      { "test", DNS_CAA, OUTCOME_TIMEOUT, NULL, NULL } };

    WORK("{\"domain\":\"a.test\",\"attempt\":3}", good);
    CHECK(times_asked("test", DNS_CAA) == 1, "by the first");
    keep_shared = true;
    WORK("{\"domain\":\"b.test\",\"attempt\":3}", good);
    CHECK(times_asked("test", DNS_CAA) == 0 && times_asked("b.test", DNS_CAA) == 1, "known");
    keep_shared = false;
    WORK("{\"domain\":\"a.test\",\"attempt\":3}", bad);
    keep_shared = true;
    WORK("{\"domain\":\"b.test\",\"attempt\":3}", bad);
    CHECK(times_asked("test", DNS_CAA) == 1, "asked again");
    keep_shared = false;
}

int main(void)
{
    script_open();
    test_climbs();
    test_shared();
    script_close();
    return check_report();
}
