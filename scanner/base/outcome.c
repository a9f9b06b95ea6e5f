#include "scanner/base/outcome.h"

#include <string.h>

static const struct {
    const char *name, *text;
    bool again;
} outcomes[] = {
#define X(id, name, again, text) [OUTCOME_##id] = { name, text, again },
    OUTCOMES(X)
#undef X
};

static const char *const dnssec_names[] = {
#define X(id, name) [DNSSEC_##id] = (name),
    DNSSEC_STATES(X)
#undef X
};

static const char *const verdict_names[] = {
#define X(id, name) [VERDICT_##id] = (name),
    VERDICTS(X)
#undef X
};

static bool is(const char *known, const char *name, size_t len)
{
    return strlen(known) == len && memcmp(known, name, len) == 0;
}

const char *outcome_name(enum outcome o)
{
    return outcomes[o].name;
}

const char *outcome_text(enum outcome o)
{
    return outcomes[o].text;
}

bool outcome_again(enum outcome o)
{
    return outcomes[o].again;
}

bool outcome_parse(const char *name, size_t len, enum outcome *o)
{
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (is(outcomes[i].name, name, len)) {
            *o = (enum outcome)i;
            return true;
        }
    }
    return false;
}

/* Index of name in names, or -1. */
static int find(const char *const *names, int count, const char *name, size_t len)
{
    for (int i = 0; i < count; i++)
        if (is(names[i], name, len))
            return i;
    return -1;
}

const char *dnssec_name(enum dnssec d)
{
    return dnssec_names[d];
}

bool dnssec_parse(const char *name, size_t len, enum dnssec *d)
{
    int i = find(dnssec_names, DNSSEC_COUNT, name, len);

    if (i >= 0)
        *d = (enum dnssec)i;
    return i >= 0;
}

const char *verdict_name(enum verdict v)
{
    return verdict_names[v];
}

bool verdict_parse(const char *name, size_t len, enum verdict *v)
{
    int i = find(verdict_names, VERDICT_COUNT, name, len);

    if (i >= 0)
        *v = (enum verdict)i;
    return i >= 0;
}
