#include "workers/dns/rate.h"

#include <math.h>

bool rate_allows(struct rate *r, uint64_t now_us)
{
    if (r->limit == 0)
        return true;
    r->tokens =
        fmin(fmax(1, r->limit / 50), r->tokens + r->limit * (double)(now_us - r->filled_us) / 1e6);
    r->filled_us = now_us;
    return r->tokens >= 1;
}

void rate_take(struct rate *r)
{
    if (r->limit > 0)
        r->tokens -= 1;
}
