/* nameservers: member "ns": the servers of the domain's zone, which tell a parked domain and the
 * operator of its DNS. A name inside a zone has those of the zone, up to the registrable domain. */
#ifndef MXC_WORKERS_DOMAIN_NAMESERVERS_H
#define MXC_WORKERS_DOMAIN_NAMESERVERS_H

#include "workers/domain/domain.h"

void nameservers_proceed(struct domain *d, const struct domain_member *m);
void nameservers_write(struct domain *d, const struct domain_member *m, struct json_writer *w);

#endif
