#include "output/appender.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "scanner/base/exits.h"
#include "scanner/base/frame.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"

int appender_open(struct appender *a, const char *directory, const char *stem)
{
    size_t len = strlen(directory) + strlen(stem) + sizeof("/.jsonl.zst");

    *a = (struct appender){ .path = memory_alloc(len) };
    snprintf(a->path, len, "%s/%s.jsonl.zst", directory, stem);
    buf_init(&a->ready, BUF_NO_CEILING);
    buf_init(&a->tail, BUF_NO_CEILING);
    a->fd = open(a->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    return a->fd >= 0 ? 0 : -errno;
}

void appender_close(struct appender *a)
{
    if (a->fd >= 0)
        close(a->fd);
    free(a->path);
    buf_free(&a->ready);
    buf_free(&a->tail);
}

/* All frames of the tail as one, behind what is ready. False when one cannot be read. */
static bool merge_tail(struct appender *a)
{
    struct buf text;
    size_t done = 0;
    bool ok = true;

    buf_init(&text, BUF_NO_CEILING);
    while (ok && done < a->tail.len) {
        ptrdiff_t used = frame_decompress(&text, a->tail.data + done, a->tail.len - done);

        ok = used > 0;
        done += ok ? (size_t)used : 0;
    }
    ok = ok && frame_compress(&a->ready, text.data, text.len);
    buf_free(&text);
    return ok;
}

void appender_fold(struct appender *a)
{
    if (a->tail_records == 0) {
        if (a->solid + a->ready.len == 0) /* zstd cannot read a file of nothing */
            a->dirty = frame_compress(&a->ready, "", 0);
        return;
    }
    if (!merge_tail(a)) { /* never lose it: whoever reads the file will tell of it as well */
        log_error("%s: a frame of records cannot be read; kept as it is", a->path);
        buf_append(&a->ready, a->tail.data, a->tail.len);
    }
    a->ready_records += a->tail_records;
    buf_reset(&a->tail);
    a->tail_records = 0;
    a->dirty = true;
}

void appender_add(struct appender *a, const char *frames, size_t len, unsigned records)
{
    a->dirty = true;
    if (a->tail_records == 0 && records >= APPENDER_FRAME_RECORDS &&
        ZSTD_findFrameCompressedSize(frames, len) == len) {
        buf_append(&a->ready, frames, len); /* the usual case: a whole batch in one frame */
        a->ready_records += records;
        return;
    }
    buf_append(&a->tail, frames, len);
    a->tail_records += records;
    if (a->tail_records >= APPENDER_FRAME_RECORDS || a->tail.len >= APPENDER_FRAME_BYTES / 8)
        appender_fold(a);
}

static int write_at(const struct appender *a, const struct buf *data, uint64_t at)
{
    size_t done = 0;

    while (done < data->len) {
        ssize_t n = pwrite(a->fd, data->data + done, data->len - done, (off_t)(at + done));

        if (n < 0 && errno != EINTR)
            return -errno;
        done += n > 0 ? (size_t)n : 0;
    }
    return ftruncate(a->fd, (off_t)(at + done)) == 0 ? 0 : -errno;
}

int appender_write(struct appender *a)
{
    int fault = a->ready.len > 0 ? write_at(a, &a->ready, a->solid) : 0;

    if (fault != 0 && ftruncate(a->fd, (off_t)a->solid) != 0)
        return -errno;
    return fault;
}

void appender_sync(struct appender *a)
{
    if (a->ready.len == 0 || fsync(a->fd) == 0)
        return;
    log_error("%s: fsync failed (%s): what was written is in doubt; mend the disk, then resume "
              "the run: it goes on from the last checkpoint",
              a->path, strerror(errno));
    _exit(EXIT_DISK);
}

/* A tail that cannot be written for want of space is in the checkpoint all the same. */
static void show_tail(const struct appender *a)
{
    if (write_at(a, &a->tail, a->solid) != 0 && ftruncate(a->fd, (off_t)a->solid) != 0)
        log_debug("%s: %s", a->path, strerror(errno));
}

void appender_settle(struct appender *a)
{
    if (!a->dirty)
        return;
    a->solid += a->ready.len;
    a->solid_records += a->ready_records;
    buf_reset(&a->ready);
    a->ready_records = 0;
    a->dirty = false;
    show_tail(a);
}

int appender_restore(struct appender *a)
{
    struct stat st;

    if (fstat(a->fd, &st) != 0)
        return -errno;
    if ((uint64_t)st.st_size < a->solid)
        return -ENODATA;
    if (ftruncate(a->fd, (off_t)a->solid) != 0)
        return -errno;
    show_tail(a);
    return 0;
}
