/* The collector: what is checkpointed is there once, what is not is taken again, whatever the end.
 */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "output/collector.h"
#include "scanner/base/buf.h"
#include "scanner/base/exits.h"
#include "tests/unit/queue/bed.h"

static struct bed bed;
static struct collector *collector;
static unsigned next_record; /* records are {"n":0}, {"n":1} ... */

/* Two of them live at a time. */
static char *path_of(const char *file)
{
    static char paths[2][128];
    static unsigned turn;
    char *path = paths[turn++ % 2];

    snprintf(path, sizeof(paths[0]), "%s/%s", bed.directory, file);
    return path;
}

/* A command of the shell, in the test's directory. */
static void run(const char *what)
{
    char command[256];

    snprintf(command, sizeof(command), "cd %s && %s", bed.directory, what);
    CHECK(system(command) == 0, "%s", command);
}

/* One committed batch that brings `records` records of kind domains. */
static void produce(unsigned records)
{
    static const uint16_t zero[] = { 0 };
    static uint64_t batch;
    struct queue_commit c = { .stage = STAGE_DNS, .consumer = "a", .covered = zero };
    struct buf text, frame;

    buf_init(&text, BUF_NO_CEILING);
    buf_init(&frame, BUF_NO_CEILING);
    for (unsigned i = 0; i < records; i++)
        buf_printf(&text, "{\"n\":%u}\n", next_record++);
    frame_compress(&frame, text.data, text.len);
    CHECK(queue_feed(bed.q, batch++, "x\n", 2, 1, 10) == QUEUE_OK, "%s", queue_error(bed.q));
    CHECK(bed_claim(&bed, STAGE_DNS, "a") == QUEUE_OK, "claim");
    c.id = bed.batch.id;
    c.covered_count = 1;
    c.results[KIND_DOMAINS].frame = frame.data;
    c.results[KIND_DOMAINS].len = frame.len;
    c.results[KIND_DOMAINS].records = records;
    CHECK(bed_commit(&bed, &c) == QUEUE_OK, "commit");
    buf_free(&text);
    buf_free(&frame);
}

static void reopen(void)
{
    collector_close(collector);
    collector = collector_open(bed.directory, bed.epoch);
    if (collector == NULL)
        exit(1);
}

/* Until all that was produced is safe and the queue is empty. */
static void collect(void)
{
    struct queue_progress p;
    size_t taken;

    do {
        enum queue_status s = collector_step(collector, bed.q, 20, &taken);

        CHECK(s == QUEUE_OK, "step: %d %s", s, queue_error(bed.q));
        queue_progress(bed.q, &p);
    } while (taken > 0 || p.results_bytes > 0);
}

/* Read the file of domains as anybody would: records in order from 0, each once. Counts frames, and
 * those that are small. */
static unsigned read_back(unsigned *frames, unsigned *small)
{
    char *data = memory_alloc(1 << 20);
    int fd = open(path_of("domains.jsonl.zst"), O_RDONLY);
    ssize_t len = read(fd, data, 1 << 20), at = 0;
    unsigned records = 0;
    struct buf text;

    close(fd);
    buf_init(&text, BUF_NO_CEILING);
    *frames = *small = 0;
    while (at < len) {
        ptrdiff_t used = frame_decompress(&text, data + at, (size_t)(len - at));
        unsigned before = records;

        CHECK(used > 0, "a whole frame at %zd", at);
        if (used <= 0)
            break;
        at += used;
        for (size_t i = 0; i < text.len; records++) {
            char wanted[32];
            size_t n = (size_t)snprintf(wanted, sizeof(wanted), "{\"n\":%u}\n", records);

            if (i + n > text.len || memcmp(text.data + i, wanted, n) != 0) {
                CHECK(false, "record %u is %.20s", records, text.data + i);
                records = 0;
                goto end;
            }
            i += n;
        }
        buf_reset(&text);
        ++*frames;
        *small += records - before < 256;
    }
end:
    buf_free(&text);
    free(data);
    return records;
}

static void check_file(unsigned frames_wanted, unsigned small_wanted, const char *when)
{
    unsigned frames, small, records = read_back(&frames, &small);

    CHECK(records == next_record, "%s: %u records of %u", when, records, next_record);
    CHECK(frames == frames_wanted && small == small_wanted, "%s: %u frames, %u small", when, frames,
          small);
}

static void test_frames(void)
{
    uint64_t counts[KIND_COUNT];

    collect();
    check_file(0, 0, "empty");
    produce(300);
    collect();
    check_file(1, 0, "a whole frame goes through as it is");
    produce(100);
    produce(100);
    collect();
    check_file(3, 2, "small ones are shown");
    produce(100);
    collect();
    check_file(2, 0, "and merged when there are enough");
    produce(7);
    collect();
    produce(256);
    collect();
    check_file(3, 0, "also with a large one");
    produce(9);
    collect();
    produce(8);
    collect();
    collector_counts(collector, counts);
    CHECK(counts[KIND_DOMAINS] == next_record && counts[KIND_MX] == 0, "counts");
}

static void append_junk(const char *file, size_t len)
{
    int fd = open(path_of(file), O_WRONLY | O_APPEND);

    while (len-- > 0)
        CHECK(write(fd, "j", 1) == 1, "junk");
    close(fd);
}

/* A kind of which the run has no record: its file is zstd's all the same. */
static void check_none(const char *file)
{
    char data[64];
    int fd = open(path_of(file), O_RDONLY);
    ssize_t len = read(fd, data, sizeof(data));
    struct buf text;

    close(fd);
    buf_init(&text, BUF_NO_CEILING);
    CHECK(len > 0 && frame_decompress(&text, data, (size_t)len) == len && text.len == 0,
          "%s: %zd bytes", file, len);
    buf_free(&text);
}

static void test_restart(void)
{
    struct stat before, after;
    size_t taken;

    stat(path_of("domains.jsonl.zst"), &before);
    append_junk("domains.jsonl.zst", 5000);
    append_junk("mx.jsonl.zst", 10);
    reopen();
    stat(path_of("domains.jsonl.zst"), &after);
    CHECK(before.st_size == after.st_size, "a torn tail is cut off");
    check_file(5, 2, "the small frames came from the checkpoint");
    CHECK(truncate(path_of("domains.jsonl.zst"), after.st_size - 60) == 0, "cut into the tail");
    reopen();
    check_file(5, 2, "they come from there whatever the file says");
    produce(300);
    produce(5);
    CHECK(collector_step(collector, bed.q, 0, &taken) == QUEUE_OK, "read, perhaps not yet safe");
    reopen();
    collect();
    check_file(5, 1, "results that were not safe were still in the queue");
    reopen();
    collect();
    check_file(5, 1, "those that were are not taken twice");
    CHECK(collector_finish(collector) == 0, "finish");
    check_file(5, 1, "the rest is a frame");
    check_none("policies.jsonl.zst");
    reopen();
    CHECK(collector_finish(collector) == 0, "finish again");
    check_none("policies.jsonl.zst");
    CHECK(rename(path_of("checkpoint.json"), path_of("away")) == 0, "no checkpoint");
    CHECK(collector_open(bed.directory, bed.epoch) == NULL, "records without it are never cut");
    CHECK(rename(path_of("away"), path_of("checkpoint.json")) == 0, "back");
    CHECK(truncate(path_of("domains.jsonl.zst"), 1000) == 0, "cut too much");
    CHECK(collector_open(bed.directory, bed.epoch) == NULL, "records are missing: refused");
}

/* Results that are safe and still in the queue, as after an end between checkpoint and trim: Redis
 * is set back to what it was before. */
static void test_untrimmed(void)
{
    struct queue_progress p;
    siginfo_t info;

    collector_close(collector);
    run("rm *.zst checkpoint.json");
    next_record = 0;
    collector = collector_open(bed.directory, bed.epoch);
    produce(300);
    produce(20);
    run("cp -r redis before");
    collect();
    kill(redis_server_pid(bed.server), SIGKILL);
    waitid(P_PID, (id_t)redis_server_pid(bed.server), &info, WEXITED | WNOWAIT);
    run("rm -r redis && mv before redis");
    bed_reconnect(&bed);
    queue_progress(bed.q, &p);
    CHECK(p.results_bytes > 0, "the trim is undone");
    reopen();
    collect();
    check_file(2, 1, "and nothing is taken twice");
    produce(10);
    collect();
    check_file(3, 2, "but what is new is");
}

/* A file that cannot grow, as on a full disk: RLIMIT_FSIZE gives EFBIG where a disk gives ENOSPC.
 */
static void test_no_space(void)
{
    struct rlimit old, tight;
    struct queue_progress p;
    enum queue_status s = QUEUE_OK;
    struct stat st;
    size_t taken, before;

    signal(SIGXFSZ, SIG_IGN);
    stat(path_of("domains.jsonl.zst"), &st);
    before = (size_t)st.st_size;
    getrlimit(RLIMIT_FSIZE, &old);
    tight = old;
    tight.rlim_cur = before + 100;
    produce(400);
    setrlimit(RLIMIT_FSIZE, &tight);
    for (int i = 0; i < 30 && s != QUEUE_FULL; i++)
        s = collector_step(collector, bed.q, 20, &taken);
    CHECK(s == QUEUE_FULL && taken > 0, "waits for space");
    s = collector_step(collector, bed.q, 0, &taken);
    CHECK(s == QUEUE_FULL, "still does");
    stat(path_of("domains.jsonl.zst"), &st);
    CHECK((size_t)st.st_size <= before, "what could not be written whole was undone");
    queue_progress(bed.q, &p);
    CHECK(p.results_bytes > 0, "the results are still in the queue");
    setrlimit(RLIMIT_FSIZE, &old);
    sleep(1);
    CHECK(collector_step(collector, bed.q, 0, &taken) == QUEUE_OK, "space again");
    collect();
    check_file(2, 0, "nothing was lost");
}

/* A small file system that is full: ENOSPC itself. Only where we may mount one. */
static void test_full_disk(void)
{
    char small[128], command[200];
    struct collector *here;
    enum queue_status s = QUEUE_OK;
    size_t taken;
    int fd;

    snprintf(small, sizeof(small), "%s/small", bed.directory);
    mkdir(small, 0700);
    if (mount("none", small, "tmpfs", 0, "size=64k") != 0)
        return;
    here = collector_open(small, bed.epoch);
    snprintf(command, sizeof(command), "%s/ballast", small);
    fd = open(command, O_WRONLY | O_CREAT, 0600);
    produce(300);
    while (write(fd, command, sizeof(command)) > 0)
        ;
    for (int i = 0; i < 30 && s != QUEUE_FULL; i++)
        s = collector_step(here, bed.q, 20, &taken);
    CHECK(s == QUEUE_FULL, "waits for space");
    CHECK(ftruncate(fd, 0) == 0, "make space");
    sleep(1);
    CHECK(collector_step(here, bed.q, 0, &taken) == QUEUE_OK, "space again");
    close(fd);
    collector_close(here);
    CHECK(umount(small) == 0, "umount");
}

int main(void)
{
    bed_open(&bed, 0);
    bed_create(&bed);
    collector = collector_open(bed.directory, bed.epoch);
    test_frames();
    test_restart();
    test_untrimmed();
    test_no_space();
    collector_close(collector);
    test_full_disk();
    bed_close(&bed);
    return check_report();
}
