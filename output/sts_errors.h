/* sts_errors: what is wrong with MTA-STS where it is published: sts_errors.csv, the taxonomy of the
 * study of the IMC of 2025. Counted are domains with a usable MX and an MTA-STS record, good or
 * bad; a domain counts once for each error, and once under "any" for each component. Of the policy
 * host only the step is counted at which a sender stops. A domain is unknown of a component, in
 * neither numerator nor denominator, where no error was found and one may be there: at and behind
 * the step at which a fetch failed for the time being (all steps, where none was recorded);
 * certificates, where not every host answered; names, where a host that the policy lacks may have
 * an address, or a policy may bind. */
#ifndef MXC_OUTPUT_STS_ERRORS_H
#define MXC_OUTPUT_STS_ERRORS_H

#include "output/management.h"
#include "scanner/base/buf.h"

struct sts_errors;

struct sts_errors *sts_errors_new(uint64_t list_domains);
void sts_errors_free(struct sts_errors *e);
/* Arena: for what the call needs meanwhile. */
void sts_errors_count(struct sts_errors *e, unsigned thread, const struct joined *d,
                      struct arena *arena);
void sts_errors_write(const struct sts_errors *e, struct buf *csv);
void sts_errors_explain(struct buf *out); /* what the names in that file mean */

#endif
