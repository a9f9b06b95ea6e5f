#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/ingest.h"
#include "ingest/manifest.h"
#include "ingest/recorded.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"

enum {
    BATCH_BYTES_MAX = 512 << 20, /* 1024 jobs with all the columns that a line can hold: 400 MiB */
    EMPTY_AT_ONCE = 1024         /* batches of recorded names passed over in one step */
};

struct feed {
    struct manifest manifest;
    char folder[4096];
    int jobs_fd, index_fd;
    unsigned window;
    bool started;       /* `next` is known from the queue */
    bool ended;         /* and so is the end */
    uint64_t told;      /* batches that the queue knows of */
    uint64_t next;      /* batch to be fed; those from `told` to here are empty */
    struct buf jobs;    /* of that batch, once read: a full queue is asked again and again */
    unsigned job_count; /* in jobs */
    bool read;          /* they are those of `next` */
    bool failed;        /* the spool cannot be read, which was said */
    struct recorded_reader recorded; /* left out */
};

static int open_file(const struct feed *f, const char *name)
{
    char path[4200];

    snprintf(path, sizeof(path), "%s/%s", f->folder, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static bool has_size(int fd, uint64_t size)
{
    struct stat st;

    return fd >= 0 && fstat(fd, &st) == 0 && (uint64_t)st.st_size == size;
}

struct feed *feed_open(const char *run_dir, const struct settings *s)
{
    struct feed *f = memory_alloc(sizeof(*f));
    int status;

    snprintf(f->folder, sizeof(f->folder), "%s/spool", run_dir);
    f->window = s->window < 1 ? 1 : (unsigned)s->window;
    f->jobs_fd = f->index_fd = -1;
    buf_init(&f->jobs, BATCH_BYTES_MAX);
    recorded_open(&f->recorded, f->folder);
    status = manifest_read(&f->manifest, f->folder);
    if (status == 0) {
        f->jobs_fd = open_file(f, "jobs");
        f->index_fd = open_file(f, "index");
        if (!has_size(f->jobs_fd, f->manifest.bytes) ||
            !has_size(f->index_fd, (feed_batches(f) + 1) * SPOOL_INDEX_ENTRY))
            status = -EBADMSG;
    }
    if (status == 0)
        return f;
    log_error("%s: the spool of the list is %s; start a new run", f->folder,
              status == -ENOENT ? "missing or unfinished" : "damaged");
    feed_close(f);
    return NULL;
}

void feed_close(struct feed *f)
{
    if (f == NULL)
        return;
    if (f->jobs_fd >= 0)
        close(f->jobs_fd);
    if (f->index_fd >= 0)
        close(f->index_fd);
    buf_free(&f->jobs);
    recorded_close(&f->recorded);
    manifest_free(&f->manifest);
    free(f);
}

uint64_t feed_domains(const struct feed *f)
{
    return f->manifest.counts.accepted;
}

uint64_t feed_batches(const struct feed *f)
{
    return (feed_domains(f) + f->manifest.batch - 1) / f->manifest.batch;
}

/* 0 or -errno. */
static int read_at(int fd, char *data, size_t len, uint64_t offset)
{
    while (len > 0) {
        ssize_t n = pread(fd, data, len, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EBADMSG;
        data += n;
        len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

/* From where to where batch n stands in the jobs; 0 or -errno. */
static int index_read(const struct feed *f, uint64_t n, uint64_t *from, uint64_t *to)
{
    char text[2 * SPOOL_INDEX_ENTRY + 1] = { 0 };
    int status = read_at(f->index_fd, text, 2 * SPOOL_INDEX_ENTRY, n * SPOOL_INDEX_ENTRY);

    *from = strtoull(text, NULL, 16);
    *to = strtoull(text + SPOOL_INDEX_ENTRY, NULL, 16);
    if (status == 0 && (*from > *to || *to > f->manifest.bytes))
        status = -EBADMSG;
    return status;
}

/* The bytes of batch n; 0 or -errno. */
static int jobs_read(const struct feed *f, uint64_t n, struct buf *out)
{
    uint64_t from, to;
    int status = index_read(f, n, &from, &to);
    char *room = status == 0 ? buf_reserve(out, (size_t)(to - from)) : NULL;

    if (status == 0)
        status = room != NULL ? read_at(f->jobs_fd, room, (size_t)(to - from), from) : -EBADMSG;
    if (status == 0)
        out->len += (size_t)(to - from);
    return status;
}

static unsigned jobs_in(const struct feed *f, uint64_t n)
{
    uint64_t left = feed_domains(f) - n * f->manifest.batch;

    return left < f->manifest.batch ? (unsigned)left : f->manifest.batch;
}

unsigned feed_next(struct feed *f, uint64_t n, struct buf *out)
{
    int status;

    if (n >= feed_batches(f))
        return 0;
    status = jobs_read(f, n, out);
    if (status == 0)
        return jobs_in(f, n);
    log_error("%s: batch %llu of the list cannot be read: %s", f->folder, (unsigned long long)n,
              status == -EBADMSG ? "the spool is damaged" : strerror(-status));
    out->failed = true;
    return 0;
}

/* The hash of the name in a job line, which the spool wrote: {"domain":"NAME", ... */
static uint64_t line_hash(const struct feed *f, const char *line, size_t len)
{
    static const char before[] = "{\"domain\":\"";
    const char *name = line + sizeof(before) - 1;
    const char *quote = len >= sizeof(before) ? memchr(name, '"', len - sizeof(before) + 1) : NULL;

    return quote != NULL ? spool_hash(f->manifest.key, name, (size_t)(quote - name)) : 0;
}

/* Take the jobs of recorded names out of the batch. */
static void leave_out_recorded(struct feed *f)
{
    char *line = f->jobs.data, *end = line + f->jobs.len, *kept = line, *next;

    for (; line < end; line = next) {
        char *newline = memchr(line, '\n', (size_t)(end - line));

        next = newline != NULL ? newline + 1 : end;
        if (recorded_has(&f->recorded, line_hash(f, line, (size_t)(next - line)))) {
            f->job_count--;
        } else {
            memmove(kept, line, (size_t)(next - line));
            kept += next - line;
        }
    }
    f->jobs.len = (size_t)(kept - f->jobs.data);
}

static bool read_batch(struct feed *f)
{
    buf_reset(&f->jobs);
    f->job_count = feed_next(f, f->next, &f->jobs);
    if (f->job_count > 0 && f->recorded.fd >= 0)
        leave_out_recorded(f);
    if (f->recorded.fault != 0)
        log_error("%s/recorded cannot be read: %s", f->folder, strerror(-f->recorded.fault));
    f->failed = f->jobs.failed || f->recorded.fault != 0;
    f->read = !f->failed;
    return f->read;
}

/* The queue is to count the empty batches before `next` as fed. */
static enum queue_status tell(struct feed *f, struct queue *q)
{
    enum queue_status status = QUEUE_OK;

    if (f->told < f->next)
        status = queue_feed(q, f->next - 1, "", 0, 0, f->window);
    if (status == QUEUE_OK)
        f->told = f->next;
    return status;
}

static enum queue_status feed_batch(struct feed *f, struct queue *q)
{
    enum queue_status status = QUEUE_OK;

    if (!f->read && !read_batch(f))
        return QUEUE_REFUSED;
    if (f->job_count > 0 && (status = tell(f, q)) == QUEUE_OK &&
        (status = queue_feed(q, f->next, f->jobs.data, f->jobs.len, f->job_count, f->window)) ==
            QUEUE_OK)
        f->told++;
    if (status == QUEUE_OK) {
        f->next++;
        f->read = false;
    }
    return status;
}

bool feed_failed(const struct feed *f)
{
    return f->failed;
}

enum queue_status feed_step(struct feed *f, struct queue *q)
{
    enum queue_status status = QUEUE_OK;

    if (!f->started && (status = queue_fed(q, &f->next, &f->ended)) != QUEUE_OK)
        return status;
    if (!f->started)
        f->told = f->next;
    f->started = true;
    while (f->next < feed_batches(f) && !f->ended) {
        if ((status = feed_batch(f, q)) != QUEUE_OK)
            return status;
        if (f->next - f->told >= EMPTY_AT_ONCE)
            return (status = tell(f, q)) != QUEUE_OK ? status : QUEUE_FULL;
    }
    if (!f->ended && (status = queue_feed_done(q)) == QUEUE_OK)
        f->ended = true;
    return status;
}
