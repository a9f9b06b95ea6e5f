/* dkim: member "dkim". Where _domainkey exists there may be selectors below it; where it does not,
 * there are none (RFC 8020). Those of workers/selectors.h are asked for: what is found is a lower
 * bound of what is there. One domain in a hundred whose _domainkey does not exist is asked for them
 * all the same: how often one of these has a key is the error of that rule. */
#ifndef MXC_WORKERS_DOMAIN_DKIM_H
#define MXC_WORKERS_DOMAIN_DKIM_H

#include "workers/domain/domain.h"

void dkim_proceed(struct domain *d, const struct domain_member *m);
void dkim_write(struct domain *d, const struct domain_member *m, struct json_writer *w);

/* Is the domain of the control: always the same ones. */
bool dkim_is_control(const char *domain);

#endif
