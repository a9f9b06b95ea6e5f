/* feed: batches are the same for ever, feeding goes on where the queue stands. The queue here is a
 * pretended one: this is about the feed. */
#include "ingest/ingest.h"

#include <sys/stat.h>

#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "tests/unit/check.h"
#include "tests/unit/ingest/files.h"

struct queue {
    uint64_t fed, waiting;
    unsigned jobs;
    bool done;
    enum queue_status broken; /* what every call answers, unless QUEUE_OK */
    struct buf all;
};

enum queue_status queue_feed(struct queue *q, uint64_t n, const char *jobs, size_t len,
                             unsigned count, unsigned window)
{
    if (q->broken != QUEUE_OK)
        return q->broken;
    if (q->waiting >= window)
        return QUEUE_FULL;
    CHECK(n == q->fed, "batch %u after %u", (unsigned)n, (unsigned)q->fed);
    buf_append(&q->all, jobs, len);
    q->fed++;
    q->waiting++;
    q->jobs += count;
    return QUEUE_OK;
}

enum queue_status queue_feed_done(struct queue *q)
{
    q->done = q->broken == QUEUE_OK;
    return q->broken;
}

enum queue_status queue_fed(struct queue *q, uint64_t *next, bool *done)
{
    *next = q->fed;
    *done = q->done;
    return q->broken;
}

static struct settings settings;
static char run[200];

static void make_run(unsigned domains)
{
    const char *path = files_path("list");
    struct ingest_counts counts;
    FILE *f = fopen(path, "w");
    static unsigned runs;

    for (unsigned i = 0; i < domains; i++)
        fprintf(f, "%u,n%u.example\n", i + 1, i);
    fclose(f);
    snprintf(run, sizeof(run), "%s/run%u", files_folder, runs++);
    mkdir(run, 0700);
    CHECK(ingest_list(&path, 1, run, &settings, &counts) == EXIT_OK, "spooled");
    ingest_counts_free(&counts);
}

static char *jobs_file(void)
{
    char path[300];

    snprintf(path, sizeof(path), "%s/spool/jobs", run);
    return files_get(path);
}

static void test_batches(unsigned domains)
{
    struct buf all;
    struct feed *f;
    unsigned count, sum = 0;
    uint64_t n = 0;
    char *wanted;

    make_run(domains);
    f = feed_open(run, &settings);
    CHECK(f != NULL && feed_domains(f) == domains, "opened");
    CHECK(feed_batches(f) == (domains + 9) / 10, "%u batches", (unsigned)feed_batches(f));
    buf_init(&all, BUF_NO_CEILING);
    while ((count = feed_next(f, n, &all)) > 0) {
        CHECK(count == 10 || n + 1 == feed_batches(f), "batch %u has %u", (unsigned)n, count);
        sum += count;
        n++;
    }
    wanted = jobs_file();
    CHECK(sum == domains && n == feed_batches(f) && !all.failed, "%u", sum);
    CHECK(all.len == strlen(wanted) && memcmp(all.data, wanted, all.len) == 0,
          "batches are not the spool");
    free(wanted);
    buf_free(&all);
    feed_close(f);
}

static void test_steps(void)
{
    struct queue q = { .broken = QUEUE_OK };
    struct feed *f;
    char *wanted;

    make_run(95);
    buf_init(&q.all, BUF_NO_CEILING);
    f = feed_open(run, &settings);
    CHECK(feed_step(f, &q) == QUEUE_FULL && q.fed == 3 && !q.done, "the window is three");
    CHECK(feed_step(f, &q) == QUEUE_FULL && q.fed == 3, "still full");
    q.waiting = 1;
    CHECK(feed_step(f, &q) == QUEUE_FULL && q.fed == 5, "two more");
    feed_close(f);
    f = feed_open(run, &settings); /* as `resume` does: where the queue stands */
    q.waiting = 0;
    q.broken = QUEUE_LOST;
    CHECK(feed_step(f, &q) == QUEUE_LOST, "lost");
    q.broken = QUEUE_OK;
    CHECK(feed_step(f, &q) == QUEUE_FULL && q.fed == 8, "goes on");
    q.waiting = 0;
    CHECK(feed_step(f, &q) == QUEUE_OK && q.fed == 10 && q.done && q.jobs == 95, "all of it");
    CHECK(feed_step(f, &q) == QUEUE_OK && q.fed == 10, "nothing twice");
    wanted = jobs_file();
    CHECK(q.all.len == strlen(wanted) && memcmp(q.all.data, wanted, q.all.len) == 0,
          "not the spool");
    feed_close(f);
    f = feed_open(run, &settings);
    CHECK(feed_step(f, &q) == QUEUE_OK && q.fed == 10, "nothing after the end");
    feed_close(f);
    free(wanted);
    buf_free(&q.all);
}

static void test_batch_size_stays(void)
{
    struct settings other = settings;
    struct feed *f;

    make_run(30);
    other.batch = 7;
    f = feed_open(run, &other);
    CHECK(f != NULL && feed_batches(f) == 3, "the spool's batches, not the settings'");
    feed_close(f);
}

static void test_damage(void)
{
    struct queue q = { .broken = QUEUE_OK };
    char path[300];
    struct feed *f;
    int fd;

    make_run(30);
    buf_init(&q.all, BUF_NO_CEILING);
    snprintf(path, sizeof(path), "%s/spool/index", run);
    fd = open(path, O_WRONLY);
    CHECK(pwrite(fd, "ffffffffffffffff", 16, 17) == 16, "write");
    close(fd);
    f = feed_open(run, &settings);
    q.broken = QUEUE_REFUSED;
    CHECK(feed_step(f, &q) == QUEUE_REFUSED && !feed_failed(f), "it is the queue that refuses");
    q.broken = QUEUE_OK;
    CHECK(feed_step(f, &q) == QUEUE_REFUSED && feed_failed(f) && q.fed == 0,
          "an index that points past the end");
    feed_close(f);
    snprintf(path, sizeof(path), "%s/spool/jobs", run);
    CHECK(truncate(path, 100) == 0, "truncate");
    CHECK(feed_open(run, &settings) == NULL, "jobs cut short");
    CHECK(feed_open(files_path("nothing"), &settings) == NULL, "no spool");
    buf_free(&q.all);
}

int main(void)
{
    log_threshold = (enum log_level) - 1;
    settings_default(&settings);
    settings.batch = 10;
    settings.window = 3;
    files_start();
    test_batches(1);
    test_batches(10);
    test_batches(95);
    test_batches(5000);
    test_steps();
    test_batch_size_stays();
    test_damage();
    files_end();
    return check_report();
}
