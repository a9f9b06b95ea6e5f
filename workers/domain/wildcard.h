/* wildcard: member "wildcard": what a name that cannot exist answers, one label below the domain. A
 * wildcard there answers for every underscore name that does not exist, so that these prove
 * nothing.
 *
 * It is asked for only where it could be: one NXDOMAIN among the underscore names says that there
 * is none (RFC 4592 §2.2.1), and nearly every domain has one. */
#ifndef MXC_WORKERS_DOMAIN_WILDCARD_H
#define MXC_WORKERS_DOMAIN_WILDCARD_H

#include "workers/domain/domain.h"

void wildcard_proceed(struct domain *d, const struct domain_member *m);
/* Nothing where it was not asked for. */
void wildcard_write(struct domain *d, const struct domain_member *m, struct json_writer *w);

/* Is the answer to an underscore name no other than the wildcard's. */
bool wildcard_shows(struct domain *d, const struct dns_answer *a);
/* "wildcard":true where it is. */
void wildcard_write_mark(struct domain *d, const struct dns_answer *a, struct json_writer *w);

/* Outcome, aliases and records are the same, these in any order. */
bool wildcard_same(const struct dns_answer *a, const struct dns_answer *b);
/* "_mxcensus-" and 16 digits of a hash of the domain: the same in every run. */
void wildcard_label(const char *domain, char label[32]);

#endif
