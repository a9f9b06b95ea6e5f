/* A valid record has an id of 1 to 32 letters and digits, and the plainest record with that id is
 * valid and gives it again. Order among TXT records is nothing. */
#include "tests/fuzz/parse/fuzz.h"

#include "workers/parse/sts_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes txts[FUZZ_TXTS_MAX], reversed[FUZZ_TXTS_MAX], plain;
    size_t count = fuzz_txts(data, len, txts);
    struct sts_record r, again;
    char text[64];

    sts_record_judge(txts, count, &r);
    fuzz_verdict(r.verdict, &r.violations);
    HOLDS(fuzz_within(r.id, txts, count));
    for (size_t i = 0; i < count; i++)
        reversed[i] = txts[count - 1 - i];
    sts_record_judge(reversed, count, &again);
    HOLDS(memcmp(&r.violations, &again.violations, sizeof(r.violations)) == 0);
    HOLDS(r.verdict == again.verdict && fuzz_same(r.id, again.id));
    if (r.verdict == VERDICT_VALID) {
        HOLDS(r.id.len >= 1 && r.id.len <= 32);
        plain.data = text;
        plain.len =
            (size_t)snprintf(text, sizeof(text), "v=STSv1; id=%.*s;", (int)r.id.len, r.id.data);
        sts_record_judge(&plain, 1, &again);
        HOLDS(again.verdict == VERDICT_VALID && fuzz_same(again.id, r.id));
    }
    return 0;
}
