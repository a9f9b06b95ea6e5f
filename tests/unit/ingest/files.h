/* files: what tests of ingest share: a folder of their own, and files in it. */
#ifndef MXC_TESTS_INGEST_FILES_H
#define MXC_TESTS_INGEST_FILES_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static char files_folder[] = "/tmp/mxcensus-test-XXXXXX";

static inline void files_start(void)
{
    if (mkdtemp(files_folder) == NULL) {
        perror(files_folder);
        exit(1);
    }
}

static inline void files_end(void)
{
    char command[100];

    snprintf(command, sizeof(command), "rm -rf %s", files_folder);
    if (system(command) != 0)
        perror(command);
}

static inline const char *files_path(const char *name)
{
    static char paths[8][200];
    static unsigned next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof(paths[0]), "%s/%s", files_folder, name);
    return path;
}

static inline const char *files_put(const char *name, const void *data, size_t len)
{
    const char *path = files_path(name);
    FILE *f = fopen(path, "w");

    if (f == NULL || fwrite(data, 1, len, f) != len || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
    return path;
}

static inline const char *files_text(const char *name, const char *text)
{
    return files_put(name, text, strlen(text));
}

/* The whole file with a NUL behind it; free() it. NULL if there is none. */
static inline char *files_get(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = NULL;
    size_t room = 0;

    if (f == NULL)
        return NULL;
    if (getdelim(&text, &room, '\0', f) < 0)
        text = calloc(1, 1);
    fclose(f);
    return text;
}

static inline size_t files_gzip(const void *data, size_t len, void *out, size_t room)
{
    z_stream z = { 0 };

    deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)len;
    z.next_out = out;
    z.avail_out = (uInt)room;
    deflate(&z, Z_FINISH);
    deflateEnd(&z);
    return room - z.avail_out;
}

#endif
