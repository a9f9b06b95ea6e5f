#include "workers/dns/wire_name.h"

#include <string.h>

enum { LABEL_MAX = 63, HOPS_MAX = 64, POINTER = 0xc0 };

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One byte of a label, escapes undone. How many characters it took; 0: a bad escape. */
static size_t parse_byte(const char *text, uint8_t *byte)
{
    if (text[0] != '\\') {
        *byte = (uint8_t)text[0];
        return 1;
    }
    if (!is_digit(text[1])) {
        *byte = (uint8_t)text[1];
        return text[1] != '\0' ? 2 : 0;
    }
    if (!is_digit(text[2]) || !is_digit(text[3]))
        return 0;

    unsigned n = (unsigned)(text[1] - '0') * 100 + (unsigned)(text[2] - '0') * 10 +
                 (unsigned)(text[3] - '0');

    *byte = (uint8_t)n;
    return n <= 255 ? 4 : 0;
}

/* One label to out, its length byte included. Characters taken; 0: no label. */
static size_t parse_label(const char *text, uint8_t *out, size_t room)
{
    size_t i = 0, len = 0;

    while (text[i] != '\0' && text[i] != '.') {
        uint8_t byte;
        size_t took = parse_byte(text + i, &byte);

        if (took == 0 || len == LABEL_MAX || len + 1 >= room)
            return 0;
        out[++len] = byte;
        i += took;
    }
    if (len > 0)
        out[0] = (uint8_t)len;
    return i;
}

size_t wire_name_parse(const char *text, uint8_t out[WIRE_NAME_MAX])
{
    size_t len = 0;

    if (text[0] == '.' && text[1] == '\0') {
        out[0] = 0;
        return 1;
    }
    do {
        size_t took = parse_label(text, out + len, WIRE_NAME_MAX - 1 - len);

        if (took == 0)
            return 0;
        len += 1U + out[len];
        text += took;
        if (*text == '.')
            text++;
        else
            break;
    } while (*text != '\0');
    out[len] = 0;
    return len + 1;
}

static char *print_byte(char *to, uint8_t c)
{
    if (c > 0x20 && c < 0x7f) {
        if (c == '.' || c == '\\')
            *to++ = '\\';
        *to++ = (char)lower(c);
        return to;
    }
    *to++ = '\\';
    *to++ = (char)('0' + c / 100);
    *to++ = (char)('0' + c / 10 % 10);
    *to++ = (char)('0' + c % 10);
    return to;
}

size_t wire_name_print(const uint8_t *name, char out[WIRE_NAME_TEXT_SIZE])
{
    char *to = out;

    if (*name == 0)
        *to++ = '.';
    while (*name != 0) {
        if (to != out)
            *to++ = '.';
        for (unsigned i = 1; i <= *name; i++)
            to = print_byte(to, name[i]);
        name += 1 + *name;
    }
    *to = '\0';
    return (size_t)(to - out);
}

size_t wire_name_length(const uint8_t *name)
{
    size_t len = 0;

    while (name[len] != 0)
        len += 1U + name[len];
    return len + 1;
}

/* Length bytes are at most 63 and so no letters: names compare byte by byte. */
static bool equal_bytes(const uint8_t *a, const uint8_t *b, size_t len)
{
    if (memcmp(a, b, len) == 0)
        return true;
    for (size_t i = 0; i < len; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

bool wire_name_equal(const uint8_t *a, const uint8_t *b)
{
    size_t len = wire_name_length(a);

    return len == wire_name_length(b) && equal_bytes(a, b, len);
}

size_t wire_name_skip(const struct wire_message *m, size_t at)
{
    size_t start = at;

    while (at < m->len) {
        uint8_t c = m->data[at];

        if (c == 0)
            return at + 1 - start <= WIRE_NAME_MAX ? at + 1 : 0;
        if ((c & POINTER) == POINTER)
            return at + 2 <= m->len ? at + 2 : 0;
        if (c > LABEL_MAX)
            return 0;
        at += 1U + c;
    }
    return 0;
}

/* The walk over the labels of a name, pointers followed. */
struct walk {
    size_t at, behind; /* behind: the name where it began; 0 until its first pointer or its end */
    size_t floor;      /* pointers must lead below it */
    unsigned hops;
};

/* To the next label, through pointers. Its length, 0 for the root, -1 for no name. */
static int walk_label(struct wire_message *m, struct walk *w)
{
    while (w->at < m->len) {
        uint8_t c = m->data[w->at];

        if (c <= LABEL_MAX) {
            if (c == 0 && w->behind == 0)
                w->behind = w->at + 1;
            return w->at + c < m->len ? c : -1;
        }
        if ((c & POINTER) != POINTER || w->at + 2 > m->len || ++w->hops > HOPS_MAX)
            return -1;

        size_t target = (size_t)(c & ~POINTER) << 8 | m->data[w->at + 1];

        if (w->behind == 0)
            w->behind = w->at + 2;
        if (target >= w->floor || m->allowance < 8)
            return -1;
        m->allowance -= 8; /* a hop is a likely cache miss */
        w->floor = w->at = target;
    }
    return -1;
}

size_t wire_name_read(struct wire_message *m, size_t at, uint8_t out[WIRE_NAME_MAX])
{
    struct walk w = { .at = at, .floor = at };
    size_t len = 0;

    for (;;) {
        int label = walk_label(m, &w);

        if (label < 0)
            return 0;
        if (label == 0)
            break;

        size_t step = 1U + (size_t)label;

        if (len + step >= WIRE_NAME_MAX || m->allowance < step)
            return 0;
        m->allowance -= step;
        memcpy(out + len, m->data + w.at, step);
        len += step;
        w.at += step;
    }
    out[len] = 0;
    return w.behind;
}

size_t wire_name_compare(struct wire_message *m, size_t at, const uint8_t *name, bool *equal)
{
    struct walk w = { .at = at, .floor = at };

    *equal = false;
    for (;;) {
        int label = walk_label(m, &w);

        if (label < 0)
            return 0;
        if (label != *name)
            return w.behind != 0 ? w.behind : wire_name_skip(m, at);
        if (label == 0)
            break;

        size_t step = 1U + (size_t)label;

        if (m->allowance < step)
            return 0;
        m->allowance -= step;
        if (!equal_bytes(m->data + w.at, name, step))
            return w.behind != 0 ? w.behind : wire_name_skip(m, at);
        name += step;
        w.at += step;
    }
    *equal = true;
    return w.behind;
}
