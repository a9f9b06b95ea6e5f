/* dmarc: member "dmarc": the record of the domain itself, in "effective" the policy that applies to
 * it, be it an ancestor's, and in "external" who of those that are to get reports elsewhere takes
 * them. */
#ifndef MXC_WORKERS_DOMAIN_DMARC_H
#define MXC_WORKERS_DOMAIN_DMARC_H

#include "workers/domain/domain.h"

void dmarc_proceed(struct domain *d, const struct domain_member *m);
void dmarc_write(struct domain *d, const struct domain_member *m, struct json_writer *w);

#endif
