/* Who runs a policy host: by name, by the curated list, by how many domains it serves. */
#include "output/management.h"

#include "tests/unit/check.h"

#define LARGE MANAGEMENT_LARGE_LIST

static const struct {
    uint64_t served, list;
    enum management is;
} counts[] = {
    { 1, LARGE, MANAGEMENT_SELF },       { 5, LARGE, MANAGEMENT_SELF },
    { 6, LARGE, MANAGEMENT_OPEN },       { 49, LARGE, MANAGEMENT_OPEN },
    { 50, LARGE, MANAGEMENT_THIRD },     { 1, LARGE - 1, MANAGEMENT_OPEN },
    { 50, LARGE - 1, MANAGEMENT_THIRD }, { 1000000, 1000000, MANAGEMENT_THIRD },
};

/* A domain, the operator that its record names, how many more have that one; then who runs it. */
static const struct {
    const char *domain, *runner;
    unsigned others;
    enum management is;
} hosts[] = {
    { "a.test", NULL, 0, MANAGEMENT_SELF },
    { "a.test", "a.test", 0, MANAGEMENT_SELF },
    { "sub.a.co.uk", "a.co.uk", 99, MANAGEMENT_SELF }, /* its own, however many it serves */
    { "a.test", "someone.github.io", 99, MANAGEMENT_SELF },
    { "a.test", "easydmarc.pro", 0, MANAGEMENT_THIRD },
    { "a.test", "provider.test", 0, MANAGEMENT_OPEN },
    { "a.test", "provider.test", 48, MANAGEMENT_OPEN },
    { "a.test", "provider.test", 49, MANAGEMENT_THIRD },
};

static void take(struct join *j, struct arena *arena, const char *domain, const char *operator)
{
    char text[256];
    int len = snprintf(text, sizeof(text), "{\"domain\":\"%s\"%s%s%s}", domain,
                       operator!= NULL ? ",\"operator\":\"" : "",
                       operator!= NULL ? operator: "", operator!= NULL ? "\"" : "");

    join_take(j, KIND_POLICIES, json_parse(arena, text, (size_t)len));
}

static void test_host(size_t i, struct arena *arena)
{
    struct join *j = join_new();
    char text[128];
    int len = snprintf(text, sizeof(text), "{\"domain\":\"%s\"}", hosts[i].domain);

    take(j, arena, hosts[i].domain, hosts[i].runner);
    for (unsigned n = 0; n < hosts[i].others; n++) {
        char other[32];

        snprintf(other, sizeof(other), "other%u.test", n);
        take(j, arena, other, hosts[i].runner);
    }
    join_seal(j);
    CHECK(management_of_policy(join_view(j, arena, json_parse(arena, text, (size_t)len)), 1000) ==
              hosts[i].is,
          "row %zu", i);
    join_free(j);
}

int main(void)
{
    struct joined none = { .policy = NULL };
    struct arena arena;

    arena_init(&arena, 4096);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        CHECK(management_of_count(counts[i].served, counts[i].list) == counts[i].is, "row %zu", i);
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        test_host(i, &arena);
    CHECK(management_of_policy(&none, LARGE) == MANAGEMENT_OPEN, "no record");
    arena_free(&arena);
    return check_report();
}
