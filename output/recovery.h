/* recovery: a queue built anew from the records of its run, after Redis lost its data (DESIGN.md
 * section 4). What is recorded is never done again, what follows from it and has no record is.
 *
 * The order of steps, and why a kill after any of them leaves a run that can be resumed:
 *   1 run.json names the new epoch      Redis does not have it: the next resume begins here again
 *   2 Redis creates the run under it    its epoch is not the checkpoint's: half-built, thrown away
 *   3 seen-sets, then follow-ups        the same
 *   4 names recorded, for the feed      the same; the file is true under any epoch
 *   5 checkpoint.json takes the epoch   the queue counts (collector_open() does this)
 * Sets come before jobs in step 3, for workers may claim a job as soon as it is there.
 *
 * What a checkpoint holds is a prefix of the results, and commits are whole but for their last
 * results: a domain's record comes without its follow-ups' records, never the other way round that
 * matters; a host's records are one result; a certificate comes before the records that name it. So
 * a record that is kept has all it needs, and what it lacks is found by what follows from it.
 *
 * Memory: 8 bytes a policy record; hosts and certificates are remembered by Redis itself, domains
 * by the file of step 4. */
#ifndef MXC_OUTPUT_RECOVERY_H
#define MXC_OUTPUT_RECOVERY_H

#include <stddef.h>

#include "scanner/base/settings.h"
#include "scanner/queue/queue.h"

/* The epoch of the run's checkpoint; "" when there is none (nothing is recorded). An exit status,
 * after one line on standard error if it is not EXIT_OK. */
int recovery_epoch(const char *directory, char epoch[QUEUE_EPOCH_SIZE]);

/* A domain that has its record. */
typedef void recovery_cb(void *context, const char *domain, size_t len);

/* Cut the files to the checkpoint and tell q, created and not fed, what they hold: step 3, calling
 * back for step 4. An exit status, after one line on standard error if it is not EXIT_OK. Allowed
 * while no collector has the files open. */
int recovery_run(const char *directory, const struct settings *s, struct queue *q,
                 recovery_cb *recorded, void *context);

#endif
