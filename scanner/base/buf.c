#include "scanner/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"

#define FIRST_CAPACITY 256

void buf_init(struct buf *b, size_t ceiling)
{
    memset(b, 0, sizeof(*b));
    b->ceiling = ceiling;
}

char *buf_reserve(struct buf *b, size_t len)
{
    if (b->failed || len > b->ceiling - b->len) {
        b->failed = true;
        return NULL;
    }
    if (b->len + len > b->cap) {
        size_t cap = b->cap > 0 ? b->cap : FIRST_CAPACITY;

        while (cap < b->len + len)
            cap *= 2;
        b->data = memory_grow(b->data, cap, 1);
        b->cap = cap;
    }
    return b->data + b->len;
}

bool buf_append(struct buf *b, const void *data, size_t len)
{
    char *room;

    if (len == 0) /* which in an empty one would be an offset from nowhere */
        return !b->failed;
    room = buf_reserve(b, len);
    if (room == NULL)
        return false;
    memcpy(room, data, len);
    b->len += len;
    return true;
}

bool buf_string(struct buf *b, const char *s)
{
    return buf_append(b, s, strlen(s));
}

bool buf_byte(struct buf *b, char c)
{
    return buf_append(b, &c, 1);
}

bool buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    int len;
    char *room;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    room = len < 0 ? NULL : buf_reserve(b, (size_t)len + 1); /* vsnprintf writes its NUL as well */
    if (room != NULL) {
        vsnprintf(room, (size_t)len + 1, format, again);
        b->len += (size_t)len;
    }
    va_end(again);
    return room != NULL;
}

void buf_consume(struct buf *b, size_t len)
{
    b->len -= len;
    memmove(b->data, b->data + len, b->len);
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

void buf_free(struct buf *b)
{
    free(b->data);
    buf_init(b, b->ceiling);
}
