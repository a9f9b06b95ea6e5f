/* Reading a run that is under way: the collector rewrites the tail of a file and cuts it beneath
 * the reader, who sees what the checkpoint has, whole and once, and nothing to complain of. */
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output/appender.h"
#include "output/checkpoint.h"
#include "output/records.h"
#include "scanner/base/log.h"
#include "scanner/base/timing.h"
#include "tests/unit/check.h"
#include "tests/unit/output/run.h"

#define FRAME_RECORDS 40 /* of a small one: seven are folded */
#define PAD                                                                              \
    16384 /* in one record of each frame, the same in all: a fold cuts the file by pages \
           */
#define LOOP_MS 2000

static struct appender files[KIND_COUNT];
static struct checkpoint checkpoint = { .epoch = "0123456789abcdef0123456789abcdef", .after = "0" };
static int next_record;
static char pad[PAD + 1];

static void open_files(void)
{
    next_record = 0;
    for (enum kind k = 0; k < KIND_COUNT; k++)
        CHECK(appender_open(&files[k], run_dir, kind_name(k)) == 0, "open");
}

static void close_files(void)
{
    for (enum kind k = 0; k < KIND_COUNT; k++)
        appender_close(&files[k]);
}

static void produce(int records)
{
    struct buf text, frame;

    buf_init(&text, BUF_NO_CEILING);
    buf_init(&frame, BUF_NO_CEILING);
    for (int i = 0; i < records; i++)
        buf_printf(&text, "{\"v\":1,\"n\":%d,\"pad\":\"%s\"}\n", next_record++, i == 0 ? pad : "");
    CHECK(frame_compress(&frame, text.data, text.len), "compress");
    appender_add(&files[KIND_DOMAINS], frame.data, frame.len, (unsigned)records);
    buf_free(&text);
    buf_free(&frame);
}

/* Steps 2 and 3 of the collector. */
static void make_safe(void)
{
    CHECK(appender_write(&files[KIND_DOMAINS]) == 0, "write");
    CHECK(checkpoint_write(run_dir, &checkpoint, files) == 0, "checkpoint");
    appender_settle(&files[KIND_DOMAINS]);
}

/* ---- the reader ---- */

struct reading {
    int expected;         /* the next record: with one thread they come in order */
    bool ordered;         /* each once, from 0 */
    void (*meddle)(void); /* at the first record */
};

static void see(void *context, unsigned thread, const struct json *record)
{
    struct reading *r = context;

    (void)thread;
    if (r->expected == 0 && r->meddle != NULL)
        r->meddle();
    r->ordered = r->ordered && json_get_int(record, "n", -1) == r->expected;
    r->expected++;
}

static struct records_report read_all(void (*meddle)(void), const char *when)
{
    struct reading r = { .ordered = true, .meddle = meddle };
    struct records_report report;

    CHECK(records_read(run_dir, KIND_DOMAINS, 1, see, &r, &report) == 0, "%s: read", when);
    CHECK(r.ordered, "%s: each once, in order", when);
    CHECK(report.corrupt_frames == 0 && report.corrupt_lines == 0, "%s: %u corrupt", when,
          (unsigned)report.corrupt_frames);
    return report;
}

/* ---- the collector, between two records of the reader ---- */

static void fold(void)
{
    appender_fold(&files[KIND_DOMAINS]);
    make_safe();
}

static void overwrite(void)
{
    fold();
    for (int i = 0; i < 8; i++) {
        produce(300);
        make_safe();
    }
}

static void cut_back(void) /* as appender_write() does when the disk is full */
{
    const struct appender *a = &files[KIND_DOMAINS];

    CHECK(ftruncate(a->fd, (off_t)a->solid) == 0, "cut");
}

static void test_changed_while_read(void)
{
    static const struct {
        void (*meddle)(void);
        const char *when;
    } rows[] = {
        { NULL, "nobody" },
        { fold, "the tail is folded" },
        { overwrite, "the tail is folded and more is written over it" },
        { cut_back, "the tail is cut away" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct records_report report;
        int safe;

        run_make();
        open_files();
        produce(300);
        for (int n = 0; n < 6; n++)
            produce(FRAME_RECORDS);
        make_safe();
        safe = next_record;
        report = read_all(rows[i].meddle, rows[i].when);
        CHECK(report.records == (uint64_t)safe, "%s: %u records of %d", rows[i].when,
              (unsigned)report.records, safe);
        close_files();
        run_remove();
    }
}

/* What lies behind the checkpoint comes again, whoever left it there. */
static void test_behind_the_checkpoint(void)
{
    static const char finished[] = "{\"v\":1,\"finished\":\"2026-11-24T12:00:00Z\"}";
    struct records_report report;

    run_make();
    open_files();
    produce(300);
    make_safe();
    produce(300);
    CHECK(appender_write(&files[KIND_DOMAINS]) == 0, "written, and the end");
    report = read_all(NULL, "behind the checkpoint");
    CHECK(report.records == 300, "%u records", (unsigned)report.records);
    run_write("run.json", finished, strlen(finished));
    report = read_all(NULL, "a finished run");
    CHECK(report.records == 600, "of a finished run all is read: %u", (unsigned)report.records);
    close_files();
    run_remove();
}

/* Another program cuts a file that no checkpoint tells of: what is gone is not read. */
static void cut_all(void)
{
    CHECK(ftruncate(files[KIND_DOMAINS].fd, 0) == 0, "cut");
}

static void test_cut_without_checkpoint(void)
{
    struct records_report report;
    struct reading r = { .ordered = true, .meddle = cut_all };
    char name[128];

    run_make();
    open_files();
    for (int n = 0; n < 400; n++) /* more than is read at once */
        produce(300);
    make_safe();
    snprintf(name, sizeof(name), "%s/checkpoint.json", run_dir);
    CHECK(remove(name) == 0, "remove");
    CHECK(records_read(run_dir, KIND_DOMAINS, 1, see, &r, &report) == 0, "read");
    CHECK(r.ordered && report.records >= 300 && report.records < (uint64_t)next_record,
          "%u records", (unsigned)report.records);
    close_files();
    run_remove();
}

/* ---- a collector at work ---- */

static void collect_for_ever(atomic_int *safe)
{
    for (;;) {
        produce(next_record % 7 == 0 ? 300 : FRAME_RECORDS);
        make_safe();
        atomic_store(safe, next_record);
    }
}

static void test_collector_at_work(void)
{
    atomic_int *safe =
        mmap(NULL, sizeof(*safe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t until = timing_monotonic_ms() + LOOP_MS;
    pid_t child;

    run_make();
    open_files();
    produce(FRAME_RECORDS);
    make_safe();
    atomic_store(safe, next_record);
    child = fork();
    if (child == 0)
        collect_for_ever(safe);
    while (timing_monotonic_ms() < until) {
        int least = atomic_load(safe);
        struct records_report report = read_all(NULL, "a collector at work");

        CHECK(report.records >= (uint64_t)least, "%u records of %d", (unsigned)report.records,
              least);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close_files();
    run_remove();
    munmap(safe, sizeof(*safe));
}

int main(void)
{
    uint32_t seed = 1;

    log_threshold = LOG_ERROR;
    for (int i = 0; i < PAD; i++) { /* letters that do not shrink much */
        seed = seed * 1664525 + 1013904223;
        pad[i] = (char)('0' + (seed >> 24) % 64);
        if (pad[i] == '\\')
            pad[i] = '/';
    }
    test_changed_while_read();
    test_behind_the_checkpoint();
    test_cut_without_checkpoint();
    test_collector_at_work();
    return check_report();
}
