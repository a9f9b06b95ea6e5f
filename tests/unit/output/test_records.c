/* Reading records: what is whole is read once, what is damaged is counted, named and skipped. */
#include "output/records.h"

#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>

#include "scanner/base/log.h"
#include "tests/unit/check.h"
#include "tests/unit/output/run.h"

#define FRAMES 5
#define SEEN_MAX 100000

struct seen {
    pthread_mutex_t lock;
    unsigned times[SEEN_MAX];
    int64_t last;
    bool ordered;
};
static struct seen seen;

static void see(void *context, unsigned thread, const struct json *record)
{
    int64_t n = json_get_int(record, "n", -1);
    struct seen *s = context;

    (void)thread;
    pthread_mutex_lock(&s->lock);
    if (n >= 0 && n < SEEN_MAX)
        s->times[n]++;
    s->ordered = s->ordered && n > s->last;
    s->last = n;
    pthread_mutex_unlock(&s->lock);
}

static struct records_report read_all(unsigned threads)
{
    struct records_report report;

    memset(&seen, 0, sizeof(seen));
    pthread_mutex_init(&seen.lock, NULL);
    seen.ordered = true;
    seen.last = -1;
    CHECK(records_read(run_dir, KIND_DOMAINS, threads, see, &seen, &report) == 0, "read");
    return report;
}

/* Frame i holds records 2i and 2i+1; offsets[i] is where it begins. */
static void make_frames(struct buf *file, size_t offsets[FRAMES + 1])
{
    buf_init(file, BUF_NO_CEILING);
    for (int i = 0; i < FRAMES; i++) {
        char lines[256];

        offsets[i] = file->len;
        snprintf(lines, sizeof(lines), "{\"v\":1,\"n\":%d}\n{\"v\":1,\"n\":%d}\n", 2 * i,
                 2 * i + 1);
        run_frame(file, lines);
    }
    offsets[FRAMES] = file->len;
}

static void check_seen(unsigned without_frame, const char *what)
{
    for (unsigned i = 0; i < 2 * FRAMES; i++)
        CHECK(seen.times[i] == (i / 2 == without_frame ? 0 : 1), "%s: record %u seen %u times",
              what, i, seen.times[i]);
}

static void test_whole(void)
{
    size_t offsets[FRAMES + 1];
    struct buf file;

    make_frames(&file, offsets);
    run_records(KIND_DOMAINS, &file);
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct records_report r = read_all(threads);

        CHECK(r.records == 2UL * FRAMES && r.frames == FRAMES && r.corrupt_frames == 0 &&
                  !r.missing,
              "%u threads", threads);
        CHECK(records_sound(run_dir, KIND_DOMAINS, &r), "sound");
        check_seen(FRAMES, "whole");
        CHECK(threads > 1 || seen.ordered, "in the order of the file");
    }
    buf_free(&file);
}

/* Whatever byte of the file is changed: at most the records of its frame are lost, and it is said.
 */
static void test_every_byte(void)
{
    size_t offsets[FRAMES + 1];
    struct buf file;

    make_frames(&file, offsets);
    for (unsigned frame = 0; frame < FRAMES; frame++) {
        for (size_t at = offsets[frame]; at < offsets[frame + 1]; at++) {
            struct records_report r;

            file.data[at] ^= 0x5a;
            run_records(KIND_DOMAINS, &file);
            r = read_all(1 + at % 2);
            check_seen(frame, "a byte changed");
            CHECK(r.corrupt_frames >= 1 && r.corrupt_offset == offsets[frame],
                  "byte %zu of frame at %zu: %u corrupt, first at %zu", at, offsets[frame],
                  (unsigned)r.corrupt_frames, (size_t)r.corrupt_offset);
            CHECK(!records_sound(run_dir, KIND_DOMAINS, &r), "sound");
            file.data[at] ^= 0x5a;
        }
    }
    buf_free(&file);
}

static void test_torn_tail(void)
{
    size_t offsets[FRAMES + 1];
    struct buf file;

    make_frames(&file, offsets);
    for (file.len = offsets[FRAMES - 1] + 1; file.len < offsets[FRAMES]; file.len++) {
        struct records_report r;

        run_records(KIND_DOMAINS, &file);
        r = read_all(2);
        check_seen(FRAMES - 1, "torn");
        CHECK(r.corrupt_frames == 1 && r.corrupt_offset == offsets[FRAMES - 1], "%zu bytes",
              file.len);
    }
    buf_free(&file);
}

/* Bytes of something else before, between and behind. */
static void test_foreign_bytes(void)
{
    static const char *const foreign[] = { "x", "(\xb5/", "(\xb5/\xfd", "(\xb5/\xfd(\xb5/\xfdjunk",
                                           "PK\3\4 and more of it" };

    for (size_t f = 0; f < sizeof(foreign) / sizeof(foreign[0]); f++) {
        for (int place = 0; place <= FRAMES; place++) {
            size_t offsets[FRAMES + 1];
            struct buf file, spoiled;
            struct records_report r;

            make_frames(&file, offsets);
            buf_init(&spoiled, BUF_NO_CEILING);
            buf_append(&spoiled, file.data, offsets[place]);
            buf_string(&spoiled, foreign[f]);
            buf_append(&spoiled, file.data + offsets[place], file.len - offsets[place]);
            run_records(KIND_DOMAINS, &spoiled);
            r = read_all(2);
            check_seen(FRAMES, "foreign bytes");
            CHECK(r.corrupt_frames >= 1 && r.corrupt_offset == offsets[place], "place %d", place);
            buf_free(&file);
            buf_free(&spoiled);
        }
    }
}

static void test_lines(void)
{
    struct records_report r;

    run_lines(KIND_DOMAINS, "{\"v\":1,\"n\":0}\n\n[1]\n{\"v\":1,\n{\"v\":2,\"n\":1}\n{\"n\":2}\n"
                            "{\"v\":1,\"n\":3} \n{\"v\":1,\"n\":4}");
    r = read_all(1);
    CHECK(r.records == 3 && seen.times[0] == 1 && seen.times[3] == 1 && seen.times[4] == 1,
          "%u records", (unsigned)r.records);
    CHECK(r.corrupt_lines == 2 && r.foreign_records == 2, "%u lines, %u foreign",
          (unsigned)r.corrupt_lines, (unsigned)r.foreign_records);
    CHECK(!records_sound(run_dir, KIND_DOMAINS, &r), "sound");
}

/* Well-formed, and longer than any record. */
static void test_long_line(void)
{
    static const char head[] = "{\"v\":1,\"n\":0}\n{\"v\":1,\"n\":1,\"x\":[0", tail[] = "]}\n";
    struct records_report r;
    struct buf lines;

    buf_init(&lines, BUF_NO_CEILING);
    buf_string(&lines, head);
    while (lines.len < (size_t)17 << 20)
        buf_string(&lines, ",0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0");
    buf_append(&lines, tail, sizeof(tail));
    run_lines(KIND_DOMAINS, lines.data);
    r = read_all(1);
    CHECK(r.records == 1 && r.corrupt_lines == 1, "%u records, %u lines", (unsigned)r.records,
          (unsigned)r.corrupt_lines);
    buf_free(&lines);
}

static void test_no_file(void)
{
    struct buf empty;
    struct records_report r;
    char path[128];

    buf_init(&empty, BUF_NO_CEILING);
    run_records(KIND_DOMAINS, &empty);
    r = read_all(2);
    CHECK(r.records == 0 && !r.missing && records_sound(run_dir, KIND_DOMAINS, &r), "empty");
    snprintf(path, sizeof(path), "%s/domains.jsonl.zst", run_dir);
    remove(path);
    r = read_all(2);
    CHECK(r.missing && !records_sound(run_dir, KIND_DOMAINS, &r), "missing");
    CHECK(mkdir(path, 0700) == 0, "mkdir");
    CHECK(records_read(run_dir, KIND_DOMAINS, 1, see, &seen, &r) == -EISDIR, "a directory");
    remove(path);
}

static void test_many(void)
{
    struct records_report r;
    struct buf file, lines;

    buf_init(&file, BUF_NO_CEILING);
    buf_init(&lines, BUF_NO_CEILING);
    for (int n = 0; n < SEEN_MAX; n++) {
        buf_printf(&lines, "{\"v\":1,\"n\":%d,\"text\":\"some text to read\"}\n", n);
        if (n % 1000 == 999) {
            buf_byte(&lines, '\0');
            run_frame(&file, lines.data);
            buf_reset(&lines);
        }
    }
    run_records(KIND_DOMAINS, &file);
    r = read_all(4);
    CHECK(r.records == SEEN_MAX && r.frames == SEEN_MAX / 1000, "%u", (unsigned)r.records);
    for (int n = 0; n < SEEN_MAX; n++)
        if (seen.times[n] != 1)
            CHECK(false, "record %d seen %u times", n, seen.times[n]);
    buf_free(&file);
    buf_free(&lines);
}

/* A frame of many times what is read at once, between two small ones; then its content is damaged,
 * and then its end is missing. */
static void test_large(void)
{
    size_t begin, end;
    uint32_t seed = 1;
    struct records_report r;
    struct buf file, line;

    buf_init(&file, BUF_NO_CEILING);
    buf_init(&line, BUF_NO_CEILING);
    run_frame(&file, "{\"v\":1,\"n\":0}\n");
    begin = file.len;
    buf_string(&line, "{\"v\":1,\"n\":1,\"text\":\"");
    for (int i = 0; i < 8 << 20; i++) { /* letters that do not shrink much */
        seed = seed * 1664525 + 1013904223;
        buf_byte(&line, (char)('A' + (seed >> 24) % 26));
    }
    buf_string(&line, "\"}\n");
    buf_byte(&line, '\0');
    run_frame(&file, line.data);
    end = file.len;
    run_frame(&file, "{\"v\":1,\"n\":2}\n");
    run_records(KIND_DOMAINS, &file);
    r = read_all(1);
    CHECK(end - begin > 4 << 20 && r.records == 3 && r.corrupt_frames == 0 && seen.ordered,
          "%u records", (unsigned)r.records);
    file.data[(begin + end) / 2] ^= 0x5a;
    run_records(KIND_DOMAINS, &file);
    r = read_all(2);
    CHECK(r.records == 2 && seen.times[2] == 1 && r.corrupt_frames == 1 &&
              r.corrupt_offset == begin,
          "damaged: %u records, %u corrupt", (unsigned)r.records, (unsigned)r.corrupt_frames);
    file.len = end - 1;
    run_records(KIND_DOMAINS, &file);
    r = read_all(2);
    CHECK(r.records == 1 && r.corrupt_frames == 1 && r.corrupt_offset == begin,
          "torn: %u records, %u corrupt", (unsigned)r.records, (unsigned)r.corrupt_frames);
    buf_free(&file);
    buf_free(&line);
}

int main(void)
{
    log_threshold = LOG_ERROR;
    run_make();
    test_whole();
    test_every_byte();
    test_torn_tail();
    test_foreign_bytes();
    test_lines();
    test_long_line();
    test_no_file();
    test_many();
    test_large();
    run_remove();
    return check_report();
}
