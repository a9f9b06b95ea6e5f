/* Counts agree with lists; spaces are nothing; a bad term spoils any record, a good one none. */
#include "tests/fuzz/parse/fuzz.h"

#include "scanner/base/buf.h"
#include "workers/parse/spf.h"
#include "workers/parse/spf_text.h"

/* record, every space doubled, and term at its end. */
static void judge_longer(const struct spf *r, const char *term, struct arena *arena,
                         struct spf *out)
{
    struct bytes longer;
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    for (size_t i = 0; i < r->record.len; i++) {
        if (r->record.data[i] == ' ')
            buf_byte(&text, ' ');
        buf_byte(&text, r->record.data[i]);
    }
    buf_printf(&text, " %s", term);
    longer = (struct bytes){ arena_strndup(arena, text.data, text.len), text.len };
    spf_judge(&longer, 1, arena, out);
    buf_free(&text);
}

static void check_readable(const struct spf *r, struct arena *arena)
{
    struct spf alone, other; /* alone: without the note that a misspelt neighbour gives */
    enum violation why;

    HOLDS(r->redirect.len == 0 || (r->all == SPF_NONE && spf_domain_spec(r->redirect, &why)));
    for (size_t i = 0; i < r->term_count; i++)
        HOLDS(r->terms[i].domain.len == 0 || spf_domain_spec(r->terms[i].domain, &why));
    spf_judge(&r->record, 1, arena, &alone);
    HOLDS(alone.verdict == r->verdict && alone.lookup_terms == r->lookup_terms);
    judge_longer(r, "", arena, &other);
    HOLDS(memcmp(&other.violations, &alone.violations, sizeof(alone.violations)) == 0);
    HOLDS(other.lookup_terms == r->lookup_terms && other.all == r->all);
    judge_longer(r, "ip4:192.0.2.1", arena, &other);
    HOLDS(other.verdict == r->verdict && other.lookup_terms == r->lookup_terms);
    judge_longer(r, "ip4:192.0.2.1/", arena, &other);
    HOLDS(other.verdict == VERDICT_INVALID);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes txts[FUZZ_TXTS_MAX];
    size_t count = fuzz_txts(data, len, txts);
    struct arena arena;
    struct spf r;

    arena_init(&arena, 1024);
    spf_judge(txts, count, &arena, &r);
    fuzz_verdict(r.verdict, &r.violations);
    HOLDS((r.verdict == VERDICT_ABSENT) == (r.record.len == 0));
    if (r.readable)
        check_readable(&r, &arena);
    arena_free(&arena);
    return 0;
}
