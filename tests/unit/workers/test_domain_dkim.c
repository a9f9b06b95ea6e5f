/* DKIM keys at known selectors, the control of those that are not asked, and wildcards, which
 * answer for names that are not there. */
#include "tests/unit/workers/domain_script.h"
#include "workers/domain/dkim.h"
#include "workers/domain/wildcard.h"

#define NO(name)                                  \
    {                                             \
        name, DNS_TXT, OUTCOME_NODATA, NULL, NULL \
    }
#define NODE NO("_domainkey.d.test")
#define KEY "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define KEY_JUDGED "\"txt\":[\"" KEY "\"],\"verdict\":\"valid\",\"k\":\"ed25519\",\"bits\":256"
#define RANDOM "_mxcensus-0577ce64b39d1b33" /* of d.test */

static const struct dkim_row {
    const char *what;
    struct row rows[7];
    const char *expected; /* "dkim" and what is behind it */
    unsigned asked;       /* below _domainkey */
} dkim_rows[] = {
    { "nothing below a node that does not exist",
      { MX("d.test"), TXT("a._domainkey.d.test", KEY) },
      "{\"outcome\":\"nxdomain\",\"dnssec\":\"secure\",\"node\":\"no\",\"key\":\"no\"},\"caa\"",
      0 },
    { "who knows whether there is a node",
      { MX("d.test"), FAILS("_domainkey.d.test") },
      "{\"outcome\":\"timeout\",\"node\":\"unknown\",\"key\":\"unknown\"},\"caa\"",
      0 },
    { "a node without keys at these selectors",
      { MX("d.test"), NODE, NO("a._domainkey.d.test") },
      "\"node\":\"yes\",\"key\":\"no\",\"asked\":2},\"caa\"",
      2 },
    { "a key; a wildcard is looked for",
      { MX("d.test"), NODE, TXT("c._domainkey.d.test", KEY) },
      "\"node\":\"yes\",\"key\":\"yes\",\"asked\":2,\"keys\":[{\"selector\":\"c\",\"outcome\":"
      "\"ok\",\"dnssec\":\"secure\"," KEY_JUDGED "}]},\"caa\"",
      3 },
    { "the second of a pair is asked where the first is",
      { MX("d.test"), NODE, TXT("a._domainkey.d.test", "v=DKIM1; p="),
        TXT("b._domainkey.d.test", KEY) },
      "\"key\":\"yes\",\"asked\":3,\"keys\":[{\"selector\":\"a\",\"outcome\":\"ok\",\"dnssec\":"
      "\"secure\",\"txt\":[\"v=DKIM1; p=\"],\"verdict\":\"valid\",\"k\":\"rsa\",\"revoked\":true},"
      "{\"selector\":\"b\"",
      4 },
    { "a revoked key is none",
      { MX("d.test"), NODE, TXT("a._domainkey.d.test", "v=DKIM1; p=") },
      "\"node\":\"yes\",\"key\":\"no\",\"asked\":3,\"keys\":[",
      4 },
    { "an alias that leads nowhere",
      { MX("d.test"),
        NODE,
        { "c._domainkey.d.test", DNS_TXT, OUTCOME_NXDOMAIN, NULL, "c.provider.test" } },
      "\"key\":\"no\",\"asked\":2,\"keys\":[{\"selector\":\"c\",\"outcome\":\"nxdomain\","
      "\"dnssec\":\"secure\",\"aliases\":[\"c.provider.test\"],\"verdict\":\"absent\"}]}",
      3 },
    { "a question that failed leaves it open",
      { MX("d.test"), NODE, FAILS("c._domainkey.d.test") },
      "\"node\":\"yes\",\"key\":\"unknown\",\"asked\":2,\"unanswered\":1},\"caa\"",
      2 },
    { "unless another one has a key",
      { MX("d.test"), NODE, FAILS("c._domainkey.d.test"), TXT("a._domainkey.d.test", KEY) },
      "\"node\":\"yes\",\"key\":\"yes\",\"asked\":3,\"unanswered\":1,\"keys\":[",
      4 },
    { "every selector answers the same: it stands there once",
      { MX("d.test"), NODE, TXT("a._domainkey.d.test", "v=DKIM1; p="),
        TXT("b._domainkey.d.test", "v=DKIM1; p="), TXT("c._domainkey.d.test", "v=DKIM1; p="),
        TXT(RANDOM "._domainkey.d.test", "v=DKIM1; p=") },
      "\"key\":\"no\",\"asked\":3,\"keys\":[{\"selector\":\"*\",\"outcome\":\"ok\",\"dnssec\":"
      "\"secure\",\"txt\":[\"v=DKIM1; "
      "p=\"],\"verdict\":\"valid\",\"k\":\"rsa\",\"revoked\":true}]}",
      4 },
    { "and the one that answers otherwise beside it",
      { MX("d.test"), NODE, TXT("a._domainkey.d.test", KEY), TXT("b._domainkey.d.test", "x"),
        TXT("c._domainkey.d.test", "x"), TXT(RANDOM "._domainkey.d.test", "x") },
      "\"key\":\"yes\",\"asked\":3,\"keys\":[{\"selector\":\"a\",\"outcome\":\"ok\",\"dnssec\":"
      "\"secure\"," KEY_JUDGED "},{\"selector\":\"*\",\"outcome\":\"ok\",\"dnssec\":\"secure\","
      "\"txt\":[\"x\"],\"verdict\":\"absent\"}]}",
      4 },
    { "a wildcard of the domain makes every name exist: no node is seen by that",
      { MX("d.test"), NODE, NO("_dmarc.d.test"), NO("_mta-sts.d.test"), NO(RANDOM ".d.test") },
      "{\"outcome\":\"nodata\",\"dnssec\":\"secure\",\"wildcard\":true,\"node\":\"unknown\","
      "\"key\":\"no\",\"asked\":2},\"wildcard\":{\"outcome\":\"nodata\",\"dnssec\":\"secure\"},"
      "\"caa\"",
      2 },
    { "a key says that there is one all the same",
      { MX("d.test"), NODE, NO("_dmarc.d.test"), NO("_mta-sts.d.test"), NO(RANDOM ".d.test"),
        TXT("c._domainkey.d.test", KEY) },
      "\"wildcard\":true,\"node\":\"yes\",\"key\":\"yes\"",
      3 },
};

static unsigned selectors_asked(void)
{
    unsigned count = 0;

    for (size_t i = 0; i < asked_count; i++) {
        const char *at = strstr(asked[i].name, "_domainkey.");

        count += at != NULL && at != asked[i].name;
    }
    return count;
}

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof(dkim_rows) / sizeof(dkim_rows[0]); i++) {
        const struct dkim_row *t = &dkim_rows[i];
        const char *at;

        work_last("d.test", t->rows, 7);
        at = strstr(text_of(&record), "\"dkim\":");
        CHECK(at != NULL && strstr(at, t->expected) != NULL, "%s:\n%s\n%s", t->what, check_text(at),
              t->expected);
        CHECK(selectors_asked() == t->asked, "%s: %u", t->what, selectors_asked());
    }
}

/* What a retry already knows of the selectors is not asked again. */
static void test_retry(void)
{
    static const struct row first[] = { MX("d.test"), NODE, TXT("a._domainkey.d.test", KEY),
                                        FAILS("c._domainkey.d.test") };
    static const struct row second[] = { TXT("c._domainkey.d.test", KEY) };
    char *again;

    WORK("{\"domain\":\"d.test\"}", first);
    again = memory_strdup(text_of(&delayed));
    WORK(again, second);
    CHECK(asked_count == 1 && strcmp(asked[0].name, "c._domainkey.d.test") == 0, "%zu",
          asked_count);
    CHECK(strstr(text_of(&record), "\"asked\":3,\"keys\":[{\"selector\":\"a\"") != NULL, "%s",
          record.data);
    free(again);
}

/* ---- the control ---- */

static void test_control(void)
{
    unsigned count = 0;
    char name[32], first[32] = "";

    for (unsigned i = 0; i < 20000; i++) {
        snprintf(name, sizeof(name), "n%u.test", i);
        if (!dkim_is_control(name))
            continue;
        if (count++ == 0)
            snprintf(first, sizeof(first), "%s", name);
    }
    CHECK(count > 140 && count < 260, "%u of 20000", count);
    CHECK(dkim_is_control(first) && !dkim_is_control("d.test"), "always the same ones");
}

/* Asked although the node does not exist: a miss is seen. */
static void test_control_asked(void)
{
    char name[32] = "", mx[32], node[64], key[70], job_text[64];
    struct row table[2];

    for (unsigned i = 0; !dkim_is_control(name); i++)
        snprintf(name, sizeof(name), "n%u.test", i);
    snprintf(mx, sizeof(mx), "%s", name);
    snprintf(node, sizeof(node), "_domainkey.%s", name);
    snprintf(key, sizeof(key), "a.%s", node);
    table[0] = (struct row)MX(mx);
    table[1] = (struct row)TXT(key, KEY);
    snprintf(job_text, sizeof(job_text), "{\"domain\":\"%s\",\"attempt\":3}", name);
    work(job_text, table, 1);
    CHECK(strstr(text_of(&record),
                 "\"node\":\"no\",\"key\":\"no\",\"control\":true,\"asked\":2}") != NULL,
          "%s", record.data);
    work(job_text, table, 2);
    CHECK(strstr(text_of(&record), "\"node\":\"no\",\"key\":\"yes\",\"control\":true,\"asked\":3,"
                                   "\"keys\":[{\"selector\":\"a\"") != NULL,
          "%s", record.data);
    work(job_text, table + 1, 1);
    CHECK(selectors_asked() == 0, "a domain that does not exist is not asked");
}

/* ---- wildcards ---- */

static const struct wildcard_row {
    const char *what;
    struct row rows[7];
    const char *expected; /* stands in the record; NULL: the name that cannot exist is not asked */
} wildcard_rows[] = {
    { "one name that does not exist says that there is none",
      { MX("d.test"), TXT("_dmarc.d.test", "v=DMARC1; p=none"), NODE },
      NULL },
    { "a failure says nothing",
      { MX("d.test"), FAILS("_dmarc.d.test"), FAILS("_mta-sts.d.test"),
        FAILS("_domainkey.d.test") },
      NULL },
    { "all three are there: asked, and there is none",
      { MX("d.test"), TXT("_dmarc.d.test", "v=DMARC1; p=none"),
        TXT("_mta-sts.d.test", "v=STSv1; id=1;"), NODE },
      "\"wildcard\":{\"outcome\":\"nxdomain\",\"dnssec\":\"secure\"}" },
    { "a record of the domain beside the wildcard",
      { MX("d.test"), TXT("_dmarc.d.test", "v=DMARC1; p=none"), TXT("_mta-sts.d.test", "a|b"),
        TXT("_smtp._tls.d.test", "b|a"), NODE, TXT(RANDOM ".d.test", "b|a") },
      "\"mta_sts\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"wildcard\":true,\"txt\":[\"a\","
      "\"b\"],\"verdict\":\"absent\"},\"tls_rpt\":{\"outcome\":\"ok\",\"dnssec\":\"secure\","
      "\"wildcard\":true,\"txt\":[\"b\",\"a\"],\"verdict\":\"absent\"},\"bimi\":{\"outcome\":"
      "\"nxdomain\",\"dnssec\":\"secure\",\"verdict\":\"absent\"}" },
    { "a record that a wildcard shows counts all the same",
      { MX("d.test"), TXT("_dmarc.d.test", "v=DMARC1; p=none"), NO("_mta-sts.d.test"), NODE,
        TXT(RANDOM ".d.test", "v=DMARC1; p=none") },
      "\"dmarc\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"wildcard\":true,\"txt\":["
      "\"v=DMARC1; p=none\"],\"verdict\":\"valid\",\"p\":\"none\"" },
    { "an alias of everything",
      { MX("d.test"),
        { "_dmarc.d.test", DNS_TXT, OUTCOME_NODATA, NULL, "web.test" },
        { "_mta-sts.d.test", DNS_TXT, OUTCOME_NODATA, NULL, "other.test" },
        { "_domainkey.d.test", DNS_TXT, OUTCOME_NODATA, NULL, "web.test" },
        { RANDOM ".d.test", DNS_TXT, OUTCOME_NODATA, NULL, "web.test" } },
      "\"dmarc\":{\"outcome\":\"nodata\",\"dnssec\":\"secure\",\"aliases\":[\"web.test\"],"
      "\"wildcard\":true,\"verdict\":\"absent\",\"effective\":{\"verdict\":\"absent\"}},"
      "\"mta_sts\":{\"outcome\":\"nodata\",\"dnssec\":\"secure\",\"aliases\":[\"other.test\"],"
      "\"verdict\":\"absent\"}" },
    { "who knows",
      { MX("d.test"), NO("_dmarc.d.test"), NO("_mta-sts.d.test"), NODE, FAILS(RANDOM ".d.test") },
      "\"wildcard\":{\"outcome\":\"timeout\"}" },
};

static void test_wildcards(void)
{
    char label[32];

    wildcard_label("d.test", label);
    CHECK(strcmp(label, RANDOM) == 0, "%s", label);
    for (size_t i = 0; i < sizeof(wildcard_rows) / sizeof(wildcard_rows[0]); i++) {
        const struct wildcard_row *t = &wildcard_rows[i];

        work_last("d.test", t->rows, 7);
        if (t->expected != NULL)
            CHECK(strstr(text_of(&record), t->expected) != NULL, "%s:\n%s\n%s", t->what,
                  record.data, t->expected);
        else
            CHECK(strstr(text_of(&record), "\"wildcard\"") == NULL, "%s: %s", t->what, record.data);
    }
}

int main(void)
{
    script_open();
    script_selectors = (struct selectors){
        .count = 3,
        .items = { { "a", "a._domainkey.", NULL },
                   { "b", "b._domainkey.", &script_selectors.items[0] },
                   { "c", "c._domainkey.", NULL } },
    };
    test_rows();
    test_retry();
    test_control();
    test_control_asked();
    test_wildcards();
    script_close();
    return check_report();
}
