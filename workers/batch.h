/* batch: the jobs of one claimed entry, what they handed over (workers/job.h), and its commits. A
 * commit takes what is finished so far, so that a slow job holds nobody's results but its own. */
#ifndef MXC_WORKERS_BATCH_H
#define MXC_WORKERS_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/claims.h"

#define BATCH_COMMIT_JOBS 256      /* so many finished jobs are a frame of their own */
#define BATCH_COMMIT_MS 30000      /* finished work waits no longer for the rest of its batch, */
#define BATCH_COMMIT_IDLE_MS 1000  /* nor than this where somebody could go on with it */
#define BATCH_COMMIT_AGAIN_MS 1000 /* after Redis had no memory for it */

struct batch;
struct harvest;

/* Copies what the queue handed over and starts every job of it; `from` lives until this returns.
 * NULL when nothing is left to do in it. */
struct batch *batch_start(struct claims *c, struct worker *w, const struct queue_batch *from);
/* Commit what is finished, if it is due; with `all`, due or not. */
void batch_flush(struct batch *b, uint64_t now_ms, bool all);
void batch_free(struct batch *b);

/* What a job of it does comes to the batch by these (workers/job.c). */
enum stage batch_stage(const struct batch *b);
const char *batch_id(const struct batch *b);
struct harvest *batch_harvest(struct batch *b); /* for the next commit */
/* In a commit that the queue took, or in the next one. */
bool batch_gave_certificate(const struct batch *b, uint64_t hash);
/* Its findings are handed over. The batch may be gone when this returns. */
void batch_job_ended(struct batch *b, unsigned number);

/* Links of the list that claims keeps. */
struct batch *batch_next(const struct batch *b);
void batch_link(struct batch *b, struct batch *next);

#endif
