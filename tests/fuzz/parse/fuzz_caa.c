/* CAA RDATA with 0x1E between them: what is printed is read again as the same bytes; a text that
 * can be read is printed so that it is read again. */
#include "tests/fuzz/parse/fuzz.h"

#include "workers/parse/caa.h"

static void check_rdata(struct bytes rdata, struct arena *arena)
{
    struct bytes again;
    struct buf text;
    struct caa c;

    if (!caa_parse((const uint8_t *)rdata.data, rdata.len, &c))
        return;
    buf_init(&text, BUF_NO_CEILING);
    caa_print(&c, &text);
    HOLDS(bytes_printable((struct bytes){ text.data, text.len }));
    HOLDS(caa_scan((struct bytes){ text.data, text.len }, arena, &again));
    HOLDS(fuzz_same(rdata, again));
    buf_free(&text);
}

static void check_issuers(const struct caa_issuers *i, const struct bytes *rdatas, size_t count)
{
    HOLDS(i->present || i->count == 0);
    for (size_t n = 0; n < i->count; n++)
        HOLDS(i->names[n].len > 0 && fuzz_within(i->names[n], rdatas, count));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes rdatas[FUZZ_TXTS_MAX], scanned;
    size_t count = fuzz_txts(data, len, rdatas);
    struct arena arena;
    struct caa_set s;

    arena_init(&arena, 4096);
    for (size_t i = 0; i < count; i++)
        check_rdata(rdatas[i], &arena);
    caa_judge(rdatas, count, &arena, &s);
    fuzz_verdict(s.verdict, &s.violations);
    check_issuers(&s.issue, rdatas, count);
    check_issuers(&s.issuewild, rdatas, count);
    check_issuers(&s.issuemail, rdatas, count);
    if (caa_scan((struct bytes){ len > 0 ? (const char *)data : "", len }, &arena, &scanned))
        check_rdata(scanned, &arena);
    arena_free(&arena);
    return 0;
}
