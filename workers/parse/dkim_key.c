#include "workers/parse/dkim_key.h"

#include <stdint.h>
#include <string.h>

#define ED25519_LEN 32

enum { INTEGER = 0x02, BIT_STRING = 0x03, OBJECT_IDENTIFIER = 0x06, SEQUENCE = 0x30 };

static const char *const names[] = {
    [DKIM_KEY_RSA] = "rsa",
    [DKIM_KEY_ED25519] = "ed25519",
};

const char *dkim_key_name(enum dkim_key_type type)
{
    return type < DKIM_KEY_UNKNOWN ? names[type] : NULL;
}

enum dkim_key_type dkim_key_find(struct bytes name)
{
    for (int t = 0; t < DKIM_KEY_UNKNOWN; t++)
        if (bytes_equal_nocase(name, names[t]))
            return (enum dkim_key_type)t;
    return DKIM_KEY_UNKNOWN;
}

/* ---- base64 (RFC 4648 §4) ---- */

static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (ascii_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Bytes in the arena; empty when text is not base64. Padding is wanted, as the grammar has it. */
static struct bytes decode(struct bytes text, struct arena *arena)
{
    static const struct bytes nothing = { "", 0 };
    uint8_t *out = arena_alloc(arena, text.len / 4 * 3 + 3);
    size_t digits = 0, padding = 0, len = 0;
    uint32_t word = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        int value = digit_value(c);

        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            continue;
        padding += c == '=';
        if (c == '=' ? padding > 2 : value < 0 || padding > 0)
            return nothing;
        word = word << 6 | (value < 0 ? 0 : (uint32_t)value);
        if (++digits % 4 != 0)
            continue;
        out[len++] = (uint8_t)(word >> 16);
        out[len++] = (uint8_t)(word >> 8);
        out[len++] = (uint8_t)word;
    }
    if (digits % 4 != 0)
        return nothing;
    return (struct bytes){ (const char *)out, len - padding };
}

/* ---- DER (X.690) ---- */

/* The length of a value, in its shortest form, at most 65,535; the bytes of it behind *at. */
static bool take_length(struct bytes in, size_t *at, size_t *len)
{
    size_t octets;

    if (*at >= in.len)
        return false;
    *len = (uint8_t)in.data[(*at)++];
    if (*len < 0x80)
        return true;
    octets = *len & 0x7f;
    if (octets < 1 || octets > 2 || octets > in.len - *at)
        return false;
    *len = 0;
    for (size_t i = 0; i < octets; i++)
        *len = *len << 8 | (uint8_t)in.data[(*at)++];
    return *len >= (octets == 1 ? 0x80 : 0x100);
}

/* The value with this tag at the front of *in, cut off it. */
static bool take(struct bytes *in, uint8_t tag, struct bytes *value)
{
    size_t at = 1, len;

    if (in->len < 1 || (uint8_t)in->data[0] != tag || !take_length(*in, &at, &len) ||
        len > in->len - at)
        return false;
    *value = bytes_slice(*in, at, at + len);
    *in = bytes_slice(*in, at + len, in->len);
    return true;
}

static unsigned bits_of(struct bytes integer)
{
    unsigned bits;

    while (integer.len > 0 && integer.data[0] == '\0')
        integer = bytes_slice(integer, 1, integer.len);
    if (integer.len == 0)
        return 0;
    bits = (unsigned)(integer.len - 1) * 8;
    for (unsigned top = (uint8_t)integer.data[0]; top > 0; top >>= 1)
        bits++;
    return bits;
}

/* RSAPublicKey: modulus and exponent, both positive, in a sequence with nothing behind. */
static unsigned rsa_bits(struct bytes der)
{
    struct bytes key, modulus, exponent;

    if (!take(&der, SEQUENCE, &key) || der.len > 0 || !take(&key, INTEGER, &modulus) ||
        !take(&key, INTEGER, &exponent) || key.len > 0)
        return 0;
    if (modulus.len == 0 || ((uint8_t)modulus.data[0] & 0x80) != 0 || exponent.len == 0 ||
        ((uint8_t)exponent.data[0] & 0x80) != 0 || bits_of(exponent) == 0)
        return 0;
    return bits_of(modulus);
}

/* The RSAPublicKey inside a SubjectPublicKeyInfo; der itself if it is none. */
static struct bytes unwrapped(struct bytes der)
{
    static const char rsa_encryption[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
    struct bytes rest = der, info, algorithm, oid, key;

    if (take(&rest, SEQUENCE, &info) && rest.len == 0 && take(&info, SEQUENCE, &algorithm) &&
        take(&algorithm, OBJECT_IDENTIFIER, &oid) && bytes_equal(oid, rsa_encryption) &&
        take(&info, BIT_STRING, &key) && info.len == 0 && key.len > 0 && key.data[0] == '\0')
        return bytes_slice(key, 1, key.len);
    return der;
}

unsigned dkim_key_bits(enum dkim_key_type type, struct bytes text, struct arena *arena)
{
    struct bytes key = decode(text, arena);

    switch (type) {
    case DKIM_KEY_RSA:
        return rsa_bits(unwrapped(key));
    case DKIM_KEY_ED25519:
        return key.len == ED25519_LEN ? ED25519_LEN * 8 : 0;
    default:
        return 0;
    }
}
