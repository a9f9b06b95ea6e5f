#include "ingest/fields.h"

#include <string.h>

size_t fields_row_end(const char *text, size_t len, char delimiter)
{
    bool quoted = false,
         may_open = true; /* at the start of a cell; behind a closing quote it was "" */

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (!quoted && c == '\n')
            return i;
        if (c == '"' && (quoted || may_open)) {
            may_open = quoted;
            quoted = !quoted;
        } else {
            may_open = !quoted && c == delimiter;
        }
    }
    return quoted ? len + 1 : len;
}

/* A quoted cell at row[*at]: unquote it into scratch, and go to its delimiter or the end. */
static struct field quoted_cell(const char *row, size_t len, char delimiter, struct buf *scratch,
                                size_t *at)
{
    size_t start = scratch->len, i = *at + 1;
    bool inside = true;

    for (; i < len && (inside || row[i] != delimiter); i++) {
        if (row[i] == '"' && inside && i + 1 < len && row[i + 1] == '"')
            i++;
        else if (row[i] == '"' && inside) {
            inside = false;
            continue;
        }
        buf_byte(scratch, row[i]);
    }
    *at = i;
    return (struct field){ scratch->data + start, scratch->len - start };
}

size_t fields_split(const char *row, size_t len, char delimiter, struct buf *scratch,
                    struct field fields[FIELDS_MAX])
{
    size_t count = 0, at = 0;

    if (delimiter == '\0') {
        fields[0] = (struct field){ row, len };
        return 1;
    }
    buf_reset(scratch);
    buf_reserve(scratch, len + 1); /* so that cells stay where they are */
    for (;;) {
        if (at < len && row[at] == '"') {
            fields[count] = quoted_cell(row, len, delimiter, scratch, &at);
        } else {
            const char *end = memchr(row + at, delimiter, len - at);
            size_t cell = end != NULL ? (size_t)(end - row) - at : len - at;

            fields[count] = (struct field){ row + at, cell };
            at += cell;
        }
        if (++count == FIELDS_MAX || at >= len)
            return count;
        at++; /* the delimiter */
    }
}

static struct field trimmed(struct field f)
{
    while (f.len > 0 && (*f.text == ' ' || *f.text == '\t')) {
        f.text++;
        f.len--;
    }
    while (f.len > 0 && (f.text[f.len - 1] == ' ' || f.text[f.len - 1] == '\t'))
        f.len--;
    return f;
}

bool fields_blank(const struct field *f)
{
    return trimmed(*f).len == 0;
}

uint64_t fields_number(const struct field *f)
{
    struct field digits = trimmed(*f);
    uint64_t n = 0;

    if (digits.len == 0 || digits.len > 18)
        return UINT64_MAX;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.text[i] < '0' || digits.text[i] > '9')
            return UINT64_MAX;
        n = n * 10 + (uint64_t)(digits.text[i] - '0');
    }
    return n;
}
