#include "scanner/base/violation.h"

#include <string.h>

static const struct {
    const char *name, *source;
    bool note;
} table[] = {
#define X(id, name, weight, source) [VIOLATION_##id] = { name, source, (weight) == NOTE },
    VIOLATIONS(X)
#undef X
};

static bool is_set(const struct violations *vs, int v)
{
    return (vs->bits[v / 64] >> (v % 64) & 1) != 0;
}

void violations_add(struct violations *vs, enum violation v)
{
    vs->bits[v / 64] |= (uint64_t)1 << (v % 64);
}

void violations_join(struct violations *vs, const struct violations *others)
{
    for (size_t i = 0; i < sizeof(vs->bits) / sizeof(vs->bits[0]); i++)
        vs->bits[i] |= others->bits[i];
}

bool violations_have(const struct violations *vs, enum violation v)
{
    return is_set(vs, (int)v);
}

bool violations_any(const struct violations *vs)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < sizeof(vs->bits) / sizeof(vs->bits[0]); i++)
        bits |= vs->bits[i];
    return bits != 0;
}

bool violations_fault(const struct violations *vs)
{
    if (!violations_any(vs)) /* nearly all of a census */
        return false;
    for (int v = 0; v < VIOLATION_COUNT; v++)
        if (is_set(vs, v) && !table[v].note)
            return true;
    return false;
}

const char *violation_name(enum violation v)
{
    return table[v].name;
}

bool violation_parse(const char *name, size_t len, enum violation *v)
{
    for (int i = 0; i < VIOLATION_COUNT; i++) {
        if (strlen(table[i].name) != len || memcmp(table[i].name, name, len) != 0)
            continue;
        *v = (enum violation)i;
        return true;
    }
    return false;
}

const char *violation_source(enum violation v)
{
    return table[v].source;
}

bool violation_is_note(enum violation v)
{
    return table[v].note;
}
