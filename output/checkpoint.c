#include "output/checkpoint.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner/base/exits.h"
#include "scanner/base/file.h"
#include "scanner/base/json_read.h"
#include "scanner/base/json_write.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"

#define FILE_NAME "checkpoint.json"

static void write_tail(struct json_writer *w, const struct appender *a)
{
    size_t room = sodium_base64_ENCODED_LEN(a->tail.len, sodium_base64_VARIANT_ORIGINAL);
    char *text = memory_alloc(room);

    sodium_bin2base64(text, room, (const unsigned char *)a->tail.data, a->tail.len,
                      sodium_base64_VARIANT_ORIGINAL);
    json_write_bytes(w, "tail", text, strlen(text));
    free(text);
}

static void write_text(struct buf *out, const struct checkpoint *c,
                       const struct appender files[KIND_COUNT])
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_open_object(&w, NULL);
    json_write_int(&w, "v", 1);
    json_write_string(&w, "epoch", c->epoch);
    json_write_string(&w, "after", c->after);
    json_open_object(&w, "files");
    for (enum kind k = 0; k < KIND_COUNT; k++) {
        const struct appender *a = &files[k];

        json_open_object(&w, kind_name(k));
        json_write_int(&w, "length", (int64_t)(a->solid + a->ready.len));
        json_write_int(&w, "records", (int64_t)(a->solid_records + a->ready_records));
        json_write_int(&w, "tail_records", a->tail_records);
        write_tail(&w, a);
        json_close_object(&w);
    }
    json_close_object(&w);
    json_close_object(&w);
    buf_byte(out, '\n');
}

int checkpoint_write(const char *directory, const struct checkpoint *c,
                     const struct appender files[KIND_COUNT])
{
    struct buf text;
    bool in_doubt;
    int fault;

    buf_init(&text, BUF_NO_CEILING);
    write_text(&text, c, files);
    fault = file_replace(directory, FILE_NAME, text.data, text.len, &in_doubt);
    buf_free(&text);
    if (in_doubt) {
        log_error("%s/%s: fsync failed (%s); mend the disk, then resume the run", directory,
                  FILE_NAME, strerror(-fault));
        _exit(EXIT_DISK);
    }
    return fault;
}

/* ---- reading ---- */

static bool read_tail(struct appender *a, const struct json *tail)
{
    size_t room, len;
    char *bytes;

    if (tail == NULL || tail->type != JSON_STRING)
        return false;
    buf_reset(&a->tail);
    if (tail->len == 0)
        return true;
    room = tail->len / 4 * 3 + 3;
    bytes = buf_reserve(&a->tail, room);
    if (sodium_base642bin((unsigned char *)bytes, room, tail->string, tail->len, NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    a->tail.len = len;
    return true;
}

static bool read_appender(struct appender *a, const struct json *file)
{
    int64_t length = json_get_int(file, "length", -1), records = json_get_int(file, "records", -1);
    int64_t in_tail = json_get_int(file, "tail_records", -1);

    if (length < 0 || records < 0 || in_tail < 0 || !read_tail(a, json_get(file, "tail")))
        return false;
    a->solid = (uint64_t)length;
    a->solid_records = (uint64_t)records;
    a->tail_records = (unsigned)in_tail;
    return true;
}

static bool read_text(const struct json *root, struct checkpoint *c,
                      struct appender files[KIND_COUNT])
{
    const char *epoch = json_get_string(root, "epoch"), *after = json_get_string(root, "after");
    const struct json *list = json_get(root, "files");

    if (epoch == NULL || after == NULL || strlen(epoch) >= sizeof(c->epoch) ||
        strlen(after) >= sizeof(c->after))
        return false;
    strcpy(c->epoch, epoch);
    strcpy(c->after, after);
    for (enum kind k = 0; k < KIND_COUNT; k++)
        if (!read_appender(&files[k], json_get(list, kind_name(k))))
            return false;
    return true;
}

int checkpoint_read(const char *directory, struct checkpoint *c, struct appender files[KIND_COUNT])
{
    char *path = file_path(directory, FILE_NAME);
    struct arena arena;
    struct buf text;
    int fault;

    arena_init(&arena, 65536);
    buf_init(&text, BUF_NO_CEILING);
    fault = file_read(path, &text);
    if (fault == 0 && !read_text(json_parse(&arena, text.data, text.len), c, files))
        fault = -EBADMSG;
    buf_free(&text);
    arena_free(&arena);
    free(path);
    return fault;
}

int checkpoint_look(const char *directory, struct checkpoint *c, struct appender files[KIND_COUNT])
{
    memset(files, 0, KIND_COUNT * sizeof(files[0]));
    for (enum kind k = 0; k < KIND_COUNT; k++)
        buf_init(&files[k].tail, BUF_NO_CEILING);
    return checkpoint_read(directory, c, files);
}

void checkpoint_forget(struct appender files[KIND_COUNT])
{
    for (enum kind k = 0; k < KIND_COUNT; k++)
        buf_free(&files[k].tail);
}
