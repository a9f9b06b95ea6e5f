/* node: member "dkim": where _domainkey exists there may be selectors below it; where it does not,
 * there are none (RFC 8020). */
#ifndef MXC_WORKERS_DOMAIN_NODE_H
#define MXC_WORKERS_DOMAIN_NODE_H

#include "workers/domain/domain.h"

void node_proceed(struct domain *d, const struct domain_member *m);
void node_write(struct domain *d, const struct domain_member *m, struct json_writer *w);

#endif
