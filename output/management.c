#include "output/management.h"

#include <string.h>

#include "output/curated.h"
#include "output/term.h"

static const char *const names[MANAGEMENT_COUNT] = {
#define X(id, name, text) [MANAGEMENT_##id] = (name),
    MANAGEMENTS(X)
#undef X
};

const char *management_name(enum management m)
{
    return names[m];
}

const char *management_name_or_all(int m)
{
    return m == MANAGEMENT_COUNT ? "all" : names[m];
}

enum management management_of_count(uint64_t served, uint64_t list_domains)
{
    if (served >= MANAGEMENT_MANY)
        return MANAGEMENT_THIRD;
    return served <= MANAGEMENT_FEW && list_domains >= MANAGEMENT_LARGE_LIST ? MANAGEMENT_SELF
                                                                             : MANAGEMENT_OPEN;
}

enum management management_of_policy(const struct joined *d, uint64_t list_domains)
{
    const char *known;

    if (d->policy == NULL)
        return MANAGEMENT_OPEN;
    if (d->policy->runner == NULL)
        return MANAGEMENT_SELF;
    known = curated_policy_management(d->policy->runner->name);
    for (int m = 0; known != NULL && m < MANAGEMENT_COUNT; m++)
        if (strcmp(known, names[m]) == 0)
            return (enum management)m;
    return management_of_count(d->policy->runner->domains, list_domains);
}

void management_explain(struct buf *out)
{
    static const char *const texts[MANAGEMENT_COUNT] = {
#define X(id, name, text) [MANAGEMENT_##id] = (text),
        MANAGEMENTS(X)
#undef X
    };

    buf_string(out, "\nWho runs a policy host, or the mail hosts (column management).\n");
    for (int m = 0; m < MANAGEMENT_COUNT; m++)
        term_explain(out, names[m], texts[m], "IMC 2025");
}
