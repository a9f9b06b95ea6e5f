#include "workers/parse/mx_pattern.h"

#include "workers/parse/domain_text.h"

static bool is_url(struct bytes pattern)
{
    return bytes_begin_nocase(pattern, "http://") || bytes_begin_nocase(pattern, "https://") ||
           bytes_begin_nocase(pattern, "smtp://");
}

/* "10 mx.b.c": the RDATA of the MX record. */
static bool has_preference(struct bytes pattern)
{
    struct bytes rest = pattern, number;

    bytes_split(&rest, ' ', &number);
    if (rest.data == NULL || number.len == 0)
        return false;
    for (size_t i = 0; i < number.len; i++)
        if (!ascii_is_digit(number.data[i]))
            return false;
    return true;
}

static bool is_list(struct bytes pattern)
{
    return bytes_have(pattern, ',') || bytes_have(pattern, ';') || bytes_have(pattern, ' ');
}

static bool is_ascii(struct bytes pattern)
{
    for (size_t i = 0; i < pattern.len; i++)
        if ((unsigned char)pattern.data[i] >= 0x80)
            return false;
    return true;
}

static bool has_trailing_dot(struct bytes domain)
{
    return domain.len > 1 && domain.data[domain.len - 1] == '.' &&
           domain_text_valid(bytes_slice(domain, 0, domain.len - 1));
}

static enum violation fault_of(struct bytes pattern, struct bytes domain)
{
    if (pattern.len == 0)
        return VIOLATION_POLICY_MX_EMPTY;
    if (!is_ascii(pattern))
        return VIOLATION_POLICY_MX_NOT_ASCII;
    if (is_url(pattern))
        return VIOLATION_POLICY_MX_URL;
    if (has_preference(pattern))
        return VIOLATION_POLICY_MX_PREFERENCE;
    if (is_list(pattern))
        return VIOLATION_POLICY_MX_LIST;
    if (bytes_have(pattern, '@'))
        return VIOLATION_POLICY_MX_EMAIL;
    if (bytes_have(domain, '*'))
        return VIOLATION_POLICY_MX_WILDCARD;
    return has_trailing_dot(domain) ? VIOLATION_POLICY_MX_TRAILING_DOT
                                    : VIOLATION_POLICY_MX_INVALID;
}

/* Four numbers, or anything in brackets: no MX host is called so (RFC 5321 §5.1). */
static bool is_address(struct bytes pattern)
{
    struct bytes rest = pattern, label;
    int labels = 0;

    if (bytes_begin(pattern, "["))
        return pattern.data[pattern.len - 1] == ']';
    for (; bytes_split(&rest, '.', &label); labels++)
        for (size_t i = 0; i < label.len; i++)
            if (!ascii_is_digit(label.data[i]))
                return false;
    return labels == 4;
}

void mx_pattern_judge(struct bytes pattern, struct violations *vs)
{
    struct bytes domain =
        bytes_begin(pattern, "*.") ? bytes_slice(pattern, 2, pattern.len) : pattern;

    if (!domain_text_valid(domain))
        violations_add(vs, fault_of(pattern, domain));
    if (is_address(pattern))
        violations_add(vs, VIOLATION_POLICY_MX_ADDRESS);
}
