/* RDATA printed and read again is the same RDATA; usable is what no violation says otherwise of. */
#include "tests/fuzz/parse/fuzz.h"

#include "workers/parse/tlsa.h"

static void check_printed(const uint8_t *data, size_t len, struct arena *arena)
{
    struct bytes again;
    struct buf out;
    struct tlsa t;

    if (!tlsa_parse(data, len, &t)) {
        HOLDS(len <= 3);
        return;
    }
    buf_init(&out, BUF_NO_CEILING);
    tlsa_print(&t, &out);
    HOLDS(tlsa_scan((struct bytes){ out.data, out.len }, arena, &again));
    HOLDS(fuzz_same(again, (struct bytes){ (const char *)data, len }));
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes rdatas[FUZZ_TXTS_MAX], rdata;
    size_t count = fuzz_txts(data, len, rdatas), usable = 0;
    struct arena arena;
    struct tlsa_set set;

    arena_init(&arena, 1024);
    check_printed(data, len, &arena);
    tlsa_scan((struct bytes){ len > 0 ? (const char *)data : "", len }, &arena, &rdata);
    tlsa_judge(rdatas, count, &set);
    fuzz_verdict(set.verdict, &set.violations);
    for (size_t i = 0; i < count; i++) {
        struct violations why = { { 0 } };
        struct tlsa t;

        if (!tlsa_parse((const uint8_t *)rdatas[i].data, rdatas[i].len, &t))
            continue;
        HOLDS(tlsa_usable(&t, &why) == !violations_any(&why));
        usable += !violations_any(&why);
    }
    HOLDS(set.usable == usable && (set.verdict == VERDICT_VALID) == (usable > 0));
    arena_free(&arena);
    return 0;
}
