#include "workers/breadcrumb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* `there` is written last and cleared first, so that the parent never reads half a name. */
struct breadcrumb {
    volatile bool there;
    unsigned stage, number;
    char entry[48];
};

struct breadcrumb *breadcrumb_new(void)
{
    void *page = mmap(NULL, sizeof(struct breadcrumb), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        abort();
    return page;
}

void breadcrumb_free(struct breadcrumb *b)
{
    munmap(b, sizeof(*b));
}

/* Both processes' views are ordered by the worker's death; the fences keep the compiler from moving
 * the copy out of its brackets. */
void breadcrumb_drop(struct breadcrumb *b, enum stage stage, const char entry[48], unsigned number)
{
    if (b == NULL)
        return;
    b->there = false;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    b->stage = stage;
    b->number = number;
    memcpy(b->entry, entry, sizeof(b->entry));
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    b->there = true;
}

void breadcrumb_clear(struct breadcrumb *b)
{
    if (b != NULL)
        b->there = false;
}

bool breadcrumb_read(const struct breadcrumb *b, char text[BREADCRUMB_SIZE])
{
    if (!b->there || b->stage >= STAGE_COUNT)
        return false;
    snprintf(text, BREADCRUMB_SIZE, "%s/%.47s/%u", stage_name((enum stage)b->stage), b->entry,
             b->number);
    return true;
}
