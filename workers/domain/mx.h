/* mx: where a domain's mail goes: members "mx", and where it has no MX "a" and "aaaa". */
#ifndef MXC_WORKERS_DOMAIN_MX_H
#define MXC_WORKERS_DOMAIN_MX_H

#include "workers/domain/domain.h"

/* Any MX answer, read. */
void mx_judge(const struct dns_answer *mx, struct arena *arena, struct mx_set *s);

void mx_write(struct domain *d, const struct domain_member *m, struct json_writer *w);

void a_proceed(struct domain *d, const struct domain_member *m);
void a_write(struct domain *d, const struct domain_member *m, struct json_writer *w);
void aaaa_proceed(struct domain *d, const struct domain_member *m);
void aaaa_write(struct domain *d, const struct domain_member *m, struct json_writer *w);

#endif
