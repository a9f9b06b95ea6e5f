#include "scanner/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"

#define CHUNK_SIZE_MAX ((size_t)256 * 1024)

struct arena_chunk {
    struct arena_chunk *older;
    size_t size, used;
    alignas(max_align_t) char data[];
};

void arena_init(struct arena *a, size_t chunk_size)
{
    a->chunk = NULL;
    a->chunk_size = chunk_size;
    a->total = 0;
}

/* Chunks double, so that a large job costs few of them and a small one little memory. */
static void chunk_add(struct arena *a, size_t at_least)
{
    size_t size = at_least > a->chunk_size ? at_least : a->chunk_size;
    struct arena_chunk *chunk = memory_grow(NULL, 1, sizeof(*chunk) + size);

    chunk->older = a->chunk;
    chunk->size = size;
    chunk->used = 0;
    a->chunk = chunk;
    a->total += size;
    if (a->chunk_size < CHUNK_SIZE_MAX)
        a->chunk_size *= 2;
}

void *arena_alloc(struct arena *a, size_t size)
{
    const size_t unit = alignof(max_align_t);
    void *p;

    if (size > SIZE_MAX / 2)
        return memory_grow(NULL, size, 2); /* aborts */
    size = (size + unit - 1) / unit * unit;
    if (a->chunk == NULL || a->chunk->size - a->chunk->used < size)
        chunk_add(a, size);
    p = a->chunk->data + a->chunk->used;
    a->chunk->used += size;
    return memset(p, 0, size);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / 2 / size)
        return memory_grow(NULL, SIZE_MAX, 2); /* aborts */
    return arena_alloc(a, count * size);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    char *copy = arena_alloc(a, len + 1);

    if (len > 0)
        memcpy(copy, s, len);
    return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

void arena_reset(struct arena *a)
{
    struct arena_chunk *keep = a->chunk;

    if (keep == NULL)
        return;
    a->chunk = keep->older;
    arena_free(a);
    keep->older = NULL;
    keep->used = 0;
    a->chunk = keep;
    a->total = keep->size;
}

void arena_free(struct arena *a)
{
    while (a->chunk != NULL) {
        struct arena_chunk *older = a->chunk->older;

        free(a->chunk);
        a->chunk = older;
    }
    a->total = 0;
}
