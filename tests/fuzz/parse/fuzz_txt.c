/* Joined text is as long as its strings say; cut into strings again it joins to the same. */
#include "tests/fuzz/parse/fuzz.h"

#include "workers/parse/txt.h"

/* text as strings of at most size bytes. */
static size_t cut(struct bytes text, size_t size, uint8_t *rdata)
{
    size_t used = 0;

    do {
        size_t n = text.len < size ? text.len : size;

        rdata[used] = (uint8_t)n;
        if (n > 0)
            memcpy(rdata + used + 1, text.data, n);
        used += 1 + n;
        text = bytes_slice(text, n, text.len);
    } while (text.len > 0);
    return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena arena;
    struct bytes text, again;

    arena_init(&arena, 1024);
    if (!txt_join(data, len, &arena, &text)) {
        HOLDS(text.len == 0);
    } else {
        uint8_t *rdata = malloc(2 * text.len + 2);
        size_t size = len % 255 + 1;

        HOLDS(text.len < len);
        HOLDS(txt_join(rdata, cut(text, size, rdata), &arena, &again));
        HOLDS(fuzz_same(text, again));
        free(rdata);
    }
    arena_free(&arena);
    return 0;
}
