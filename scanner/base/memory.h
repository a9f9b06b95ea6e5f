/* memory: allocation that cannot fail quietly.
 * A process that runs out of memory ends by SIGABRT: the job in hand is then known from the
 * breadcrumb, and its batch goes to another worker. Nothing here returns NULL. */
#ifndef MXC_BASE_MEMORY_H
#define MXC_BASE_MEMORY_H

#include <stddef.h>

void *memory_alloc(size_t size); /* zeroed; free() it */
void *memory_grow(void *old, size_t count,
                  size_t size); /* realloc to count*size, overflow checked */
char *memory_strndup(const char *s, size_t len);
char *memory_strdup(const char *s);

#endif
