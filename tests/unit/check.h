/* check: what a unit test needs. A test program is tables and CHECKs, and ends with `return
 * check_report();`, whose last line is "N passed, N failed". */
#ifndef MXC_TESTS_CHECK_H
#define MXC_TESTS_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned check_passed, check_failed;

/* Count one expectation; say where it fails, with a note in printf form. */
#define CHECK(expectation, ...)                                              \
    do {                                                                     \
        if (expectation) {                                                   \
            check_passed++;                                                  \
        } else {                                                             \
            check_failed++;                                                  \
            printf("%s:%d: not so: %s: ", __FILE__, __LINE__, #expectation); \
            printf(__VA_ARGS__);                                             \
            putchar('\n');                                                   \
        }                                                                    \
    } while (0)

/* The same of what something costs, in time or memory: a sanitizer multiplies both, so that there
 * only the rest of the test counts. */
#ifdef __SANITIZE_ADDRESS__
#define CHECK_COST(expectation, ...) ((void)(expectation))
#define CHECK_SLOWNESS 3 /* by which times that a test waits are multiplied */
#else
#define CHECK_COST CHECK
#define CHECK_SLOWNESS 1
#endif

/* For the note of a CHECK, where a text may be missing. */
static inline const char *check_text(const char *text)
{
    return text != NULL ? text : "(none)";
}

/* A copy of data that ends where an unreadable page begins: one byte too far is SIGSEGV. Never
 * freed. */
static inline char *check_at_edge(const void *data, size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t room = (len / page + 1) * page;
    char *map = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (map == MAP_FAILED || mprotect(map + room, page, PROT_NONE) != 0) {
        perror("check_at_edge");
        exit(1);
    }
    if (len > 0)
        memcpy(map + room - len, data, len);
    return map + room - len;
}

static inline int check_report(void)
{
    printf("%u passed, %u failed\n", check_passed, check_failed);
    return check_failed == 0 ? 0 : 1;
}

#endif
