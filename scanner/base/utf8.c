#include "scanner/base/utf8.h"

#include <stdbool.h>

size_t utf8_length(const uint8_t *s, size_t len)
{
    size_t need = s[0] < 0x80   ? 1
                  : s[0] < 0xc2 ? 0
                  : s[0] < 0xe0 ? 2
                  : s[0] < 0xf0 ? 3
                  : s[0] < 0xf5 ? 4
                                : 0;

    if (need == 0 || need > len)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || /* overlong; surrogates */
        (s[0] == 0xf0 && s[1] < 0x90) ||
        (s[0] == 0xf4 && s[1] > 0x8f)) /* overlong; past U+10FFFF */
        return 0;
    return need;
}

static bool is_control(const uint8_t *s, size_t n)
{
    return (n == 1 && (s[0] < 0x20 || s[0] == 0x7f)) || (n == 2 && s[0] == 0xc2 && s[1] < 0xa0);
}

size_t utf8_length_shown(const uint8_t *s, size_t len)
{
    size_t n = utf8_length(s, len);

    return is_control(s, n) ? 0 : n;
}
