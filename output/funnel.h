/* funnel: how far domains come with MTA-STS: sts_funnel.csv. Each step is entered by those that
 * passed the one before, in the order in which a sender takes them (RFC 8461 §3 to §5); from the
 * record on split by who runs the policy host. */
#ifndef MXC_OUTPUT_FUNNEL_H
#define MXC_OUTPUT_FUNNEL_H

#include "output/management.h"
#include "scanner/base/buf.h"

struct funnel;

struct funnel *funnel_new(uint64_t list_domains);
void funnel_free(struct funnel *f);
void funnel_count(struct funnel *f, unsigned thread, const struct joined *d);
void funnel_write(const struct funnel *f, struct buf *csv);
void funnel_explain(struct buf *out); /* what the names in that file mean */

#endif
