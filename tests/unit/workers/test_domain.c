/* The dns stage over tables of answers: what is asked, what is recorded, what follows, what comes
 * back. The engine and the batch are replaced. */
#include "tests/unit/full_record.h"
#include "tests/unit/workers/domain_script.h"
#include "workers/answer_json.h"

#define FULL_ANSWERS                                                                             \
    { "good.test", DNS_MX, OUTCOME_OK, "20 b.good.test|10 a.good.test|5 192.0.2.1", NULL },      \
        { "good.test", DNS_TXT, OUTCOME_OK, "other=1|v=spf1 ip4:192.0.2.0/24 -all", NULL },      \
        { "_mta-sts.good.test", DNS_TXT, OUTCOME_OK, "v=STSv1; id=2024;", "sts.provider.test" }, \
        { "_smtp._tls.good.test", DNS_TXT, OUTCOME_OK, "v=TLSRPTv1; rua=mailto:t@good.test",     \
          NULL },                                                                                \
        { "default._bimi.good.test", DNS_TXT, OUTCOME_NODATA, NULL, NULL },                      \
        { "good.test", DNS_NS, OUTCOME_OK, "b.ns.test|a.ns.test", NULL },                        \
    {                                                                                            \
        "_domainkey.good.test", DNS_TXT, OUTCOME_NODATA, NULL, NULL                              \
    }
#define DMARC_ANSWER                                                        \
    {                                                                       \
        "_dmarc.good.test", DNS_TXT, OUTCOME_OK, "v=DMARC1; p=reject", NULL \
    }
#define JOB "{\"domain\":\"good.test\",\"rank\":12,\"input\":{\"sector\":\"bank\"}}"

static void test_whole(void)
{
    static const struct row table[] = { FULL_ANSWERS, DMARC_ANSWER };

    WORK(JOB, table);
    CHECK(asked_count == 11, "%zu", asked_count);
    CHECK_TEXT(&record, FULL_RECORD("1"));
    CHECK_TEXT(&hosts, FULL_RECORD_HOST_A FULL_RECORD_HOST_B);
    CHECK_TEXT(&policies, FULL_RECORD_POLICY);
}

/* RFC 8020: one question, and all of the domain is known; its policy may be the TLD's. */
static void test_no_such_name(void)
{
    static const struct row table[] = { { "x", DNS_MX, OUTCOME_OK, NULL, NULL } };

    WORK("{\"domain\":\"gone.test\"}", table);
    CHECK(asked_count == 2 && strcmp(asked[1].name, "_dmarc.test") == 0, "%zu", asked_count);
#define NONE "{\"outcome\":\"nxdomain\",\"dnssec\":\"secure\",\"verdict\":\"absent\"}"
    CHECK_TEXT(
        &record,
        "{\"v\":1,\"domain\":\"gone.test\",\"time\":\"T\",\"worker\":\"w\",\"vantage\":"
        "\"here\",\"attempts\":1,\"exists\":\"no\",\"questions\":2,\"mx\":{\"outcome\":"
        "\"nxdomain\","
        "\"dnssec\":\"secure\",\"kind\":\"none\",\"verdict\":\"absent\"},\"ns\":{\"outcome\":"
        "\"nxdomain\",\"dnssec\":\"secure\"},\"spf\":" NONE
        ",\"dmarc\":{\"outcome\":\"nxdomain\",\"dnssec\":\"secure\",\"verdict\":\"absent\","
        "\"effective\":{\"verdict\":\"absent\"}},\"mta_sts\":" NONE ",\"tls_rpt\":" NONE
        ",\"bimi\":" NONE ",\"dkim\":{\"outcome\":\"nxdomain\",\"dnssec\":\"secure\",\"node\":"
        "\"no\",\"key\":\"no\"},\"caa\":" NONE "}");
    CHECK(hosts.len == 0 && policies.len == 0, "nothing follows");
}

/* ---- a member each ---- */

static const struct member_row {
    const char *what;
    struct row rows[4];
    bool implicit_mx;
    const char *expected; /* stands in the record */
    const char *hosts;    /* that follow */
} member_rows[] = {
    { "null MX",
      { { "d.test", DNS_MX, OUTCOME_OK, "0 .", NULL } },
      false,
      "\"kind\":\"null\",\"verdict\":\"valid\"",
      "" },
    { "implicit MX",
      { { "d.test", DNS_MX, OUTCOME_NODATA, NULL, NULL },
        { "d.test", DNS_A, OUTCOME_OK, "192.0.2.7|192.0.2.8", NULL },
        { "d.test", DNS_AAAA, OUTCOME_NODATA, NULL, NULL } },
      false,
      "\"kind\":\"implicit\",\"verdict\":\"absent\"},\"a\":{\"outcome\":\"ok\",\"dnssec\":"
      "\"secure\",\"addresses\":[\"192.0.2.7\",\"192.0.2.8\"]},\"aaaa\":{\"outcome\":\"nodata\","
      "\"dnssec\":\"secure\"},\"ns\":",
      "" },
    { "implicit MX, followed",
      { { "d.test", DNS_MX, OUTCOME_NODATA, NULL, NULL },
        { "d.test", DNS_AAAA, OUTCOME_OK, "2001:db8::1", NULL } },
      true,
      "\"kind\":\"implicit\"",
      "{\"host\":\"d.test\"}" },
    { "neither MX nor address",
      { { "d.test", DNS_MX, OUTCOME_NODATA, NULL, NULL },
        { "d.test", DNS_A, OUTCOME_NODATA, NULL, NULL },
        { "d.test", DNS_AAAA, OUTCOME_NODATA, NULL, NULL } },
      true,
      "\"kind\":\"none\",\"verdict\":\"absent\"",
      "" },
    { "no MX, and who knows about an address",
      { { "d.test", DNS_MX, OUTCOME_NODATA, NULL, NULL },
        { "d.test", DNS_A, OUTCOME_NODATA, NULL, NULL },
        { "d.test", DNS_AAAA, OUTCOME_SERVFAIL, NULL, NULL } },
      true,
      "\"kind\":\"unknown\",\"verdict\":\"unknown\"",
      "" },
    { "MX not found out",
      { { "d.test", DNS_MX, OUTCOME_SERVFAIL, NULL, NULL } },
      false,
      "\"exists\":\"no\",\"mx\":{\"outcome\":\"servfail\",\"dnssec\":\"secure\","
      "\"kind\":"
      "\"unknown\",\"verdict\":\"unknown\"}",
      "" },
    { "nothing found out",
      { { "d.test", DNS_MX, OUTCOME_TIMEOUT, NULL, NULL },
        { "d.test", DNS_TXT, OUTCOME_TIMEOUT, NULL, NULL },
        { "d.test", DNS_NS, OUTCOME_TIMEOUT, NULL, NULL },
        { "d.test", DNS_CAA, OUTCOME_TIMEOUT, NULL, NULL } },
      false,
      "\"exists\":\"unknown\",\"mx\":{\"outcome\":\"timeout\",\"kind\":"
      "\"unknown\",\"verdict\":"
      "\"unknown\"},\"ns\":{\"outcome\":\"timeout\"},\"spf\":{\"outcome\":"
      "\"timeout\",\"verdict\":\"unknown\"}",
      "" },
    { "MX that are none",
      { { "d.test", DNS_MX, OUTCOME_OK, NULL, NULL } },
      false,
      "\"kind\":\"unknown\",\"verdict\":\"unknown\"",
      "" },
    { "an alias that leads nowhere says nothing of names below it",
      { { "d.test", DNS_MX, OUTCOME_NXDOMAIN, NULL, "gone.test" },
        { "d.test", DNS_TXT, OUTCOME_NXDOMAIN, NULL, "gone.test" },
        { "_dmarc.d.test", DNS_TXT, OUTCOME_OK, "v=DMARC1; p=none", NULL } },
      false,
      "\"exists\":\"yes\",\"mx\":{\"outcome\":\"nxdomain\",\"dnssec\":\"secure\","
      "\"aliases\":["
      "\"gone.test\"],\"kind\":\"none\",\"verdict\":\"absent\"}",
      "" },
    { "a loop of aliases is absent",
      { { "d.test", DNS_MX, OUTCOME_NODATA, NULL, NULL },
        { "d.test", DNS_TXT, OUTCOME_CNAME_LOOP, NULL, "d.test" } },
      false,
      "\"spf\":{\"outcome\":\"cname-loop\",\"aliases\":[\"d.test\"],\"verdict\":\"absent\"}",
      "" },
    /* A domain of 253 bytes: nothing can stand where the name would pass 255 octets (RFC 1035
     * §2.3.4), so that this is known without a question. */
    { "a name that cannot be has no record",
      { { "d.test", DNS_MX, OUTCOME_NODATA, NULL, NULL },
        { "_smtp._tls.d.test", DNS_TXT, OUTCOME_BAD_NAME, NULL, NULL },
        { "_mta-sts.d.test", DNS_TXT, OUTCOME_BAD_NAME, NULL, NULL },
        { "default._bimi.d.test", DNS_TXT, OUTCOME_BAD_NAME, NULL, NULL } },
      false,
      "\"mta_sts\":{\"outcome\":\"bad-name\",\"verdict\":\"absent\"},"
      "\"tls_rpt\":{\"outcome\":\"bad-name\",\"verdict\":\"absent\"},"
      "\"bimi\":{\"outcome\":\"bad-name\",\"verdict\":\"absent\"},",
      "" },
    { "nor a key",
      { { "d.test", DNS_MX, OUTCOME_NODATA, NULL, NULL },
        { "_domainkey.d.test", DNS_TXT, OUTCOME_BAD_NAME, NULL, NULL } },
      false,
      "\"dkim\":{\"outcome\":\"bad-name\",\"node\":\"no\",\"key\":\"no\"}",
      "" },
    { "nor a policy of its own, and its parent's applies",
      { { "d.test", DNS_MX, OUTCOME_NODATA, NULL, NULL },
        { "_dmarc.d.test", DNS_TXT, OUTCOME_BAD_NAME, NULL, NULL },
        { "_dmarc.test", DNS_TXT, OUTCOME_OK, "v=DMARC1; p=reject; psd=y", NULL } },
      false,
      "\"dmarc\":{\"outcome\":\"bad-name\",\"verdict\":\"absent\",\"effective\":{\"verdict\":"
      "\"valid\",\"domain\":\"test\"",
      "" },
    { "selectors may stand below a text",
      { { "d.test", DNS_MX, OUTCOME_OK, "1 m.test", NULL },
        { "_domainkey.d.test", DNS_TXT, OUTCOME_OK, "o=-", NULL } },
      false,
      "\"dkim\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"node\":\"yes\",\"key\":\"no\","
      "\"asked\":0}",
      "{\"host\":\"m.test\"}" },
    { "who knows about selectors",
      { { "d.test", DNS_MX, OUTCOME_OK, "1 m.test", NULL },
        { "_domainkey.d.test", DNS_TXT, OUTCOME_REFUSED, NULL, NULL } },
      false,
      "\"dkim\":{\"outcome\":\"refused\",\"node\":\"unknown\",\"key\":\"unknown\"}",
      "{\"host\":\"m.test\"}" },
    { "bytes of a stranger",
      { { "d.test", DNS_MX, OUTCOME_OK, "1 m.test", NULL },
        { "_dmarc.d.test", DNS_TXT, OUTCOME_OK, "\x1b[2J\xff\"", NULL } },
      false,
      "\"txt\":[\"\\u001b[2J\\u00ff\\\"\"],\"verdict\":\"absent\"",
      "{\"host\":\"m.test\"}" },
};

/* The number of questions is that of those asked, and no matter of the rows. */
static const char *without_count(char *text)
{
    char *at = strstr(text, "\"questions\":");

    CHECK(at != NULL && strtoul(at + 12, NULL, 10) == asked_count, "%zu: %s", asked_count, text);
    if (at != NULL)
        memmove(at, strchr(at, ',') + 1, strlen(strchr(at, ',')));
    return text;
}

static void test_members(void)
{
    for (size_t i = 0; i < sizeof(member_rows) / sizeof(member_rows[0]); i++) {
        const struct member_row *t = &member_rows[i];

        settings.implicit_mx = t->implicit_mx;
        work_last("d.test", t->rows, 4);
        CHECK(strstr(without_count((char *)(uintptr_t)text_of(&record)), t->expected) != NULL,
              "%s:\n%s", t->what, record.data);
        CHECK(strcmp(text_of(&hosts), t->hosts) == 0, "%s: %s", t->what, hosts.data);
    }
    settings.implicit_mx = false;
}

/* ---- limits of what is kept ---- */

static unsigned kept(const char *txt, bool *cut)
{
    const struct row table[] = { { "d.test", DNS_MX, OUTCOME_OK, "1 m.test", NULL },
                                 { "_dmarc.d.test", DNS_TXT, OUTCOME_OK, txt, NULL } };
    struct arena arena;
    const struct json *dmarc;
    unsigned count;

    WORK("{\"domain\":\"d.test\"}", table);
    arena_init(&arena, 4096);
    dmarc = json_get(json_parse(&arena, record.data, record.len), "dmarc");
    *cut = json_get_bool(dmarc, "txt_cut", false);
    count = json_get(dmarc, "txt") != NULL ? json_get(dmarc, "txt")->len : 0;
    arena_free(&arena);
    return count;
}

static void test_limits(void)
{
    char half[4097], text[9000];
    bool cut;

    CHECK(kept("1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16", &cut) == 16 && !cut, "16 are kept");
    CHECK(kept("1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17", &cut) == 16 && cut, "17 are not");
    memset(half, 'x', sizeof(half));
    half[4096] = '\0';
    snprintf(text, sizeof(text), "%s|%s", half, half);
    CHECK(kept(text, &cut) == 2 && !cut, "8192 bytes are kept");
    snprintf(text, sizeof(text), "%s|%sx", half, half);
    CHECK(kept(text, &cut) == 1 && cut, "8193 are not");
}

/* ---- retries ---- */

static void test_retry(void)
{
    static const struct row first[] = {
        FULL_ANSWERS, { "_dmarc.good.test", DNS_TXT, OUTCOME_TIMEOUT, NULL, NULL }
    };
    static const struct row second[] = { DMARC_ANSWER };
    char *again;

    WORK(JOB, first);
    CHECK(record.len == 0 && hosts.len == 0 && policies.len == 0, "nothing is final");
    again = memory_strdup(text_of(&delayed));
    WORK(again, second);
    CHECK(asked_count == 1 && strcmp(asked[0].name, "_dmarc.good.test") == 0, "%zu", asked_count);
    CHECK_TEXT(&record, FULL_RECORD("2"));
    CHECK_TEXT(&hosts, "{\"host\":\"a.good.test\"}{\"host\":\"b.good.test\"}");
    free(again);
}

/* MX itself is what failed: what else was answered is not asked for again. */
static void test_retry_mx(void)
{
    static const struct row first[] = { FULL_ANSWERS,
                                        DMARC_ANSWER,
                                        { "good.test", DNS_MX, OUTCOME_SERVFAIL, NULL, NULL } };
    static const struct row second[] = { FULL_ANSWERS };
    char *again;

    WORK(JOB, first);
    again = memory_strdup(text_of(&delayed));
    WORK(again, second);
    CHECK(asked_count == 1 && asked[0].type == DNS_MX, "%zu", asked_count);
    CHECK_TEXT(&record, FULL_RECORD("2"));
    free(again);
}

static void test_last_attempt(void)
{
    static const struct row table[] = {
        FULL_ANSWERS, { "_dmarc.good.test", DNS_TXT, OUTCOME_REFUSED, NULL, NULL }
    };

    WORK("{\"domain\":\"good.test\",\"attempt\":2}", table);
    CHECK(record.len == 0 && strstr(text_of(&delayed), "\"attempt\":3") != NULL, "%s",
          delayed.data);
    WORK("{\"domain\":\"good.test\",\"attempt\":3}", table);
    CHECK(delayed.len == 0 &&
              strstr(text_of(&record), "\"dmarc\":{\"outcome\":\"refused\",\"verdict\":"
                                       "\"unknown\",") != NULL,
          "%s", record.data);
    CHECK(strstr(record.data, "\"attempts\":3") != NULL, "%s", record.data);
}

/* ---- answers kept in a job ---- */

static bool same_answer(const struct dns_answer *a, const struct dns_answer *b)
{
    bool same = a->outcome == b->outcome && a->dnssec == b->dnssec && a->ttl == b->ttl &&
                a->alias_count == b->alias_count && a->record_count == b->record_count;

    for (size_t i = 0; same && i < a->alias_count; i++)
        same = strcmp(a->aliases[i], b->aliases[i]) == 0;
    for (size_t i = 0; same && i < a->record_count; i++)
        same = a->records[i].len == b->records[i].len &&
               memcmp(a->records[i].data, b->records[i].data, a->records[i].len) == 0;
    return same;
}

/* Every outcome and state, with 0 to 3 aliases and records of any bytes, comes back as it was. */
static void test_round_trip(void)
{
    static uint8_t bytes[65535];
    static const uint16_t lens[] = { 0, 1, 256, 65535 };
    static const char *const aliases[] = { "a.test", "\\000\\\".b", "c" };

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7);
    for (unsigned n = 0; n < OUTCOME_COUNT * DNSSEC_COUNT; n++) {
        struct dns_rdata records[3] = { { bytes, lens[n % 4] },
                                        { bytes, lens[n / 4 % 4] },
                                        { bytes + 1, 5 } };
        struct dns_answer in = { .outcome = (enum outcome)(n % OUTCOME_COUNT),
                                 .dnssec = (enum dnssec)(n / OUTCOME_COUNT),
                                 .ttl = n * 119304647u,
                                 .aliases = aliases,
                                 .alias_count = n % 4,
                                 .records = records,
                                 .record_count = n / 2 % 4 };
        const struct dns_answer *out;
        struct json_writer w;
        struct arena arena;
        struct buf text;

        buf_init(&text, BUF_NO_CEILING);
        json_writer_init(&w, &text);
        json_open_array(&w, NULL);
        answer_json_write(&w, "other", &(struct dns_answer){ .outcome = OUTCOME_NODATA });
        answer_json_write(&w, "this", &in);
        json_close_array(&w);
        arena_init(&arena, 4096);
        out = answer_json_find(json_parse(&arena, text.data, text.len), "this", &arena);
        CHECK(out != NULL && same_answer(&in, out), "%u: %.*s", n, (int)text.len, text.data);
        arena_free(&arena);
        buf_free(&text);
    }
}

/* What cannot be read is asked for again. */
static void test_unreadable(void)
{
    static const char *const texts[] = {
        "null",
        "[]",
        "{}",
        "[1,\"q\",{}]",
        "[{\"q\":\"mx\"}]",
        "[{\"q\":\"mx\",\"o\":\"ok\"}]",
        "[{\"q\":\"mx\",\"o\":\"fine\",\"d\":\"secure\"}]",
        "[{\"q\":\"mx\",\"o\":\"ok\",\"d\":\"secure\",\"r\":[\"0\"]}]",
        "[{\"q\":\"mx\",\"o\":\"ok\",\"d\":\"secure\",\"r\":[\"zz\"]}]",
        "[{\"q\":\"mx\",\"o\":\"ok\",\"d\":\"secure\",\"r\":[12]}]",
        "[{\"q\":\"mx\",\"o\":\"ok\",\"d\":\"secure\",\"r\":\"00\"}]",
        "[{\"q\":\"mx\",\"o\":\"ok\",\"d\":\"secure\",\"c\":[null]}]",
        "[{\"q\":\"spf\",\"o\":\"ok\",\"d\":\"secure\"}]",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct arena arena;

        arena_init(&arena, 256);
        CHECK(answer_json_find(json_parse(&arena, texts[i], strlen(texts[i])), "mx", &arena) ==
                  NULL,
              "%s", texts[i]);
        arena_free(&arena);
    }
}

/* --mx primary: all of the lowest preference that can be followed at all. */
static void test_primary(void)
{
    static const struct row table[] = {
        { "d.test", DNS_MX, OUTCOME_OK, "5 192.0.2.1|10 a.test|10 b.test|20 c.test", NULL },
    };

    settings.mx_hosts = "primary";
    WORK("{\"domain\":\"d.test\"}", table);
    CHECK_TEXT(&hosts, "{\"host\":\"a.test\"}{\"host\":\"b.test\"}");
    settings.mx_hosts = "all";
    WORK("{\"domain\":\"d.test\"}", table);
    CHECK_TEXT(&hosts, "{\"host\":\"a.test\"}{\"host\":\"b.test\"}{\"host\":\"c.test\"}");
}

int main(void)
{
    script_open();
    test_whole();
    test_no_such_name();
    test_members();
    test_limits();
    test_primary();
    test_retry();
    test_retry_mx();
    test_last_attempt();
    test_round_trip();
    test_unreadable();
    script_close();
    return check_report();
}
