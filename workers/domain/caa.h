/* caa: member "caa": who may issue certificates for the domain (RFC 8659). Where none stands at the
 * domain, the nearest ancestor's counts (§3), up to the TLD. */
#ifndef MXC_WORKERS_DOMAIN_CAA_H
#define MXC_WORKERS_DOMAIN_CAA_H

#include "workers/domain/domain.h"

void caa_proceed(struct domain *d, const struct domain_member *m);
void caa_write(struct domain *d, const struct domain_member *m, struct json_writer *w);

#endif
