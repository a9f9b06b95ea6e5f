/* The contract of queue.h, row by row, on a real Redis. */
#include "tests/unit/queue/bed.h"

static struct bed bed;

/* Commit jobs `from` to `to` of the last claimed batch, one record each of kind domains. */
static enum queue_status finish(const char *consumer, unsigned from, unsigned to)
{
    uint16_t covered[64];
    struct queue_commit c = { .stage = bed.batch.stage, .id = bed.batch.id, .consumer = consumer };
    enum queue_status s;
    size_t len;
    char *frame = bed_frame("{}\n{}\n", &len);

    for (unsigned i = from; i <= to; i++)
        covered[c.covered_count++] = (uint16_t)i;
    c.covered = covered;
    c.results[KIND_DOMAINS].frame = frame;
    c.results[KIND_DOMAINS].len = len;
    c.results[KIND_DOMAINS].records = to - from + 1;
    s = bed_commit(&bed, &c);
    free(frame);
    return s;
}

static void test_feed(void)
{
    uint64_t next;
    bool done;

    CHECK(bed_claim(&bed, STAGE_DNS, "a") == QUEUE_EMPTY, "nothing yet");
    CHECK(queue_feed(bed.q, 0, "one\ntwo\nthree\n", 14, 3, 2) == QUEUE_OK, "first");
    CHECK(queue_feed(bed.q, 0, "one\ntwo\nthree\n", 14, 3, 2) == QUEUE_OK, "again");
    CHECK(bed_progress(&bed).jobs_waiting[STAGE_DNS] == 3, "fed twice is fed once");
    CHECK(queue_feed(bed.q, 2, "x\n", 2, 1, 2) == QUEUE_REFUSED, "a gap in the numbers");
    CHECK(queue_feed(bed.q, 1, "four\n", 5, 1, 2) == QUEUE_OK, "second");
    CHECK(queue_feed(bed.q, 2, "five\n", 5, 1, 2) == QUEUE_FULL, "the window is two batches");
    CHECK(queue_fed(bed.q, &next, &done) == QUEUE_OK && next == 2 && !done, "next is %d",
          (int)next);
    CHECK(!bed_progress(&bed).ended, "not the end");
}

static void test_partial_commit(void)
{
    struct queue_result r[8];
    size_t count;

    CHECK(bed_claim(&bed, STAGE_DNS, "a") == QUEUE_OK, "claim");
    CHECK(bed.batch.count == 3 && strcmp(bed.jobs, "one\ntwo\nthree\n") == 0, "%s", bed.jobs);
    CHECK(!bed.batch.quarantine, "an ordinary batch");
    CHECK(finish("b", 0, 0) == QUEUE_NOT_YOURS, "not the claimer");
    CHECK(finish("a", 1, 1) == QUEUE_OK, "the middle one");
    CHECK(bed_progress(&bed).jobs_waiting[STAGE_DNS] == 3, "three wait");
    CHECK(finish("a", 1, 1) == QUEUE_OK, "sent again after a lost answer");
    CHECK(bed_progress(&bed).done[KIND_DOMAINS] == 1, "counts once");
    CHECK(finish("a", 0, 1) == QUEUE_REFUSED, "one of them was committed: %s", queue_error(bed.w));
    CHECK(finish("a", 3, 3) == QUEUE_REFUSED, "there is no fourth job: %s", queue_error(bed.w));
    CHECK(finish("a", 8, 8) == QUEUE_REFUSED, "nor a ninth");
    CHECK(bed_progress(&bed).done[KIND_DOMAINS] == 1, "refused commits change nothing");
    CHECK(finish("a", 0, 0) == QUEUE_OK && finish("a", 2, 2) == QUEUE_OK, "the rest");
    CHECK(finish("a", 2, 2) == QUEUE_NOT_YOURS, "the batch is gone");
    CHECK(bed_progress(&bed).jobs_waiting[STAGE_DNS] == 1 &&
              bed_progress(&bed).done[KIND_DOMAINS] == 3,
          "counters");
    CHECK(queue_results(bed.q, "0", r, 8, &count, 0) == QUEUE_OK && count == 3, "%zu results",
          count);
    CHECK(r[0].kind == KIND_DOMAINS && r[0].records == 1 && r[0].len > 8, "a frame");
    CHECK(queue_trim(bed.q, r[1].id) == QUEUE_OK, "trim");
    CHECK(queue_results(bed.q, "0", r, 8, &count, 0) == QUEUE_OK && count == 1, "one is left");
    CHECK(bed_progress(&bed).results_bytes == r[0].len, "%d bytes wait",
          (int)bed_progress(&bed).results_bytes);
    CHECK(queue_trim(bed.q, r[0].id) == QUEUE_OK && queue_trim(bed.q, r[0].id) == QUEUE_OK,
          "twice");
    CHECK(bed_progress(&bed).results_bytes == 0, "drained");
    CHECK(queue_results(bed.q, r[0].id, r, 8, &count, 20) == QUEUE_OK && count == 0,
          "waits in vain");
}

static void test_followups(void)
{
    static const struct queue_item hosts[] = { { 1, "mx1", 3 }, { 2, "mx2", 3 }, { 1, "mx1", 3 } };
    static const struct queue_item more[] = { { (uint64_t)-5, "mx3", 3 }, { 2, "mx2", 3 } };
    static const struct queue_item policies[] = { { 0, "p1", 2 }, { 0, "p2", 2 } };
    static const uint16_t zero[] = { 0 };
    size_t len, count;
    char *frame = bed_frame("{}\n", &len);
    struct queue_item certs[] = { { 7, frame, len }, { 8, frame, len }, { 7, frame, len } };
    struct queue_commit c = { .stage = STAGE_DNS, .consumer = "a", .covered = zero };
    struct queue_result r[8];

    CHECK(bed_claim(&bed, STAGE_DNS, "a") == QUEUE_OK && strcmp(bed.jobs, "four\n") == 0, "claim");
    CHECK(queue_feed(bed.q, 2, "five\n", 5, 1, 2) == QUEUE_OK, "room in the window again");
    c.id = bed.batch.id;
    c.covered_count = 1;
    c.hosts = hosts;
    c.host_count = 3;
    c.policies = policies;
    c.policy_count = 2;
    c.certs = certs;
    c.cert_count = 3;
    CHECK(bed_commit(&bed, &c) == QUEUE_OK, "commit: %s", queue_error(bed.w));
    CHECK(bed_claim(&bed, STAGE_STARTTLS, "a") == QUEUE_OK && strcmp(bed.jobs, "mx1\nmx2\n") == 0,
          "each host once, one entry: %s", bed.jobs);
    CHECK(finish("a", 0, 1) == QUEUE_OK, "both");
    CHECK(bed_claim(&bed, STAGE_POLICY, "a") == QUEUE_OK && strcmp(bed.jobs, "p1\np2\n") == 0,
          "policies: %s", bed.jobs);
    CHECK(finish("a", 0, 1) == QUEUE_OK, "both");
    CHECK(queue_results(bed.q, "0", r, 8, &count, 0) == QUEUE_OK && count == 3, "%zu", count);
    CHECK(r[0].kind == KIND_CERTS && r[0].records == 2 && r[0].len == 2 * len,
          "each certificate once");
    CHECK(bed_claim(&bed, STAGE_DNS, "a") == QUEUE_OK, "five");
    c.hosts = more;
    c.host_count = 2;
    c.policy_count = 0;
    c.cert_count = 1;
    CHECK(bed_commit(&bed, &c) == QUEUE_OK, "commit: %s", queue_error(bed.w));
    CHECK(bed_claim(&bed, STAGE_STARTTLS, "a") == QUEUE_OK && strcmp(bed.jobs, "mx3\n") == 0,
          "only the new one: %s", bed.jobs);
    CHECK(finish("a", 0, 0) == QUEUE_OK, "done");
    CHECK(bed_progress(&bed).done[KIND_CERTS] == 2, "no certificate is new");
    free(frame);
}

static void test_delay(void)
{
    static const uint16_t zero[] = { 0 };
    static const struct queue_item again[] = { { 0, "six, attempt 2", 14 } };
    struct queue_commit c = { .stage = STAGE_DNS, .consumer = "a", .covered = zero };

    CHECK(queue_feed(bed.q, 3, "six\n", 4, 1, 2) == QUEUE_OK, "feed");
    CHECK(queue_feed_done(bed.q) == QUEUE_OK, "feed done");
    CHECK(!bed_progress(&bed).ended && bed_progress(&bed).feed_done, "one waits");
    CHECK(bed_claim(&bed, STAGE_DNS, "a") == QUEUE_OK, "claim");
    CHECK(!bed_progress(&bed).ended, "one is in hand");
    c.id = bed.batch.id;
    c.covered_count = 1;
    c.delayed = again;
    c.delayed_count = 1;
    c.delay_ms = 150;
    CHECK(bed_commit(&bed, &c) == QUEUE_OK, "commit: %s", queue_error(bed.w));
    CHECK(bed_progress(&bed).delayed[STAGE_DNS] == 1 &&
              bed_progress(&bed).jobs_waiting[STAGE_DNS] == 0,
          "delayed");
    CHECK(bed_progress(&bed).next_due_ms > 0 && bed_progress(&bed).next_due_ms <= 150, "due soon");
    CHECK(!bed_progress(&bed).ended, "one is delayed");
    CHECK(bed_claim(&bed, STAGE_DNS, "a") == QUEUE_EMPTY, "too early");
    usleep(160000);
    CHECK(bed_progress(&bed).next_due_ms == 0, "due");
    CHECK(bed_claim(&bed, STAGE_DNS, "a") == QUEUE_OK, "it comes back");
    CHECK(strcmp(bed.jobs, "six, attempt 2\n") == 0, "%s", bed.jobs);
    CHECK(bed_progress(&bed).delayed[STAGE_DNS] == 0 &&
              bed_progress(&bed).jobs_waiting[STAGE_DNS] == 1,
          "moved");
}

/* What was delayed by a clock that then jumped back two hours is not two hours late. */
static void test_clock(void)
{
    static const uint16_t zero[] = { 0 };
    static const struct queue_item again[] = { { 0, "six, attempt 3", 14 } };
    static const char *const words[] = { "ZINCRBY", "mxc:{test}:delayed:dns", "7200000",
                                         "1 six, attempt 3" };
    struct queue_commit c = { .stage = STAGE_DNS, .consumer = "a", .covered = zero };
    struct redis *redis = bed_connect(&bed);

    c.id = bed.batch.id;
    c.covered_count = 1;
    c.delayed = again;
    c.delayed_count = 1;
    c.delay_ms = 100;
    CHECK(bed_commit(&bed, &c) == QUEUE_OK, "commit: %s", queue_error(bed.w));
    CHECK(redis_ask(redis, 4, words, NULL) != NULL, "two hours");
    CHECK(bed_progress(&bed).delayed[STAGE_DNS] == 1, "still one");
    CHECK(bed_claim(&bed, STAGE_DNS, "a") == QUEUE_OK, "it comes back");
    CHECK(strcmp(bed.jobs, "six, attempt 3\n") == 0, "%s", bed.jobs);
    CHECK(!bed_progress(&bed).ended && finish("a", 0, 0) == QUEUE_OK, "the last");
    CHECK(bed_progress(&bed).ended, "the end");
    redis_close(redis);
}

static void test_epoch(void)
{
    struct queue *other = queue_new(bed_connect(&bed), "test", "00112233445566778899aabbccddeeff");
    struct queue *none = queue_new(bed_connect(&bed), "unknown", NULL);
    struct queue_progress p;
    struct buf settings;
    char epoch[QUEUE_EPOCH_SIZE];

    CHECK(queue_progress(other, &p) == QUEUE_EPOCH, "another epoch");
    CHECK(queue_feed(other, 4, "x\n", 2, 1, 9) == QUEUE_EPOCH, "cannot feed");
    CHECK(queue_remove(other) == QUEUE_EPOCH, "cannot remove");
    buf_init(&settings, BUF_NO_CEILING);
    CHECK(queue_join(none, epoch, &settings) == QUEUE_EPOCH, "no such run");
    CHECK(queue_join(other, epoch, &settings) == QUEUE_OK && strcmp(epoch, bed.epoch) == 0, "join");
    CHECK(settings.len == 14 && memcmp(settings.data, "{\"attempts\":3}", 14) == 0, "settings");
    CHECK(queue_progress(other, &p) == QUEUE_OK && p.ended, "joined");
    CHECK(queue_create(none, "{}", epoch) == QUEUE_OK, "a second run: %s", queue_error(none));
    CHECK(queue_create(none, "{}", epoch) == QUEUE_REFUSED, "exists: %s", queue_error(none));
    CHECK(queue_hash(bed.q, "a", 1) == queue_hash(other, "a", 1), "one key a run");
    buf_free(&settings);
    queue_free(other);
    queue_free(none);
}

int main(void)
{
    bed_open(&bed, 0);
    bed_create(&bed);
    test_feed();
    test_partial_commit();
    test_followups();
    test_delay();
    test_clock();
    test_epoch();
    CHECK(queue_remove(bed.q) == QUEUE_OK, "remove");
    CHECK(bed_claim(&bed, STAGE_DNS, "a") == QUEUE_EPOCH, "gone");
    bed_close(&bed);
    return check_report();
}
