#include "ingest/stream.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/decode.h"
#include "ingest/fields.h"
#include "scanner/base/memory.h"

enum { ROOM = 4 * STREAM_LINE_MAX };

struct stream {
    struct decode *decode;
    char *data;
    size_t at, len;
    uint64_t lines;
    bool ended, skipping; /* skipping: the rest of a line that was too long */
};

static size_t rest(const struct stream *s)
{
    return s->len - s->at;
}

/* Have more than a whole line in memory, or all that is left. */
static void fill(struct stream *s)
{
    if (rest(s) > STREAM_LINE_MAX || s->ended)
        return;
    if (s->len == ROOM || s->at > ROOM / 2) {
        memmove(s->data, s->data + s->at, rest(s));
        s->len = rest(s);
        s->at = 0;
    }
    while (rest(s) <= STREAM_LINE_MAX && !s->ended) {
        ssize_t n = decode_read(s->decode, s->data + s->len, ROOM - s->len);

        if (n <= 0)
            s->ended = true;
        else
            s->len += (size_t)n;
    }
}

struct stream *stream_open(const char *path, EVP_MD_CTX *digest)
{
    struct stream *s = memory_alloc(sizeof(*s));

    s->decode = decode_open(path, digest);
    s->data = memory_alloc(ROOM);
    fill(s);
    if (rest(s) >= 3 && memcmp(s->data, "\xef\xbb\xbf", 3) == 0)
        s->at = 3;
    return s;
}

void stream_close(struct stream *s)
{
    if (s == NULL)
        return;
    decode_close(s->decode);
    free(s->data);
    free(s);
}

const char *stream_error(const struct stream *s)
{
    return decode_error(s->decode);
}

uint64_t stream_lines(const struct stream *s)
{
    return s->lines;
}

size_t stream_peek(struct stream *s, const char **text)
{
    fill(s);
    *text = s->data + s->at;
    return rest(s) < STREAM_LINE_MAX ? rest(s) : STREAM_LINE_MAX;
}

static bool skip_rest(struct stream *s)
{
    while (s->skipping) {
        const char *end;

        fill(s);
        if (rest(s) == 0)
            return false;
        end = memchr(s->data + s->at, '\n', rest(s));
        if (end == NULL) {
            s->at = s->len;
            continue;
        }
        s->at = (size_t)(end - s->data) + 1;
        s->lines++;
        s->skipping = false;
    }
    return true;
}

static void take_row(struct stream *s, char delimiter, struct stream_line *line)
{
    size_t window = rest(s) < STREAM_LINE_MAX ? rest(s) : STREAM_LINE_MAX;
    size_t end = fields_row_end(line->text, window, delimiter);

    if (end > window || (end == window && !(s->ended && window == rest(s)))) {
        line->open_quote = true;
        return;
    }
    for (const char *p = line->text; (p = memchr(p, '\n', (size_t)(line->text + end - p))) != NULL;
         p++)
        s->lines++;
    line->len = end;
}

bool stream_next(struct stream *s, char delimiter, struct stream_line *line)
{
    const char *end;
    size_t window;

    if (s->skipping && !skip_rest(s))
        return false;
    fill(s);
    if (rest(s) == 0)
        return false;
    *line = (struct stream_line){ .text = s->data + s->at, .number = s->lines + 1 };
    window = rest(s) < STREAM_LINE_MAX ? rest(s) : STREAM_LINE_MAX;
    end = memchr(line->text, '\n', window);
    line->len = end != NULL ? (size_t)(end - line->text) : window;
    if (end == NULL && rest(s) > STREAM_LINE_MAX) {
        line->too_long = s->skipping = true;
        s->at += line->len;
        return true;
    }
    if (delimiter != '\0' && memchr(line->text, '"', line->len) != NULL)
        take_row(s, delimiter, line);
    s->at += line->len;
    s->lines++;
    if (rest(s) > 0)
        s->at++; /* the line end */
    if (line->len > 0 && line->text[line->len - 1] == '\r')
        line->len--;
    return true;
}
