#include "scanner/base/json_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scanner/base/utf8.h"

void json_writer_init(struct json_writer *w, struct buf *out)
{
    w->out = out;
    w->comma = false;
}

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Append what stands at s in its escaped form; returns the bytes of s that this used. */
static size_t escape_one(struct buf *out, const uint8_t *s, size_t len)
{
    size_t n = utf8_length(s, len);

    if (n == 2 && s[0] == 0xc2 && s[1] < 0xa0) /* C1 control: a terminal may obey it */
        return buf_printf(out, "\\u00c2\\u%04x", s[1]), 2;
    if (n > 1)
        return buf_append(out, s, n), n;
    if (s[0] == '"' || s[0] == '\\')
        return buf_byte(out, '\\'), buf_byte(out, (char)s[0]), 1;
    if (s[0] == '\n')
        return buf_string(out, "\\n"), 1;
    if (s[0] == '\r')
        return buf_string(out, "\\r"), 1;
    if (s[0] == '\t')
        return buf_string(out, "\\t"), 1;
    return buf_printf(out, "\\u%04x", s[0]), 1;
}

static void quote(struct buf *out, const uint8_t *s, size_t len)
{
    size_t i = 0;

    buf_byte(out, '"');
    while (i < len) {
        size_t start = i;

        while (i < len && is_plain(s[i]))
            i++;
        buf_append(out, s + start, i - start);
        if (i < len)
            i += escape_one(out, s + i, len - i);
    }
    buf_byte(out, '"');
}

/* What stands before a value: a comma where one is due, and its key. */
static void begin_value(struct json_writer *w, const char *key)
{
    if (w->comma)
        buf_byte(w->out, ',');
    w->comma = true;
    if (key != NULL) {
        quote(w->out, (const uint8_t *)key, strlen(key));
        buf_byte(w->out, ':');
    }
}

static void open_container(struct json_writer *w, const char *key, char bracket)
{
    begin_value(w, key);
    buf_byte(w->out, bracket);
    w->comma = false;
}

static void close_container(struct json_writer *w, char bracket)
{
    buf_byte(w->out, bracket);
    w->comma = true;
}

void json_open_object(struct json_writer *w, const char *key)
{
    open_container(w, key, '{');
}

void json_close_object(struct json_writer *w)
{
    close_container(w, '}');
}

void json_open_array(struct json_writer *w, const char *key)
{
    open_container(w, key, '[');
}

void json_close_array(struct json_writer *w)
{
    close_container(w, ']');
}

void json_write_bytes(struct json_writer *w, const char *key, const void *s, size_t len)
{
    begin_value(w, key);
    quote(w->out, s, len);
}

void json_write_string(struct json_writer *w, const char *key, const char *s)
{
    if (s == NULL)
        json_write_null(w, key);
    else
        json_write_bytes(w, key, s, strlen(s));
}

void json_write_strings(struct json_writer *w, const char *key, const char *const *texts,
                        size_t count)
{
    json_open_array(w, key);
    for (size_t i = 0; i < count; i++)
        json_write_string(w, NULL, texts[i]);
    json_close_array(w);
}

void json_write_int(struct json_writer *w, const char *key, int64_t n)
{
    begin_value(w, key);
    buf_printf(w->out, "%" PRId64, n);
}

void json_write_double(struct json_writer *w, const char *key, double x)
{
    if (!isfinite(x)) {
        json_write_null(w, key);
        return;
    }
    begin_value(w, key);
    buf_printf(w->out, "%.17g", x);
}

void json_write_bool(struct json_writer *w, const char *key, bool b)
{
    begin_value(w, key);
    buf_string(w->out, b ? "true" : "false");
}

void json_write_null(struct json_writer *w, const char *key)
{
    begin_value(w, key);
    buf_string(w->out, "null");
}
