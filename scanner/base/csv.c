#include "scanner/base/csv.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "scanner/base/utf8.h"

void csv_writer_init(struct csv_writer *w, struct buf *out)
{
    w->out = out;
    w->comma = false;
}

static void begin_cell(struct csv_writer *w)
{
    if (w->comma)
        buf_byte(w->out, ',');
    w->comma = true;
}

/* Quotes are needed around what a reader would otherwise split, join or trim (RFC 4180 §2). */
static bool wants_quotes(const char *text, size_t len)
{
    return len > 0 && (memchr(text, ',', len) != NULL || memchr(text, '"', len) != NULL ||
                       text[0] == ' ' || text[len - 1] == ' ');
}

void csv_bytes(struct csv_writer *w, const void *text, size_t len)
{
    const uint8_t *s = text, *end = s + len;
    bool quotes = wants_quotes(text, len);

    begin_cell(w);
    if (quotes)
        buf_byte(w->out, '"');
    if (len > 0 && strchr("=+-@", s[0]) != NULL && s[0] != '\0')
        buf_byte(w->out, '\'');
    while (s < end) {
        size_t n = utf8_length_shown(s, (size_t)(end - s));

        if (n == 0) {
            buf_printf(w->out, "\\x%02x", *s++);
            continue;
        }
        if (*s == '"')
            buf_byte(w->out, '"');
        buf_append(w->out, s, n);
        s += n;
    }
    if (quotes)
        buf_byte(w->out, '"');
}

void csv_string(struct csv_writer *w, const char *text)
{
    csv_bytes(w, text, text == NULL ? 0 : strlen(text));
}

void csv_uint(struct csv_writer *w, uint64_t n)
{
    begin_cell(w);
    buf_printf(w->out, "%" PRIu64, n);
}

void csv_double(struct csv_writer *w, double x, unsigned digits)
{
    begin_cell(w);
    if (isfinite(x))
        buf_printf(w->out, "%.*f", (int)digits, x);
}

void csv_end_row(struct csv_writer *w)
{
    buf_string(w->out, "\r\n");
    w->comma = false;
}

void csv_strings(struct csv_writer *w, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        csv_string(w, texts[i]);
}

void csv_add_column(struct buf *csv, const char *name, const char *text)
{
    struct buf wider;
    struct csv_writer w;
    size_t at = 0;

    buf_init(&wider, BUF_NO_CEILING);
    csv_writer_init(&w, &wider);
    while (at < csv->len) { /* no cell holds a line's end: it would be \x0d\x0a */
        const char *row = csv->data + at, *end = memmem(row, csv->len - at, "\r\n", 2);
        size_t len = end != NULL ? (size_t)(end - row) : csv->len - at;

        buf_append(&wider, row, len);
        w.comma = true;
        csv_string(&w, at == 0 ? name : text);
        csv_end_row(&w);
        at += len + 2;
    }
    buf_free(csv);
    *csv = wider;
}
