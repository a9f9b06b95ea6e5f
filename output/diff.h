/* diff: what changed from one run to another, domain by domain. */
#ifndef MXC_OUTPUT_DIFF_H
#define MXC_OUTPUT_DIFF_H

#include <stdbool.h>
#include <stdio.h>

/* CSV: domain, change, what, old, new; with sum: change, what, old, new (of modes), domains.
 * Changes: adopted and dropped (no to yes and back; unknown is neither), changed (the mode, id and
 * patterns of MTA-STS, the operator), renewed (certificates of the same MX hosts), new and gone (of
 * the list). An exit status (scanner/base/exits.h). */
int diff_run(const char *old_dir, const char *new_dir, bool sum, FILE *out);

#endif
