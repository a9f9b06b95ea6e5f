/* Memory of an arena is zero, whatever was in it before, and a copy of nothing is a text. */
#include "scanner/base/arena.h"

#include <stdint.h>

#include "tests/unit/check.h"

#define CHUNK 256
#define LARGE ((size_t)10000)

static bool all_zero(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] != '\0')
            return false;
    return true;
}

static void test_alloc(struct arena *a)
{
    static const size_t sizes[] = { 1, 7, 100, 0, CHUNK, LARGE, 3 };

    for (int turn = 0; turn < 3; turn++) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            char *p = arena_alloc(a, sizes[i]);

            CHECK((uintptr_t)p % sizeof(void *) == 0, "%zu", sizes[i]);
            CHECK(all_zero(p, sizes[i]), "%zu", sizes[i]);
            memset(p, 'x', sizes[i]);
        }
        arena_reset(a);
    }
    CHECK(all_zero(arena_array(a, 100, 8), 800), "an array");
}

static void test_copies(struct arena *a)
{
    CHECK(strcmp(arena_strndup(a, "abc", 2), "ab") == 0, "a part");
    CHECK(strcmp(arena_strdup(a, "abc"), "abc") == 0, "a text");
    CHECK(strcmp(arena_strndup(a, NULL, 0), "") == 0, "nothing, as an empty buf has it");
}

int main(void)
{
    struct arena arena;

    arena_init(&arena, CHUNK);
    test_alloc(&arena);
    test_copies(&arena);
    arena_free(&arena);
    return check_report();
}
