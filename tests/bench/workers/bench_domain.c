/* What the dns stage costs beside the engine: a job read, its answers judged, the record written
 * and compressed in a frame of 256. CPU time, the median of five. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/frame.h"
#include "scanner/base/settings.h"
#include "scanner/base/timing.h"
#include "workers/harvest.h"
#include "workers/job.h"
#include "workers/dns/engine.h"
#include "workers/shared_answers.h"
#include "workers/worker.h"

#define DOMAINS 20000
#define BUDGET_US 15.0 /* of "5 µs × questions + 15" the part that is not the engine's */

struct asked {
    struct arena *arena;
    uint16_t type;
    char first; /* of the name: which record */
    dns_answer_cb *cb;
    void *context;
};
static struct asked asked[256];
static size_t asked_count;
static struct harvest harvest;

void dns_ask(struct dns_engine *e, struct arena *arena, const char *name, uint16_t type,
             dns_answer_cb *cb, void *context)
{
    (void)e;
    asked[asked_count++] =
        (struct asked){ arena, type, name[0] == '_' ? name[1] : name[0], cb, context };
}

static void txt(struct dns_rdata *r, struct arena *arena, const char *text)
{
    size_t len = strlen(text);
    uint8_t *data = arena_alloc(arena, len + 1);

    data[0] = (uint8_t)len;
    memcpy(data + 1, text, len);
    r->data = data;
    r->len = (uint16_t)(len + 1);
}

/* As most domains that have records answer: MX, NS, SPF among others, DMARC, nothing else. */
static void answer(const struct asked *q)
{
    static const uint8_t mx[] = "\0\012\3mx1\4mail\7example\3net";
    static const uint8_t ns[] = "\3ns1\7example\3net";
    struct dns_answer *a = arena_alloc(q->arena, sizeof(*a));
    struct dns_rdata *r = arena_array(q->arena, 2, sizeof(*r));

    a->records = r;
    a->record_count = q->type == DNS_CAA ? 0 : q->first == 'd' ? 1 : q->first == 'e' ? 2 : 0;
    a->ttl = 300;
    if (q->type == DNS_MX) {
        r[0] = (struct dns_rdata){ mx, sizeof(mx) };
        r[1] = (struct dns_rdata){ mx, sizeof(mx) };
    } else if (q->type == DNS_NS) {
        r[0] = (struct dns_rdata){ ns, sizeof(ns) };
        r[1] = (struct dns_rdata){ ns, sizeof(ns) };
    } else if (q->type == DNS_CAA) {
        a->outcome = OUTCOME_NODATA;
    } else if (q->first == 'd') {
        txt(r, q->arena, "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.net; fo=1");
    } else if (q->first == 'e') {
        txt(r, q->arena, "v=spf1 include:_spf.mail.example.net ip4:192.0.2.0/24 ~all");
        txt(r + 1, q->arena, "site-verification=0123456789abcdef0123456789abcdef");
    } else {
        a->outcome = OUTCOME_NXDOMAIN;
    }
    q->cb(q->context, a);
}

void job_in_hand(struct job *j)
{
    (void)j;
}

void job_put_down(struct job *j)
{
    (void)j;
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

int main(void)
{
    struct settings settings;
    struct worker w = { .settings = &settings, .consumer = "bench-01234567", .vantage = "bench" };
    double us[5];
    uv_loop_t loop;

    uv_loop_init(&loop);
    w.loop = &loop;
    w.shared = shared_answers_new(&loop, NULL, 1U << 20);
    settings_default(&settings);
    harvest_init(&harvest);
    for (size_t i = 0; i < 5; i++)
        us[i] = run(&w);
    qsort(us, 5, sizeof(us[0]), by_value);
    printf("domain_without_engine %.2f us %.0f %s\n", us[2], BUDGET_US,
           us[2] <= BUDGET_US ? "ok" : "over");
    return us[2] <= BUDGET_US ? 0 : 1;
}
