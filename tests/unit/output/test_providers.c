/* providers: the largest mail operators beside their customers. */
#include "output/providers.h"

#include <time.h>

#include "tests/unit/check.h"
#include "tests/unit/output/run.h"

#define OPERATORS 8000 /* with a domain each, but for the first, with two */

static void count(struct adoption *a, const struct join *j, unsigned operator, unsigned domain)
{
    char text[200];
    struct arena arena;

    snprintf(text, sizeof(text),
             "{\"v\":1,\"domain\":\"d%u.test\",\"exists\":\"yes\",\"mx\":{\"outcome\":\"ok\","
             "\"kind\":\"hosts\",\"hosts\":[{\"host\":\"mx.o%u.test\"}]}}",
             domain, operator);
    arena_init(&arena, 1024);
    adoption_count(a, 0, join_view(j, &arena, json_parse(&arena, text, strlen(text))));
    arena_free(&arena);
}

/* The rows of all operators take time as their number, not as its square. */
static void test_many_operators(void)
{
    struct join *j = join_new();
    struct adoption *a = adoption_new(run_dir, 1, NULL);
    struct providers *p;
    struct buf csv;
    clock_t start;

    join_seal(j);
    p = providers_new(j);
    for (unsigned i = 0; i < OPERATORS; i++)
        count(a, j, i, i);
    count(a, j, 0, OPERATORS);
    CHECK(adoption_seal(a, OPERATORS - 1), "sealed");
    buf_init(&csv, BUF_NO_CEILING);
    start = clock();
    providers_write(p, a, &csv);
    CHECK_COST(clock() - start < CLOCKS_PER_SEC / 4, "%.2f s",
               (double)(clock() - start) / CLOCKS_PER_SEC);
    buf_byte(&csv, '\0');
    CHECK(strstr(csv.data, "\n1,o0.test,2,0.000250,") != NULL, "%.400s", csv.data);
    CHECK(strstr(csv.data, "\n2,o1.test,1,0.000125,") != NULL, "%.400s", csv.data);
    CHECK(strstr(csv.data, "\n,(other),1,0.000125,") != NULL, "the others");
    buf_free(&csv);
    providers_free(p);
    adoption_free(a);
    join_free(j);
}

int main(void)
{
    run_make();
    test_many_operators();
    run_remove();
    return check_report();
}
