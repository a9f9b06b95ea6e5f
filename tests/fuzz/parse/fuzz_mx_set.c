/* RDATA with 0x1E between them. The set is sorted, without duplicates, and the same from any order.
 */
#include "tests/fuzz/parse/fuzz.h"

#include "workers/parse/mx_set.h"

static void check_hosts(const struct mx_set *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct mx_host *h = &s->hosts[i];

        HOLDS(h->host[0] != '\0');
        for (const char *c = h->host; *c != '\0'; c++)
            HOLDS(*c > 0x20 && *c < 0x7f && !(*c >= 'A' && *c <= 'Z'));
        HOLDS(!h->faulty || violations_have(&s->violations, h->violation));
        if (i > 0 && h[-1].preference == h->preference)
            HOLDS(strcmp(h[-1].host, h->host) < 0);
        else if (i > 0)
            HOLDS(h[-1].preference < h->preference);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes rdatas[FUZZ_TXTS_MAX], reversed[FUZZ_TXTS_MAX];
    size_t count = fuzz_txts(data, len, rdatas);
    struct arena arena;
    struct mx_set set, again;

    arena_init(&arena, 1024);
    mx_set_judge(rdatas, count, &arena, &set);
    fuzz_verdict(set.verdict, &set.violations);
    check_hosts(&set);
    HOLDS(!set.null || (set.count == 0 && set.verdict == VERDICT_VALID));
    HOLDS(set.count + set.unreadable <= count);
    HOLDS((set.verdict == VERDICT_ABSENT) == (set.unreadable == count));
    for (size_t i = 0; i < count; i++)
        reversed[i] = rdatas[count - 1 - i];
    mx_set_judge(reversed, count, &arena, &again);
    HOLDS(again.verdict == set.verdict && again.count == set.count && again.null == set.null);
    for (size_t i = 0; i < set.count; i++)
        HOLDS(strcmp(set.hosts[i].host, again.hosts[i].host) == 0 &&
              set.hosts[i].preference == again.hosts[i].preference);
    arena_free(&arena);
    return 0;
}
