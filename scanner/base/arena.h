/* arena: memory of one job from one region, given back in one call.
 * Allocations are zeroed, aligned for any type, and never fail (see memory.h). */
#ifndef MXC_BASE_ARENA_H
#define MXC_BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;
struct arena {
    struct arena_chunk *chunk; /* newest first */
    size_t chunk_size;         /* size of the next chunk, bytes */
    size_t total;              /* bytes held in all chunks */
};

void arena_init(struct arena *a, size_t chunk_size); /* allocates nothing yet */
void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t count, size_t size); /* overflow checked */
char *arena_strndup(struct arena *a, const char *s,
                    size_t len); /* adds a NUL; s may be NULL where len is 0 */
char *arena_strdup(struct arena *a, const char *s);
void arena_reset(struct arena *a); /* forget everything, keep one chunk */
void arena_free(struct arena *a);

#endif
