/* The dns stage over tables of answers: what is asked, what is recorded, what follows, what comes
 * back. The engine and the batch are replaced. */
#include <stdint.h>
#include <unistd.h>

#include "scanner/base/memory.h"
#include "scanner/base/settings.h"
#include "tests/unit/check.h"
#include "workers/answer_json.h"
#include "workers/job.h"
#include "workers/worker.h"

/* ---- the Internet: TXT and MX in text, "|" between records; NXDOMAIN where nothing stands ---- */

struct row {
    const char *name;
    uint16_t type;
    enum outcome outcome;
    const char *records, *alias;
};

static const struct row *rows;
static size_t row_count;

struct asked {
    struct arena *arena;
    char name[300];
    uint16_t type;
    dns_answer_cb *cb;
    void *context;
};
static struct asked asked[64];
static size_t asked_count, answered_count;

void dns_ask(struct dns_engine *e, struct arena *arena, const char *name, uint16_t type,
             dns_answer_cb *cb, void *context)
{
    struct asked *a = &asked[asked_count++];

    (void)e;
    *a = (struct asked){ .arena = arena, .type = type, .cb = cb, .context = context };
    snprintf(a->name, sizeof(a->name), "%s", name);
}

static size_t put_name(uint8_t *out, const char *name)
{
    size_t at = 0;

    while (*name != '\0' && strcmp(name, ".") != 0) {
        size_t len = strcspn(name, ".");

        out[at++] = (uint8_t)len;
        memcpy(out + at, name, len);
        at += len;
        name += len + (name[len] == '.');
    }
    out[at++] = 0;
    return at;
}

static size_t put_txt(uint8_t *out, const char *text, size_t len)
{
    size_t at = 0;

    do {
        size_t piece = len > 255 ? 255 : len;

        out[at++] = (uint8_t)piece;
        memcpy(out + at, text, piece);
        at += piece;
        text += piece;
        len -= piece;
    } while (len > 0);
    return at;
}

static size_t put_record(uint8_t *out, uint16_t type, const char *text, size_t len)
{
    char copy[12000];
    struct address a;

    memcpy(copy, text, len);
    copy[len] = '\0';
    if (type == DNS_TXT)
        return put_txt(out, text, len);
    if (type == DNS_MX) {
        out[0] = 0;
        out[1] = (uint8_t)atoi(copy);
        return 2 + put_name(out + 2, strchr(copy, ' ') + 1);
    }
    address_parse(&a, copy);
    memcpy(out, a.bytes, type == DNS_A ? 4 : 16);
    return type == DNS_A ? 4 : 16;
}

static struct dns_answer *answer_of(const struct row *r, struct arena *arena)
{
    struct dns_answer *a = arena_alloc(arena, sizeof(*a));
    struct dns_rdata *records = arena_array(arena, 64, sizeof(*records));
    const char **aliases = arena_array(arena, 1, sizeof(*aliases));
    static uint8_t wire[16384];

    a->outcome = r != NULL ? r->outcome : OUTCOME_NXDOMAIN;
    a->dnssec = DNSSEC_SECURE;
    a->records = records;
    a->aliases = aliases;
    if (r != NULL && r->alias != NULL)
        aliases[a->alias_count++] = r->alias;
    for (const char *text = r != NULL ? r->records : NULL; text != NULL;) {
        size_t len = strcspn(text, "|");
        struct dns_rdata *d = &records[a->record_count++];

        a->ttl = 300;
        d->len = (uint16_t)put_record(wire, r->type, text, len);
        d->data = memcpy(arena_alloc(arena, d->len), wire, d->len);
        text = text[len] == '|' ? text + len + 1 : NULL;
    }
    return a;
}

static bool pump(void)
{
    struct asked *q = &asked[answered_count];
    const struct row *found = NULL;

    if (answered_count == asked_count)
        return false;
    answered_count++;
    for (size_t i = 0; i < row_count; i++)
        if (strcmp(rows[i].name, q->name) == 0 && rows[i].type == q->type)
            found = &rows[i];
    q->cb(q->context, answer_of(found, q->arena));
    return true;
}

/* ---- the batch ---- */

static struct buf record, hosts, policies, delayed;
static unsigned ends;
static const struct job *in_hand;

void job_in_hand(struct job *j)
{
    in_hand = j;
}

void job_put_down(struct job *j)
{
    CHECK(in_hand == j, "a job put down that was not in hand");
    in_hand = NULL;
}

void job_record(struct job *j, enum kind kind, const char *text, size_t len)
{
    CHECK(in_hand == j && kind == KIND_DOMAINS, "record");
    buf_append(&record, text, len);
}

void job_follow_policy(struct job *j, const char *text, size_t len)
{
    CHECK(in_hand == j, "policy");
    buf_append(&policies, text, len);
}

void job_follow_host(struct job *j, const char *host, const char *text, size_t len)
{
    CHECK(in_hand == j && host != NULL, "host");
    buf_append(&hosts, text, len);
}

void job_finish(struct job *j)
{
    CHECK(in_hand == j, "finish");
    ends++;
    arena_free(&j->arena);
}

void job_delay(struct job *j, const char *text, size_t len)
{
    buf_append(&delayed, text, len);
    ends++;
    arena_free(&j->arena);
}

/* ---- one job ---- */

static struct settings settings;
static struct worker worker = { .settings = &settings, .consumer = "w", .vantage = "here" };

/* The text in a buf, NUL-terminated; the time in it made "T". */
static const char *text_of(struct buf *b)
{
    char *time;

    buf_byte(b, '\0');
    b->len--;
    time = strstr(b->data, "\"time\":\"");
    if (time != NULL)
        memmove(time + 9, time + 28, strlen(time + 28) + 1), time[8] = 'T';
    return b->data;
}

static void work(const char *job_text, const struct row *table, size_t count)
{
    static struct job j;

    buf_reset(&record);
    buf_reset(&hosts);
    buf_reset(&policies);
    buf_reset(&delayed);
    rows = table;
    row_count = count;
    asked_count = answered_count = ends = 0;
    j = (struct job){ .worker = &worker };
    arena_init(&j.arena, 256);
    j.input = json_parse(&j.arena, job_text, strlen(job_text));
    in_hand = &j;
    domain_start(&j);
    in_hand = NULL;
    while (pump())
        ;
    CHECK(ends == 1, "%s: ended %u times", job_text, ends);
}

#define WORK(job_text, table) work(job_text, table, sizeof(table) / sizeof((table)[0]))
#define CHECK_TEXT(buf, expected) \
    CHECK(strcmp(text_of(buf), expected) == 0, "\n%s\n%s", text_of(buf), expected)

#define FULL_ANSWERS                                                                             \
    { "good.test", DNS_MX, OUTCOME_OK, "20 b.good.test|10 a.good.test|5 192.0.2.1", NULL },      \
        { "good.test", DNS_TXT, OUTCOME_OK, "other=1|v=spf1 mx -all", NULL },                    \
        { "_mta-sts.good.test", DNS_TXT, OUTCOME_OK, "v=STSv1; id=2024;", "sts.provider.test" }, \
        { "_smtp._tls.good.test", DNS_TXT, OUTCOME_OK, "v=TLSRPTv1; rua=mailto:t@good.test",     \
          NULL },                                                                                \
        { "default._bimi.good.test", DNS_TXT, OUTCOME_NODATA, NULL, NULL },                      \
    {                                                                                            \
        "_domainkey.good.test", DNS_TXT, OUTCOME_NODATA, NULL, NULL                              \
    }
#define DMARC_ANSWER                                                        \
    {                                                                       \
        "_dmarc.good.test", DNS_TXT, OUTCOME_OK, "v=DMARC1; p=reject", NULL \
    }
#define FULL_RECORD(attempts)                                                                      \
    "{\"v\":1,\"domain\":\"good.test\",\"rank\":12,\"input\":{\"sector\":\"bank\"},\"time\":"      \
    "\"T\","                                                                                       \
    "\"worker\":\"w\",\"vantage\":\"here\",\"attempts\":" attempts ",\"exists\":\"yes\","          \
    "\"mx\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"ttl\":300,\"kind\":\"hosts\","             \
    "\"verdict\":\"invalid\",\"violations\":[\"mx-target-address\"],\"hosts\":["                   \
    "{\"preference\":5,\"host\":\"192.0.2.1\",\"violation\":\"mx-target-address\"},"               \
    "{\"preference\":10,\"host\":\"a.good.test\"},{\"preference\":20,\"host\":\"b.good.test\"}]}," \
    "\"spf\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"txt\":[\"v=spf1 mx -all\"],"              \
    "\"verdict\":\"valid\",\"all\":\"fail\",\"lookup_terms\":1},"                                  \
    "\"dmarc\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"txt\":[\"v=DMARC1; p=reject\"],"        \
    "\"verdict\":\"valid\",\"p\":\"reject\"},"                                                     \
    "\"mta_sts\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"aliases\":[\"sts.provider.test\"],"   \
    "\"txt\":[\"v=STSv1; id=2024;\"],\"verdict\":\"valid\",\"id\":\"2024\"},"                      \
    "\"tls_rpt\":{\"outcome\":\"ok\",\"dnssec\":\"secure\","                                       \
    "\"txt\":[\"v=TLSRPTv1; rua=mailto:t@good.test\"],\"verdict\":\"valid\","                      \
    "\"rua\":[\"mailto:t@good.test\"]},"                                                           \
    "\"bimi\":{\"outcome\":\"nodata\",\"dnssec\":\"secure\",\"verdict\":\"absent\"},"              \
    "\"dkim\":{\"outcome\":\"nodata\",\"dnssec\":\"secure\",\"node\":\"yes\"}}"
#define JOB "{\"domain\":\"good.test\",\"rank\":12,\"input\":{\"sector\":\"bank\"}}"

static void test_whole(void)
{
    static const struct row table[] = { FULL_ANSWERS, DMARC_ANSWER };

    WORK(JOB, table);
    CHECK(asked_count == 7, "%zu", asked_count);
    CHECK_TEXT(&record, FULL_RECORD("1"));
    CHECK_TEXT(&hosts, "{\"host\":\"a.good.test\"}{\"host\":\"b.good.test\"}");
    CHECK_TEXT(&policies,
               "{\"domain\":\"good.test\",\"aliases_of_record\":[\"sts.provider.test\"]}");
}

/* RFC 8020: one question, and everything else is known. */
static void test_no_such_name(void)
{
    static const struct row table[] = { { "x", DNS_MX, OUTCOME_OK, NULL, NULL } };

    WORK("{\"domain\":\"gone.test\"}", table);
    CHECK(asked_count == 1, "%zu", asked_count);
#define NONE "{\"outcome\":\"nxdomain\",\"dnssec\":\"secure\",\"verdict\":\"absent\"}"
    CHECK_TEXT(&record,
               "{\"v\":1,\"domain\":\"gone.test\",\"time\":\"T\",\"worker\":\"w\",\"vantage\":"
               "\"here\",\"attempts\":1,\"exists\":\"no\",\"mx\":{\"outcome\":\"nxdomain\","
               "\"dnssec\":\"secure\",\"kind\":\"none\",\"verdict\":\"absent\"},\"spf\":" NONE
               ",\"dmarc\":" NONE ",\"mta_sts\":" NONE ",\"tls_rpt\":" NONE ",\"bimi\":" NONE
               ",\"dkim\":{\"outcome\":\"nxdomain\",\"dnssec\":\"secure\",\"node\":\"no\"}}");
    CHECK(hosts.len == 0 && policies.len == 0, "nothing follows");
}

/* ---- a member each ---- */

static const struct member_row {
    const char *what;
    struct row rows[4];
    bool implicit_mx;
    const char *expected; /* stands in the record */
    const char *hosts;    /* that follow */
    size_t questions;
} member_rows[] = {
    { "null MX",
      { { "d.test", DNS_MX, OUTCOME_OK, "0 .", NULL } },
      false,
      "\"kind\":\"null\",\"verdict\":\"valid\"",
      "",
      7 },
    { "implicit MX",
      { { "d.test", DNS_MX, OUTCOME_NODATA, NULL, NULL },
        { "d.test", DNS_A, OUTCOME_OK, "192.0.2.7|192.0.2.8", NULL },
        { "d.test", DNS_AAAA, OUTCOME_NODATA, NULL, NULL } },
      false,
      "\"kind\":\"implicit\",\"verdict\":\"absent\"},\"a\":{\"outcome\":\"ok\",\"dnssec\":"
      "\"secure\",\"addresses\":[\"192.0.2.7\",\"192.0.2.8\"]},\"aaaa\":{\"outcome\":\"nodata\","
      "\"dnssec\":\"secure\"},\"spf\":",
      "",
      9 },
    { "implicit MX, followed",
      { { "d.test", DNS_MX, OUTCOME_NODATA, NULL, NULL },
        { "d.test", DNS_AAAA, OUTCOME_OK, "2001:db8::1", NULL } },
      true,
      "\"kind\":\"implicit\"",
      "{\"host\":\"d.test\"}",
      9 },
    { "neither MX nor address",
      { { "d.test", DNS_MX, OUTCOME_NODATA, NULL, NULL },
        { "d.test", DNS_A, OUTCOME_NODATA, NULL, NULL },
        { "d.test", DNS_AAAA, OUTCOME_NODATA, NULL, NULL } },
      true,
      "\"kind\":\"none\",\"verdict\":\"absent\"",
      "",
      9 },
    { "no MX, and who knows about an address",
      { { "d.test", DNS_MX, OUTCOME_NODATA, NULL, NULL },
        { "d.test", DNS_A, OUTCOME_NODATA, NULL, NULL },
        { "d.test", DNS_AAAA, OUTCOME_SERVFAIL, NULL, NULL } },
      true,
      "\"kind\":\"unknown\",\"verdict\":\"unknown\"",
      "",
      9 },
    { "MX not found out",
      { { "d.test", DNS_MX, OUTCOME_SERVFAIL, NULL, NULL } },
      false,
      "\"exists\":\"no\",\"mx\":{\"outcome\":\"servfail\",\"dnssec\":\"secure\",\"kind\":"
      "\"unknown\",\"verdict\":\"unknown\"}",
      "",
      7 },
    { "nothing found out",
      { { "d.test", DNS_MX, OUTCOME_TIMEOUT, NULL, NULL },
        { "d.test", DNS_TXT, OUTCOME_TIMEOUT, NULL, NULL } },
      false,
      "\"exists\":\"unknown\",\"mx\":{\"outcome\":\"timeout\",\"kind\":\"unknown\",\"verdict\":"
      "\"unknown\"},\"spf\":{\"outcome\":\"timeout\",\"verdict\":\"unknown\"}",
      "",
      7 },
    { "MX that are none",
      { { "d.test", DNS_MX, OUTCOME_OK, NULL, NULL } },
      false,
      "\"kind\":\"unknown\",\"verdict\":\"unknown\"",
      "",
      7 },
    { "an alias that leads nowhere says nothing of names below it",
      { { "d.test", DNS_MX, OUTCOME_NXDOMAIN, NULL, "gone.test" },
        { "d.test", DNS_TXT, OUTCOME_NXDOMAIN, NULL, "gone.test" },
        { "_dmarc.d.test", DNS_TXT, OUTCOME_OK, "v=DMARC1; p=none", NULL } },
      false,
      "\"exists\":\"yes\",\"mx\":{\"outcome\":\"nxdomain\",\"dnssec\":\"secure\",\"aliases\":["
      "\"gone.test\"],\"kind\":\"none\",\"verdict\":\"absent\"}",
      "",
      7 },
    { "a loop of aliases is absent",
      { { "d.test", DNS_MX, OUTCOME_NODATA, NULL, NULL },
        { "d.test", DNS_TXT, OUTCOME_CNAME_LOOP, NULL, "d.test" } },
      false,
      "\"spf\":{\"outcome\":\"cname-loop\",\"aliases\":[\"d.test\"],\"verdict\":\"absent\"}",
      "",
      9 },
    { "a name that cannot be asked for is unknown",
      { { "d.test", DNS_MX, OUTCOME_NODATA, NULL, NULL },
        { "_smtp._tls.d.test", DNS_TXT, OUTCOME_BAD_NAME, NULL, NULL } },
      false,
      "\"tls_rpt\":{\"outcome\":\"bad-name\",\"verdict\":\"unknown\"}",
      "",
      9 },
    { "selectors may stand below a text",
      { { "d.test", DNS_MX, OUTCOME_OK, "1 m.test", NULL },
        { "_domainkey.d.test", DNS_TXT, OUTCOME_OK, "o=-", NULL } },
      false,
      "\"dkim\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"node\":\"yes\"}",
      "{\"host\":\"m.test\"}",
      7 },
    { "who knows about selectors",
      { { "d.test", DNS_MX, OUTCOME_OK, "1 m.test", NULL },
        { "_domainkey.d.test", DNS_TXT, OUTCOME_REFUSED, NULL, NULL } },
      false,
      "\"dkim\":{\"outcome\":\"refused\",\"node\":\"unknown\"}",
      "{\"host\":\"m.test\"}",
      7 },
    { "bytes of a stranger",
      { { "d.test", DNS_MX, OUTCOME_OK, "1 m.test", NULL },
        { "_dmarc.d.test", DNS_TXT, OUTCOME_OK, "\x1b[2J\xff\"", NULL } },
      false,
      "\"txt\":[\"\\u001b[2J\\u00ff\\\"\"],\"verdict\":\"absent\"",
      "{\"host\":\"m.test\"}",
      7 },
};

static void test_members(void)
{
    for (size_t i = 0; i < sizeof(member_rows) / sizeof(member_rows[0]); i++) {
        const struct member_row *t = &member_rows[i];
        size_t count = 0;

        while (count < 4 && t->rows[count].name != NULL)
            count++;
        settings.implicit_mx = t->implicit_mx;
        work("{\"domain\":\"d.test\",\"attempt\":3}", t->rows, count);
        CHECK(strstr(text_of(&record), t->expected) != NULL, "%s:\n%s", t->what, record.data);
        CHECK(strcmp(text_of(&hosts), t->hosts) == 0, "%s: %s", t->what, hosts.data);
        CHECK(asked_count == t->questions, "%s: %zu", t->what, asked_count);
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
                                       "\"unknown\"}") != NULL,
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

int main(void)
{
    settings_default(&settings);
    for (struct buf *const *b = (struct buf *[]){ &record, &hosts, &policies, &delayed, NULL };
         *b != NULL; b++)
        buf_init(*b, BUF_NO_CEILING);
    test_whole();
    test_no_such_name();
    test_members();
    test_limits();
    test_retry();
    test_retry_mx();
    test_last_attempt();
    test_round_trip();
    test_unreadable();
    buf_free(&record);
    buf_free(&hosts);
    buf_free(&policies);
    buf_free(&delayed);
    return check_report();
}
