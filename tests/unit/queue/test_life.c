/* Deaths: of consumers, of Redis, and of its memory. */
#include <hiredis/hiredis.h>

#include "tests/unit/queue/bed.h"

static struct bed bed;

/* Whether nothing was lost and nothing added. */
static bool same(const struct queue_progress *a, const struct queue_progress *b)
{
    return memcmp(a->jobs_waiting, b->jobs_waiting, sizeof(a->jobs_waiting)) == 0 &&
           memcmp(a->delayed, b->delayed, sizeof(a->delayed)) == 0 &&
           memcmp(a->done, b->done, sizeof(a->done)) == 0 && a->results_bytes == b->results_bytes &&
           a->next_due_ms == b->next_due_ms && a->feed_done == b->feed_done && a->ended == b->ended;
}

/* Commit one job of a batch, with a host and a certificate beside its record. */
static enum queue_status finish(const char *consumer, const char *id, unsigned job)
{
    uint16_t covered[] = { (uint16_t)job };
    size_t len;
    char *frame = bed_frame("{}\n", &len);
    struct queue_item host = { 1000 + job, "mx", 2 }, cert = { 2000 + job, frame, len };
    struct queue_commit c = { .stage = STAGE_DNS,
                              .id = id,
                              .consumer = consumer,
                              .covered = covered,
                              .covered_count = 1,
                              .results[KIND_DOMAINS] = { frame, len, 1 },
                              .hosts = &host,
                              .host_count = 1,
                              .certs = &cert,
                              .cert_count = 1 };
    enum queue_status s = bed_commit(&bed, &c);

    free(frame);
    return s;
}

static void feed(const char *jobs, unsigned count)
{
    static uint64_t n;

    CHECK(queue_feed(bed.q, n++, jobs, strlen(jobs), count, 100) == QUEUE_OK, "feed: %s",
          queue_error(bed.q));
}

static void test_bury(void)
{
    struct queue_life lives[4];
    char id[48], suspect[80];

    feed("one\ntwo\nthree\nfour\n", 4);
    CHECK(queue_lives(bed.q, lives, 4) == 0, "nobody lives");
    CHECK(bed_beat(&bed, "a") == QUEUE_OK && bed_beat(&bed, "a") == QUEUE_OK, "beats");
    CHECK(queue_lives(bed.q, lives, 4) == 1 && strcmp(lives[0].consumer, "a") == 0 &&
              lives[0].beats == 2,
          "one lives, %d beats", (int)lives[0].beats);
    CHECK(bed_claim(&bed, STAGE_DNS, "a") == QUEUE_OK, "claim");
    strcpy(id, bed.batch.id);
    CHECK(finish("a", id, 1) == QUEUE_OK, "two is done");
    CHECK(queue_bury(bed.q, "a", NULL) == QUEUE_OK, "bury: %s", queue_error(bed.q));
    CHECK(queue_bury(bed.q, "a", NULL) == QUEUE_OK, "twice");
    CHECK(queue_lives(bed.q, lives, 4) == 0, "nobody lives");
    CHECK(finish("a", id, 0) == QUEUE_NOT_YOURS, "the dead commit nothing");
    CHECK(bed_claim(&bed, STAGE_DNS, "a") == QUEUE_NOT_YOURS, "nor claim");
    CHECK(bed_beat(&bed, "a") == QUEUE_NOT_YOURS, "nor beat");
    CHECK(bed_progress(&bed).jobs_waiting[STAGE_DNS] == 3, "three wait");
    CHECK(bed_claim(&bed, STAGE_DNS, "b") == QUEUE_OK, "an heir");
    CHECK(strcmp(bed.jobs, "one\nthree\nfour\n") == 0 && bed.batch.count == 3, "%s", bed.jobs);

    snprintf(suspect, sizeof(suspect), "dns/%s/%u", bed.batch.id, 1U);
    CHECK(queue_bury(bed.q, "b", suspect) == QUEUE_OK, "first death with three in hand");
    CHECK(bed_claim(&bed, STAGE_DNS, "c") == QUEUE_OK, "claim");
    CHECK(strcmp(bed.jobs, "one\nfour\n") == 0, "the innocent: %s", bed.jobs);
    CHECK(finish("c", bed.batch.id, 0) == QUEUE_OK, "one");
    CHECK(finish("c", bed.batch.id, 1) == QUEUE_OK, "four");
    CHECK(bed_claim(&bed, STAGE_DNS, "c") == QUEUE_OK && strcmp(bed.jobs, "three\n") == 0,
          "the suspect alone");
    CHECK(!bed.batch.quarantine, "with another chance");
    snprintf(suspect, sizeof(suspect), "dns/%s/0", bed.batch.id);
    CHECK(queue_bury(bed.q, "c", suspect) == QUEUE_OK, "second death");
    CHECK(bed_claim(&bed, STAGE_DNS, "d") == QUEUE_OK && strcmp(bed.jobs, "three\n") == 0, "again");
    CHECK(bed.batch.quarantine, "not to be touched any more");
    CHECK(queue_bury(bed.q, "d", "torn/breadcrumb") == QUEUE_OK, "killed with it in hand");
    CHECK(bed_claim(&bed, STAGE_DNS, "e") == QUEUE_OK && bed.batch.quarantine, "stays flagged");
    CHECK(finish("e", bed.batch.id, 0) == QUEUE_OK, "recorded as quarantined");
    CHECK(bed_progress(&bed).jobs_waiting[STAGE_DNS] == 0 &&
              bed_progress(&bed).done[KIND_DOMAINS] == 4,
          "each once");
}

static void on_report(void *context, const char *consumer, const char *report, size_t len)
{
    struct buf *all = context;

    buf_printf(all, "%s told %.*s; ", consumer, (int)len, report);
}

static const char *reports(struct buf *all)
{
    enum queue_status s;

    buf_reset(all);
    s = queue_reports(bed.q, on_report, all);
    CHECK(s == QUEUE_OK, "reports: %s", queue_error(bed.q));
    buf_byte(all, '\0');
    return all->data;
}

/* The last word of each counts, and outlives it. */
static void test_reports(void)
{
    struct buf all;

    buf_init(&all, BUF_NO_CEILING);
    CHECK(queue_bury(bed.q, "e", NULL) == QUEUE_OK, "nobody is left");
    CHECK(strcmp(reports(&all), "") == 0, "nobody has told anything: %s", all.data);
    CHECK(bed_tell(&bed, "r", "one") == QUEUE_OK && bed.alive == 1, "%u alive", bed.alive);
    CHECK(bed_tell(&bed, "s", "two") == QUEUE_OK && bed.alive == 2, "%u alive", bed.alive);
    CHECK(bed_tell(&bed, "r", "three") == QUEUE_OK && bed_beat(&bed, "r") == QUEUE_OK, "again");
    CHECK(strcmp(reports(&all), "r told three; s told two; ") == 0, "%s", all.data);
    CHECK(queue_bury(bed.q, "r", NULL) == QUEUE_OK, "bury");
    CHECK(bed_tell(&bed, "r", "four") == QUEUE_NOT_YOURS && bed.alive == 0, "the dead are silent");
    CHECK(bed_beat(&bed, "s") == QUEUE_OK && bed.alive == 1, "%u alive", bed.alive);
    CHECK(strcmp(reports(&all), "r told three; s told two; ") == 0, "%s", all.data);
    CHECK(queue_bury(bed.q, "s", NULL) == QUEUE_OK, "bury");
    buf_free(&all);
}

static void set_memory(const char *bytes)
{
    const char *argv[] = { "CONFIG", "SET", "maxmemory", bytes };
    const size_t lens[] = { 6, 3, 9, strlen(bytes) };
    struct redis *r = bed_connect(&bed);

    CHECK(redis_ask(r, 4, argv, lens)->type == REDIS_REPLY_STATUS, "CONFIG SET");
    redis_close(r);
}

static void test_memory(void)
{
    struct queue_progress before, after;
    struct queue_result r[16];
    size_t count;

    feed("five\nsix\n", 2);
    CHECK(bed_claim(&bed, STAGE_DNS, "f") == QUEUE_OK, "claim");
    before = bed_progress(&bed);
    set_memory("1");
    CHECK(finish("f", bed.batch.id, 0) == QUEUE_FULL, "no memory: %s", queue_error(bed.w));
    CHECK(queue_feed(bed.q, 2, "x\n", 2, 1, 100) == QUEUE_FULL, "none to feed");
    CHECK(bed_claim(&bed, STAGE_DNS, "f") == QUEUE_EMPTY, "none to claim");
    after = bed_progress(&bed);
    CHECK(same(&before, &after), "nothing changed");
    CHECK(bed_beat(&bed, "f") == QUEUE_OK, "who waits lives");
    CHECK(queue_results(bed.q, "0", r, 16, &count, 0) == QUEUE_OK && count == 6, "%zu", count);
    CHECK(queue_trim(bed.q, r[count - 1].id) == QUEUE_OK, "and the collector makes room");
    CHECK(bed_progress(&bed).results_bytes == 0, "it did");
    set_memory("0");
    CHECK(finish("f", bed.batch.id, 0) == QUEUE_OK, "memory again");
    after = bed_progress(&bed);
    CHECK(after.done[KIND_CERTS] == before.done[KIND_CERTS],
          "certificate 2000 was seen with the first job of all");
    CHECK(after.done[KIND_DOMAINS] == before.done[KIND_DOMAINS] + 1, "one record");
    CHECK(queue_bury(bed.q, "f", NULL) == QUEUE_OK, "six comes back");
}

/* What was acknowledged before kill -9 is there after it. */
static void test_redis_killed(void)
{
    struct queue_progress before, after;
    struct queue_result r[16];
    size_t count;

    CHECK(bed_claim(&bed, STAGE_DNS, "g") == QUEUE_OK && strcmp(bed.jobs, "six\n") == 0, "claim");
    before = bed_progress(&bed);
    bed_kill_redis(&bed);
    after = bed_progress(&bed);
    CHECK(same(&before, &after), "claimed and counted");
    CHECK(finish("g", bed.batch.id, 0) == QUEUE_OK, "still ours: %s", queue_error(bed.w));
    before = bed_progress(&bed);
    bed_kill_redis(&bed);
    after = bed_progress(&bed);
    CHECK(same(&before, &after), "committed and counted");
    CHECK(finish("g", bed.batch.id, 0) == QUEUE_NOT_YOURS, "once");
    CHECK(queue_results(bed.q, "0", r, 16, &count, 0) == QUEUE_OK && count == 2, "%zu", count);
}

/* Whoever waits when Redis dies is told, and whoever asks afterwards. */
static void test_lost(void)
{
    struct queue_progress p;

    kill(redis_server_pid(bed.server), SIGSTOP);
    queue_beat(bed.w, "g", NULL, 0, bed_on_beat, &bed);
    kill(redis_server_pid(bed.server), SIGKILL);
    CHECK(bed_wait(&bed) == QUEUE_LOST, "told");
    CHECK(bed_claim(&bed, STAGE_DNS, "g") == QUEUE_LOST, "%s", queue_error(bed.w));
    CHECK(queue_progress(bed.q, &p) == QUEUE_LOST && !p.ended, "blocking too");
    bed_kill_redis(&bed);
    CHECK(bed_beat(&bed, "g") == QUEUE_OK, "back");
}

/* Another Redis of the same name: its data were lost. */
static void test_flushed(void)
{
    const char *argv[] = { "FLUSHALL" };
    const size_t lens[] = { 8 };
    struct redis *r = bed_connect(&bed);
    static const uint64_t certs[] = { 2000, 2001 };
    static const struct queue_item hosts[] = { { 1, "mx1", 3 }, { 1, "mx1", 3 } };
    static const struct queue_item policies[] = { { 0, "p1", 2 }, { 0, "p2", 2 } };
    char old[QUEUE_EPOCH_SIZE];

    redis_ask(r, 1, argv, lens);
    redis_close(r);
    CHECK(bed_claim(&bed, STAGE_DNS, "g") == QUEUE_EPOCH, "lost");
    strcpy(old, bed.epoch);
    bed_create(&bed);
    CHECK(strcmp(old, bed.epoch) != 0, "a new epoch");
    CHECK(queue_mark_seen(bed.q, QUEUE_SEEN_CERTS, certs, 2) == QUEUE_OK, "certificates");
    CHECK(queue_add_jobs(bed.q, STAGE_STARTTLS, hosts, 2) == QUEUE_OK, "hosts");
    CHECK(queue_add_jobs(bed.q, STAGE_POLICY, policies, 2) == QUEUE_OK, "policies");
    CHECK(queue_mark_done(bed.q, KIND_DOMAINS, 100) == QUEUE_OK, "done");
    CHECK(queue_feed(bed.q, 0, "one\n", 4, 1, 10) == QUEUE_OK, "feed");
    CHECK(bed_progress(&bed).jobs_waiting[STAGE_STARTTLS] == 1, "each host once");
    CHECK(bed_progress(&bed).jobs_waiting[STAGE_POLICY] == 2, "all policies");
    CHECK(bed_claim(&bed, STAGE_DNS, "h") == QUEUE_OK, "claim");
    CHECK(finish("h", bed.batch.id, 0) == QUEUE_OK, "commit");
    CHECK(bed_progress(&bed).done[KIND_DOMAINS] == 101 && bed_progress(&bed).done[KIND_CERTS] == 0,
          "counters");
}

static void test_durability(void)
{
    const char *argv[] = { "CONFIG", "SET", "appendfsync", "everysec" };
    const size_t lens[] = { 6, 3, 11, 8 };
    struct redis *r = bed_connect(&bed);
    struct queue *q = queue_new(bed_connect(&bed), "other", NULL);
    char epoch[QUEUE_EPOCH_SIZE];

    redis_ask(r, 4, argv, lens);
    CHECK(queue_create(q, "{}", epoch) == QUEUE_REFUSED, "everysec loses acknowledged writes");
    CHECK(strstr(queue_error(q), "`appendfsync always`") != NULL, "%s", queue_error(q));
    redis_close(r);
    queue_free(q);
}

int main(void)
{
    bed_open(&bed, 0);
    bed_create(&bed);
    test_bury();
    test_reports();
    test_memory();
    test_redis_killed();
    test_lost();
    test_flushed();
    test_durability();
    bed_close(&bed);
    return check_report();
}
