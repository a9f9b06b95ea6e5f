#include "workers/parse/tlsa.h"

#define HEADER 3 /* usage, selector, matching type */

static int hex_value(char c)
{
    c = ascii_lower(c);
    return ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool tlsa_parse(const uint8_t *rdata, size_t len, struct tlsa *t)
{
    if (len <= HEADER)
        return false;
    *t = (struct tlsa){
        rdata[0], rdata[1], rdata[2], { (const char *)rdata + HEADER, len - HEADER }
    };
    return true;
}

void tlsa_print(const struct tlsa *t, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";

    buf_printf(out, "%u %u %u ", t->usage, t->selector, t->matching);
    for (size_t i = 0; i < t->data.len; i++) {
        unsigned char byte = (unsigned char)t->data.data[i];

        buf_byte(out, digits[byte >> 4]);
        buf_byte(out, digits[byte & 15]);
    }
}

/* One of the three numbers, 0 to 255, and the white space behind it. */
static bool scan_number(struct bytes *rest, char *out)
{
    struct bytes trimmed = bytes_trim(*rest);
    unsigned n = 0;
    size_t at = 0;

    for (; at < trimmed.len && at < 3 && ascii_is_digit(trimmed.data[at]); at++)
        n = n * 10 + (unsigned)(trimmed.data[at] - '0');
    if (at == 0 || n > 255 || at == trimmed.len ||
        (trimmed.data[at] != ' ' && trimmed.data[at] != '\t'))
        return false;
    *out = (char)(unsigned char)n;
    *rest = bytes_slice(trimmed, at, trimmed.len);
    return true;
}

bool tlsa_scan(struct bytes text, struct arena *arena, struct bytes *rdata)
{
    char *out = arena_alloc(arena, HEADER + text.len / 2 + 1);
    size_t digits = 0;

    *rdata = (struct bytes){ "", 0 };
    for (int i = 0; i < HEADER; i++)
        if (!scan_number(&text, &out[i]))
            return false;
    for (size_t i = 0; i < text.len; i++) {
        int value = hex_value(text.data[i]);
        char *byte = &out[HEADER + digits / 2];

        if (text.data[i] == ' ' || text.data[i] == '\t')
            continue;
        if (value < 0)
            return false;
        *byte = (char)(unsigned char)((unsigned char)*byte << 4 | value);
        digits++;
    }
    *rdata = (struct bytes){ out, HEADER + digits / 2 };
    return digits > 0 && digits % 2 == 0;
}

bool tlsa_usable(const struct tlsa *t, struct violations *why)
{
    static const size_t lengths[] = { 0, 32, 64 }; /* Full: any; SHA-256; SHA-512 */
    size_t kinds = sizeof(lengths) / sizeof(lengths[0]);
    bool length = t->data.len > 0 &&
                  (t->matching == 0 || t->matching >= kinds || t->data.len == lengths[t->matching]);

    if (t->usage != 2 && t->usage != 3)
        violations_add(why, VIOLATION_TLSA_USAGE_UNUSABLE);
    if (t->selector > 1)
        violations_add(why, VIOLATION_TLSA_SELECTOR_UNKNOWN);
    if (t->matching >= kinds)
        violations_add(why, VIOLATION_TLSA_MATCHING_UNKNOWN);
    if (!length)
        violations_add(why, VIOLATION_TLSA_LENGTH);
    return (t->usage == 2 || t->usage == 3) && t->selector <= 1 && t->matching < kinds && length;
}

void tlsa_judge(const struct bytes *rdatas, size_t count, struct tlsa_set *s)
{
    *s = (struct tlsa_set){ .verdict = VERDICT_ABSENT };
    for (size_t i = 0; i < count; i++) {
        struct tlsa t;

        if (!tlsa_parse((const uint8_t *)rdatas[i].data, rdatas[i].len, &t))
            violations_add(&s->violations, VIOLATION_TLSA_MALFORMED);
        else
            s->usable += tlsa_usable(&t, &s->violations);
    }
    if (count == 0)
        return;
    if (s->usable == 0)
        violations_add(&s->violations, VIOLATION_TLSA_NONE_USABLE);
    s->verdict = violations_fault(&s->violations) ? VERDICT_INVALID : VERDICT_VALID;
}
