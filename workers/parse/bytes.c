#include "workers/parse/bytes.h"

#include <assert.h>
#include <string.h>

bool ascii_is_alpha(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

struct bytes bytes_of(const char *text)
{
    return (struct bytes){ text, strlen(text) };
}

bool bytes_begin(struct bytes b, const char *prefix)
{
    size_t len = strlen(prefix);

    return len == 0 || (b.len >= len && memcmp(b.data, prefix, len) == 0);
}

bool bytes_begin_nocase(struct bytes b, const char *prefix)
{
    for (size_t i = 0; prefix[i] != '\0'; i++)
        if (i >= b.len || ascii_lower(b.data[i]) != ascii_lower(prefix[i]))
            return false;
    return true;
}

bool bytes_equal(struct bytes b, const char *text)
{
    return b.len == strlen(text) && bytes_begin(b, text);
}

bool bytes_same(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool bytes_equal_nocase(struct bytes b, const char *text)
{
    return b.len == strlen(text) && bytes_begin_nocase(b, text);
}

bool bytes_have(struct bytes b, char c)
{
    return b.len > 0 && memchr(b.data, c, b.len) != NULL;
}

bool bytes_printable(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++)
        if ((unsigned char)b.data[i] < 0x20 || (unsigned char)b.data[i] > 0x7e)
            return false;
    return true;
}

static bool is_wsp(char c)
{
    return c == ' ' || c == '\t';
}

struct bytes bytes_trim(struct bytes b)
{
    while (b.len > 0 && is_wsp(b.data[b.len - 1]))
        b.len--;
    while (b.len > 0 && is_wsp(b.data[0])) {
        b.data++;
        b.len--;
    }
    return b;
}

struct bytes bytes_slice(struct bytes b, size_t from, size_t to)
{
    assert(from <= to && to <= b.len);
    return (struct bytes){ from > 0 ? b.data + from : b.data, to - from };
}

bool bytes_split(struct bytes *rest, char separator, struct bytes *piece)
{
    const char *found;

    if (rest->data == NULL)
        return false;
    found = rest->len > 0 ? memchr(rest->data, separator, rest->len) : NULL;
    if (found == NULL) {
        *piece = *rest;
        *rest = (struct bytes){ NULL, 0 };
        return true;
    }
    *piece = bytes_slice(*rest, 0, (size_t)(found - rest->data));
    *rest = bytes_slice(*rest, piece->len + 1, rest->len);
    return true;
}
