/* Batches, claims and breadcrumb against a real Redis. The stages are replaced: what a job does is
 * written in the job. */
#include "workers/batch.h"

#include "scanner/base/frame.h"
#include "scanner/base/timing.h"
#include "tests/unit/check.h"
#include "tests/unit/queue/bed.h"
#include "workers/claims.h"
#include "workers/job.h"

#define HELD_MAX 2000

static struct bed bed;
static struct settings settings;
static struct worker worker;
static struct job *held[HELD_MAX];
static size_t held_count, started;
static char crumbs[HELD_MAX][BREADCRUMB_SIZE]; /* as the parent sees them while a job starts */

/* ---- the stage: {"domain":…,"does":"record|delay|hold|certificate","to":…} ---- */

static void finish(struct job *j)
{
    const char *domain = json_get_string(j->input, "domain"), *to = json_get_string(j->input, "to");
    char record[256], follow[256];

    snprintf(record, sizeof(record), "{\"domain\":\"%s\"}", domain);
    snprintf(follow, sizeof(follow), "{\"host\":\"%s\"}", to != NULL ? to : "");
    job_record(j, KIND_DOMAINS, record, strlen(record));
    if (to != NULL) {
        job_follow_host(j, to, follow, strlen(follow));
        job_follow_policy(j, record, strlen(record));
    }
    if (json_is(json_get(j->input, "does"), "certificate"))
        job_certificate(j, (const uint8_t *)"0123456789abcdef0123456789abcdef", "{\"v\":1}", 7);
    job_finish(j);
}

void domain_start(struct job *j)
{
    const char *again = "{\"domain\":\"again\",\"does\":\"record\"}";

    breadcrumb_read(worker.breadcrumb, crumbs[started++]);
    if (json_is(json_get(j->input, "does"), "hold"))
        held[held_count++] = j;
    else if (json_is(json_get(j->input, "does"), "delay"))
        job_delay(j, again, strlen(again));
    else
        finish(j);
}

void policy_start(struct job *j)
{
    domain_start(j);
}

void mailhost_start(struct job *j)
{
    domain_start(j);
}

/* ---- around it ---- */

static uint64_t feed_number;

static void feed(unsigned count, const char *does, const char *to)
{
    struct buf jobs;

    buf_init(&jobs, BUF_NO_CEILING);
    for (unsigned i = 0; i < count; i++)
        buf_printf(&jobs, "{\"domain\":\"d%u\",\"does\":\"%s\"%s%s%s}\n", i, does,
                   to != NULL ? ",\"to\":\"" : "", to != NULL ? to : "", to != NULL ? "\"" : "");
    CHECK(queue_feed(bed.q, feed_number++, jobs.data, jobs.len, count, 100) == QUEUE_OK, "feed");
    buf_free(&jobs);
}

static void worker_open(unsigned stages)
{
    settings_default(&settings);
    settings.retry_delay = 50;
    settings.dns_flight = 8L * HELD_MAX;
    worker = (struct worker){ .loop = &bed.loop,
                              .settings = &settings,
                              .consumer = "me",
                              .vantage = "here",
                              .queue = bed.w,
                              .breadcrumb = breadcrumb_new() };
    worker.claims = claims_new(&worker, stages);
    held_count = started = 0;
    claims_begin(worker.claims);
}

static void worker_close(void)
{
    claims_stop(worker.claims);
    while (claims_asking(worker.claims) || claims_committing(worker.claims))
        uv_run(&bed.loop, UV_RUN_ONCE);
    claims_free(worker.claims);
    breadcrumb_free(worker.breadcrumb);
    uv_run(&bed.loop, UV_RUN_NOWAIT);
}

static void on_nothing(uv_timer_t *timer)
{
    claims_tick(worker.claims);
    (void)timer;
}

static void on_closed(uv_handle_t *handle)
{
    (void)handle;
}

/* Let the worker work, ticked as worker.c does, until so many records are there or time is up. */
static uint64_t records(enum kind kind)
{
    struct queue_progress p = { 0 };

    CHECK(queue_progress(bed.q, &p) == QUEUE_OK, "progress");
    return p.done[kind];
}

static uint64_t run(uint64_t want, enum kind kind, uint64_t ms)
{
    uint64_t begun = timing_monotonic_ms();
    uv_timer_t tick;

    uv_timer_init(&bed.loop, &tick);
    uv_timer_start(&tick, on_nothing, 20, 20);
    while (timing_monotonic_ms() - begun < ms && records(kind) < want)
        uv_run(&bed.loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&tick, on_closed);
    uv_run(&bed.loop, UV_RUN_NOWAIT);
    return timing_monotonic_ms() - begun;
}

static void test_whole_batch(void)
{
    struct queue_progress p = { 0 };
    uint64_t before = records(KIND_DOMAINS), took;
    struct queue_result r[16];
    struct buf text;
    size_t count;

    feed(10, "record", "mx.example");
    worker_open(1u << STAGE_DNS);
    took = run(before + 10, KIND_DOMAINS, 3000);
    CHECK(took < 900, "a batch that is done waits for nothing: %d ms", (int)took);
    queue_progress(bed.q, &p);
    CHECK(p.done[KIND_DOMAINS] == before + 10, "%d", (int)p.done[KIND_DOMAINS]);
    CHECK(p.jobs_waiting[STAGE_DNS] == 0 && p.jobs_waiting[STAGE_POLICY] == 10 &&
              p.jobs_waiting[STAGE_STARTTLS] == 1,
          "%d %d %d", (int)p.jobs_waiting[0], (int)p.jobs_waiting[1], (int)p.jobs_waiting[2]);
    CHECK(queue_results(bed.q, "0", r, 16, &count, 0) == QUEUE_OK && count == 1, "one frame");
    buf_init(&text, BUF_NO_CEILING);
    CHECK(count == 1 && r[0].records == 10 && frame_decompress(&text, r[0].frame, r[0].len) > 0 &&
              text.len == 10 * strlen("{\"domain\":\"d0\"}\n") &&
              memcmp(text.data, "{\"domain\":\"d0\"}\n", 16) == 0,
          "%.*s", (int)text.len, text.data);
    buf_free(&text);
    CHECK(strncmp(crumbs[3], "dns/", 4) == 0 && strcmp(strrchr(crumbs[3], '/'), "/3") == 0, "%s",
          crumbs[3]);
    CHECK(!breadcrumb_read(worker.breadcrumb, crumbs[0]), "no job is in hand: %s", crumbs[0]);
    claims_stop(worker.claims);
    run(records(KIND_DOMAINS) + 1, KIND_DOMAINS, 100);
    CHECK(claims_idle(worker.claims), "nothing is left in hand");
    worker_close();
}

/* The policy and starttls jobs of the first test: served by the same replaced stage. */
static void test_other_stages(void)
{
    uint64_t before = records(KIND_DOMAINS);

    worker_open(1u << STAGE_POLICY | 1u << STAGE_STARTTLS);
    run(before + 11, KIND_DOMAINS, 3000);
    CHECK(records(KIND_DOMAINS) == before + 11, "%d", (int)(records(KIND_DOMAINS) - before));
    worker_close();
}

/* One job holds nobody's results but its own. */
static void test_slow_job(void)
{
    uint64_t before = records(KIND_DOMAINS), took;

    feed(1, "hold", NULL);
    worker_open(1u << STAGE_DNS);
    run(before + 1, KIND_DOMAINS, 200);
    CHECK(held_count == 1, "%zu", held_count);
    worker_close();
    CHECK(queue_bury(bed.q, "me", NULL) == QUEUE_OK, "bury");

    worker_open(1u << STAGE_DNS);
    worker.consumer = "you";
    run(before + 1, KIND_DOMAINS, 200);
    CHECK(held_count == 1, "what the dead had in hand comes back: %zu", held_count);
    finish(held[0]);
    took = run(before + 1, KIND_DOMAINS, 2000);
    CHECK(records(KIND_DOMAINS) == before + 1 && took < 500, "%d ms", (int)took);
    worker_close();
}

static void feed_mixed(unsigned count, unsigned slow)
{
    struct buf jobs;

    buf_init(&jobs, BUF_NO_CEILING);
    for (unsigned i = 0; i < count; i++)
        buf_printf(&jobs, "{\"domain\":\"m%u\",\"does\":\"%s\"}\n", i,
                   i < slow ? "hold" : "record");
    CHECK(queue_feed(bed.q, feed_number++, jobs.data, jobs.len, count, 100) == QUEUE_OK, "feed");
    buf_free(&jobs);
}

static void test_partial_commit(void)
{
    uint64_t before = records(KIND_DOMAINS), took;

    feed_mixed(5, 2);
    worker_open(1u << STAGE_DNS);
    worker.consumer = "you";
    took = run(before + 3, KIND_DOMAINS, 5000);
    CHECK(records(KIND_DOMAINS) == before + 3, "%d", (int)(records(KIND_DOMAINS) - before));
    CHECK(took >= BATCH_COMMIT_IDLE_MS - 100 && took < 3UL * BATCH_COMMIT_IDLE_MS,
          "a starved worker hands over soon: %d ms", (int)took);
    CHECK(!claims_idle(worker.claims), "two are in hand");
    finish(held[0]);
    finish(held[1]);
    run(before + 5, KIND_DOMAINS, 1000);
    CHECK(records(KIND_DOMAINS) == before + 5, "%d", (int)(records(KIND_DOMAINS) - before));
    run(before + 6, KIND_DOMAINS, 100);
    worker_close();
}

static void test_frame_is_full(void)
{
    uint64_t before = records(KIND_DOMAINS), took;

    feed_mixed(BATCH_COMMIT_JOBS + 10, 5);
    worker_open(1u << STAGE_DNS);
    worker.consumer = "you";
    took = run(before + BATCH_COMMIT_JOBS, KIND_DOMAINS, 5000);
    CHECK(took < 900, "256 finished jobs wait for nobody: %d ms", (int)took);
    CHECK(records(KIND_DOMAINS) - before == BATCH_COMMIT_JOBS + 5, "%d",
          (int)(records(KIND_DOMAINS) - before));
    while (held_count > 0)
        finish(held[--held_count]);
    run(before + BATCH_COMMIT_JOBS + 10, KIND_DOMAINS, 1000);
    CHECK(records(KIND_DOMAINS) - before == BATCH_COMMIT_JOBS + 10, "%d",
          (int)(records(KIND_DOMAINS) - before));
    worker_close();
}

static void test_delay(void)
{
    uint64_t before = records(KIND_DOMAINS);

    feed(2, "delay", NULL);
    worker_open(1u << STAGE_DNS);
    worker.consumer = "you";
    run(before + 2, KIND_DOMAINS, 5000);
    CHECK(records(KIND_DOMAINS) == before + 2, "they come back: %d",
          (int)(records(KIND_DOMAINS) - before));
    CHECK(started == 4, "%zu", started);
    worker_close();
}

static void test_certificate_once(void)
{
    uint64_t domains = records(KIND_DOMAINS);

    feed(300, "certificate", NULL);
    feed(300, "certificate", NULL);
    worker_open(1u << STAGE_DNS);
    worker.consumer = "you";
    run(domains + 600, KIND_DOMAINS, 5000);
    CHECK(records(KIND_CERTS) == 1, "%d", (int)records(KIND_CERTS));
    worker_close();
}

/* Declared dead while it lives: what it hands over afterwards does not count a second time. */
static void test_not_yours(void)
{
    uint64_t before = records(KIND_DOMAINS);

    feed(3, "hold", NULL);
    worker_open(1u << STAGE_DNS);
    worker.consumer = "zombie";
    run(before + 1, KIND_DOMAINS, 200);
    CHECK(held_count == 3, "%zu", held_count);
    CHECK(queue_bury(bed.q, "zombie", NULL) == QUEUE_OK, "bury");
    finish(held[0]);
    finish(held[1]);
    claims_flush(worker.claims);
    run(before + 1, KIND_DOMAINS, 300);
    finish(held[2]);
    run(before + 1, KIND_DOMAINS, 300);
    CHECK(records(KIND_DOMAINS) == before, "%d", (int)(records(KIND_DOMAINS) - before));
    CHECK(claims_failure(worker.claims) == QUEUE_NOT_YOURS, "it learns of its death");
    worker_close();

    worker_open(1u << STAGE_DNS);
    worker.consumer = "heir";
    run(before + 1, KIND_DOMAINS, 200);
    CHECK(held_count == 3, "%zu", held_count);
    for (size_t i = 0; i < held_count; i++)
        finish(held[i]);
    run(before + 3, KIND_DOMAINS, 1000);
    CHECK(records(KIND_DOMAINS) == before + 3, "%d", (int)(records(KIND_DOMAINS) - before));
    worker_close();
}

/* Two deaths over the same job: it is recorded and never touched again. */
static void test_poison(void)
{
    uint64_t before = records(KIND_DOMAINS);
    struct queue_result r[64];
    char suspect[BREADCRUMB_SIZE], consumer[24];
    struct buf text;
    size_t count = 0;

    feed(1, "hold", NULL);
    for (int death = 0; death < 2; death++) {
        snprintf(consumer, sizeof(consumer), "doomed-%d", death);
        worker_open(1u << STAGE_DNS);
        worker.consumer = consumer;
        run(before + 1, KIND_DOMAINS, 200);
        CHECK(held_count == 1, "%zu", held_count);
        job_in_hand(held[0]);
        CHECK(breadcrumb_read(worker.breadcrumb, suspect), "in hand");
        worker_close();
        CHECK(queue_bury(bed.q, consumer, suspect) == QUEUE_OK, "bury");
    }
    worker_open(1u << STAGE_DNS);
    worker.consumer = "careful";
    run(before + 1, KIND_DOMAINS, 1000);
    CHECK(started == 0 && records(KIND_DOMAINS) == before + 1, "%zu", started);
    CHECK(queue_results(bed.q, "0", r, 64, &count, 0) == QUEUE_OK && count > 0, "results");
    buf_init(&text, BUF_NO_CEILING);
    frame_decompress(&text, r[count - 1].frame, r[count - 1].len);
    buf_byte(&text, '\0');
    CHECK(strstr(text.data, "\"domain\":\"d0\"") != NULL &&
              strstr(text.data, "\"outcome\":\"quarantined\"") != NULL &&
              strstr(text.data, "\"exists\":\"unknown\"") != NULL,
          "%s", text.data);
    buf_free(&text);
    worker_close();
}

static void set_memory(const char *limit)
{
    struct redis *r = bed_connect(&bed);
    const char *argv[] = { "CONFIG", "SET", "maxmemory", limit };
    const size_t lens[] = { 6, 3, 9, strlen(limit) };

    CHECK(redis_ask(r, 4, argv, lens) != NULL, "CONFIG SET");
    redis_close(r);
}

/* Redis has no memory left: the commit waits and goes again, nothing is lost or told twice, and
 * nothing more is claimed until it was taken. */
static void test_full(void)
{
    uint64_t before = records(KIND_DOMAINS);

    feed(4, "hold", NULL);
    worker_open(1u << STAGE_DNS);
    worker.consumer = "patient";
    run(before + 1, KIND_DOMAINS, 200);
    set_memory("100kb");
    for (size_t i = 0; i < held_count; i++)
        finish(held[i]);
    run(before + 1, KIND_DOMAINS, 300);
    CHECK(records(KIND_DOMAINS) == before, "it did not fit");
    CHECK(claims_failure(worker.claims) == QUEUE_OK, "%d", (int)claims_failure(worker.claims));
    set_memory("0");
    feed(7, "record", NULL);
    run(before + 1, KIND_DOMAINS, 300);
    CHECK(started == 4, "there is memory, but not yet for what waits: %zu", started);
    run(before + 11, KIND_DOMAINS, 4000);
    CHECK(records(KIND_DOMAINS) == before + 11, "%d", (int)(records(KIND_DOMAINS) - before));
    CHECK(started == 11, "claims go on: %zu", started);
    worker_close();
}

/* Room for 5 jobs, batches of 4: a second batch is claimed while a job of the first is free. */
static void test_room(void)
{
    uint64_t before = records(KIND_DOMAINS);

    for (int i = 0; i < 4; i++)
        feed(4, "hold", NULL);
    worker_open(0); /* settings are read when it opens: see below */
    worker_close();
    settings.dns_flight = 40; /* 8 questions each */
    worker.breadcrumb = breadcrumb_new();
    worker.consumer = "narrow";
    worker.claims = claims_new(&worker, 1u << STAGE_DNS);
    held_count = started = 0;
    claims_begin(worker.claims);
    run(before + 1, KIND_DOMAINS, 400);
    CHECK(held_count == 8, "%zu", held_count);
    for (size_t done = 0; done < 16 && done < held_count; done++) {
        finish(held[done]);
        run(before + 16, KIND_DOMAINS, 60);
        CHECK(held_count - done - 1 < 9, "%zu", held_count - done - 1);
    }
    run(before + 16, KIND_DOMAINS, 3000);
    CHECK(records(KIND_DOMAINS) == before + 16, "%d", (int)(records(KIND_DOMAINS) - before));
    worker_close();
}

/* Lines that only somebody else can have put there: the others of the batch are done, and no worker
 * dies of them. */
static void test_unreadable(void)
{
    static const char jobs[] =
        "{\"domain\":\"a\",\"does\":\"record\"}\nno JSON\n[]\n{\"domain\":5}\n"
        "{\"domain\":\"b\",\"does\":\"record\"}\n";
    uint64_t before = records(KIND_DOMAINS);
    struct queue_progress p;

    worker_open(1u << STAGE_DNS);
    worker.consumer = "reader";
    CHECK(queue_feed(bed.q, feed_number++, jobs, sizeof(jobs) - 1, 6, 100) == QUEUE_OK, "feed");
    run(before + 2, KIND_DOMAINS, 3000);
    CHECK(records(KIND_DOMAINS) == before + 2 && started == 2, "%zu", started);
    CHECK(queue_progress(bed.q, &p) == QUEUE_OK && p.jobs_waiting[STAGE_DNS] == 0, "%d are left",
          (int)p.jobs_waiting[STAGE_DNS]);
    worker_close();
}

int main(void)
{
    bed_open(&bed, 0);
    bed_create(&bed);
    test_whole_batch();
    test_other_stages();
    test_slow_job();
    test_partial_commit();
    test_frame_is_full();
    test_delay();
    test_certificate_once();
    test_unreadable();
    test_not_yours();
    test_poison();
    test_full();
    test_room();
    bed_close(&bed);
    return check_report();
}
