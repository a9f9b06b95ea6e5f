/* A Redis with little memory: whatever is fed, what is in hand can be committed, and the whole list
 * gets through. */
#include <hiredis/hiredis.h>

#include "tests/unit/queue/bed.h"

#define BATCH 256
#define BATCHES 120U
#define MEGABYTE UINT64_C(1048576)

static struct bed bed;
static unsigned records, committed, refused;
static char after[48] = "0";

static long long used_memory(void)
{
    const char *argv[] = { "INFO", "memory" };
    const size_t lens[] = { 4, 6 };
    struct redis *r = bed_connect(&bed);
    const redisReply *reply = redis_ask(r, 2, argv, lens);
    long long used = strtoll(strstr(reply->str, "used_memory:") + 12, NULL, 10);

    redis_close(r);
    return used;
}

static void feed_all_there_is_room_for(void)
{
    static uint64_t next;
    struct buf jobs;
    enum queue_status s = QUEUE_OK;

    buf_init(&jobs, BUF_NO_CEILING);
    while (next < BATCHES && s == QUEUE_OK) {
        buf_reset(&jobs);
        for (unsigned i = 0; i < BATCH; i++)
            buf_printf(&jobs, "{\"domain\":\"n%llu.%u.a-rather-long-name.example\",\"rank\":%u}\n",
                       (unsigned long long)next, i, i);
        s = queue_feed(bed.q, next, jobs.data, jobs.len, BATCH, 1000);
        next += s == QUEUE_OK;
    }
    if (next == BATCHES)
        CHECK(queue_feed_done(bed.q) == QUEUE_OK, "the end");
    buf_free(&jobs);
}

/* What is on disk is trimmed; here it is as if it were. */
static void collect(void)
{
    struct queue_result r[64];
    size_t count;

    do {
        CHECK(queue_results(bed.q, after, r, 64, &count, 0) == QUEUE_OK, "results");
        for (size_t i = 0; i < count; i++)
            records += r[i].kind == KIND_DOMAINS ? r[i].records : 0;
        if (count > 0) {
            strcpy(after, r[count - 1].id);
            CHECK(queue_trim(bed.q, after) == QUEUE_OK, "trim");
        }
    } while (count > 0);
}

/* A batch of domains with a host each, and frames of a hundred bytes a domain, as the real ones. */
static enum queue_status commit_domains(const char *id, unsigned number)
{
    static uint16_t covered[BATCH];
    static struct queue_item hosts[BATCH];
    static char names[BATCH][64], frame[100 * BATCH];
    struct queue_commit c = { .stage = STAGE_DNS,
                              .id = id,
                              .consumer = "a",
                              .covered = covered,
                              .covered_count = BATCH,
                              .results[KIND_DOMAINS] = { frame, sizeof(frame), BATCH },
                              .hosts = hosts,
                              .host_count = BATCH };

    for (unsigned i = 0; i < BATCH; i++) {
        int len = snprintf(names[i], sizeof(names[i]), "{\"host\":\"mx%u.%u.example\"}", i, number);

        covered[i] = (uint16_t)i;
        hosts[i] =
            (struct queue_item){ queue_hash(bed.q, names[i], (size_t)len), names[i], (size_t)len };
    }
    return bed_commit(&bed, &c);
}

static enum queue_status commit_hosts(const char *id, unsigned count)
{
    static uint16_t covered[QUEUE_BATCH_JOBS_MAX];
    static char frame[300 * QUEUE_BATCH_JOBS_MAX];
    struct queue_commit c = { .stage = STAGE_STARTTLS,
                              .id = id,
                              .consumer = "a",
                              .covered = covered,
                              .covered_count = count,
                              .results[KIND_MX] = { frame, (size_t)300 * count, count } };

    for (unsigned i = 0; i < count; i++)
        covered[i] = (uint16_t)i;
    return bed_commit(&bed, &c);
}

/* As batch.c does: what is refused is sent again, and the collector works meanwhile. */
static bool work(enum stage stage)
{
    char id[48];
    unsigned count;
    enum queue_status s;

    if (bed_claim(&bed, stage, "a") != QUEUE_OK)
        return false;
    strcpy(id, bed.batch.id);
    count = bed.batch.count;
    for (int tries = 0; tries < 20; tries++) {
        s = stage == STAGE_DNS ? commit_domains(id, committed) : commit_hosts(id, count);
        if (s != QUEUE_FULL)
            break;
        refused++;
        collect();
    }
    CHECK(s == QUEUE_OK, "a commit that never finds room: %d %s", s, queue_error(bed.w));
    committed++;
    return s == QUEUE_OK;
}

static void run(void)
{
    struct queue_progress p = { 0 };

    for (unsigned idle = 0; !p.ended && idle < 20;) {
        bool worked;

        feed_all_there_is_room_for();
        for (int i = 0; i < 5; i++) { /* domains go ahead, as they do */
            worked = work(STAGE_DNS);
            worked = work(STAGE_DNS) || worked;
            worked = work(STAGE_STARTTLS) || worked;
        }
        collect();
        idle = worked ? 0 : idle + 1;
        CHECK(queue_progress(bed.q, &p) == QUEUE_OK, "progress");
    }
    CHECK(p.ended, "it stands still: %u of %u records", records, BATCH * BATCHES);
    CHECK(records == BATCH * BATCHES, "%u records", records);
    CHECK(p.done[KIND_MX] == (uint64_t)BATCH * BATCHES, "%u hosts", (unsigned)p.done[KIND_MX]);
}

int main(void)
{
    long long empty;

    bed_open(&bed, 0);
    empty = used_memory();
    bed_close(&bed);
    bed_open(&bed, (uint64_t)empty + 2 * MEGABYTE);
    bed_create(&bed);
    run();
    printf("%u commits, %u refused for the time being\n", committed, refused);
    bed_close(&bed);
    return check_report();
}
