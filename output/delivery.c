#include "output/delivery.h"

#include <string.h>

#include "workers/parse/mx_match.h"

const char *delivery_name(enum delivery v)
{
    static const char *const names[DELIVERY_COUNT] = {
#define X(id, name) [DELIVERY_##id] = (name),
        DELIVERIES(X)
#undef X
    };

    return names[v];
}

/* A temporary failure after all attempts says nothing of the host. */
enum tri delivery_is_past(const struct joined *d, enum policy_step step)
{
    if (d->policy == NULL)
        return TRI_UNKNOWN;
    if (d->policy->fact.step > step)
        return TRI_YES;
    return d->policy->verdict == VERDICT_UNKNOWN ? TRI_UNKNOWN : TRI_NO;
}

enum tri delivery_is_bound(const struct joined *d)
{
    enum verdict record = d->verdicts[PROTOCOL_MTA_STS];

    if (record == VERDICT_UNKNOWN)
        return TRI_UNKNOWN;
    if (record != VERDICT_VALID)
        return TRI_NO;
    if (d->policy == NULL || d->policy->verdict == VERDICT_UNKNOWN)
        return TRI_UNKNOWN;
    return tri_of(d->policy->verdict == VERDICT_VALID &&
                  (d->policy->mode == STS_MODE_ENFORCE || d->policy->mode == STS_MODE_TESTING));
}

bool delivery_names(const struct join_policy *p, const char *host)
{
    const char *pattern = p->patterns;

    for (unsigned i = 0; i < p->pattern_count; i++, pattern += strlen(pattern) + 1)
        if (mx_match(bytes_of(pattern), bytes_of(host)))
            return true;
    return false;
}

enum tri delivery_trusts_all(const struct joined *d)
{
    enum tri all = TRI_YES;

    for (size_t i = 0; i < d->host_count; i++)
        all = tri_and(all, tri_or(join_host_some(d->hosts[i].seen, HOST_SENDABLE),
                                  tri_not(join_host_has_address(d->hosts[i].seen))));
    return all;
}

enum tri delivery_has_faults(const struct joined *d, uint16_t *faults)
{
    *faults = 0;
    for (size_t i = 0; i < d->host_count; i++)
        if (d->hosts[i].seen != NULL)
            *faults |= d->hosts[i].seen->faults;
    if (*faults != 0)
        return TRI_YES;
    return delivery_trusts_all(d) == TRI_UNKNOWN ? TRI_UNKNOWN : TRI_NO;
}

enum tri delivery_names_all(const struct joined *d)
{
    enum tri all = TRI_YES;

    for (size_t i = 0; i < d->host_count; i++)
        if (!delivery_names(d->policy, d->hosts[i].name))
            all = tri_and(all, tri_not(join_host_has_address(d->hosts[i].seen)));
    return all;
}

/* One address that the sender may use is enough. */
enum tri delivery_to(const struct join_policy *p, const struct joined_host *h)
{
    return delivery_names(p, h->name) ? join_host_some(h->seen, HOST_SENDABLE) : TRI_NO;
}

enum delivery delivery_of(const struct joined *d)
{
    enum tri bound = delivery_is_bound(d), usable = TRI_NO, all = TRI_YES, some = TRI_NO;

    if (bound != TRI_YES)
        return bound == TRI_NO ? DELIVERY_FREE : DELIVERY_UNKNOWN;
    if (d->has_hosts != TRI_YES)
        return d->has_hosts == TRI_NO ? DELIVERY_NOWHERE : DELIVERY_UNKNOWN;
    for (size_t i = 0; i < d->host_count; i++) {
        enum tri address = join_host_has_address(d->hosts[i].seen);
        enum tri to = tri_and(address, delivery_to(d->policy, &d->hosts[i]));

        usable = tri_or(usable, address);
        some = tri_or(some, to);
        all = tri_and(all, tri_or(to, tri_not(address)));
    }
    if (usable == TRI_NO)
        return DELIVERY_NOWHERE;
    if (some == TRI_NO)
        return usable == TRI_YES ? DELIVERY_NONE : DELIVERY_UNKNOWN;
    if (all != TRI_NO)
        return some == TRI_YES && all == TRI_YES ? DELIVERY_ALL : DELIVERY_UNKNOWN;
    return some == TRI_YES ? DELIVERY_SOME : DELIVERY_UNKNOWN;
}

enum mx_nearness delivery_nearness(const struct join_policy *p, const char *host,
                                   struct arena *arena)
{
    struct bytes *patterns = arena_array(arena, p->pattern_count, sizeof(*patterns));
    const char *pattern = p->patterns;

    for (unsigned i = 0; i < p->pattern_count; i++, pattern += strlen(pattern) + 1)
        patterns[i] = bytes_of(pattern);
    return mx_nearest(patterns, p->pattern_count, bytes_of(host));
}
