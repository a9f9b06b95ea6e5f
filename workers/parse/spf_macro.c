#include "workers/parse/spf_macro.h"

#include <string.h>

#include "scanner/base/buf.h"
#include "scanner/base/name.h"

#define PARTS_MAX 128 /* more labels than a name of 253 bytes can have */

/* What stands between the letter and "}" (§7.1). */
struct transform {
    size_t keep; /* rightmost parts; 0: all */
    bool reverse;
    struct bytes delimiters;
};

static struct transform read_transform(struct bytes text)
{
    struct transform t = { 0, false, bytes_of(".") };
    size_t at = 0;

    for (; at < text.len && ascii_is_digit(text.data[at]); at++)
        if (t.keep < PARTS_MAX)
            t.keep = t.keep * 10 + (size_t)(text.data[at] - '0');
    if (at < text.len && ascii_lower(text.data[at]) == 'r') {
        t.reverse = true;
        at++;
    }
    if (at < text.len)
        t.delimiters = bytes_slice(text, at, text.len);
    return t;
}

static size_t cut_parts(const char *value, struct bytes delimiters, struct bytes parts[PARTS_MAX])
{
    size_t count = 0, begin = 0;

    for (size_t i = 0;; i++) {
        if (value[i] != '\0' && !bytes_have(delimiters, value[i]))
            continue;
        if (count < PARTS_MAX)
            parts[count++] = (struct bytes){ value + begin, i - begin };
        begin = i + 1;
        if (value[i] == '\0')
            return count;
    }
}

static void append_value(struct buf *out, const char *value, struct transform t)
{
    struct bytes parts[PARTS_MAX];
    size_t count = cut_parts(value, t.delimiters, parts);
    size_t keep = t.keep > 0 && t.keep < count ? t.keep : count;

    for (size_t i = 0; i < keep; i++) {
        /* Reversed first, then the rightmost are kept (§7.3). */
        size_t at = count - keep + i;
        struct bytes part = parts[t.reverse ? count - 1 - at : at];

        if (i > 0)
            buf_byte(out, '.');
        buf_append(out, part.data, part.len);
    }
}

/* The macro-expand at spec[at] = '%'. How long it is; 0: it takes a message. */
static size_t append_macro(struct buf *out, struct bytes spec, size_t at, const char *domain,
                           const char *origin)
{
    size_t end = at + 3;
    char letter;

    if (spec.data[at + 1] != '{') { /* %% %_ %- */
        buf_string(out, spec.data[at + 1] == '%'   ? "%"
                        : spec.data[at + 1] == '_' ? "\\032"
                                                   : "%20");
        return 2;
    }
    letter = ascii_lower(spec.data[at + 2]);
    if (letter != 'd' && letter != 'o')
        return 0;
    while (spec.data[end] != '}')
        end++;
    append_value(out, letter == 'd' ? domain : origin,
                 read_transform(bytes_slice(spec, at + 3, end)));
    return end + 1 - at;
}

/* A label that is too long by itself goes like the others: what is left can be no name, and names
 * made of names stay bounded. */
static const char *shorten(const char *name)
{
    while (strlen(name) > NAME_LEN_MAX) {
        const char *dot = strchr(name, '.');

        name = dot != NULL ? dot + 1 : name + strlen(name);
    }
    return name;
}

static const char *finish(struct buf *out, struct arena *arena)
{
    if (out->len > 0 && out->data[out->len - 1] == '.')
        out->len--;
    return shorten(arena_strndup(arena, out->data, out->len));
}

const char *spf_macro_expand(struct bytes spec, const char *domain, const char *origin,
                             struct arena *arena)
{
    const char *name = NULL;
    size_t took = 1;
    struct buf out;

    buf_init(&out, BUF_NO_CEILING);
    for (size_t at = 0; at < spec.len && took > 0; at += took) {
        char c = ascii_lower(spec.data[at]);

        took = 1;
        if (c == '%')
            took = append_macro(&out, spec, at, domain, origin);
        else if (c == '\\')
            buf_string(&out, "\\\\");
        else
            buf_byte(&out, c);
    }
    if (took > 0)
        name = finish(&out, arena);
    buf_free(&out);
    return name;
}
