/* follow_up: the jobs that follow from a domain, as text. Two write them: the dns stage, when the
 * domain is done, and the recovery of a lost queue, from the domain's record (output/recovery.h);
 * the stages behind cannot tell which. Appended to out, without newline. */
#ifndef MXC_QUEUE_FOLLOW_UP_H
#define MXC_QUEUE_FOLLOW_UP_H

#include <stddef.h>

#include "scanner/base/buf.h"

/* Of the starttls stage. */
void follow_up_host(struct buf *out, const char *host);
/* Of the policy stage. aliases: CNAME targets of the domain's _mta-sts record, in order. */
void follow_up_policy(struct buf *out, const char *domain, const char *const *aliases,
                      size_t alias_count);

#endif
