#include "output/management.h"

#include <string.h>

#include "output/curated.h"

static const char *const names[MANAGEMENT_COUNT] = {
#define X(id, name) [MANAGEMENT_##id] = (name),
    MANAGEMENTS(X)
#undef X
};

const char *management_name(enum management m)
{
    return names[m];
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
