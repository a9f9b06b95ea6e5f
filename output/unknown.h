/* unknown: how much of a run could not be found out. A domain counts once, when any of its answers
 * is missing; so does a policy, and an address of a mail host. What a setting left out (no IPv6, an
 * opt-out) is no failure and no part of it. The share is that of all three together: a blocked port
 * 25 shows in it as well as a dead resolver. */
#ifndef MXC_OUTPUT_UNKNOWN_H
#define MXC_OUTPUT_UNKNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/base/json_read.h"
#include "scanner/queue/queue.h"

struct unknown {
    uint64_t records[KIND_COUNT], unknown[KIND_COUNT]; /* none of KIND_CERTS */
};

/* Count one record in. Pure. */
void unknown_add(struct unknown *u, enum kind kind, const struct json *record);
double unknown_share(const struct unknown *u); /* 0 to 1 */

/* Read "5%" or "5" (of a hundred). False: it is no such number. */
bool unknown_parse(const char *text, double *share);

/* Count a run; print the share unless silent. An exit status: EXIT_UNKNOWN and one line on standard
 * error where more than `most` is unknown. */
int unknown_run(const char *run_dir, double most, bool silent);

#endif
