/* spf: member "spf": the record at the domain, and what it leads to. Whatever its includes, hosts
 * and redirects ask for is shared with all other domains of the worker, but for the domain's own
 * names. */
#ifndef MXC_WORKERS_DOMAIN_SPF_H
#define MXC_WORKERS_DOMAIN_SPF_H

#include "workers/domain/domain.h"

void spf_proceed(struct domain *d, const struct domain_member *m);
void spf_write(struct domain *d, const struct domain_member *m, struct json_writer *w);

#endif
