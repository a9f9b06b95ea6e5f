/* claims: how many jobs a worker holds, and when it takes the next batch: as long as a stage has
 * room, one claim under way per stage, and a pause where the queue is empty. Owns the batches in
 * hand. */
#ifndef MXC_WORKERS_CLAIMS_H
#define MXC_WORKERS_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>

#include "workers/worker.h"

struct claims;
struct batch;

struct claims *claims_new(struct worker *w, unsigned stages);
void claims_begin(struct claims *c);        /* from now on batches come in */
void claims_stop(struct claims *c);         /* take no more; what is in hand goes on */
void claims_tick(struct claims *c);         /* about twice a second: hand over what is due */
void claims_flush(struct claims *c);        /* hand over all that is finished, now */
bool claims_idle(const struct claims *c);   /* nothing in hand, nothing under way to the queue */
bool claims_asking(const struct claims *c); /* the answer to a claim is awaited */
bool claims_committing(const struct claims *c); /* the answer to a commit is awaited */
/* Drops the batches in hand. Stopped, and no answer awaited; run the loop once more after it. */
void claims_free(struct claims *c);

/* For batches: a job ended; an answer to a commit is awaited, or there; a batch is done with. */
void claims_job_ended(struct claims *c, enum stage stage);
void claims_commit_sent(struct claims *c);
void claims_commit_answered(struct claims *c);
/* Redis has no memory for a commit, which is kept and sent again; and the last such was taken.
 * Between the two nothing is claimed: what is finished and cannot be handed over must not grow. */
void claims_commit_refused(struct claims *c);
void claims_commit_taken(struct claims *c);
void claims_batch_gone(struct claims *c, struct batch *b);

/* The certificates that the run holds for sure, as far as a bounded table remembers: an
 * intermediate that stands in every second chain is handed over once, not a thousand times. */
bool claims_knows_certificate(const struct claims *c, uint64_t hash);
void claims_learn_certificate(struct claims *c, uint64_t hash);

/* Is this stage served here, and did its last claim find nothing. */
bool claims_hungry(const struct claims *c, enum stage stage);
bool claims_starved(const struct claims *c); /* all served stages are hungry */

/* The queue is lost, or is not ours any more: the worker ends. */
void claims_fail(struct claims *c, enum queue_status s);
enum queue_status claims_failure(const struct claims *c); /* QUEUE_OK: none */

#endif
