/* rate: so many a second, and a fiftieth of a second's worth at once. Pure; times are microseconds
 * of the monotonic clock. */
#ifndef MXC_WORKERS_DNS_RATE_H
#define MXC_WORKERS_DNS_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate {
    double limit; /* a second; 0: none */
    double tokens;
    uint64_t filled_us;
};

bool rate_allows(struct rate *r, uint64_t now_us);
/* One more was sent, whether it was allowed or had to be: what is too much is made up for. */
void rate_take(struct rate *r);

#endif
