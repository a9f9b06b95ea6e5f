/* mx_certs: whether a sender that honours a policy can trust the mail hosts of domains, and what is
 * in its way: mx_certs.csv, for all domains with a usable MX, for those with an MTA-STS record, and
 * for those that enforce a policy; split by who runs the most preferred mail host. A share is of
 * those of whom it is known: of all, some and none good, the finding; of the faults, whether there
 * is any, as in sts_errors.csv. Memory: about 300 bytes an operator that is on no list. */
#ifndef MXC_OUTPUT_MX_CERTS_H
#define MXC_OUTPUT_MX_CERTS_H

#include "output/management.h"
#include "scanner/base/buf.h"

struct mx_certs;

struct mx_certs *mx_certs_new(uint64_t list_domains);
void mx_certs_free(struct mx_certs *c);
void mx_certs_count(struct mx_certs *c, const struct joined *d); /* any thread */
/* All are counted: the thresholds tell who is a third party. */
void mx_certs_write(const struct mx_certs *c, struct buf *csv);
void mx_certs_explain(struct buf *out); /* what the names in that file mean */

#endif
