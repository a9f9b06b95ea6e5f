/* report_targets: reports of a domain sent to another organisation need that one's word: a record
 * at DOMAIN._report._dmarc.TARGET (RFC 9990, "Verifying External Destinations"; RFC 7489 §7.1).
 * Only mailto: addresses are looked at; TARGET is another organisation's when its registrable
 * domain is another (RFC 9990 has a tree walk of both there). */
#ifndef MXC_WORKERS_DOMAIN_REPORT_TARGETS_H
#define MXC_WORKERS_DOMAIN_REPORT_TARGETS_H

#include "workers/domain/domain.h"
#include "workers/parse/dmarc_walk.h"

/* policy: whose record names the targets. */
void report_targets_proceed(struct domain *d, const struct dmarc_step *policy);
/* "external", unless there are none. */
void report_targets_write(struct domain *d, const struct dmarc_step *policy, struct json_writer *w);

#endif
