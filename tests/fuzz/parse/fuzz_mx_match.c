/* pattern 0x1E host. A name matches itself in any case; "*." takes exactly one label more. */
#include "tests/fuzz/parse/fuzz.h"

#include "workers/parse/domain_text.h"
#include "workers/parse/mx_match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes txts[FUZZ_TXTS_MAX];
    size_t count = fuzz_txts(data, len, txts);
    struct bytes pattern = txts[0], host = count > 1 ? txts[1] : txts[0];
    char upper[512], longer[512], wild[512];

    if (!domain_text_valid(host) || !mx_match(pattern, host)) {
        HOLDS(!domain_text_valid(host) || !fuzz_same(pattern, host));
        return 0;
    }
    for (size_t i = 0; i < host.len; i++)
        upper[i] =
            host.data[i] >= 'a' && host.data[i] <= 'z' ? (char)(host.data[i] - 32) : host.data[i];
    HOLDS(mx_match(pattern, (struct bytes){ upper, host.len }));
    HOLDS(bytes_begin(pattern, "*.") || pattern.len == host.len);
    memcpy(longer, "x.", 2);
    memcpy(longer + 2, host.data, host.len);
    HOLDS(!mx_match(pattern, (struct bytes){ longer, host.len + 2 }));
    memcpy(wild, "*.", 2);
    memcpy(wild + 2, host.data, host.len);
    HOLDS(mx_match((struct bytes){ wild, host.len + 2 }, (struct bytes){ longer, host.len + 2 }));
    HOLDS(!mx_match((struct bytes){ wild, host.len + 2 }, host));
    return 0;
}
