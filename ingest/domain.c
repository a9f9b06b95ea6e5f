#include "ingest/domain.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What a byte is inside a clean name. */
enum { OTHER, WORD, HYPHEN, DOT };
static const uint8_t classes[256] = {
    ['a' ... 'z'] = WORD, ['0' ... '9'] = WORD, ['_'] = WORD, ['-'] = HYPHEN, ['.'] = DOT,
};

/* Copy a name that is clean as it stands; 0 where the long way must judge. */
static size_t copy_clean(const char *cell, size_t len, char out[NAME_SIZE])
{
    size_t label = 0; /* start of the current one */
    uint8_t before = DOT;

    if (len > NAME_LEN_MAX)
        return 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t class = classes[(uint8_t)cell[i]];

        if (class != WORD) {
            if (class == OTHER || before == DOT)
                return 0;
            if (class == DOT) {
                if (before != WORD || i - label > 63)
                    return 0;
                label = i + 1;
            }
        }
        before = class;
        out[i] = cell[i];
    }
    out[len] = '\0';
    if (before != WORD || label == 0 || len - label > 63 || out[label] < 'a' || out[label] > 'z')
        return 0;
    return len;
}

struct slice {
    const char *at;
    size_t len;
};

static void trim(struct slice *s)
{
    while (s->len > 0 && strchr(" \t\r\"'<", s->at[0]) != NULL && s->at[0] != '\0') {
        s->at++;
        s->len--;
    }
    while (s->len > 0 && strchr(" \t\r\"'>", s->at[s->len - 1]) != NULL &&
           s->at[s->len - 1] != '\0')
        s->len--;
}

static void cut_before(struct slice *s, const char *stops)
{
    for (size_t i = 0; i < s->len; i++)
        if (s->at[i] != '\0' && strchr(stops, s->at[i]) != NULL) {
            s->len = i;
            return;
        }
}

static void cut_through(struct slice *s, size_t len)
{
    s->at += len;
    s->len -= len;
}

/* Down to the authority of a URL and its host (RFC 3986 §3.2). */
static void strip_url(struct slice *s)
{
    const char *found = memmem(s->at, s->len, "://", 3);

    if (found != NULL)
        cut_through(s, (size_t)(found - s->at) + 3);
    else if (s->len > 2 && memcmp(s->at, "//", 2) == 0)
        cut_through(s, 2);
    else if (s->len > 7 && memcmp(s->at, "mailto:", 7) == 0)
        cut_through(s, 7);
    cut_before(s, "/?#\\");
    if ((found = memrchr(s->at, '@', s->len)) != NULL)
        cut_through(s, (size_t)(found - s->at) + 1);
    if (s->len > 0 && s->at[0] != '[')
        cut_before(s, ":");
}

static bool is_numeric(const char *label)
{
    return label[strspn(label, "0123456789")] == '\0';
}

enum name_fault domain_clean(const char *cell, size_t len, char out[NAME_SIZE], size_t *out_len)
{
    struct slice s = { cell, len };
    enum name_fault fault;

    if ((*out_len = copy_clean(cell, len, out)) > 0)
        return NAME_OK;
    trim(&s);
    strip_url(&s);
    if (s.len > 0 && s.at[0] == '[')
        return NAME_ADDRESS;
    fault = name_clean(s.at, s.len, out);
    if (fault != NAME_OK)
        return fault;
    *out_len = strlen(out);
    return is_numeric(name_tld(out)) ? NAME_ADDRESS : NAME_OK;
}
