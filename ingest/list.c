#include "ingest/list.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/domain.h"
#include "ingest/fields.h"
#include "ingest/format.h"
#include "ingest/stream.h"
#include "ingest/zone.h"
#include "scanner/base/json_write.h"
#include "scanner/base/memory.h"

struct list {
    struct stream *stream;
    struct format format;
    struct zone zone;
    const char *error;
    bool header_passed;
    struct buf scratch, input;
};

struct list *list_open(const char *path, EVP_MD_CTX *digest)
{
    struct list *l = memory_alloc(sizeof(*l));
    const char *sample;
    size_t len;

    buf_init(&l->scratch, BUF_NO_CEILING);
    buf_init(&l->input, BUF_NO_CEILING);
    l->stream = stream_open(path, digest);
    l->error = stream_error(l->stream);
    if (l->error != NULL)
        return l;
    len = stream_peek(l->stream, &sample);
    if (memchr(sample, '\0', len) != NULL)
        l->error = "is binary: it holds NUL bytes, a list is text";
    else
        format_find(&l->format, sample, len);
    return l;
}

void list_close(struct list *l)
{
    if (l == NULL)
        return;
    stream_close(l->stream);
    format_free(&l->format);
    buf_free(&l->scratch);
    buf_free(&l->input);
    free(l);
}

const char *list_error(const struct list *l)
{
    return l->error != NULL ? l->error : stream_error(l->stream);
}

void list_describe(const struct list *l, struct buf *out)
{
    format_describe(&l->format, out);
}

uint64_t list_lines(const struct list *l)
{
    return stream_lines(l->stream);
}

size_t list_name_columns(const struct list *l, size_t *taken)
{
    *taken = l->format.domain_column + 1;
    return l->format.name_columns > 1 ? l->format.name_columns : 0;
}

const char *list_column(const struct list *l, size_t column)
{
    for (size_t i = 0; i < l->format.column_count; i++)
        if (l->format.columns[i] != NULL && column-- == 0)
            return l->format.columns[i];
    return NULL;
}

static bool take(struct list_item *item, const char *reason)
{
    item->reason = reason;
    return true;
}

static bool is_white(char c)
{
    return c == ' ' || c == '\t';
}

/* Which of the names would be meant, and what of the others, is not for us to say. */
static bool several_words(const char *cell, size_t len)
{
    size_t i = 0;

    while (i < len && is_white(cell[i]))
        i++;
    while (i < len && !is_white(cell[i]))
        i++;
    while (i < len && (is_white(cell[i]) || cell[i] == '\r'))
        i++;
    return i < len;
}

static bool take_domain(struct list_item *item, const char *cell, size_t len)
{
    enum name_fault fault = domain_clean(cell, len, item->name, &item->name_len);

    if (fault == NAME_OK)
        return take(item, NULL);
    return take(item, several_words(cell, len) ? "several-words" : name_fault_name(fault));
}

static void take_rank(struct list_item *item, const struct field *cell)
{
    item->rank = fields_number(cell);
    item->rank_lost = item->rank == LIST_NO_RANK && !fields_blank(cell);
}

static void keep_input(struct list *l, struct list_item *item, const struct field *fields,
                       size_t count)
{
    struct json_writer w;

    buf_reset(&l->input);
    for (size_t i = 0; i < count && i < l->format.column_count; i++) {
        if (l->format.columns[i] == NULL || fields[i].len == 0)
            continue;
        if (l->input.len == 0) {
            json_writer_init(&w, &l->input);
            json_open_object(&w, NULL);
        }
        json_write_bytes(&w, l->format.columns[i], fields[i].text, fields[i].len);
    }
    if (l->input.len == 0)
        return;
    json_close_object(&w);
    item->input = l->input.data;
    item->input_len = l->input.len;
}

static bool take_row(struct list *l, struct list_item *item)
{
    const struct format *f = &l->format;
    struct field fields[FIELDS_MAX];
    size_t count = fields_split(item->text, item->text_len, f->delimiter, &l->scratch, fields);

    if (f->domain_column >= count)
        return take(item, "column-missing");
    if (f->rank_column < count)
        take_rank(item, &fields[f->rank_column]);
    keep_input(l, item, fields, count);
    return take_domain(item, fields[f->domain_column].text, fields[f->domain_column].len);
}

/* One name a line: a comment may stand behind it. */
static bool take_plain(struct list_item *item)
{
    size_t len = item->text_len;
    const char *mark = memchr(item->text, '#', len);

    while (mark != NULL && mark > item->text && mark[-1] != ' ' && mark[-1] != '\t')
        mark = memchr(mark + 1, '#', (size_t)(item->text + item->text_len - mark - 1));
    if (mark != NULL)
        len = (size_t)(mark - item->text);
    return take_domain(item, item->text, len);
}

/* False: the line has no name and needs none. */
static bool take_line(struct list *l, const struct stream_line *line, struct list_item *item)
{
    const struct format *f = &l->format;

    if (line->too_long)
        return take(item, "line-too-long");
    if (format_is_comment(f, line->text, line->len))
        return false;
    if (f->header && !l->header_passed) {
        l->header_passed = true;
        return false;
    }
    if (line->open_quote)
        return take(item, "quote-open");
    if (f->zone) {
        enum zone_find find = zone_line(&l->zone, line->text, line->len);

        if (find == ZONE_DIRECTIVE)
            return take(item, "zone-directive");
        return find == ZONE_NAME && take_domain(item, l->zone.told, strlen(l->zone.told));
    }
    return f->delimiter != '\0' ? take_row(l, item) : take_plain(item);
}

bool list_next(struct list *l, struct list_item *item)
{
    char quotes = l->format.zone ? '\0' : l->format.delimiter;
    struct stream_line line;

    if (l->error != NULL)
        return false;
    while (stream_next(l->stream, quotes, &line)) {
        item->rank = LIST_NO_RANK;
        item->rank_lost = false;
        item->input = NULL;
        item->input_len = 0;
        item->line = line.number;
        item->text = line.text;
        item->text_len = line.len;
        if (take_line(l, &line, item))
            return true;
    }
    return false;
}
