#include "output/rejudge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/appender.h"
#include "output/records.h"
#include "output/rejudge_record.h"
#include "output/run_file.h"
#include "scanner/base/exits.h"
#include "scanner/base/file.h"
#include "scanner/base/frame.h"
#include "scanner/base/log.h"
#include "scanner/base/timing.h"

#define FIRST_CHUNK 16384
#define WRITE_BYTES (1 << 20)

/* One file on its way. */
struct copying {
    enum kind kind;
    struct appender out;
    struct buf lines, frame; /* of the frame to come */
    unsigned records;
    struct arena arena;
    int error;
};

static void write_out(struct copying *c)
{
    if (c->error == 0)
        c->error = appender_write(&c->out);
    if (c->error != 0)
        return;
    appender_sync(&c->out);
    appender_settle(&c->out);
}

static void close_frame(struct copying *c)
{
    buf_reset(&c->frame);
    frame_compress(&c->frame, c->lines.data, c->lines.len);
    appender_add(&c->out, c->frame.data, c->frame.len, c->records);
    buf_reset(&c->lines);
    c->records = 0;
    if (c->out.ready.len > WRITE_BYTES)
        write_out(c);
}

static void take_record(void *context, unsigned thread, const struct json *record)
{
    struct copying *c = context;
    struct json_writer w;

    (void)thread;
    json_writer_init(&w, &c->lines);
    rejudge_record(&w, c->kind, record, &c->arena);
    buf_byte(&c->lines, '\n');
    arena_reset(&c->arena);
    c->records++;
    if (c->records == APPENDER_FRAME_RECORDS || c->lines.len > APPENDER_FRAME_BYTES)
        close_frame(c);
}

static void finish_file(struct copying *c)
{
    if (c->records > 0)
        close_frame(c);
    appender_fold(&c->out);
    write_out(c);
}

static int complain(const char *directory, enum kind kind, const char *what, int error, int status)
{
    log_error("%s/%s.jsonl.zst: cannot be %s: %s", directory, kind_name(kind), what,
              strerror(-error));
    return status;
}

static int read_into(struct copying *c, const char *from, const char *to)
{
    struct records_report report;
    int error = records_read_bytes(from, c->kind, 1, take_record, c, &report);

    if (error != 0)
        return complain(from, c->kind, "read", error, EXIT_RUN_DIRECTORY);
    if (!records_sound(from, c->kind, &report))
        return EXIT_INCOMPLETE;
    finish_file(c);
    return c->error == 0 ? EXIT_OK : complain(to, c->kind, "written", c->error, EXIT_DISK);
}

static int rejudge_file(const char *from, const char *to, enum kind kind)
{
    struct copying c = { .kind = kind };
    int error = appender_open(&c.out, to, kind_name(kind)), status;

    if (error != 0)
        return complain(to, kind, "made", error, EXIT_DISK);
    buf_init(&c.lines, BUF_NO_CEILING);
    buf_init(&c.frame, BUF_NO_CEILING);
    arena_init(&c.arena, FIRST_CHUNK);
    status = read_into(&c, from, to);
    appender_close(&c.out);
    buf_free(&c.lines);
    buf_free(&c.frame);
    arena_free(&c.arena);
    return status;
}

/* ---- what is taken as it is ---- */

/* A small file, that need not be there. */
static int copy_file(const char *from, const char *to, const char *name)
{
    char *path = file_path(from, name);
    struct buf text;
    int error;

    buf_init(&text, BUF_NO_CEILING);
    error = file_read(path, &text);
    if (error == 0)
        error = file_replace(to, name, text.data, text.len, NULL);
    else if (error == -ENOENT)
        error = 0;
    if (error != 0)
        log_error("%s: cannot be copied to %s: %s", path, to, strerror(-error));
    buf_free(&text);
    free(path);
    return error == 0 ? EXIT_OK : EXIT_DISK;
}

/* ---- the directory ---- */

static int write_run_file(struct run_file *f, const char *to)
{
    char now[TIMING_STAMP_SIZE];

    timing_stamp_now(now);
    f->rejudged.time = now;
    f->rejudged.version = MXCENSUS_VERSION;
    f->rejudged.from = f->run;
    return run_file_write(to, f) ? EXIT_OK : EXIT_DISK;
}

static int rejudge_all(struct run_file *f, const char *from, const char *to)
{
    static const char *const others[] = { "rejects.csv", "resolvers.csv" };
    int status = EXIT_OK;

    for (int k = 0; k < KIND_COUNT && status == EXIT_OK; k++)
        status = rejudge_file(from, to, (enum kind)k);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]) && status == EXIT_OK; i++)
        status = copy_file(from, to, others[i]);
    return status == EXIT_OK ? write_run_file(f, to) : status;
}

int rejudge_run(const char *from, const char *to)
{
    int status = EXIT_RUN_DIRECTORY;
    struct arena arena;
    struct run_file f;

    arena_init(&arena, FIRST_CHUNK);
    if (run_file_read(from, &f, &arena)) {
        if (f.finished != NULL) {
            status = rejudge_all(&f, from, to);
        } else {
            log_error("%s is not finished; mxcensus resume %s", from, from);
            status = EXIT_INCOMPLETE;
        }
    }
    arena_free(&arena);
    return status;
}
