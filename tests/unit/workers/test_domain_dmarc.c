/* Which DMARC record applies to a domain, found by the tree walk (RFC 9989 §4.10), and who takes
 * its reports. */
#include "tests/unit/workers/domain_script.h"

static const struct dmarc_row {
    const char *what, *domain;
    struct row rows[6];
    const char *expected; /* "effective" and what is behind it */
} dmarc_rows[] = {
    { "its own",
      "d.test",
      { MX("d.test"), TXT("_dmarc.d.test", "v=DMARC1; p=reject; sp=none; np=none"),
        TXT("_dmarc.test", "v=DMARC1; p=none; psd=y") },
      "{\"verdict\":\"valid\",\"domain\":\"d.test\",\"tag\":\"p\",\"policy\":\"reject\"}}" },
    { "none anywhere", "d.test", { MX("d.test") }, "{\"verdict\":\"absent\"}}" },
    { "its own asks for nothing: no other takes its place",
      "d.test",
      { MX("d.test"), TXT("_dmarc.d.test", "v=DMARC1; p=block"),
        TXT("_dmarc.test", "v=DMARC1; p=none") },
      "{\"verdict\":\"invalid\",\"domain\":\"d.test\"}}" },
    { "its own is two, which are discarded",
      "d.test",
      { MX("d.test"), TXT("_dmarc.d.test", "v=DMARC1; p=none|v=DMARC1; p=reject"),
        TXT("_dmarc.test", "v=DMARC1; p=quarantine; psd=y") },
      "{\"verdict\":\"valid\",\"domain\":\"test\",\"txt\":[\"v=DMARC1; p=quarantine; psd=y\"],"
      "\"tag\":\"p\",\"policy\":\"quarantine\"}}" },
    { "the parent's, by its sp",
      "a.d.test",
      { MX("a.d.test"), TXT("_dmarc.d.test", "v=DMARC1; p=reject; sp=quarantine; t=y; np=none") },
      "{\"verdict\":\"valid\",\"domain\":\"d.test\",\"txt\":[\"v=DMARC1; p=reject; "
      "sp=quarantine; t=y; np=none\"],\"tag\":\"sp\",\"policy\":\"quarantine\",\"t\":\"y\"}}" },
    { "a name that does not exist, by np",
      "gone.d.test",
      { TXT("_dmarc.d.test", "v=DMARC1; p=none; sp=quarantine; np=reject") },
      "{\"verdict\":\"valid\",\"domain\":\"d.test\",\"txt\":[\"v=DMARC1; p=none; sp=quarantine; "
      "np=reject\"],\"tag\":\"np\",\"policy\":\"reject\"}}" },
    { "a name that does not exist, without np",
      "gone.d.test",
      { TXT("_dmarc.d.test", "v=DMARC1; p=none; sp=quarantine") },
      "{\"verdict\":\"valid\",\"domain\":\"d.test\",\"txt\":[\"v=DMARC1; p=none; "
      "sp=quarantine\"],\"tag\":\"sp\",\"policy\":\"quarantine\"}}" },
    { "of several ancestors the one with the fewest labels",
      "a.b.d.test",
      { MX("a.b.d.test"), TXT("_dmarc.b.d.test", "v=DMARC1; p=none"),
        TXT("_dmarc.d.test", "v=DMARC1; p=reject") },
      "{\"verdict\":\"valid\",\"domain\":\"d.test\",\"txt\":[\"v=DMARC1; p=reject\"],\"tag\":"
      "\"p\",\"policy\":\"reject\"}}" },
    { "psd=n ends the walk there",
      "a.b.d.test",
      { MX("a.b.d.test"), TXT("_dmarc.b.d.test", "v=DMARC1; p=none; psd=n"),
        TXT("_dmarc.d.test", "v=DMARC1; p=reject") },
      "{\"verdict\":\"valid\",\"domain\":\"b.d.test\",\"txt\":[\"v=DMARC1; p=none; psd=n\"],"
      "\"tag\":\"p\",\"policy\":\"none\"}}" },
    { "one label below psd=y is the organization",
      "a.d.test",
      { MX("a.d.test"), TXT("_dmarc.d.test", "v=DMARC1; p=reject"),
        TXT("_dmarc.test", "v=DMARC1; p=none; psd=y") },
      "{\"verdict\":\"valid\",\"domain\":\"d.test\",\"txt\":[\"v=DMARC1; p=reject\"],\"tag\":"
      "\"p\",\"policy\":\"reject\"}}" },
    { "and where that has nothing it is the suffix's, not that of one further down",
      "a.b.d.test",
      { MX("a.b.d.test"), TXT("_dmarc.b.d.test", "v=DMARC1; p=reject"),
        TXT("_dmarc.test", "v=DMARC1; p=none; psd=y") },
      "{\"verdict\":\"valid\",\"domain\":\"test\",\"txt\":[\"v=DMARC1; p=none; psd=y\"],\"tag\":"
      "\"p\",\"policy\":\"none\"}}" },
    { "an ancestor's that asks for nothing",
      "a.d.test",
      { MX("a.d.test"), TXT("_dmarc.d.test", "v=DMARC1; p=block") },
      "{\"verdict\":\"invalid\",\"domain\":\"d.test\",\"txt\":[\"v=DMARC1; p=block\"]}}" },
    { "an ancestor's that counts as p=none and no more, by its rua (§4.10.1)",
      "a.d.test",
      { MX("a.d.test"), TXT("_dmarc.d.test", "v=DMARC1; p=block; sp=reject; rua=mailto:x@d.test") },
      "{\"verdict\":\"valid\",\"domain\":\"d.test\",\"txt\":[\"v=DMARC1; p=block; sp=reject; "
      "rua=mailto:x@d.test\"],\"tag\":\"p\",\"policy\":\"none\"}}" },
    { "and of a name that does not exist, its np",
      "gone.d.test",
      { TXT("_dmarc.d.test", "v=DMARC1; p=reject; sp=?; np=reject; rua=mailto:x@d.test") },
      "{\"verdict\":\"valid\",\"domain\":\"d.test\",\"txt\":[\"v=DMARC1; p=reject; sp=?; "
      "np=reject; "
      "rua=mailto:x@d.test\"],\"tag\":\"p\",\"policy\":\"none\"}}" },
    { "who knows what is above",
      "a.d.test",
      { MX("a.d.test"), FAILS("_dmarc.d.test"), TXT("_dmarc.test", "v=DMARC1; p=none") },
      "{\"verdict\":\"unknown\"}}" },
    { "who knows its own",
      "d.test",
      { MX("d.test"), FAILS("_dmarc.d.test") },
      "{\"verdict\":\"unknown\"}}" },

    { "reports that stay at home",
      "d.test",
      { MX("d.test"),
        TXT("_dmarc.d.test", "v=DMARC1; p=none; rua=mailto:a@d.test,mailto:b@mail.d.test,"
                             "https://x.other.test/") },
      "\"policy\":\"none\"}}" },
    { "those that go out, each target once, ruf behind rua",
      "d.test",
      { MX("d.test"),
        TXT("_dmarc.d.test", "v=DMARC1; p=none; rua=mailto:a@One.test,mailto:b@one.test; "
                             "ruf=mailto:c@two.test?x=y@z.test"),
        TXT("d.test._report._dmarc.one.test", "v=DMARC1"),
        { "_report._dmarc.one.test", DNS_TXT, OUTCOME_NODATA, NULL, NULL } },
      "\"policy\":\"none\"},\"external\":[{\"host\":\"one.test\",\"outcome\":\"ok\",\"authorized\":"
      "\"yes\"},{\"host\":\"two.test\",\"outcome\":\"nxdomain\",\"authorized\":\"no\"}]}" },
    { "text that is no permission",
      "d.test",
      { MX("d.test"), TXT("_dmarc.d.test", "v=DMARC1; p=none; rua=mailto:a@one.test"),
        TXT("_report._dmarc.one.test", "x"), TXT("d.test._report._dmarc.one.test", "v=spf1 -all") },
      "\"external\":[{\"host\":\"one.test\",\"outcome\":\"ok\",\"authorized\":\"no\"}]}" },
    { "who knows whether they take them",
      "d.test",
      { MX("d.test"), TXT("_dmarc.d.test", "v=DMARC1; p=none; rua=mailto:a@one.test"),
        FAILS("_report._dmarc.one.test"), FAILS("d.test._report._dmarc.one.test") },
      "\"external\":[{\"host\":\"one.test\",\"outcome\":\"timeout\",\"authorized\":\"unknown\"}]"
      "}" },
    { "the reports of an ancestor's record are that one's",
      "a.d.test",
      { MX("a.d.test"), TXT("_dmarc.d.test", "v=DMARC1; p=none; rua=mailto:a@one.test"),
        TXT("_report._dmarc.one.test", "x"), TXT("d.test._report._dmarc.one.test", "v=DMARC1;") },
      "\"external\":[{\"host\":\"one.test\",\"outcome\":\"ok\",\"authorized\":\"yes\"}]}" },
};

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof(dmarc_rows) / sizeof(dmarc_rows[0]); i++) {
        const struct dmarc_row *t = &dmarc_rows[i];
        const char *found, *end;

        work_last(t->domain, t->rows, 6);
        found = strstr(text_of(&record), "\"effective\":");
        found = found != NULL ? strstr(found, t->expected) : NULL;
        CHECK(found != NULL, "%s:\n%s\n%s", t->what, record.data, t->expected);
        end = found != NULL ? found + strlen(t->expected) : "";
        CHECK(strncmp(end, ",\"mta_sts\"", 10) == 0, "%s: more follows: %s", t->what, end);
    }
}

/* Eight questions are all: of a long name the middle is left out. */
static void test_long_name(void)
{
    static const struct row table[] = { MX("a.b.c.d.e.f.g.h.i.d.test") };
    static const char *const walked[] = { "_dmarc.a.b.c.d.e.f.g.h.i.d.test",
                                          "_dmarc.e.f.g.h.i.d.test",
                                          "_dmarc.f.g.h.i.d.test",
                                          "_dmarc.g.h.i.d.test",
                                          "_dmarc.h.i.d.test",
                                          "_dmarc.i.d.test",
                                          "_dmarc.d.test",
                                          "_dmarc.test" };
    size_t count = 0;

    WORK("{\"domain\":\"a.b.c.d.e.f.g.h.i.d.test\"}", table);
    for (size_t i = 0; i < asked_count; i++) {
        if (strncmp(asked[i].name, "_dmarc.", 7) != 0)
            continue;
        CHECK(count < 8 && strcmp(asked[i].name, walked[count]) == 0, "%zu: %s", count,
              asked[i].name);
        count++;
    }
    CHECK(count == 8, "%zu", count);
}

/* Whoever wants reports at nine places gets eight of them looked at. */
static void test_many_targets(void)
{
    static const struct row table[] = {
        MX("d.test"), TXT("_dmarc.d.test", "v=DMARC1; p=none; rua=mailto:a@a.test,mailto:a@b.test,"
                                           "mailto:a@c.test,mailto:a@d1.test,mailto:a@e.test,"
                                           "mailto:a@f.test,mailto:a@g.test,mailto:a@h.test,"
                                           "mailto:a@i.test")
    };

    WORK("{\"domain\":\"d.test\"}", table);
    CHECK(strstr(text_of(&record), "\"host\":\"h.test\"") != NULL &&
              strstr(record.data, "\"host\":\"i.test\"") == NULL,
          "%s", record.data);
}

int main(void)
{
    script_open();
    test_rows();
    test_long_name();
    test_many_targets();
    script_close();
    return check_report();
}
