/* What a valid record says, written plainly, is valid and says the same. */
#include "tests/fuzz/parse/fuzz.h"

#include "scanner/base/buf.h"
#include "workers/parse/bimi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes txts[FUZZ_TXTS_MAX], plain;
    size_t count = fuzz_txts(data, len, txts);
    struct bimi r, again;
    struct buf out;

    bimi_judge(txts, count, &r);
    fuzz_verdict(r.verdict, &r.violations);
    HOLDS(fuzz_within(r.l, txts, count) && fuzz_within(r.a, txts, count));
    HOLDS((r.has_l || r.l.len == 0) && (r.has_a || r.a.len == 0));
    if (r.verdict != VERDICT_VALID)
        return 0;
    HOLDS(r.has_l);
    buf_init(&out, BUF_NO_CEILING);
    buf_string(&out, "v=BIMI1; l=");
    buf_append(&out, r.l.data, r.l.len);
    if (r.has_a) {
        buf_string(&out, "; a=");
        buf_append(&out, r.a.data, r.a.len);
    }
    plain = (struct bytes){ out.data, out.len };
    bimi_judge(&plain, 1, &again);
    HOLDS(again.verdict == VERDICT_VALID && again.has_a == r.has_a);
    HOLDS(fuzz_same(again.l, r.l) && fuzz_same(again.a, r.a));
    buf_free(&out);
    return 0;
}
