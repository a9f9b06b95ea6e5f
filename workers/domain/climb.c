#include "workers/domain/climb.h"

#include <string.h>

#include "workers/lookup.h"

bool climb(struct domain *d, uint16_t type, const char *top, struct climb *c)
{
    const struct dns_answer *a = domain_ask_below(d, "", type);

    *c = (struct climb){ a, d->name };
    if (a == NULL)
        return false;
    if (lookup_has_no_name(d->mx_answer))
        return true;
    for (const char *at = d->name; lookup_is_empty(a) && at < top;) {
        at = strchr(at, '.') + 1;
        a = domain_ask_shared(d, at, type);
        if (a == NULL)
            return false;
        if (!lookup_is_empty(a))
            *c = (struct climb){ a, at };
    }
    return true;
}

void climb_write(const struct climb *c, const struct domain *d, struct json_writer *w)
{
    lookup_write(w, c->answer);
    if (c->at != d->name)
        json_write_string(w, "found_at", c->at);
}
