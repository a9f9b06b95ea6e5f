/* The starttls stage over a DNS and mail hosts that are tables: what it asks, whom it calls, what
 * it writes, and how it comes back. */
#include "tests/unit/check.h"
#include "tests/unit/workers/nobody_watches.h"
#include "workers/dns/engine.h"
#include "workers/job.h"
#include "workers/mx_record.h"
#include "workers/probe.h"
#include "workers/record.h"
#include "workers/worker.h"

#define ROWS 6
#define OUT_MAX 80

struct zone {
    const char *name;
    uint16_t type;
    enum outcome outcome;
    enum dnssec dnssec;
    const char *rdata, *rdata2; /* text of addresses; "3 1 1" for TLSA */
    const char *alias;
};
struct peer {
    const char *address;
    enum outcome outcome;
};
struct scenario {
    struct zone zones[ROWS]; /* what is not here is NODATA, insecure */
    struct peer peers[ROWS]; /* who is not here answers: ok */
};

/* ---- in place of the engine, the pool and the batch ---- */

struct pending {
    dns_answer_cb *answered;
    probe_done_cb *probed;
    void *context;
    void *what;
};
static const struct scenario *scene;
static struct pending queue[OUT_MAX * 2];
static size_t queue_first, queue_last;
static char asked[OUT_MAX][80], called[OUT_MAX][ADDRESS_TEXT_SIZE], records[OUT_MAX][2048],
    delayed[8192];
static unsigned asked_count, called_count, record_count, certificate_count, delay_count, ended;
static struct job job;

static const char *const type_names[] = { [DNS_A] = "A", [DNS_AAAA] = "AAAA", [DNS_TLSA] = "TLSA" };

static void add_record(struct dns_answer *a, struct arena *arena, uint16_t type, const char *text)
{
    struct dns_rdata *r = (struct dns_rdata *)a->records + a->record_count++;
    struct address address;
    uint8_t *data = arena_alloc(arena, 35);

    memcpy(data, "\3\1\1", 3);
    if (type != DNS_TLSA) {
        address_parse(&address, text);
        memcpy(data, address.bytes, 16);
    }
    r->data = data;
    r->len = type == DNS_TLSA ? 35 : type == DNS_A ? 4 : 16;
}

void dns_ask(struct dns_engine *e, struct arena *arena, const char *name, uint16_t type,
             dns_answer_cb *cb, void *context)
{
    struct dns_answer *a = arena_alloc(arena, sizeof(*a));
    const char **aliases = arena_array(arena, 1, sizeof(*aliases));

    (void)e;
    snprintf(asked[asked_count++], sizeof(asked[0]), "%s %s", name, type_names[type]);
    a->outcome = OUTCOME_NODATA;
    a->dnssec = DNSSEC_INSECURE;
    a->records = arena_array(arena, 2, sizeof(*a->records));
    for (const struct zone *z = scene->zones; z < scene->zones + ROWS && z->name != NULL; z++) {
        if (strcmp(z->name, name) != 0 || z->type != type)
            continue;
        a->outcome = z->outcome;
        a->dnssec = z->dnssec;
        if (z->rdata != NULL)
            add_record(a, arena, type, z->rdata);
        if (z->rdata2 != NULL)
            add_record(a, arena, type, z->rdata2);
        aliases[0] = z->alias;
        a->aliases = aliases;
        a->alias_count = z->alias != NULL;
    }
    queue[queue_last++] = (struct pending){ .answered = cb, .context = context, .what = a };
}

void probe_start(struct probe_pool *pool, struct job *j, const char *host,
                 const struct address *address, probe_done_cb *cb, void *context)
{
    struct probe_result *r = arena_alloc(&j->arena, sizeof(*r));
    char *text = called[called_count++];

    (void)pool;
    CHECK(strcmp(host, "mx.example.com") == 0, "%s", host);
    address_print(address, text);
    *r = (struct probe_result){ .outcome = OUTCOME_OK, .step = "quit", .tls.alert = -1 };
    for (const struct peer *p = scene->peers; p < scene->peers + ROWS && p->address != NULL; p++)
        if (strcmp(p->address, text) == 0)
            r->outcome = p->outcome;
    if (r->outcome == OUTCOME_OK) {
        r->chain.certificates[r->chain.count++] = calloc(1, sizeof(struct certificate));
        r->chain.certificates[0]->references = 1;
        r->banner = bytes_of("220 \x07\xff hello");
    }
    queue[queue_last++] = (struct pending){ .probed = cb, .context = context, .what = r };
}

void job_record(struct job *j, enum kind kind, const char *record, size_t len)
{
    (void)j;
    CHECK(kind == KIND_MX && len < sizeof(records[0]), "%zu", len);
    memcpy(records[record_count], record, len);
    records[record_count++][len] = '\0';
}

void job_certificate(struct job *j, const uint8_t sha256[32], const char *record, size_t len)
{
    (void)j;
    (void)sha256;
    (void)record;
    (void)len;
    CHECK(ended == 0, "before the end");
    certificate_count++;
}

void job_finish(struct job *j)
{
    (void)j;
    ended++;
}

void job_delay(struct job *j, const char *text, size_t len)
{
    (void)j;
    memcpy(delayed, text, len);
    delayed[len] = '\0';
    delay_count++;
    ended++;
}

/* ---- running it ---- */

static struct settings settings;
static struct worker worker = { .settings = &settings, .consumer = "w1", .vantage = "here" };
static struct arena reading;

static void forget(void)
{
    queue_first = queue_last = 0;
    asked_count = called_count = record_count = certificate_count = delay_count = ended = 0;
}

static void run(const struct scenario *s, const char *text)
{
    scene = s;
    forget();
    job = (struct job){ .worker = &worker };
    arena_init(&job.arena, 2048);
    job.input = json_parse(&job.arena, text, strlen(text));
    mailhost_start(&job);
    while (queue_first < queue_last) {
        struct pending *p = &queue[queue_first++];

        if (p->answered != NULL)
            p->answered(p->context, p->what);
        else
            p->probed(p->context, p->what);
    }
    CHECK(ended == 1, "ended %u times: %s", ended, text);
    arena_free(&job.arena);
}

static const struct json *record_at(size_t i)
{
    const struct json *record = json_parse(&reading, records[i], strlen(records[i]));

    CHECK(record != NULL, "no JSON: %s", records[i]);
    return record;
}

static bool was_asked(const char *question)
{
    for (unsigned i = 0; i < asked_count; i++)
        if (strcmp(asked[i], question) == 0)
            return true;
    return false;
}

/* "outcome step" of record i. */
static const char *finding(size_t i)
{
    static char text[128];
    const struct json *r = record_at(i);

    snprintf(text, sizeof(text), "%s %s", json_get_string(r, "outcome"),
             json_get_string(r, "step"));
    return text;
}

#define FRESH "{\"host\":\"mx.example.com\"}"
#define HOST_A "mx.example.com", DNS_A
#define HOST_AAAA "mx.example.com", DNS_AAAA
#define SECURE DNSSEC_SECURE
#define INSECURE DNSSEC_INSECURE

static void test_plain(void)
{
    static const struct scenario s = {
        .zones = { { HOST_A, OUTCOME_OK, SECURE, "127.1.0.1", "127.1.0.1", NULL },
                   { "_25._tcp.mx.example.com", DNS_TLSA, OUTCOME_OK, SECURE, "3 1 1", NULL,
                     NULL } },
    };
    const struct json *r;

    run(&s, FRESH);
    CHECK(record_count == 1 && called_count == 1, "an address twice is one: %u", called_count);
    r = record_at(0);
    CHECK(json_get_int(r, "v", 0) == 1 && json_get_int(r, "attempts", 0) == 1, "%s", records[0]);
    CHECK(json_is(json_get(r, "host"), "mx.example.com"), "%s", records[0]);
    CHECK(json_is(json_get(r, "address"), "127.1.0.1"), "%s", records[0]);
    CHECK(json_is(json_get(r, "worker"), "w1") && json_is(json_get(r, "vantage"), "here"), "%s",
          records[0]);
    CHECK(strcmp(finding(0), "ok quit") == 0, "%s", records[0]);
    CHECK(json_is(json_get(json_get(r, "lookup"), "a"), "ok"), "%s", records[0]);
    CHECK(json_is(json_get(json_get(r, "lookup"), "aaaa"), "nodata"), "%s", records[0]);
    CHECK(json_is(json_get(json_get(r, "lookup"), "dnssec"), "secure"), "%s", records[0]);
    CHECK(json_is(json_get(json_get(r, "tlsa"), "base"), "mx.example.com"), "%s", records[0]);
    CHECK(json_get(json_get(r, "tlsa"), "records")->len == 1, "%s", records[0]);
    CHECK(json_is(json_get(json_get(r, "tlsa"), "verdict"), "valid"), "%s", records[0]);
    CHECK(json_get_int(json_get(r, "tlsa"), "usable", 0) == 1, "%s", records[0]);
    CHECK(certificate_count == 1, "%u", certificate_count);
    CHECK(strstr(records[0], "\\u0007\\u00ff") != NULL, "%s", records[0]);
}

/* Of the name as a target: this one alone, or none. */
static bool has_violation(const char *name)
{
    const struct json *list = json_get(json_get(record_at(0), "lookup"), "violations");

    return name != NULL ? list != NULL && list->len == 1 && json_is(json_first(list), name)
                        : list == NULL;
}

static void test_without_address(void)
{
    static const struct {
        enum outcome a, aaaa;
        const char *outcome, *violation;
    } rows[] = {
        { OUTCOME_NODATA, OUTCOME_NODATA, "no-address address", "mx-target-no-address" },
        { OUTCOME_NXDOMAIN, OUTCOME_NXDOMAIN, "nxdomain address", "mx-target-missing" },
        /* The name is not there: enough. */
        { OUTCOME_NXDOMAIN, OUTCOME_SERVFAIL, "nxdomain address", "mx-target-missing" },
        { OUTCOME_SERVFAIL, OUTCOME_NODATA, "servfail address", NULL },
        { OUTCOME_NODATA, OUTCOME_TIMEOUT, "timeout address", NULL },
        { OUTCOME_CNAME_LOOP, OUTCOME_CNAME_LOOP, "cname-loop address", "mx-target-missing" },
    };

    settings.attempts = 1;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scenario s = { .zones = {
                                  { HOST_A, rows[i].a, INSECURE, NULL, NULL, NULL },
                                  { HOST_AAAA, rows[i].aaaa, INSECURE, NULL, NULL, NULL } } };

        run(&s, FRESH);
        CHECK(record_count == 1 && strcmp(finding(0), rows[i].outcome) == 0, "%s", records[0]);
        CHECK(json_get(record_at(0), "address")->type == JSON_NULL, "%s", records[0]);
        CHECK(has_violation(rows[i].violation), "%zu: %s", i, records[0]);
        CHECK(asked_count == 2, "TLSA of a host without address: %u", asked_count);
    }
    settings.attempts = 3;
}

/* What is known not to exist is not asked for again. */
static void test_no_name(void)
{
    static const struct scenario s = {
        .zones = { { HOST_A, OUTCOME_NXDOMAIN, INSECURE, NULL, NULL, NULL },
                   { HOST_AAAA, OUTCOME_SERVFAIL, INSECURE, NULL, NULL, NULL } },
    };

    run(&s, FRESH);
    CHECK(delay_count == 0 && record_count == 1, "%u %u", delay_count, record_count);
}

static void test_left_out(void)
{
    static const struct scenario s = {
        .zones = { { HOST_A, OUTCOME_OK, INSECURE, "127.1.0.1", "10.0.0.1", NULL },
                   { HOST_AAAA, OUTCOME_OK, INSECURE, "fd64:6d78::1", "fe80::1", NULL } },
    };

    settings.no_ipv6 = true;
    run(&s, FRESH);
    CHECK(record_count == 4 && called_count == 1, "%u %u", record_count, called_count);
    CHECK(strcmp(finding(0), "ok quit") == 0, "%s", records[0]);
    CHECK(strcmp(finding(1), "special-address address") == 0, "%s", records[1]);
    CHECK(strcmp(finding(2), "not-probed address") == 0, "%s", records[2]);
    CHECK(strcmp(finding(3), "special-address address") == 0, "%s", records[3]);
    settings.no_ipv6 = false;
}

/* --addresses one: the first that may be called, and no other in its place when the job comes back.
 */
static void test_one_address(void)
{
    static const struct scenario s = {
        .zones = { { HOST_A, OUTCOME_OK, INSECURE, "10.0.0.1", "127.1.0.1", NULL },
                   { HOST_AAAA, OUTCOME_OK, INSECURE, "fd64:6d78::1", NULL, NULL } },
        .peers = { { "127.1.0.1", OUTCOME_TIMEOUT } },
    };
    static const struct scenario later = {
        .zones = { { HOST_A, OUTCOME_OK, INSECURE, "127.1.0.1", NULL, NULL },
                   { HOST_AAAA, OUTCOME_TIMEOUT, INSECURE, NULL, NULL, NULL } },
    };
    static const struct scenario last = {
        .zones = { { HOST_AAAA, OUTCOME_OK, INSECURE, "fd64:6d78::1", NULL, NULL } },
    };
    char text[8192];

    settings.addresses = "one";
    run(&s, FRESH);
    CHECK(delay_count == 1 && called_count == 1 && strcmp(called[0], "127.1.0.1") == 0, "%s",
          called[0]);
    snprintf(text, sizeof(text), "%s", delayed);
    run(&s, text);
    CHECK(called_count == 1 && strcmp(called[0], "127.1.0.1") == 0, "%s", called[0]);
    run(&later, FRESH);
    snprintf(text, sizeof(text), "%s", delayed);
    run(&last, text);
    CHECK(called_count == 0 && record_count == 2, "%u %u", called_count, record_count);
    CHECK(strcmp(finding(0), "ok quit") == 0, "%s", records[0]);
    CHECK(strcmp(finding(1), "not-probed address") == 0, "%s", records[1]);
    settings.addresses = "all";
}

/* The name server of AAAA fails, one of two hosts fails: the rest is asked no second time. */
static void test_coming_back(void)
{
    static const struct scenario first = {
        .zones = { { HOST_A, OUTCOME_OK, INSECURE, "127.1.0.1", "127.1.0.2", NULL },
                   { HOST_AAAA, OUTCOME_SERVFAIL, DNSSEC_BOGUS, NULL, NULL, NULL } },
        .peers = { { "127.1.0.2", OUTCOME_TIMEOUT } },
    };
    static const struct scenario second = {
        .zones = { { HOST_AAAA, OUTCOME_OK, INSECURE, "fd64:6d78::1", NULL, NULL } },
    };
    char text[8192];
    const struct json *r;

    run(&first, FRESH);
    CHECK(delay_count == 1 && record_count == 0, "%u %u", delay_count, record_count);
    CHECK(certificate_count == 1, "of the one that is final: %u", certificate_count);
    snprintf(text, sizeof(text), "%s", delayed);
    run(&second, text);
    CHECK(asked_count == 1 && was_asked("mx.example.com AAAA"), "%u", asked_count);
    CHECK(called_count == 2 && strcmp(called[0], "127.1.0.2") == 0, "%u %s", called_count,
          called[0]);
    CHECK(record_count == 3 && delay_count == 0, "%u", record_count);
    for (size_t i = 0; i < record_count; i++) {
        r = record_at(i);
        CHECK(strcmp(finding(i), "ok quit") == 0, "%s", records[i]);
        CHECK(json_get_int(r, "attempts", 0) == (i == 0 ? 1 : 2), "%s", records[i]);
        CHECK(json_is(json_get(json_get(r, "lookup"), "aaaa"), "ok"), "%s", records[i]);
        CHECK(json_get(r, "tlsa") != NULL, "%s", records[i]);
    }
}

static void test_giving_up(void)
{
    static const struct scenario s = {
        .zones = { { HOST_A, OUTCOME_OK, INSECURE, "127.1.0.1", NULL, NULL },
                   { "_25._tcp.mx.example.com", DNS_TLSA, OUTCOME_TIMEOUT, INSECURE, NULL, NULL,
                     NULL } },
        .peers = { { "127.1.0.1", OUTCOME_BLOCKED } },
    };
    char text[8192] = FRESH;

    for (int attempt = 1; attempt < 3; attempt++) {
        run(&s, text);
        CHECK(delay_count == 1, "attempt %d", attempt);
        snprintf(text, sizeof(text), "%s", delayed);
    }
    run(&s, text);
    CHECK(delay_count == 0 && record_count == 1, "%u", record_count);
    CHECK(strcmp(finding(0), "blocked quit") == 0, "%s", records[0]);
    CHECK(json_get_int(record_at(0), "attempts", 0) == 3, "%s", records[0]);
    CHECK(json_is(json_get(json_get(record_at(0), "tlsa"), "verdict"), "unknown"), "%s",
          records[0]);
    CHECK(json_is(json_get(json_get(record_at(0), "tlsa"), "outcome"), "timeout"), "%s",
          records[0]);
}

/* Trouble of our own is not the host's: it comes back beyond the last attempt, yet not for ever. */
static void test_own_trouble(void)
{
    static const struct scenario s = {
        .zones = { { HOST_A, OUTCOME_OK, INSECURE, "127.1.0.1", NULL, NULL } },
        .peers = { { "127.1.0.1", OUTCOME_NETWORK_DOWN } },
    };

    run(&s, "{\"host\":\"mx.example.com\",\"attempt\":3}");
    CHECK(delay_count == 1 && strstr(delayed, "\"attempt\":4") != NULL, "%s", delayed);
    run(&s, "{\"host\":\"mx.example.com\",\"attempt\":22}");
    CHECK(delay_count == 1, "one more");
    run(&s, "{\"host\":\"mx.example.com\",\"attempt\":23}");
    CHECK(delay_count == 0 && record_count == 1, "the last: %u", record_count);
}

/* RFC 7672 §2.2.2. */
static void test_aliases(void)
{
    static const struct {
        enum dnssec way, tlsa;
        enum outcome outcome;
        const char *base;
        unsigned questions;
    } rows[] = {
        { SECURE, SECURE, OUTCOME_OK, "real.example.net", 3 },
        { SECURE, SECURE, OUTCOME_NODATA, "mx.example.com", 4 },
        { SECURE, INSECURE, OUTCOME_OK, "mx.example.com", 4 },
        { SECURE, INSECURE, OUTCOME_SERVFAIL, "real.example.net", 3 }, /* a sender must wait */
        { INSECURE, SECURE, OUTCOME_OK, "mx.example.com", 3 },
    };

    settings.attempts = 1;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scenario s = {
            .zones = { { HOST_A, OUTCOME_OK, rows[i].way, "127.1.0.1", NULL, "real.example.net" },
                       { "_25._tcp.real.example.net", DNS_TLSA, rows[i].outcome, rows[i].tlsa,
                         rows[i].outcome == OUTCOME_OK ? "3 1 1" : NULL, NULL, NULL } },
        };

        run(&s, FRESH);
        CHECK(json_is(json_get(json_get(record_at(0), "tlsa"), "base"), rows[i].base), "%zu: %s", i,
              records[0]);
        CHECK(asked_count == rows[i].questions, "%zu: %u", i, asked_count);
        CHECK(json_get(json_get(record_at(0), "lookup"), "aliases")->len == 1, "%s", records[0]);
        CHECK(has_violation("mx-target-alias"), "%s", records[0]);
    }
    settings.attempts = 3;
}

/* A host that is another's by an alias. */
static void test_opted_out(void)
{
    static char who[] = "example.net", *names[] = { who };
    static const struct scenario s = {
        .zones = { { HOST_A, OUTCOME_OK, INSECURE, "127.1.0.1", NULL, "real.example.net" } },
    };

    worker.contact.names = names;
    worker.contact.name_count = 1;
    run(&s, FRESH);
    CHECK(called_count == 0 && strcmp(finding(0), "opted-out address") == 0, "%s", records[0]);
    worker.contact.names = NULL;
    worker.contact.name_count = 0;
}

/* EHLO inside TLS that came to nothing stands beside what the handshake showed. */
static void test_after_tls(void)
{
    static const struct {
        enum outcome outcome;
        int code;
        const char *end; /* of the record */
    } ends[] = {
        { OUTCOME_OK, 0, "\"starttls\":\"offered\"}" },
        { OUTCOME_CLOSED, 0, "\"starttls\":\"offered\",\"after_tls\":{\"outcome\":\"closed\"}}" },
        { OUTCOME_SMTP_TRANSIENT, 421,
          "\"after_tls\":{\"outcome\":\"smtp-transient\",\"code\":421}}" },
    };

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct probe_result r = { .outcome = OUTCOME_OK,
                                  .step = "quit",
                                  .starttls = PROBE_STARTTLS_OFFERED,
                                  .after_tls = ends[i].outcome,
                                  .after_tls_code = ends[i].code };
        struct json_writer w;
        struct buf text;

        buf_init(&text, BUF_NO_CEILING);
        json_writer_init(&w, &text);
        json_open_object(&w, NULL);
        mx_record_probe(&w, &r);
        json_close_object(&w);
        buf_byte(&text, '\0');
        CHECK(strstr(text.data, "\"outcome\":\"ok\",\"step\":\"quit\"") != NULL &&
                  strcmp(text.data + text.len - 1 - strlen(ends[i].end), ends[i].end) == 0,
              "%s", text.data);
        buf_free(&text);
    }
}

int main(void)
{
    settings_default(&settings);
    contact_open(&worker.contact, "127.1.0.0/16,fd64:6d78::/32", "");
    arena_init(&reading, 4096);
    test_plain();
    test_without_address();
    test_no_name();
    test_left_out();
    test_one_address();
    test_coming_back();
    test_giving_up();
    test_own_trouble();
    test_aliases();
    test_opted_out();
    test_after_tls();
    contact_free(&worker.contact);
    arena_free(&reading);
    return check_report();
}
