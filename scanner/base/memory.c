#include "scanner/base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *p)
{
    if (p == NULL) {
        fputs("mxcensus: out of memory\n", stderr);
        abort();
    }
    return p;
}

void *memory_alloc(size_t size)
{
    return checked(calloc(1, size > 0 ? size : 1));
}

void *memory_grow(void *old, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size)
        return checked(NULL);
    return checked(realloc(old, count * size > 0 ? count * size : 1));
}

char *memory_strndup(const char *s, size_t len)
{
    char *copy = checked(malloc(len + 1));

    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

char *memory_strdup(const char *s)
{
    return memory_strndup(s, strlen(s));
}
