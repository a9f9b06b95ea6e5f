#include "ingest/manifest.h"

#include <errno.h>
#include <sodium.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/file.h"
#include "scanner/base/json_read.h"
#include "scanner/base/json_write.h"
#include "scanner/base/memory.h"

#define FILE_NAME "manifest.json"
enum { VERSION = 1, SIZE_MAX_BYTES = 1 << 20 };

static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
    { "lines", offsetof(struct manifest, counts.lines) },
    { "accepted", offsetof(struct manifest, counts.accepted) },
    { "duplicates", offsetof(struct manifest, counts.duplicates) },
    { "rejected", offsetof(struct manifest, counts.rejected) },
    { "ranks_lost", offsetof(struct manifest, counts.ranks_lost) },
    { "bytes", offsetof(struct manifest, bytes) },
};

static uint64_t *number_at(const struct manifest *m, size_t i)
{
    return (uint64_t *)(uintptr_t)((const char *)m + numbers[i].offset);
}

static void print(const struct manifest *m, struct buf *out)
{
    char key[2 * SPOOL_KEY_SIZE + 1];
    struct json_writer w;

    json_writer_init(&w, out);
    json_open_object(&w, NULL);
    json_write_int(&w, "v", VERSION);
    json_write_string(&w, "key", sodium_bin2hex(key, sizeof(key), m->key, sizeof(m->key)));
    json_write_int(&w, "batch", m->batch);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        json_write_int(&w, numbers[i].name, (int64_t)*number_at(m, i));
    json_write_string(&w, "sha256", m->counts.sha256);
    json_write_strings(&w, "columns", (const char *const *)m->counts.columns,
                       m->counts.column_count);
    json_close_object(&w);
    buf_byte(out, '\n');
}

int manifest_write(const struct manifest *m, const char *folder)
{
    struct buf text;
    int status;

    buf_init(&text, BUF_NO_CEILING);
    print(m, &text);
    status = file_replace(folder, FILE_NAME, text.data, text.len, NULL);
    buf_free(&text);
    return status;
}

static bool understand(struct manifest *m, const struct json *root)
{
    const char *key = json_get_string(root, "key"), *sha256 = json_get_string(root, "sha256");
    const struct json *columns = json_get(root, "columns");
    size_t len = 0;

    if (json_get_int(root, "v", 0) != VERSION || key == NULL || sha256 == NULL ||
        strlen(sha256) != 64 ||
        sodium_hex2bin(m->key, sizeof(m->key), key, strlen(key), NULL, &len, NULL) != 0 ||
        len != sizeof(m->key))
        return false;
    memcpy(m->counts.sha256, sha256, 65);
    m->batch = (unsigned)json_get_int(root, "batch", 0);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        *number_at(m, i) = (uint64_t)json_get_int(root, numbers[i].name, 0);
    for (const struct json *c = json_first(columns); c != NULL; c = c->next) {
        if (json_string(c) == NULL)
            return false;
        m->counts.columns =
            memory_grow(m->counts.columns, m->counts.column_count + 1, sizeof(char *));
        m->counts.columns[m->counts.column_count++] = memory_strdup(json_string(c));
    }
    return m->batch > 0;
}

int manifest_read(struct manifest *m, const char *folder)
{
    char *path = file_path(folder, FILE_NAME);
    struct arena arena;
    struct buf text;
    int status;

    *m = (struct manifest){ .batch = 0 };
    buf_init(&text, SIZE_MAX_BYTES);
    arena_init(&arena, 4096);
    status = file_read(path, &text);
    if (status == 0 && !understand(m, json_parse(&arena, text.data, text.len)))
        status = -EBADMSG;
    if (status != 0)
        manifest_free(m);
    arena_free(&arena);
    buf_free(&text);
    free(path);
    return status;
}

void manifest_free(struct manifest *m)
{
    ingest_counts_free(&m->counts);
    *m = (struct manifest){ .batch = 0 };
}
