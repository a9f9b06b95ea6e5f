/* run: a run directory for a test: made in the temporary folder, filled with frames, removed. */
#ifndef MXC_TESTS_OUTPUT_RUN_H
#define MXC_TESTS_OUTPUT_RUN_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/buf.h"
#include "scanner/base/file.h"
#include "scanner/base/frame.h"
#include "scanner/queue/queue.h"

static char run_dir[64];

static inline void run_make(void)
{
    snprintf(run_dir, sizeof(run_dir), "/tmp/mxcensus-test.XXXXXX");
    if (mkdtemp(run_dir) == NULL) {
        perror("mkdtemp");
        exit(1);
    }
}

static inline int run_remove_entry(const char *path, const struct stat *status, int type,
                                   struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static inline void run_remove(void)
{
    nftw(run_dir, run_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void run_write(const char *name, const void *data, size_t len)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", run_dir, name);
    f = fopen(path, "wb");
    if (f == NULL || (len > 0 && fwrite(data, 1, len, f) != len) || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

/* Lines, one frame of them. */
static inline void run_frame(struct buf *file, const char *lines)
{
    if (!frame_compress(file, lines, strlen(lines)))
        abort();
}

static inline void run_records(enum kind kind, const struct buf *file)
{
    char name[64];

    snprintf(name, sizeof(name), "%s.jsonl.zst", kind_name(kind));
    run_write(name, file->data, file->len);
}

/* A file of one frame. */
static inline void run_lines(enum kind kind, const char *lines)
{
    struct buf file;

    buf_init(&file, BUF_NO_CEILING);
    run_frame(&file, lines);
    run_records(kind, &file);
    buf_free(&file);
}

/* All of RUN/name and a NUL; free() it. NULL when it cannot be read. */
static inline char *run_read(const char *name)
{
    char *path = file_path(run_dir, name);
    struct buf all;
    int status;

    buf_init(&all, BUF_NO_CEILING);
    status = file_read(path, &all);
    free(path);
    buf_byte(&all, '\0');
    if (status != 0)
        buf_free(&all);
    return all.data;
}

#endif
