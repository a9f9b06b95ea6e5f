#include "output/run_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/file.h"
#include "scanner/base/log.h"

#define FILE_BYTES_MAX ((size_t)16 << 20) /* a list of files and columns, not of domains */
#define FIRST_CHUNK 65536

/* ---- writing ---- */

static void write_text(struct json_writer *w, const char *key, const char *text)
{
    if (text != NULL)
        json_write_string(w, key, text);
}

static void write_list(struct json_writer *w, const struct run_file *f)
{
    json_open_object(w, "list");
    json_write_strings(w, "files", f->list.files, f->list.file_count);
    write_text(w, "sha256", f->list.sha256);
    json_write_int(w, "lines", (int64_t)f->list.lines);
    json_write_int(w, "accepted", (int64_t)f->list.accepted);
    json_write_int(w, "duplicates", (int64_t)f->list.duplicates);
    json_write_int(w, "rejected", (int64_t)f->list.rejected);
    json_write_int(w, "ranks_lost", (int64_t)f->list.ranks_lost);
    json_write_strings(w, "columns", f->list.columns, f->list.column_count);
    json_close_object(w);
}

static void write_rejudged(struct json_writer *w, const struct run_file *f)
{
    json_open_object(w, "rejudged");
    write_text(w, "from", f->rejudged.from);
    write_text(w, "time", f->rejudged.time);
    write_text(w, "version", f->rejudged.version);
    json_close_object(w);
}

static void write_members(struct json_writer *w, const struct run_file *f)
{
    json_open_object(w, NULL);
    json_write_int(w, "v", RUN_FILE_VERSION);
    write_text(w, "run", f->run);
    write_text(w, "epoch", f->epoch);
    write_text(w, "version", f->version);
    write_text(w, "vantage", f->vantage);
    write_text(w, "started", f->started);
    write_text(w, "finished", f->finished);
    write_list(w, f);
    settings_write(&f->settings, w, "settings");
    write_text(w, "trust_store_sha256", f->trust_store_sha256);
    json_open_object(w, "counts");
    for (int k = 0; k < KIND_COUNT; k++)
        json_write_int(w, kind_name((enum kind)k), (int64_t)f->counts[k]);
    json_close_object(w);
    if (f->rejudged.from != NULL)
        write_rejudged(w, f);
    json_close_object(w);
}

bool run_file_write(const char *run_dir, const struct run_file *f)
{
    struct json_writer w;
    struct buf text;
    int error;

    buf_init(&text, BUF_NO_CEILING);
    json_writer_init(&w, &text);
    write_members(&w, f);
    buf_byte(&text, '\n');
    error = file_replace(run_dir, RUN_FILE_NAME, text.data, text.len, NULL);
    buf_free(&text);
    if (error != 0)
        log_error("%s/%s: cannot be written: %s", run_dir, RUN_FILE_NAME, strerror(-error));
    return error == 0;
}

/* ---- reading ---- */

static const char *text_of(const struct json *object, const char *key, struct arena *arena)
{
    const char *text = json_get_string(object, key);

    return text != NULL ? arena_strdup(arena, text) : NULL;
}

static uint64_t count_of(const struct json *object, const char *key)
{
    int64_t n = json_get_int(object, key, 0);

    return n > 0 ? (uint64_t)n : 0;
}

static const char *const *texts_of(const struct json *array, size_t *count, struct arena *arena)
{
    const char **texts = arena_array(arena, array != NULL ? array->len : 0, sizeof(*texts));

    *count = 0;
    for (const struct json *n = json_first(array); n != NULL; n = n->next)
        if (json_string(n) != NULL)
            texts[(*count)++] = arena_strdup(arena, n->string);
    return texts;
}

static void read_rejudged(struct run_file *f, const struct json *note, struct arena *arena)
{
    f->rejudged.from = text_of(note, "from", arena);
    f->rejudged.time = text_of(note, "time", arena);
    f->rejudged.version = text_of(note, "version", arena);
}

static bool read_members(struct run_file *f, const struct json *root, struct arena *arena)
{
    const struct json *list = json_get(root, "list"), *counts = json_get(root, "counts");

    f->run = text_of(root, "run", arena);
    f->epoch = text_of(root, "epoch", arena);
    f->version = text_of(root, "version", arena);
    f->vantage = text_of(root, "vantage", arena);
    f->started = text_of(root, "started", arena);
    f->finished = text_of(root, "finished", arena);
    f->trust_store_sha256 = text_of(root, "trust_store_sha256", arena);
    f->list.files = texts_of(json_get(list, "files"), &f->list.file_count, arena);
    f->list.sha256 = text_of(list, "sha256", arena);
    f->list.lines = count_of(list, "lines");
    f->list.accepted = count_of(list, "accepted");
    f->list.duplicates = count_of(list, "duplicates");
    f->list.rejected = count_of(list, "rejected");
    f->list.ranks_lost = count_of(list, "ranks_lost");
    f->list.columns = texts_of(json_get(list, "columns"), &f->list.column_count, arena);
    for (int k = 0; k < KIND_COUNT; k++)
        f->counts[k] = count_of(counts, kind_name((enum kind)k));
    read_rejudged(f, json_get(root, "rejudged"), arena);
    settings_default(&f->settings);
    return settings_read(&f->settings, arena, json_get(root, "settings"));
}

/* What is wrong with this text, or NULL. */
static const char *read_text(struct run_file *f, const struct buf *text, struct arena *arena)
{
    const struct json *root = json_parse(arena, text->data, text->len);

    if (root == NULL || root->type != JSON_OBJECT || json_get(root, "v") == NULL)
        return "is no run file";
    if (json_get_int(root, "v", 0) != RUN_FILE_VERSION)
        return "is of another schema version than this program reads; use the program that "
               "made it";
    return read_members(f, root, arena) ? NULL : "has settings that this program does not know";
}

bool run_file_read(const char *run_dir, struct run_file *f, struct arena *arena)
{
    char *path = file_path(run_dir, RUN_FILE_NAME);
    const char *wrong = NULL;
    struct buf text;
    int error;

    memset(f, 0, sizeof(*f));
    buf_init(&text, FILE_BYTES_MAX);
    error = file_read(path, &text);
    if (error == 0)
        wrong = read_text(f, &text, arena);
    if (error == -ENOENT || error == -ENOTDIR)
        log_error("%s is no run directory: it has no %s", run_dir, RUN_FILE_NAME);
    else if (error != 0)
        log_error("%s: cannot be read: %s", path, strerror(-error));
    else if (wrong != NULL)
        log_error("%s %s", path, wrong);
    buf_free(&text);
    free(path);
    return error == 0 && wrong == NULL;
}

bool run_file_is_finished(const char *run_dir)
{
    char *path = file_path(run_dir, RUN_FILE_NAME);
    bool finished = false;
    struct arena arena;
    struct buf text;

    arena_init(&arena, FIRST_CHUNK);
    buf_init(&text, FILE_BYTES_MAX);
    if (file_read(path, &text) == 0)
        finished = json_get_string(json_parse(&arena, text.data, text.len), "finished") != NULL;
    buf_free(&text);
    arena_free(&arena);
    free(path);
    return finished;
}
