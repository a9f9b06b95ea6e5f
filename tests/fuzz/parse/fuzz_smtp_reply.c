/* More bytes never change what was decided, in either direction; before the last byte of a reply
 * nothing is, and one that comes in pieces is the same. Inputs up to 512 bytes are tried at every
 * length. */
#include "tests/fuzz/parse/fuzz.h"

#include "workers/parse/ehlo.h"

static void check_reply(const struct smtp_reply *r, ssize_t consumed, struct bytes input)
{
    struct arena arena;
    struct bytes text;
    struct ehlo e;
    size_t at = 0;
    unsigned lines = 0;

    HOLDS(consumed > 3 && (size_t)consumed <= input.len);
    HOLDS(r->whole.len == (size_t)consumed && r->whole.data == input.data);
    HOLDS(r->code >= 200 && r->code <= 599 && r->lines >= 1);
    while (smtp_reply_line(r, &at, &text)) {
        HOLDS(fuzz_within(text, &r->whole, 1) && !bytes_have(text, '\n'));
        HOLDS(lines++ > 0 || fuzz_same(text, r->text));
    }
    HOLDS(lines == r->lines);
    arena_init(&arena, 256);
    ehlo_parse(r, &arena, &e);
    HOLDS(e.count < r->lines);
    for (size_t i = 0; i < e.count; i++)
        HOLDS(fuzz_within(e.lines[i], &r->whole, 1) && e.lines[i].len > 0);
    HOLDS((!e.starttls && !e.requiretls) || e.count > 0);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes input = { len > 0 ? (const char *)data : "", len };
    struct smtp_reply r;
    ssize_t whole = smtp_reply_parse(input.data, len, &r);
    size_t done = 0;

    HOLDS(whole >= -1);
    if (whole > 0)
        check_reply(&r, whole, input);
    for (size_t n = 0; n < len && n < 512; n++) {
        ssize_t part = smtp_reply_parse(input.data, n, &r);

        HOLDS(part == 0 || part == whole);
        HOLDS(part <= (ssize_t)n);
        HOLDS(part != 0 || (smtp_reply_resume(input.data, n, &done, &r) == 0 && done <= n));
        HOLDS(whole <= 0 || (part == whole) == (n >= (size_t)whole));
    }
    HOLDS(smtp_reply_resume(input.data, len, &done, &r) == whole);
    return 0;
}
