/* A DKIM key record: fields lie within the input, and a key is as long as its base64 can say. */
#include "tests/fuzz/parse/fuzz.h"

#include "workers/parse/dkim.h"

static void check_pieces(const struct bytes *pieces, size_t n, const struct bytes *txts,
                         size_t count)
{
    for (size_t i = 0; i < n; i++) {
        HOLDS(pieces[i].len > 0 && fuzz_within(pieces[i], txts, count));
        HOLDS(!bytes_have(pieces[i], ':') && !bytes_have(pieces[i], ';'));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes txts[FUZZ_TXTS_MAX];
    size_t count = fuzz_txts(data, len, txts);
    struct arena arena;
    struct dkim r;

    arena_init(&arena, 4096);
    dkim_judge(txts, count, &arena, &r);
    fuzz_verdict(r.verdict, &r.violations);
    check_pieces(r.hashes, r.hash_count, txts, count);
    check_pieces(r.services, r.service_count, txts, count);
    check_pieces(r.flags, r.flag_count, txts, count);
    HOLDS(fuzz_within(r.notes, txts, count));
    HOLDS(r.bits <= len * 6);
    HOLDS(r.bits == 0 || !r.revoked);
    HOLDS(r.verdict != VERDICT_VALID || r.bits > 0 || r.revoked);
    HOLDS(r.readable || (r.bits == 0 && !r.revoked));
    HOLDS((r.verdict == VERDICT_ABSENT) ==
          (!r.readable && !violations_have(&r.violations, VIOLATION_DKIM_MULTIPLE)));
    arena_free(&arena);
    return 0;
}
