/* climb: the answer at a name, or else at the nearest of its ancestors that has one. The domain's
 * own name is asked for it alone; what stands above is shared with others. */
#ifndef MXC_WORKERS_DOMAIN_CLIMB_H
#define MXC_WORKERS_DOMAIN_CLIMB_H

#include "workers/domain/domain.h"

struct climb {
    const struct dns_answer *answer; /* that has data, or that failed; else the domain's own */
    const char *at;                  /* the name it is of */
};

/* Up to and with the ancestor `top` (in the domain's name). False while an answer is awaited. */
bool climb(struct domain *d, uint16_t type, const char *top, struct climb *c);
/* Of the open object: how the question went, and "found_at" where that is an ancestor. */
void climb_write(const struct climb *c, const struct domain *d, struct json_writer *w);

#endif
