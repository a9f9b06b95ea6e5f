/* What the dns stage costs beside the engine: a job read, its answers judged, the record written
 * and compressed in a frame of 256. Once for a domain without DKIM, once for one that has a key at
 * a known selector, for which all are asked. CPU time, the median of five. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/frame.h"
#include "scanner/base/settings.h"
#include "scanner/base/timing.h"
#include "tests/unit/workers/nobody_watches.h"
#include "workers/harvest.h"
#include "workers/job.h"
#include "workers/dns/engine.h"
#include "workers/selectors.h"
#include "workers/shared_answers.h"
#include "workers/worker.h"

#define DOMAINS 20000
/* Of "5 µs × questions + 15" the part that is not the engine's, which needs less than 4.5 of 5. */
#define BUDGET_US 15.0
#define BUDGET_QUESTION_US 0.5

struct asked {
    struct arena *arena;
    uint16_t type;
    const char *name;
    dns_answer_cb *cb;
    void *context;
};
static struct asked asked[256];
static size_t asked_count;
static struct harvest harvest;

#define KEY_2048                                                                       \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA9pImaR7ag+vMzQWRzqevem9SMuw+c1tJvQsV" \
    "lfBZXR3LW+CEyxIj44rqmTtACD5uEFXvr+YPRPbCtws8kkkZIKNgdDlq8F69bOdujXjadZMlmFvzEStt" \
    "YuCxlGqJYF+dhc9pdl0iE/JKFDsJGRbsG7B88T3tclRnVyGS8UZ/hGaTwmfCiTaBfOIW5wJg/t2NZ5q+" \
    "naezTMny8sfWxyOiK/p8s8fEp4K7FWkBq3SCPXGXMuQH7Cj2FdOUAFR8GyItusnVm78O6YmwVxmd5FY4" \
    "maAi7NaWUjnV9fX0koxUbD8lOIYxZnzPL0/pT19NCGz1sq6JdDVZppocjA1O+olQ1QIDAQAB"

void dns_ask(struct dns_engine *e, struct arena *arena, const char *name, uint16_t type,
             dns_answer_cb *cb, void *context)
{
    (void)e;
    asked[asked_count++] = (struct asked){ arena, type, name, cb, context };
}

static void txt(struct dns_rdata *r, struct arena *arena, const char *text)
{
    size_t len = strlen(text), at = 0;
    uint8_t *data = arena_alloc(arena, len + 1 + len / 255);

    for (size_t from = 0; from < len; from += 255) {
        size_t piece = len - from > 255 ? 255 : len - from;

        data[at++] = (uint8_t)piece;
        memcpy(data + at, text + from, piece);
        at += piece;
    }
    r->data = data;
    r->len = (uint16_t)at;
}

static const uint8_t mx[] = "\0\012\3mx1\4mail\7example\3net";
static const uint8_t ns[] = "\3ns1\7example\3net";
static bool with_dkim;

/* As most domains that have records answer: MX, NS, SPF among others, DMARC, nothing else. */
static const struct {
    const char *begins; /* the name */
    uint16_t type;
    const uint8_t *rdata; /* of both its records, */
    size_t len;
    const char *texts[2]; /* or these */
    bool dkim;
} known[] = {
    { "e", DNS_MX, mx, sizeof(mx), { NULL }, false },
    { "e", DNS_NS, ns, sizeof(ns), { NULL }, false },
    { "e",
      DNS_TXT,
      NULL,
      0,
      { "v=spf1 include:_spf.mail.example.net ip4:192.0.2.0/24 ~all",
        "site-verification=0123456789abcdef0123456789abcdef" },
      false },
    { "_spf.", DNS_TXT, NULL, 0, { "v=spf1 ip4:198.51.100.0/24 ip6:2001:db8::/32 -all" }, false },
    { "_dmarc.e",
      DNS_TXT,
      NULL,
      0,
      { "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.net; fo=1" },
      false },
    { "_domainkey.", DNS_TXT, NULL, 0, { NULL }, true },
    { "selector1._domainkey.", DNS_TXT, NULL, 0, { "v=DKIM1; k=rsa; p=" KEY_2048 }, true },
};

static void fill(struct dns_answer *a, struct dns_rdata *r, size_t i, struct arena *arena)
{
    if (known[i].rdata != NULL) {
        r[0] = r[1] = (struct dns_rdata){ known[i].rdata, (uint16_t)known[i].len };
        a->record_count = 2;
    }
    for (size_t k = 0; k < 2 && known[i].texts[k] != NULL; k++)
        txt(&r[a->record_count++], arena, known[i].texts[k]);
    a->outcome = a->record_count > 0 ? OUTCOME_OK : OUTCOME_NODATA;
}

static void answer(const struct asked *q)
{
    struct dns_answer *a = arena_alloc(q->arena, sizeof(*a));
    struct dns_rdata *r = arena_array(q->arena, 2, sizeof(*r));

    a->records = r;
    a->ttl = 300;
    a->outcome = q->type == DNS_CAA ? OUTCOME_NODATA : OUTCOME_NXDOMAIN;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].type == q->type && (!known[i].dkim || with_dkim) &&
            strncmp(q->name, known[i].begins, strlen(known[i].begins)) == 0)
            fill(a, r, i, q->arena);
    q->cb(q->context, a);
}

void job_record(struct job *j, enum kind kind, const char *record, size_t len)
{
    (void)j;
    harvest_record(&harvest, kind, record, len);
}

void job_follow_policy(struct job *j, const char *text, size_t len)
{
    (void)j;
    harvest_item(&harvest, ITEM_POLICY, 0, text, len);
}

void job_follow_host(struct job *j, const char *host, const char *text, size_t len)
{
    (void)j;
    (void)host;
    harvest_item(&harvest, ITEM_HOST, 1, text, len);
}

void job_delay(struct job *j, const char *text, size_t len)
{
    (void)text;
    (void)len;
    job_finish(j);
}

void job_finish(struct job *j)
{
    struct buf frame;

    arena_free(&j->arena);
    if (harvest.records[KIND_DOMAINS] < 256)
        return;
    buf_init(&frame, BUF_NO_CEILING);
    frame_compress(&frame, harvest.lines[KIND_DOMAINS].data, harvest.lines[KIND_DOMAINS].len);
    buf_free(&frame);
    harvest_reset(&harvest);
}

static double run(struct worker *w)
{
    uint64_t begun = timing_cpu_us();

    for (unsigned i = 0; i < DOMAINS; i++) {
        struct job j = { .worker = w, .number = i };
        char text[128];
        int len = snprintf(text, sizeof(text), "{\"domain\":\"e%u.com\",\"rank\":%u}",
                           i * 2654435761u, i);

        arena_init(&j.arena, 2048);
        j.input = json_parse(&j.arena, text, (size_t)len);
        asked_count = 0;
        domain_start(&j);
        for (size_t q = 0; q < asked_count; q++)
            answer(&asked[q]);
    }
    return (double)(timing_cpu_us() - begun) / DOMAINS;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static bool measure(struct worker *w, const char *name, double budget)
{
    double us[5];

    for (size_t i = 0; i < 5; i++)
        us[i] = run(w);
    qsort(us, 5, sizeof(us[0]), by_value);
    printf("%s %.2f us %.0f %s\n", name, us[2], budget, us[2] <= budget ? "ok" : "over");
    return us[2] <= budget;
}

int main(void)
{
    struct settings settings;
    struct worker w = { .settings = &settings, .consumer = "bench-01234567", .vantage = "bench" };
    struct selectors selectors;
    uv_loop_t loop;
    bool good;

    uv_loop_init(&loop);
    w.loop = &loop;
    selectors_open(&selectors, "");
    w.selectors = &selectors;
    w.shared = shared_answers_new(&loop, NULL, 1U << 20);
    settings_default(&settings);
    harvest_init(&harvest);
    good = measure(&w, "domain_without_engine", BUDGET_US);
    with_dkim = true;
    good &= measure(&w, "domain_with_dkim_without_engine",
                    BUDGET_US + BUDGET_QUESTION_US * (double)selectors.count);
    return good ? 0 : 1;
}
