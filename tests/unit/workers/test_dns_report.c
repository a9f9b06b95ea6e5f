/* What a worker tells of its resolvers, and the sum of what several told. */
#include "workers/dns/report.h"

#include "tests/unit/check.h"
#include "tests/unit/workers/dns_server.h"

static uv_loop_t loop;
static struct server servers[2];
static struct arena arena;

static void on_answer(void *context, const struct dns_answer *answer)
{
    *(unsigned *)context += answer->outcome == OUTCOME_OK;
}

/* Questions to two resolvers, of which the second refuses. */
static void ask(struct dns_engine *e, unsigned count)
{
    unsigned good = 0;

    for (unsigned i = 0; i < count; i++)
        dns_ask(e, &arena, "ok.test", DNS_A, on_answer, &good);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(good == count, "%u of %u answered", good, count);
}

static struct dns_engine *open_all(char *text)
{
    struct settings settings;
    const char *error;

    for (unsigned i = 0; i < 2; i++)
        server_open(&servers[i], &loop, "127.0.0.1");
    servers[1].refuses = true;
    sprintf(text, "127.0.0.1#%u 127.0.0.1#%u", servers[0].port, servers[1].port);
    settings_default(&settings);
    settings.resolver = text;
    return dns_engine_new(&loop, &settings, &error);
}

static void check_row(const struct report_row *r, const struct server *s, unsigned times)
{
    const struct resolver_counts *c = &r->counts;
    char name[64];

    snprintf(name, sizeof(name), "127.0.0.1#%u", s->port);
    CHECK(strcmp(r->resolver, name) == 0, "%s", r->resolver);
    CHECK(c->sent == (uint64_t)s->queries * times && c->answered == c->sent,
          "%s: sent %lu, answered %lu", name, c->sent, c->answered);
    CHECK(c->refused == (s->refuses ? c->sent : 0), "%s: refused %lu", name, c->refused);
    CHECK(c->lost == 0 && c->servfail == 0 && c->malformed == 0, "%s: no other trouble", name);
    CHECK(r->rtts.count == c->answered && rtt_histogram_quantile(&r->rtts, 0.5) > 0, "%s: rtts",
          name);
}

static void test_sum(void)
{
    char text[128];
    struct dns_engine *e = open_all(text);
    struct report_sum sum = { 0 };
    struct buf told;

    buf_init(&told, BUF_NO_CEILING);
    ask(e, 100);
    report_write(e, &told);
    for (unsigned times = 1; times <= 2; times++) { /* as if two workers had told the same */
        CHECK(report_add(&sum, told.data, told.len) && sum.count == 2, "%zu rows", sum.count);
        for (unsigned i = 0; i < 2 && i < sum.count; i++)
            check_row(&sum.rows[i], &servers[i], times);
    }
    report_free(&sum);
    buf_free(&told);
    dns_engine_close(e);
    for (unsigned i = 0; i < 2; i++)
        server_close(&servers[i]);
    uv_run(&loop, UV_RUN_DEFAULT);
}

/* What comes out of Redis is read like anything from outside. */
static const struct {
    const char *text;
    bool report;
    unsigned long sent, rtts, drops;
} texts[] = {
    { "{\"drops\":7,\"resolvers\":[]}", true, 0, 0, 7 },
    { "", false, 0, 0, 0 },
    { "{}", false, 0, 0, 0 },
    { "{\"resolvers\":[]}", true, 0, 0, 0 },
    { "{\"resolvers\":[{\"sent\":3}]}", true, 0, 0, 0 },
    { "{\"resolvers\":[{\"resolver\":\"192.0.2.1\",\"sent\":3}]}", true, 3, 0, 0 },
    { "{\"resolvers\":[{\"resolver\":\"192.0.2.1\",\"sent\":3,\"rtt\":[5,2,7,1]}]}", true, 3, 3,
      0 },
    { "{\"resolvers\":[{\"resolver\":\"192.0.2.1\",\"rtt\":[5,2,7]}]}", true, 0, 2, 0 },
    { "{\"resolvers\":[{\"resolver\":\"192.0.2.1\",\"rtt\":[448,1,-1,1,5,-1]}]}", true, 0, 0, 0 },
};

static void test_texts(void)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct report_sum sum = { 0 };
        const struct report_row *row;
        bool report = report_add(&sum, texts[i].text, strlen(texts[i].text));

        row = report_row(&sum, "192.0.2.1");
        CHECK(sum.drops == texts[i].drops, "%s: %lu drops", texts[i].text, sum.drops);
        CHECK(report == texts[i].report, "%s", texts[i].text);
        CHECK(row->counts.sent == texts[i].sent && row->rtts.count == texts[i].rtts,
              "%s: %lu sent, %lu measured", texts[i].text, row->counts.sent, row->rtts.count);
        report_free(&sum);
    }
}

/* A quantile is exact to 6%, whatever the sizes. */
static void test_quantiles(void)
{
    static const double shares[] = { 0.01, 0.5, 0.9, 0.99, 1 };

    for (uint64_t step = 1; step < 100000; step *= 7) {
        struct rtt_histogram h = { 0 };

        for (uint64_t i = 1; i <= 1000; i++)
            rtt_histogram_add(&h, i * step);
        for (size_t k = 0; k < sizeof(shares) / sizeof(shares[0]); k++) {
            double true_one = shares[k] * 1000 * (double)step;
            double found = (double)rtt_histogram_quantile(&h, shares[k]);

            CHECK(found > 0.94 * true_one && found < 1.06 * true_one, "%g: %g, not %g", shares[k],
                  found, true_one);
        }
    }
}

int main(void)
{
    uv_loop_init(&loop);
    arena_init(&arena, 65536);
    test_sum();
    test_texts();
    test_quantiles();
    arena_free(&arena);
    return check_report();
}
