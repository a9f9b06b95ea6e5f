/* What a valid record says, written plainly, is valid and says the same. */
#include "tests/fuzz/parse/fuzz.h"

#include "scanner/base/buf.h"
#include "workers/parse/tls_rpt.h"

static void check_plain(const struct tls_rpt *r, struct arena *arena)
{
    struct bytes plain;
    struct tls_rpt again;
    struct buf out;

    buf_init(&out, BUF_NO_CEILING);
    for (size_t i = 0; i < r->rua_count; i++) {
        buf_string(&out, i == 0 ? "v=TLSRPTv1; rua=" : ",");
        buf_append(&out, r->rua[i].data, r->rua[i].len);
    }
    plain = (struct bytes){ out.data, out.len };
    tls_rpt_judge(&plain, 1, arena, &again);
    HOLDS(again.verdict == VERDICT_VALID && again.rua_count == r->rua_count);
    for (size_t i = 0; i < r->rua_count; i++)
        HOLDS(fuzz_same(again.rua[i], r->rua[i]));
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes txts[FUZZ_TXTS_MAX];
    size_t count = fuzz_txts(data, len, txts);
    struct arena arena;
    struct tls_rpt r;

    arena_init(&arena, 1024);
    tls_rpt_judge(txts, count, &arena, &r);
    fuzz_verdict(r.verdict, &r.violations);
    for (size_t i = 0; i < r.rua_count; i++)
        HOLDS(fuzz_within(r.rua[i], txts, count) && r.rua[i].len > 0);
    if (r.verdict == VERDICT_VALID) {
        HOLDS(r.rua_count > 0);
        check_plain(&r, &arena);
    }
    arena_free(&arena);
    return 0;
}
