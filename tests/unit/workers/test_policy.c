/* The policy stage over tables of answers and of fetches: what is asked and contacted, what is
 * recorded, what comes back. Engine, fetches and batch are replaced. */
#include "scanner/base/memory.h"
#include "scanner/base/settings.h"
#include "tests/unit/check.h"
#include "tests/unit/workers/nobody_watches.h"
#include "workers/answer_json.h"
#include "workers/fetch.h"
#include "workers/job.h"
#include "workers/worker.h"

#define POLICY "version: STSv1\nmode: testing\nmx: mx.d.test\nmax_age: 86400\n"

/* ---- the Internet ---- */

struct answers {
    enum outcome a, aaaa;
    /* Those of an answer that is OK and of its family, "|" between them; an alias and ">" may stand
     * before them. */
    const char *addresses;
};

static struct answers world;
static struct fetch_result fetched;
static char contacted[256];
static unsigned questions, fetches;
static struct {
    dns_answer_cb *cb;
    void *context;
    struct arena *arena;
    uint16_t type;
} question;
static struct {
    fetch_done_cb *cb;
    void *context;
} fetching;

void dns_ask(struct dns_engine *e, struct arena *arena, const char *name, uint16_t type,
             dns_answer_cb *cb, void *context)
{
    (void)e;
    CHECK(strcmp(name, "mta-sts.d.test") == 0, "%s", name);
    question.cb = cb;
    question.context = context;
    question.arena = arena;
    question.type = type;
    questions++;
}

void fetch_start(struct fetch_pool *pool, struct job *job, const char *host,
                 const struct address *addresses, size_t count, fetch_done_cb *cb, void *context)
{
    char text[ADDRESS_TEXT_SIZE];

    (void)pool;
    (void)job;
    CHECK(strcmp(host, "mta-sts.d.test") == 0, "%s", host);
    for (size_t i = 0; i < count; i++) {
        address_print(&addresses[i], text);
        strcat(strcat(contacted, i > 0 ? "|" : ""), text);
    }
    fetched.address = addresses[count - 1];
    fetching.cb = cb;
    fetching.context = context;
    fetches++;
}

const char *fetch_step_name(enum fetch_step step)
{
    static const char *const names[] = { "connect", "tls", "http", "done" };

    return names[step];
}

void chain_write(const struct chain *c, struct json_writer *w)
{
    json_write_bool(w, "name_match", c->name_match);
}

void chain_hand_over(const struct chain *c, struct job *job)
{
    (void)c;
    (void)job;
}

static unsigned drops;

void chain_drop(struct chain *c)
{
    drops++;
    memset(c, 0, sizeof(*c));
}

static void answer(void)
{
    struct dns_answer *a = arena_alloc(question.arena, sizeof(*a));
    struct dns_rdata *r = arena_array(question.arena, 16, sizeof(*r));
    const char *text = world.addresses, **alias = arena_array(question.arena, 1, sizeof(*alias));

    a->outcome = question.type == DNS_A ? world.a : world.aaaa;
    a->dnssec = DNSSEC_INSECURE;
    a->records = r;
    if (text != NULL && strchr(text, '>') != NULL) {
        alias[0] = arena_strndup(question.arena, text, strcspn(text, ">"));
        a->aliases = alias;
        a->alias_count = 1;
        text = strchr(text, '>') + 1;
    }
    while (a->outcome == OUTCOME_OK && text != NULL) {
        struct address address;
        char one[64];

        snprintf(one, sizeof(one), "%.*s", (int)strcspn(text, "|"), text);
        address_parse(&address, one);
        if ((address.family == 4) == (question.type == DNS_A)) {
            r[a->record_count].len = address.family == 4 ? 4 : 16;
            r[a->record_count++].data = memcpy(arena_alloc(question.arena, 16), address.bytes, 16);
        }
        text = strchr(text, '|') != NULL ? strchr(text, '|') + 1 : NULL;
    }
    question.cb(question.context, a);
}

/* ---- the batch ---- */

static struct buf record, delayed;
static unsigned ends;

void job_record(struct job *j, enum kind kind, const char *text, size_t len)
{
    (void)j;
    CHECK(kind == KIND_POLICIES, "%d", (int)kind);
    buf_append(&record, text, len);
}

void job_finish(struct job *j)
{
    ends++;
    arena_free(&j->arena);
}

void job_delay(struct job *j, const char *text, size_t len)
{
    buf_append(&delayed, text, len);
    job_finish(j);
}

static struct settings settings;
static struct worker worker = { .settings = &settings, .consumer = "w", .vantage = "here" };

static void work(const char *text)
{
    struct job j = { .worker = &worker };

    buf_reset(&record);
    buf_reset(&delayed);
    questions = fetches = ends = drops = 0;
    contacted[0] = '\0';
    question.cb = NULL;
    fetching.cb = NULL;
    arena_init(&j.arena, 256);
    j.input = json_parse(&j.arena, text, strlen(text));
    policy_start(&j);
    while (ends == 0 && (question.cb != NULL || fetching.cb != NULL)) {
        if (fetching.cb == NULL) {
            answer();
        } else {
            struct fetch_result r = fetched;

            fetching.cb(fetching.context, &r);
        }
    }
    CHECK(ends == 1, "%s: ended %u times", text, ends);
    buf_byte(&record, '\0');
    buf_byte(&delayed, '\0');
}

/* ---- rows ---- */

#define GOOD_CHAIN .chain = { .pkix = { .verdict = VERDICT_VALID }, .name_match = true, .count = 1 }
#define EXPIRED \
    .chain = { .pkix = { .verdict = VERDICT_INVALID, .errors = 1 }, .name_match = true, .count = 1 }
#define TLS13 .tls = { .version = "TLSv1.3", .cipher = "C", .alert = -1 }
#define OK_WITH(text, ...)                                                                    \
    {                                                                                         \
        .outcome = OUTCOME_OK, .step = FETCH_DONE, .status = 200, .media_type = "text/plain", \
        .size = sizeof(text) - 1, .body = { text, sizeof(text) - 1 }, TLS13, __VA_ARGS__      \
    }
#define ONE_A                                   \
    {                                           \
        OUTCOME_OK, OUTCOME_NODATA, "192.0.2.1" \
    }
#define PARSED "\"mode\":\"testing\",\"max_age\":86400,\"mx\":[\"mx.d.test\"]"

static const struct row {
    const char *what;
    struct answers world;
    struct fetch_result fetched;
    const char *contacted;
    const char *outcome, *step, *verdict;
    const char *holds, *lacks; /* texts in the record; NULL: none */
} rows[] = {
    { "good", ONE_A, OK_WITH(POLICY, GOOD_CHAIN), "192.0.2.1", "ok", "done", "valid",
      "\"lookup\":{\"outcome\":\"ok\",\"dnssec\":\"insecure\",\"a\":\"ok\","
      "\"aaaa\":\"nodata\"},\"addresses\":[\"192.0.2.1\"],\"address\":\"192.0.2.1\",\"took_ms\":0,"
      "\"tls\":{"
      "\"version\":\"TLSv1.3\",\"cipher\":\"C\",\"name_match\":true},\"http\":{\"status\":200,"
      "\"media_type\":\"text/plain\",\"size\":58},\"body\":\"version: STSv1\\nmode: testing\\n"
      "mx: mx.d.test\\nmax_age: 86400\\n\",\"verdict\":\"valid\"," PARSED "}",
      "\"violations\"" },
    { "good behind a bad certificate", ONE_A, OK_WITH(POLICY, EXPIRED), "192.0.2.1", "certificate",
      "tls", "invalid", PARSED, "\"violations\"" },
    { "nothing was sent as a certificate", ONE_A, OK_WITH(POLICY, .chain = { .count = 0 }),
      "192.0.2.1", "certificate", "tls", "invalid", PARSED, NULL },
    { "syntax", ONE_A, OK_WITH("version: STSv1\nmode: on\n", GOOD_CHAIN), "192.0.2.1", "syntax",
      "syntax", "invalid", "\"violations\":[\"policy-mode-invalid\"", "\"mode\":" },
    { "syntax behind a bad certificate", ONE_A, OK_WITH("<html>", EXPIRED), "192.0.2.1",
      "certificate", "tls", "invalid", "\"violations\":[\"policy-html\"", NULL },
    { "empty", ONE_A, OK_WITH("", GOOD_CHAIN), "192.0.2.1", "syntax", "syntax", "invalid",
      "\"body\":\"\",\"verdict\":\"invalid\",\"violations\":[\"policy-empty\"]", NULL },
    { "of another media type",
      ONE_A,
      { .outcome = OUTCOME_OK,
        .step = FETCH_DONE,
        .status = 200,
        .media_type = "text/html",
        .size = sizeof(POLICY) - 1,
        .body = { POLICY, sizeof(POLICY) - 1 },
        TLS13,
        GOOD_CHAIN },
      "192.0.2.1",
      "ok",
      "done",
      "valid",
      "\"verdict\":\"valid\",\"violations\":[\"policy-media-type\"]",
      NULL },
    { "not found",
      ONE_A,
      { .outcome = OUTCOME_HTTP_STATUS,
        .step = FETCH_HTTP,
        .status = 404,
        .size = 9,
        TLS13,
        GOOD_CHAIN },
      "192.0.2.1",
      "http-status",
      "http",
      "invalid",
      "\"http\":{\"status\":404,\"size\":9}",
      "\"body\"" },
    { "not found behind a bad certificate",
      ONE_A,
      { .outcome = OUTCOME_HTTP_STATUS, .step = FETCH_HTTP, .status = 404, TLS13, EXPIRED },
      "192.0.2.1",
      "certificate",
      "tls",
      "invalid",
      "\"http\":{\"status\":404",
      "\"body\"" },
    { "redirect",
      ONE_A,
      { .outcome = OUTCOME_HTTP_REDIRECT,
        .step = FETCH_HTTP,
        .status = 301,
        .redirect = "https://x/",
        TLS13,
        GOOD_CHAIN },
      "192.0.2.1",
      "http-redirect",
      "http",
      "invalid",
      "\"redirect\":\"https://x/\"",
      "\"body\"" },
    { "too large",
      ONE_A,
      { .outcome = OUTCOME_TOO_LARGE,
        .step = FETCH_HTTP,
        .status = 200,
        .size = 70000,
        TLS13,
        GOOD_CHAIN },
      "192.0.2.1",
      "too-large",
      "http",
      "invalid",
      "\"size\":70000",
      "\"violations\"" },
    { "alert",
      ONE_A,
      { .outcome = OUTCOME_TLS_FAILED, .step = FETCH_TLS, .tls = { .alert = 40 } },
      "192.0.2.1",
      "tls-failed",
      "tls",
      "invalid",
      "\"tls\":{\"alert\":40",
      "\"version\"" },
    { "refused",
      ONE_A,
      { .outcome = OUTCOME_CONNECTION_REFUSED, .step = FETCH_CONNECT, .tls = { .alert = -1 } },
      "192.0.2.1",
      "connection-refused",
      "connect",
      "unknown",
      "\"address\":\"192.0.2.1\"",
      "\"tls\"" },
    { "no such name",
      { OUTCOME_NXDOMAIN, OUTCOME_NXDOMAIN, NULL },
      { 0 },
      "",
      "nxdomain",
      "dns",
      "absent",
      "\"lookup\":{\"outcome\":\"nxdomain\",\"dnssec\":\"insecure\",\"a\":\"nxdomain\"}",
      "\"address" },
    { "no address",
      { OUTCOME_NODATA, OUTCOME_NODATA, NULL },
      { 0 },
      "",
      "no-address",
      "dns",
      "absent",
      "\"lookup\":{\"outcome\":\"nodata\"",
      "\"address\"" },
    { "who knows",
      { OUTCOME_NODATA, OUTCOME_SERVFAIL, NULL },
      { 0 },
      "",
      "servfail",
      "dns",
      "unknown",
      "\"lookup\":{\"outcome\":\"servfail\"",
      "\"address\"" },
    { "no A that could be had, and no AAAA",
      { OUTCOME_TIMEOUT, OUTCOME_NODATA, NULL },
      { 0 },
      "",
      "timeout",
      "dns",
      "unknown",
      "\"lookup\":{\"outcome\":\"timeout\",\"a\":\"timeout\",\"aaaa\":\"nodata\"}",
      "\"address\"" },
    { "no A that could be had, but an AAAA",
      { OUTCOME_TIMEOUT, OUTCOME_OK, "2001:500::1" },
      OK_WITH(POLICY, GOOD_CHAIN),
      "2001:500::1",
      "ok",
      "done",
      "valid",
      "\"address\":\"2001:500::1\"",
      NULL },
    { "special",
      { OUTCOME_OK, OUTCOME_NODATA, "127.0.0.1|10.0.0.1" },
      { 0 },
      "",
      "special-address",
      "connect",
      "invalid",
      "\"address\":\"127.0.0.1\"",
      NULL },
    { "special and good",
      { OUTCOME_OK, OUTCOME_NODATA, "10.0.0.1|192.0.2.1|169.254.0.1" },
      OK_WITH(POLICY, GOOD_CHAIN),
      "192.0.2.1",
      "ok",
      "done",
      "valid",
      NULL,
      NULL },
    { "both families",
      { OUTCOME_OK, OUTCOME_OK, "192.0.2.1|2001:500::1|192.0.2.2" },
      OK_WITH(POLICY, GOOD_CHAIN),
      "192.0.2.1|192.0.2.2|2001:500::1",
      "ok",
      "done",
      "valid",
      "\"a\":\"ok\",\"aaaa\":\"ok\"},\"addresses\":[\"192.0.2.1\",\"192.0.2.2\","
      "\"2001:500::1\"],\"address\":\"2001:500::1\"",
      "\"operator\"" },
    { "a special one and one of the other family",
      { OUTCOME_OK, OUTCOME_OK, "127.0.0.1|2001:500::1" },
      OK_WITH(POLICY, GOOD_CHAIN),
      "2001:500::1",
      "ok",
      "done",
      "valid",
      "\"addresses\":[\"127.0.0.1\",\"2001:500::1\"]",
      NULL },
    { "an AAAA that could not be had",
      { OUTCOME_OK, OUTCOME_SERVFAIL, "192.0.2.1" },
      OK_WITH(POLICY, GOOD_CHAIN),
      "192.0.2.1",
      "ok",
      "done",
      "valid",
      "\"lookup\":{\"outcome\":\"ok\",\"dnssec\":\"insecure\",\"a\":\"ok\",\"aaaa\":\"servfail\"}",
      NULL },
    { "delegated",
      { OUTCOME_OK, OUTCOME_NODATA, "d-test.hosts.provider.co.uk>192.0.2.1" },
      OK_WITH(POLICY, GOOD_CHAIN),
      "192.0.2.1",
      "ok",
      "done",
      "valid",
      "\"aliases\":[\"d-test.hosts.provider.co.uk\"],\"a\":\"ok\",\"aaaa\":\"nodata\"},"
      "\"operator\":\"provider.co.uk\",",
      NULL },
    { "delegated to what is not there",
      { OUTCOME_NXDOMAIN, OUTCOME_NXDOMAIN, "gone.provider.net>" },
      { 0 },
      "",
      "nxdomain",
      "dns",
      "absent",
      "\"operator\":\"provider.net\"",
      "\"address" },
    { "many",
      { OUTCOME_OK, OUTCOME_NODATA, "192.0.2.1|192.0.2.2|192.0.2.3|192.0.2.4|192.0.2.5" },
      OK_WITH(POLICY, GOOD_CHAIN),
      "192.0.2.1|192.0.2.2|192.0.2.3|192.0.2.4",
      "ok",
      "done",
      "valid",
      "\"address\":\"192.0.2.4\"",
      NULL },
};

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *t = &rows[i];
        char head[128];

        world = t->world;
        fetched = t->fetched;
        work("{\"domain\":\"d.test\",\"attempt\":3}");
        snprintf(head, sizeof(head),
                 "\"host\":\"mta-sts.d.test\",\"outcome\":\"%s\",\"step\":\"%s\",", t->outcome,
                 t->step);
        CHECK(strcmp(contacted, t->contacted) == 0, "%s: %s", t->what, contacted);
        CHECK(strstr(record.data, head) != NULL, "%s: %s", t->what, record.data);
        snprintf(head, sizeof(head), "\"verdict\":\"%s\"", t->verdict);
        CHECK(strstr(record.data, head) != NULL, "%s: %s", t->what, record.data);
        CHECK(t->holds == NULL || strstr(record.data, t->holds) != NULL, "%s: %s", t->what,
              record.data);
        CHECK(t->lacks == NULL || strstr(record.data, t->lacks) == NULL, "%s: %s", t->what,
              record.data);
        CHECK(drops == 1, "%s: the chain is dropped %u times", t->what, drops);
    }
}

/* A temporary failure comes back with its addresses, and is not asked for them again. */
static void test_retry(void)
{
    char *again;

    world = (struct answers)ONE_A;
    fetched = (struct fetch_result){ .outcome = OUTCOME_TIMEOUT, .step = FETCH_TLS };
    work("{\"domain\":\"d.test\",\"aliases_of_record\":[\"p.test\"]}");
    CHECK(record.len == 1 && strstr(delayed.data, "\"attempt\":2") != NULL, "%s", delayed.data);
    again = memory_strdup(delayed.data);
    fetched = (struct fetch_result)OK_WITH(POLICY, GOOD_CHAIN);
    work(again);
    CHECK(questions == 0 && fetches == 1, "%u questions", questions);
    CHECK(strstr(record.data, "\"attempts\":2") != NULL &&
              strstr(record.data, "\"aliases_of_record\":[\"p.test\"]") != NULL,
          "%s", record.data);
    free(again);
    world = (struct answers){ OUTCOME_OK, OUTCOME_SERVFAIL, "192.0.2.1" };
    work("{\"domain\":\"d.test\"}");
    CHECK(fetches == 0 && strstr(delayed.data, "\"q\":\"a\"") != NULL,
          "an AAAA that may be had later: %s", delayed.data);
    world = (struct answers){ OUTCOME_NODATA, OUTCOME_TIMEOUT, NULL };
    work("{\"domain\":\"d.test\"}");
    CHECK(questions == 2 && strstr(delayed.data, "\"q\":\"a\"") != NULL &&
              strstr(delayed.data, "\"q\":\"aaaa\"") == NULL,
          "%s", delayed.data);
    again = memory_strdup(delayed.data);
    world.aaaa = OUTCOME_NODATA;
    work(again);
    CHECK(questions == 1 && strstr(record.data, "\"outcome\":\"no-address\"") != NULL, "%s",
          record.data);
    free(again);
}

/* What a server says of now, not of the policy, comes back (RFC 9110 §15.5.9, RFC 6585 §4, RFC 9110
 * §15.6), and in the end is a failure of HTTP like any other: RFC 8461 §3.3 wants a 200. */
static void test_statuses(void)
{
    static const struct {
        long status;
        bool again;
    } statuses[] = {
        { 204, false }, { 400, false }, { 403, false }, { 404, false }, { 408, true },
        { 410, false }, { 429, true },  { 499, false }, { 500, true },  { 503, true },
        { 504, true },  { 599, true },  { 600, false },
    };

    world = (struct answers)ONE_A;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        char want[64];

        snprintf(want, sizeof(want), "\"http\":{\"status\":%ld,", statuses[i].status);
        fetched = (struct fetch_result){ .outcome = OUTCOME_HTTP_STATUS,
                                         .step = FETCH_HTTP,
                                         .status = statuses[i].status,
                                         TLS13,
                                         GOOD_CHAIN };
        work("{\"domain\":\"d.test\"}");
        CHECK((strstr(delayed.data, "\"attempt\":2") != NULL) == statuses[i].again, "%ld: %s",
              statuses[i].status, delayed.data);
        CHECK((strstr(record.data, want) != NULL) == !statuses[i].again, "%ld: %s",
              statuses[i].status, record.data);
        work("{\"domain\":\"d.test\",\"attempt\":3}");
        CHECK(strstr(record.data, want) != NULL &&
                  strstr(record.data, "\"outcome\":\"http-status\",\"step\":\"http\"") != NULL &&
                  strstr(record.data, "\"verdict\":\"invalid\"") != NULL,
              "%ld: %s", statuses[i].status, record.data);
        CHECK(drops == 1, "%ld: the chain is dropped %u times", statuses[i].status, drops);
    }
    /* A sender turned away at the certificate: the status behind it decides nothing. */
    fetched = (struct fetch_result){
        .outcome = OUTCOME_HTTP_STATUS, .step = FETCH_HTTP, .status = 503, TLS13, EXPIRED
    };
    work("{\"domain\":\"d.test\"}");
    CHECK(strstr(record.data, "\"outcome\":\"certificate\"") != NULL, "%s", record.data);
}

/* Trouble of our own is not the host's: it comes back beyond the last attempt, yet not for ever. */
static void test_own_trouble(void)
{
    world = (struct answers)ONE_A;
    fetched = (struct fetch_result){ .outcome = OUTCOME_NETWORK_DOWN, .step = FETCH_CONNECT };
    work("{\"domain\":\"d.test\",\"attempt\":22}");
    CHECK(strstr(delayed.data, "\"attempt\":23") != NULL, "%s", delayed.data);
    work("{\"domain\":\"d.test\",\"attempt\":99}");
    CHECK(strstr(record.data, "\"outcome\":\"network-down\"") != NULL, "%s", record.data);
}

static void test_no_ipv6(void)
{
    settings.no_ipv6 = true;
    world = (struct answers){ OUTCOME_OK, OUTCOME_OK, "2001:500::1|192.0.2.1" };
    fetched = (struct fetch_result)OK_WITH(POLICY, GOOD_CHAIN);
    work("{\"domain\":\"d.test\"}");
    CHECK(strcmp(contacted, "192.0.2.1") == 0 && strstr(record.data, "2001:500::1") != NULL, "%s",
          record.data);
    world = (struct answers){ OUTCOME_NODATA, OUTCOME_OK, "2001:500::1" };
    work("{\"domain\":\"d.test\"}");
    CHECK(fetches == 0 &&
              strstr(record.data, "\"outcome\":\"not-probed\",\"step\":\"connect\"") != NULL &&
              strstr(record.data, "\"verdict\":\"unknown\"") != NULL,
          "%s", record.data);
    settings.no_ipv6 = false;
}

/* Who runs policy hosts for others is contacted under their names. */
static void test_opted_out(void)
{
    static char who[] = "provider.co.uk", *names[] = { who };
    struct contact *c = &worker.contact;

    c->names = names;
    c->name_count = 1;
    fetched = (struct fetch_result)OK_WITH(POLICY, GOOD_CHAIN);
    world = (struct answers){ OUTCOME_OK, OUTCOME_NODATA, "d-test.provider.co.uk>192.0.2.1" };
    work("{\"domain\":\"d.test\"}");
    CHECK(fetches == 0 && strstr(record.data, "\"outcome\":\"opted-out\"") != NULL, "%s",
          record.data);
    world.addresses = "d-test.others.co.uk>192.0.2.1";
    work("{\"domain\":\"d.test\"}");
    CHECK(fetches == 1, "another provider's: %s", record.data);
    c->names = NULL;
    c->name_count = 0;
}

int main(void)
{
    settings_default(&settings);
    contact_open(&worker.contact, "192.0.2.0/24", "");
    buf_init(&record, BUF_NO_CEILING);
    buf_init(&delayed, BUF_NO_CEILING);
    test_rows();
    test_retry();
    test_statuses();
    test_own_trouble();
    test_no_ipv6();
    test_opted_out();
    contact_free(&worker.contact);
    buf_free(&record);
    buf_free(&delayed);
    return check_report();
}
