/* policy_hosts: where the policies of MTA-STS lie: by the registrable domain to which the aliases
 * of the policy hosts lead, the largest first, with what the policies there are worth. Memory: an
 * entry for each such domain. */
#ifndef MXC_OUTPUT_POLICY_HOSTS_H
#define MXC_OUTPUT_POLICY_HOSTS_H

#include "output/join.h"
#include "scanner/base/buf.h"

struct policy_hosts;

struct policy_hosts *policy_hosts_new(uint64_t list_domains);
void policy_hosts_free(struct policy_hosts *p);
/* Any thread. Counted is a domain of which a fetch of its policy is recorded, whatever came of it.
 */
void policy_hosts_count(struct policy_hosts *p, const struct joined *d);

/* policy_hosts.csv: a target a row, the `top` largest with a rank; the others are one row, and so
 * are the policy hosts that no alias leads away from the domain's own name. Share: of all counted.
 * Failed: the policy is definitely not had; the modes are those of valid policies. */
void policy_hosts_write(const struct policy_hosts *p, size_t top, struct buf *csv);

#endif
