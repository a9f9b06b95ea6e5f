#include "workers/parse/spf_text.h"

#include <arpa/inet.h>
#include <string.h>

/* Length of the macro-expand at text[0] = '%'; 0 if it is none. */
static size_t macro_len(struct bytes text, bool explanation)
{
    size_t at = 3;
    bool nonzero = false, digits = false;

    if (text.len < 2)
        return 0;
    if (text.data[1] == '%' || text.data[1] == '_' || text.data[1] == '-')
        return 2;
    if (text.data[1] != '{' || text.len < 4 || text.data[2] == '\0' ||
        strchr(explanation ? "slodiphcrtv" : "slodiphv", ascii_lower(text.data[2])) == NULL)
        return 0;
    for (; at < text.len && ascii_is_digit(text.data[at]); at++) {
        digits = true;
        nonzero |= text.data[at] != '0';
    }
    if (digits && !nonzero) /* §7.3: must not be zero */
        return 0;
    if (at < text.len && ascii_lower(text.data[at]) == 'r')
        at++;
    while (at < text.len && text.data[at] != '\0' && strchr(".-+,/_=", text.data[at]) != NULL)
        at++;
    return at < text.len && text.data[at] == '}' ? at + 1 : 0;
}

/* Walk a macro-string. Where it ends well, *last is where its last macro-expand ends (0: none);
 * else *why is the macro or the byte that is none of the grammar's. */
static bool walk(struct bytes text, bool explanation, size_t *last, enum violation *why)
{
    *last = 0;
    for (size_t at = 0; at < text.len;) {
        unsigned char c = (unsigned char)text.data[at];
        size_t len = 1;

        if (c == '%') {
            *why = VIOLATION_SPF_MACRO_INVALID;
            len = macro_len(bytes_slice(text, at, text.len), explanation);
            *last = at + len;
        } else if (c < 0x21 || c > 0x7e) {
            *why = VIOLATION_SPF_DOMAIN_INVALID;
            len = 0;
        }
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

bool spf_macro_string(struct bytes text, bool explanation)
{
    enum violation why;
    size_t last;

    return walk(text, explanation, &last, &why);
}

/* Letters, digits and inner hyphens, and not digits alone. */
static bool is_top_label(struct bytes label)
{
    bool digits_only = true;

    if (label.len < 1 || label.data[0] == '-' || label.data[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        char c = label.data[i];

        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '-')
            return false;
        digits_only &= ascii_is_digit(c);
    }
    return !digits_only;
}

bool spf_domain_spec(struct bytes text, enum violation *why)
{
    struct bytes name = text;
    size_t last, dot;

    if (!walk(text, false, &last, why))
        return false;
    *why = VIOLATION_SPF_DOMAIN_INVALID;
    if (last == text.len)
        return text.len > 0;
    if (name.data[name.len - 1] == '.')
        name.len--;
    for (dot = name.len; dot > last && name.data[dot - 1] != '.';)
        dot--;
    return dot > last && is_top_label(bytes_slice(name, dot, name.len));
}

/* "0", or digits without a leading zero, up to max. */
static bool read_length(struct bytes text, unsigned max, uint8_t *length)
{
    unsigned n = 0;

    if (text.len < 1 || text.len > 3 || (text.len > 1 && text.data[0] == '0'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.data[i]))
            return false;
        n = n * 10 + (unsigned)(text.data[i] - '0');
    }
    *length = (uint8_t)n;
    return n <= max;
}

/* Cut slashes and the digits behind them, be there none, off the end of *text. True when nothing
 * was there, or a length up to max. */
static bool cut_length(struct bytes *text, const char *slashes, unsigned max, uint8_t *length)
{
    size_t at = text->len, n = strlen(slashes);
    struct bytes digits;

    while (at > 0 && ascii_is_digit(text->data[at - 1]))
        at--;
    if (at < n || memcmp(text->data + at - n, slashes, n) != 0)
        return true;
    digits = bytes_slice(*text, at, text->len);
    *text = bytes_slice(*text, 0, at - n);
    return read_length(digits, max, length);
}

bool spf_cut_dual_cidr(struct bytes *text, struct spf_lengths *lengths)
{
    bool six = cut_length(text, "//", 128, &lengths->six);

    return cut_length(text, "/", 32, &lengths->four) && six;
}

/* An address of the family, and behind a "/" its prefix length. */
static bool read_network(struct bytes text, int family, unsigned max, uint8_t parsed[16],
                         uint8_t *length, enum violation *why)
{
    struct bytes rest = text, address;
    char copy[INET6_ADDRSTRLEN];

    bytes_split(&rest, '/', &address);
    if (address.len >= sizeof(copy) || bytes_have(address, '\0'))
        return false;
    memcpy(copy, address.data, address.len);
    copy[address.len] = '\0';
    if (inet_pton(family, copy, parsed) != 1)
        return false;
    *why = VIOLATION_SPF_CIDR_INVALID;
    return rest.data == NULL || read_length(rest, max, length);
}

bool spf_ip4(struct bytes text, uint8_t address[16], struct spf_lengths *lengths,
             enum violation *why)
{
    *why = VIOLATION_SPF_IP4_INVALID;
    return read_network(text, AF_INET, 32, address, &lengths->four, why);
}

bool spf_ip6(struct bytes text, uint8_t address[16], struct spf_lengths *lengths,
             enum violation *why)
{
    *why = VIOLATION_SPF_IP6_INVALID;
    return read_network(text, AF_INET6, 128, address, &lengths->six, why);
}
