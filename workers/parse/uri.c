#include "workers/parse/uri.h"

#include <string.h>

static bool is_hex(char c)
{
    return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

bool uri_has_scheme(struct bytes text, const char *scheme)
{
    size_t len = strlen(scheme);

    return bytes_begin_nocase(text, scheme) && text.len > len && text.data[len] == ':';
}

/* Length of the scheme, its ":" excluded (RFC 3986 §3.1); 0 if there is none. */
static size_t scheme_len(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == ':')
            return i;
        if (!ascii_is_alpha(c) &&
            (i == 0 || (!ascii_is_digit(c) && c != '+' && c != '-' && c != '.')))
            return 0;
    }
    return 0;
}

/* Length of "//" and what stands before the path, the query or the fragment; 0 if there is none. */
static size_t authority_len(struct bytes text)
{
    size_t len = 2;

    if (!bytes_begin(text, "//"))
        return 0;
    while (len < text.len && text.data[len] != '/' && text.data[len] != '?' &&
           text.data[len] != '#')
        len++;
    return len;
}

/* unreserved, reserved and pct-encoded (RFC 3986 §2); a fragment's "#" only once, brackets only
 * around a host (§3.2.2). */
static bool has_uri_bytes(struct bytes text)
{
    size_t authority = authority_len(text);
    bool fragment = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == '%') {
            if (text.len - i < 3 || !is_hex(text.data[i + 1]) || !is_hex(text.data[i + 2]))
                return false;
        } else if (c == '#') {
            if (fragment)
                return false;
            fragment = true;
        } else if (c == '[' || c == ']') {
            if (i >= authority)
                return false;
        } else if (!ascii_is_alpha(c) && !ascii_is_digit(c) &&
                   (c == '\0' || strchr("-._~:/?@!$&'()*+,;=", c) == NULL)) {
            return false;
        }
    }
    return true;
}

/* Of several recipients the first is looked at; header fields behind "?" are none. */
static bool is_mailto(struct bytes address)
{
    struct bytes rest = address, to;
    const char *at;

    bytes_split(&rest, '?', &to);
    at = to.len > 0 ? memchr(to.data, '@', to.len) : NULL;
    return at != NULL && at > to.data && at + 1 < to.data + to.len;
}

static bool is_http(struct bytes part)
{
    return bytes_begin(part, "//") && part.len > 2 && strchr("/?#:", part.data[2]) == NULL;
}

bool uri_valid(struct bytes text)
{
    size_t scheme = scheme_len(text);
    struct bytes part;

    if (scheme == 0 || scheme + 1 >= text.len)
        return false;
    part = bytes_slice(text, scheme + 1, text.len);
    if (!has_uri_bytes(part))
        return false;
    if (uri_has_scheme(text, "mailto"))
        return is_mailto(part);
    if (uri_has_scheme(text, "https") || uri_has_scheme(text, "http"))
        return is_http(part);
    return true;
}
