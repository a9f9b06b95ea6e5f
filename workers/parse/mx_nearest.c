#include "workers/parse/mx_nearest.h"

#include <string.h>

#include "scanner/base/name.h"
#include "workers/parse/mx_match.h"

#define COMPARED_MAX 256 /* patterns of a policy, beyond a plain match */
#define EDITS_MAX 3
#define BAND (2 * EDITS_MAX + 1)

const char *mx_nearness_name(enum mx_nearness n)
{
    static const char *const names[MX_NEARNESS_COUNT] = {
#define X(id, name, text) [MX_NEAR_##id] = (name),
        MX_NEARNESSES(X)
#undef X
    };

    return names[n];
}

const char *mx_nearness_text(enum mx_nearness n)
{
    static const char *const texts[MX_NEARNESS_COUNT] = {
#define X(id, name, text) [MX_NEAR_##id] = (text),
        MX_NEARNESSES(X)
#undef X
    };

    return texts[n];
}

/* ---- edits ---- */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Levenshtein's distance is at most EDITS_MAX. Of the table only the diagonal band is looked at
 * that such a distance can lie in: column k of row i stands for the first i bytes of a and the
 * first i + k - EDITS_MAX of b. */
static bool is_typo(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b);
    unsigned row[BAND + 2], far = EDITS_MAX + 1;

    if (a_len > b_len + EDITS_MAX || b_len > a_len + EDITS_MAX)
        return false;
    for (size_t k = 0; k < BAND + 2; k++) /* row 0, one shifted: row[k + 1] is column k */
        row[k] = k > EDITS_MAX && k <= BAND ? (unsigned)(k - 1 - EDITS_MAX) : far;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned left = far;

        for (size_t k = 0; k < BAND; k++) {
            size_t j = i + k; /* EDITS_MAX more than the bytes of b */
            unsigned cost;

            if (j < EDITS_MAX || j > b_len + EDITS_MAX) {
                left = row[k + 1] = far;
                continue;
            }
            j -= EDITS_MAX;
            cost = j > 0 ? row[k + 1] + (a[i - 1] != b[j - 1]) : far;
            left = row[k + 1] = least(cost, row[k + 2] + 1, left + 1);
        }
    }
    return row[b_len + EDITS_MAX - a_len + 1] <= EDITS_MAX;
}

/* ---- names ---- */

static bool same_label_other_suffix(const char *a, const char *b)
{
    const char *a_suffix = name_public_suffix(a), *b_suffix = name_public_suffix(b);
    size_t a_len = (size_t)(a_suffix - a), b_len = (size_t)(b_suffix - b);

    return a_len > 0 && a_len == b_len && strcmp(a_suffix, b_suffix) != 0 &&
           memcmp(a, b, a_len) == 0;
}

static bool has_label(const char *name, const char *label)
{
    size_t len = strlen(label);

    for (; name != NULL; name = strchr(name, '.')) {
        name += *name == '.';
        if (strncmp(name, label, len) == 0 && (name[len] == '.' || name[len] == '\0'))
            return true;
    }
    return false;
}

/* One or more labels in front of other, or the root. */
static bool is_below(const char *name, const char *other)
{
    size_t name_len = strlen(name), len = strlen(other);

    return len == 0 || (name_len > len && name[name_len - len - 1] == '.' &&
                        strcmp(name + name_len - len, other) == 0);
}

/* Neither matches the other; tail is what of the host the pattern could stand for: of a wildcard,
 * what is behind the host's first label. Off by whole labels there is no typing error. */
static enum mx_nearness compare(const char *pattern, const char *host, const char *tail)
{
    const char *p = name_registrable(pattern), *h = name_registrable(host);
    bool off = tail != host && (is_below(pattern, tail) || is_below(tail, pattern));

    if (same_label_other_suffix(p, h))
        return MX_NEAR_TLD;
    if (!off && is_typo(pattern, tail))
        return MX_NEAR_TYPO;
    if (strcmp(p, h) != 0)
        return MX_NEAR_WHOLE_DOMAIN;
    return has_label(pattern, "mta-sts") ? MX_NEAR_THIRD_LEVEL_MTA_STS : MX_NEAR_THIRD_LEVEL;
}

static enum mx_nearness compare_pattern(struct bytes pattern, const char *host)
{
    const char *parent = strchr(host, '.'), *tail = host;
    char text[NAME_SIZE];

    if (bytes_begin(pattern, "*.")) {
        pattern = bytes_slice(pattern, 2, pattern.len);
        tail = parent != NULL ? parent + 1 : "";
    }
    if (pattern.len == 0 || bytes_have(pattern, '\0') ||
        !name_lower(pattern.data, pattern.len, text))
        return MX_NEAR_WHOLE_DOMAIN;
    return compare(text, host, tail);
}

enum mx_nearness mx_nearest(const struct bytes *patterns, size_t count, struct bytes host)
{
    enum mx_nearness nearest = MX_NEAR_WHOLE_DOMAIN;
    char name[NAME_SIZE];

    for (size_t i = 0; i < count; i++)
        if (mx_match(patterns[i], host))
            return MX_NEAR_MATCH;
    if (host.len == 0 || bytes_have(host, '\0') || !name_lower(host.data, host.len, name))
        return nearest;
    for (size_t i = 0; i < count && i < COMPARED_MAX; i++) {
        enum mx_nearness n = compare_pattern(patterns[i], name);

        if (n < nearest)
            nearest = n;
    }
    return nearest;
}
