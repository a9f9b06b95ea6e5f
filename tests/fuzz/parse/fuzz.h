/* fuzz: what the targets share. An input is TXT strings with 0x1E between them. HOLDS ends the
 * process where a property does not hold, with or without NDEBUG. */
#ifndef MXC_TESTS_FUZZ_H
#define MXC_TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/outcome.h"
#include "scanner/base/violation.h"
#include "workers/parse/bytes.h"

#define HOLDS(property)                                                            \
    do {                                                                           \
        if (!(property)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #property); \
            abort();                                                               \
        }                                                                          \
    } while (0)

#define FUZZ_TXTS_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static inline size_t fuzz_txts(const uint8_t *data, size_t len, struct bytes txts[FUZZ_TXTS_MAX])
{
    struct bytes rest = { len > 0 ? (const char *)data : "", len };
    size_t count = 0;

    while (count < FUZZ_TXTS_MAX && bytes_split(&rest, '\x1e', &txts[count]))
        count++;
    return count;
}

/* A verdict follows from the violations alone, but for absence. */
static inline void fuzz_verdict(enum verdict verdict, const struct violations *vs)
{
    HOLDS(verdict != VERDICT_UNKNOWN);
    HOLDS((verdict == VERDICT_INVALID) == violations_fault(vs));
}

static inline bool fuzz_same(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* inner is empty, or lies within one of the texts. */
static inline bool fuzz_within(struct bytes inner, const struct bytes *texts, size_t count)
{
    if (inner.len == 0)
        return true;
    for (size_t i = 0; i < count; i++)
        if (inner.data >= texts[i].data && inner.data + inner.len <= texts[i].data + texts[i].len)
            return true;
    return false;
}

#endif
