#include "workers/parse/utf8.h"

/* What the second byte may be, by the first (the table of RFC 3629 §4). */
static const struct {
    unsigned char first, last, low, high, len;
} forms[] = {
    { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
    { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
    { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static size_t sequence_len(const unsigned char *s, size_t len)
{
    if (s[0] < 0x80)
        return 1;
    for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
        if (s[0] < forms[f].first || s[0] > forms[f].last)
            continue;
        if (len < forms[f].len || s[1] < forms[f].low || s[1] > forms[f].high)
            return 0;
        for (size_t i = 2; i < forms[f].len; i++)
            if (s[i] < 0x80 || s[i] > 0xbf)
                return 0;
        return forms[f].len;
    }
    return 0;
}

bool utf8_valid(struct bytes text)
{
    size_t n;

    for (size_t at = 0; at < text.len; at += n) {
        n = sequence_len((const unsigned char *)text.data + at, text.len - at);
        if (n == 0)
            return false;
    }
    return true;
}
