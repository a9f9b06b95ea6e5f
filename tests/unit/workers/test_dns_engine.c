/* The engine against resolvers that do everything a resolver can do to a question. */
#include "workers/dns/engine.h"

#include "scanner/base/timing.h"
#include "tests/unit/check.h"
#include "tests/unit/workers/dns_server.h"

enum { SERVERS_MAX = 3 };

static uv_loop_t loop;
static struct server servers[SERVERS_MAX];
static unsigned server_count;
static struct dns_engine *engine;
static struct arena arena;
static char resolver_text[256];

static void open_servers(unsigned count)
{
    resolver_text[0] = '\0';
    for (server_count = 0; server_count < count; server_count++) {
        char item[64];

        server_open(&servers[server_count], &loop, "127.0.0.1");
        snprintf(item, sizeof(item), "127.0.0.1#%u,", servers[server_count].port);
        strcat(resolver_text, item);
    }
}

static void open_engine(int64_t timeout_ms)
{
    struct settings settings;
    const char *error;

    settings_default(&settings);
    settings.resolver = resolver_text;
    settings.dns_timeout = timeout_ms;
    engine = dns_engine_new(&loop, &settings, &error);
    if (engine == NULL) {
        printf("%s\n", error);
        exit(1);
    }
}

static void close_all(void)
{
    if (engine != NULL)
        dns_engine_close(engine);
    engine = NULL;
    for (unsigned i = 0; i < server_count; i++)
        server_close(&servers[i]);
    server_count = 0;
    for (unsigned i = 0; i < 3; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    arena_reset(&arena);
}

static unsigned queries(void)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < server_count; i++)
        sum += servers[i].queries + servers[i].tcp_queries;
    return sum;
}

static void on_answer(void *context, const struct dns_answer *answer)
{
    *(const struct dns_answer **)context = answer;
}

static const struct dns_answer *ask(const char *name, unsigned type)
{
    const struct dns_answer *answer = NULL;

    dns_ask(engine, &arena, name, (uint16_t)type, on_answer, &answer);
    CHECK(answer == NULL, "%s: answered from inside dns_ask()", name);
    uv_run(&loop, UV_RUN_DEFAULT);
    return answer;
}

static const struct row {
    const char *name;
    unsigned type;
    enum outcome outcome;
    enum dnssec dnssec;
    unsigned records, aliases, queries;
} rows[] = {
    { "ok.test", DNS_A, OUTCOME_OK, DNSSEC_INSECURE, 1, 0, 1 },
    { "OK.Test", DNS_MX, OUTCOME_OK, DNSSEC_INSECURE, 1, 0, 1 },
    { "nodata.test", DNS_A, OUTCOME_NODATA, DNSSEC_INSECURE, 0, 0, 1 },
    { "nx.test", DNS_A, OUTCOME_NXDOMAIN, DNSSEC_INSECURE, 0, 0, 1 },
    { "alias.test", DNS_A, OUTCOME_OK, DNSSEC_INSECURE, 1, 1, 1 },
    { "aliasend.test", DNS_A, OUTCOME_NODATA, DNSSEC_INSECURE, 0, 1, 1 },
    { "aliasnx.test", DNS_A, OUTCOME_NXDOMAIN, DNSSEC_INSECURE, 0, 1, 1 },
    { "itself.test", DNS_A, OUTCOME_CNAME_LOOP, DNSSEC_INSECURE, 0, 1, 1 },
    { "ring.test", DNS_A, OUTCOME_CNAME_LOOP, DNSSEC_INSECURE, 0, 2, 1 },
    { "many.test", DNS_MX, OUTCOME_OK, DNSSEC_INSECURE, 1000, 0, 2 },
    { "long.test", DNS_TXT, OUTCOME_OK, DNSSEC_INSECURE, 1, 0, 2 },
    { "noedns.test", DNS_A, OUTCOME_OK, DNSSEC_INSECURE, 1, 0, 2 },
    { "noquestion.test", DNS_A, OUTCOME_OK, DNSSEC_INSECURE, 1, 0, 2 },
    /* the resolver, again at the other, and CD=1 */
    { "servfail.test", DNS_A, OUTCOME_SERVFAIL, DNSSEC_INDETERMINATE, 0, 0, 3 },
    { "bogus.test", DNS_A, OUTCOME_SERVFAIL, DNSSEC_BOGUS, 0, 0, 3 },
    { "formerr.test", DNS_A, OUTCOME_FORMERR, DNSSEC_INDETERMINATE, 0, 0, 3 },
    { "notimp.test", DNS_A, OUTCOME_NOTIMP, DNSSEC_INDETERMINATE, 0, 0, 3 },
    { "rcode9.test", DNS_A, OUTCOME_RCODE, DNSSEC_INDETERMINATE, 0, 0, 3 },
    { "past.test", DNS_A, OUTCOME_MALFORMED, DNSSEC_INDETERMINATE, 0, 0, 2 },
    { "loop.test", DNS_A, OUTCOME_MALFORMED, DNSSEC_INDETERMINATE, 0, 0, 2 },
    { "beside.test", DNS_A, OUTCOME_MALFORMED, DNSSEC_INDETERMINATE, 0, 0, 2 },
    { "forgedport.test", DNS_A, OUTCOME_OK, DNSSEC_INSECURE, 1, 0, 1 },
    { "forgedaddress.test", DNS_A, OUTCOME_OK, DNSSEC_INSECURE, 1, 0, 1 },
    { "tcpforged.test", DNS_A, OUTCOME_OK, DNSSEC_INSECURE, 1, 0, 2 },
    { "forgedid.test", DNS_A, OUTCOME_OK, DNSSEC_INSECURE, 1, 0, 1 },
    { "forgedname.test", DNS_A, OUTCOME_OK, DNSSEC_INSECURE, 1, 0, 1 },
    { "forgedtype.test", DNS_A, OUTCOME_OK, DNSSEC_INSECURE, 1, 0, 1 },
    { "forgedquery.test", DNS_A, OUTCOME_OK, DNSSEC_INSECURE, 1, 0, 1 },
    { "forgedbare.test", DNS_A, OUTCOME_OK, DNSSEC_INSECURE, 1, 0, 1 },
    { "lost1.test", DNS_A, OUTCOME_OK, DNSSEC_INSECURE, 1, 0, 3 }, /* once at each */
    { "late.test", DNS_A, OUTCOME_OK, DNSSEC_INSECURE, 1, 0, 3 },
    { "silent.test", DNS_A, OUTCOME_TIMEOUT, DNSSEC_INDETERMINATE, 0, 0, 0 },
    { "a..b", DNS_A, OUTCOME_BAD_NAME, DNSSEC_INDETERMINATE, 0, 0, 0 },
    { "", DNS_A, OUTCOME_BAD_NAME, DNSSEC_INDETERMINATE, 0, 0, 0 },
};

/* One question after another, two resolvers. */
static void test_rows(void)
{
    open_servers(2);
    open_engine(3000);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];
        unsigned before = queries();
        const struct dns_answer *a = ask(r->name, r->type);

        CHECK(a != NULL, "%s: no answer", r->name);
        if (a == NULL)
            continue;
        CHECK(a->outcome == r->outcome, "%s: %s", r->name, outcome_name(a->outcome));
        CHECK(a->dnssec == r->dnssec, "%s: %s", r->name, dnssec_name(a->dnssec));
        CHECK(a->record_count == r->records, "%s: %zu", r->name, a->record_count);
        CHECK(a->alias_count == r->aliases, "%s: %zu", r->name, a->alias_count);
        CHECK(r->queries == 0 || queries() - before <= r->queries, "%s: %u queries", r->name,
              queries() - before);
        CHECK(r->type != DNS_A || a->record_count == 0 ||
                  memcmp(a->records[0].data, "\xc0\0\2\1", 4) == 0,
              "%s: a forged address", r->name);
    }
    close_all();
}

/* All of them at once, many times over: the same answers. */
static void test_rows_together(void)
{
    enum { TIMES = 40, COUNT = sizeof(rows) / sizeof(rows[0]) };
    static const struct dns_answer *answers[TIMES][COUNT];
    struct dns_totals totals;

    memset(answers, 0, sizeof(answers));
    open_servers(2);
    open_engine(3000);
    for (unsigned i = 0; i < TIMES; i++)
        for (unsigned k = 0; k < COUNT; k++)
            dns_ask(engine, &arena, rows[k].name, (uint16_t)rows[k].type, on_answer,
                    &answers[i][k]);
    uv_run(&loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < TIMES; i++)
        for (unsigned k = 0; k < COUNT; k++)
            CHECK(answers[i][k] != NULL && answers[i][k]->outcome == rows[k].outcome &&
                      answers[i][k]->dnssec == rows[k].dnssec &&
                      answers[i][k]->record_count == rows[k].records,
                  "%s: %s", rows[k].name,
                  answers[i][k] != NULL ? outcome_name(answers[i][k]->outcome) : "none");
    dns_engine_totals(engine, &totals);
    CHECK(totals.flight == 0 && totals.waiting == 0, "%lu, %lu", totals.flight, totals.waiting);
    CHECK(totals.questions == (size_t)TIMES * COUNT, "%lu", totals.questions);
    CHECK(totals.forged >= 3UL * TIMES, "%lu forged", totals.forged);
    CHECK(servers[0].connections + servers[1].connections <= 4, "%u and %u connections",
          servers[0].connections, servers[1].connections);
    close_all();
}

static void test_dnssec(void)
{
    open_servers(1);
    open_engine(3000);
    servers[0].ad = true;
    CHECK(ask("ok.test", DNS_A)->dnssec == DNSSEC_SECURE, "AD");
    CHECK(ask("nx.test", DNS_A)->dnssec == DNSSEC_SECURE, "AD of a denial");
    CHECK(ask("long.test", DNS_TXT)->dnssec == DNSSEC_SECURE, "AD by TCP");
    CHECK(ask("bogus.test", DNS_A)->dnssec == DNSSEC_BOGUS, "SERVFAIL that CD=1 answers");
    CHECK(servers[0].with_cd == 1, "%u with CD", servers[0].with_cd);
    CHECK(ask("servfail.test", DNS_A)->dnssec == DNSSEC_INDETERMINATE, "one that it does not");
    dns_engine_distrust(engine);
    CHECK(ask("ok.test", DNS_A)->dnssec == DNSSEC_INDETERMINATE, "AD of one that is not believed");
    servers[0].ad = false;
    CHECK(ask("ok.test", DNS_A)->dnssec == DNSSEC_INDETERMINATE, "nor is the lack of it");
    close_all();
}

/* REFUSED is the resolver's word, not the domain's. */
static void test_refused(void)
{
    open_servers(2);
    open_engine(3000);
    servers[0].refuses = true;
    for (unsigned i = 0; i < 20; i++)
        CHECK(ask("ok.test", DNS_A)->outcome == OUTCOME_OK, "the other serves");
    servers[1].refuses = true;
    CHECK(ask("ok.test", DNS_A)->outcome == OUTCOME_REFUSED, "all refuse");
    close_all();
    open_servers(1);
    open_engine(3000);
    servers[0].refuses = true;
    CHECK(ask("ok.test", DNS_A)->outcome == OUTCOME_REFUSED, "the only one");
    CHECK(queries() <= 4, "%u queries", queries());
    close_all();
}

static void test_no_edns(void)
{
    open_servers(1);
    open_engine(3000);
    servers[0].no_edns = true;
    for (unsigned i = 0; i < 20; i++)
        CHECK(ask("ok.test", DNS_A)->outcome == OUTCOME_OK, "without EDNS");
    CHECK(servers[0].with_edns == 3 && queries() == 23, "learnt after three: %u, %u",
          servers[0].with_edns, queries());
    close_all();
}

static void test_tcp_trouble(void)
{
    const struct dns_answer *a;

    open_servers(1);
    open_engine(2000);
    servers[0].refuses_tcp = true;
    a = ask("long.test", DNS_TXT);
    CHECK(a->outcome == OUTCOME_TIMEOUT, "%s", outcome_name(a->outcome));
    CHECK(servers[0].connections >= 2, "%u connections", servers[0].connections);
    servers[0].refuses_tcp = false;
    CHECK(ask("long.test", DNS_TXT)->outcome == OUTCOME_OK, "and again");
    close_all();
    open_servers(2);
    open_engine(2000);
    servers[0].refuses_tcp = true;
    for (unsigned i = 0; i < 10; i++)
        CHECK(ask("long.test", DNS_TXT)->outcome == OUTCOME_OK, "the other one's TCP");
    close_all();
}

/* An answer that comes byte by byte and would take an hour: it costs its question the time that a
 * question has, and nobody else anything, neither by UDP nor, with another resolver, by TCP. */
static void test_tcp_drips(void)
{
    enum { NEIGHBOURS = 200, DRIP_MS = 5 };
    const struct dns_answer *slow[2] = { NULL, NULL }, *others[NEIGHBOURS] = { NULL };
    unsigned good = 0;
    uint64_t cpu;

    open_servers(1);
    servers[0].drip_ms = DRIP_MS;
    open_engine(2000);
    cpu = timing_cpu_us();
    dns_ask(engine, &arena, "long.test", DNS_TXT, on_answer, &slow[0]);
    dns_ask(engine, &arena, "many.test", DNS_MX, on_answer, &slow[1]);
    for (unsigned i = 0; i < NEIGHBOURS; i++)
        dns_ask(engine, &arena, "ok.test", DNS_A, on_answer, &others[i]);
    uv_run(&loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < NEIGHBOURS; i++)
        good += others[i] != NULL && others[i]->outcome == OUTCOME_OK;
    CHECK(good == NEIGHBOURS, "%u of the neighbours are answered", good);
    CHECK(servers[0].queries <= NEIGHBOURS + 20, "with %u queries", servers[0].queries);
    for (unsigned i = 0; i < 2; i++)
        CHECK(slow[i] != NULL && slow[i]->outcome == OUTCOME_TIMEOUT, "%u: %s", i,
              slow[i] != NULL ? outcome_name(slow[i]->outcome) : "none");
    cpu = timing_cpu_us() - cpu;
    CHECK(cpu < UINT64_C(200000) * CHECK_SLOWNESS, "%u us of CPU, the resolver's among them",
          (unsigned)cpu);
    close_all();
    open_servers(2);
    servers[0].drip_ms = DRIP_MS;
    open_engine(6000);
    for (unsigned i = 0; i < 2; i++)
        CHECK(ask("long.test", DNS_TXT)->outcome == OUTCOME_OK, "the other one's TCP");
    close_all();
}

static void test_ipv6(void)
{
    if (!(server_open(&servers[0], &loop, "::1"), servers[0].port != 0))
        return;
    server_count = 1;
    snprintf(resolver_text, sizeof(resolver_text), "::1#%u", servers[0].port);
    open_engine(2000);
    CHECK(ask("ok.test", DNS_A)->outcome == OUTCOME_OK, "UDP");
    CHECK(ask("long.test", DNS_TXT)->outcome == OUTCOME_OK, "TCP");
    CHECK(ask("ok.test", DNS_A)->dnssec == DNSSEC_INSECURE, "::1 is loopback, and trusted");
    close_all();
}

static void test_qps(void)
{
    struct settings settings;
    const struct dns_answer *answers[60];
    const char *error;
    uint64_t start;

    open_servers(1);
    settings_default(&settings);
    settings.resolver = resolver_text;
    settings.qps = 300;
    settings.dns_timeout = 300; /* counts from the first query, not from the queue */
    engine = dns_engine_new(&loop, &settings, &error);
    dns_engine_share(engine, 3);
    start = uv_hrtime();
    for (unsigned i = 0; i < 60; i++)
        dns_ask(engine, &arena, "ok.test", DNS_A, on_answer, &answers[i]);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_hrtime() - start >= 550000000, "60 at a third of 300 a second: %.3f s",
          (double)(uv_hrtime() - start) / 1e9);
    for (unsigned i = 0; i < 60; i++)
        CHECK(answers[i]->outcome == OUTCOME_OK, "%u: %s", i, outcome_name(answers[i]->outcome));
    close_all();
}

/* A loop that stood still beyond the time of a question reads what came meanwhile before it judges.
 */
static void test_stall(void)
{
    const struct dns_answer *answer = NULL;

    open_servers(1);
    open_engine(100);
    dns_ask(engine, &arena, "ok.test", DNS_A, on_answer, &answer);
    while (queries() == 0)
        uv_run(&loop, UV_RUN_ONCE);
    CHECK(answer == NULL, "the server answers behind the turn in which it was asked");
    usleep(200000);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(answer != NULL && answer->outcome == OUTCOME_OK && queries() == 1, "%s, %u queries",
          answer != NULL ? outcome_name(answer->outcome) : "none", queries());
    close_all();
}

static void drop(void *context, const struct dns_answer *answer)
{
    (void)answer;
    ++*(unsigned *)context;
    if (engine != NULL)
        dns_engine_close(engine);
    engine = NULL;
}

/* Closed by a callback, with questions in every state. */
static void test_close(void)
{
    unsigned answered = 0;

    open_servers(1);
    open_engine(3000);
    for (unsigned i = 0; i < 200; i++) {
        dns_ask(engine, &arena, i % 2 ? "ok.test" : "long.test", DNS_TXT, drop, &answered);
        dns_ask(engine, &arena, "silent.test", DNS_TXT, drop, &answered);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(answered == 1, "%u answers, one of them before it was closed", answered);
    close_all();
}

static void test_settings(void)
{
    static const char *const bad[] = { "localhost",       "127.0.0.1#",  "127.0.0.1#0",
                                       "127.0.0.1#65536", "127.0.0.1#x", "127.0.0.1 ,1.2.3",
                                       "127.0.0.1:53" };
    struct settings settings;
    const char *error;

    settings_default(&settings);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        settings.resolver = bad[i];
        error = NULL;
        CHECK(dns_engine_new(&loop, &settings, &error) == NULL && error != NULL &&
                  strstr(error, "--resolver") != NULL,
              "%s: %s", bad[i], check_text(error));
    }
    settings.resolver = " 127.0.0.1, 127.0.0.1#53\t::1,127.0.0.1#54 ,";
    engine = dns_engine_new(&loop, &settings, &error);
    CHECK(engine != NULL && dns_engine_resolver_count(engine) == 3, "each once");
    close_all();
}

int main(void)
{
    uv_loop_init(&loop);
    arena_init(&arena, 65536);
    test_rows();
    test_rows_together();
    test_dnssec();
    test_refused();
    test_no_edns();
    test_tcp_trouble();
    test_tcp_drips();
    test_ipv6();
    test_qps();
    test_stall();
    test_close();
    test_settings();
    arena_free(&arena);
    return check_report();
}
