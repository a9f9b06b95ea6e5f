#include "ingest/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "scanner/base/file.h"

enum { FLUSH_AT = 256 << 10 };

static int create(const char *folder, const char *name)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

int writer_open(struct writer *w, const char *folder, unsigned batch)
{
    *w = (struct writer){ .batch = batch, .index_fd = -1 };
    buf_init(&w->jobs, BUF_NO_CEILING);
    buf_init(&w->index, BUF_NO_CEILING);
    w->jobs_fd = create(folder, "jobs");
    if (w->jobs_fd < 0)
        return -errno;
    w->index_fd = create(folder, "index");
    return w->index_fd < 0 ? -errno : 0;
}

static int flush(int fd, struct buf *b, size_t at)
{
    int status = 0;

    if (b->len >= at && b->len > 0) {
        status = file_write(fd, b->data, b->len);
        buf_reset(b);
    }
    return status;
}

static void number(struct buf *out, uint64_t n)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + n % 10);
    } while ((n /= 10) > 0);
    buf_append(out, digits + at, sizeof(digits) - at);
}

/* A clean name needs no escapes, and input is JSON already: bytes are put together, nothing is
 * encoded. */
static void job_line(struct buf *out, const struct record *r)
{
    static const char domain[] = "{\"domain\":\"", rank[] = "\",\"rank\":", input[] = ",\"input\":";

    buf_append(out, domain, sizeof(domain) - 1);
    buf_append(out, r->text, r->name_len);
    if (r->rank != UINT64_MAX) {
        buf_append(out, rank, sizeof(rank) - 1);
        number(out, r->rank);
    } else {
        buf_byte(out, '"');
    }
    if (r->input_len > 0) {
        buf_append(out, input, sizeof(input) - 1);
        buf_append(out, r->text + r->name_len, r->input_len);
    }
    buf_append(out, "}\n", 2);
}

int writer_job(struct writer *w, const struct record *r)
{
    size_t before = w->jobs.len;
    int status;

    if (w->count++ % w->batch == 0)
        buf_printf(&w->index, "%016" PRIx64 "\n", w->bytes);
    job_line(&w->jobs, r);
    w->bytes += w->jobs.len - before;
    status = flush(w->jobs_fd, &w->jobs, FLUSH_AT);
    return status != 0 ? status : flush(w->index_fd, &w->index, FLUSH_AT);
}

static int finish(int fd, struct buf *b)
{
    int status = fd < 0 ? 0 : file_finish(fd, flush(fd, b, 0));

    buf_free(b);
    return status;
}

int writer_close(struct writer *w)
{
    int jobs, index;

    buf_printf(&w->index, "%016" PRIx64 "\n", w->bytes);
    jobs = finish(w->jobs_fd, &w->jobs);
    index = finish(w->index_fd, &w->index);
    return jobs != 0 ? jobs : index;
}
