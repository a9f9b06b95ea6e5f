#include "ingest/rejects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "scanner/base/csv.h"
#include "scanner/base/file.h"

enum { FLUSH_AT = 64 << 10 };

int rejects_open(struct rejects *r, const char *run_dir)
{
    char path[4096];

    *r = (struct rejects){ .count = 0 };
    buf_init(&r->rows, BUF_NO_CEILING);
    buf_string(&r->rows, "line,reason,text\r\n");
    snprintf(path, sizeof(path), "%s/rejects.csv", run_dir);
    r->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return r->fd < 0 ? -errno : 0;
}

static int flush(struct rejects *r, size_t at)
{
    int status = r->rows.len < at ? 0 : file_write(r->fd, r->rows.data, r->rows.len);

    if (r->rows.len >= at)
        buf_reset(&r->rows);
    return status;
}

int rejects_add(struct rejects *r, uint64_t line, const char *reason, const char *text, size_t len)
{
    struct csv_writer w;

    r->count++;
    csv_writer_init(&w, &r->rows);
    csv_uint(&w, line);
    csv_string(&w, reason);
    csv_bytes(&w, text, len < REJECTS_TEXT_MAX ? len : REJECTS_TEXT_MAX);
    csv_end_row(&w);
    return flush(r, FLUSH_AT);
}

int rejects_close(struct rejects *r)
{
    int status = r->fd < 0 ? 0 : file_finish(r->fd, flush(r, 0));

    buf_free(&r->rows);
    return status;
}
