/* job: what the worker gives to a stage, and what a stage gives back.
 * A stage's start function takes one job, works on it in the loop, and ends with exactly one
 * job_finish() or job_delay(). Its findings it hands over in any number, but all in the callback
 * that ends it: a commit may come between two callbacks, and must never hold half a job. The job,
 * its arena and its tree are gone when the end returns. */
#ifndef MXC_WORKERS_JOB_H
#define MXC_WORKERS_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "scanner/base/arena.h"
#include "scanner/base/buf.h"
#include "scanner/base/json_read.h"
#include "scanner/queue/queue.h"

struct worker; /* workers/worker.h: loop, settings, engine, trust store */
struct batch;

struct job {
    struct worker *worker;
    struct batch *batch;
    unsigned number;          /* in its batch */
    const struct json *input; /* the job's object, in the arena */
    struct arena arena;       /* the job's memory */
};

/* To be called at the start of every callback that works on the job: names it to the parent, which
 * must know what a worker had in hand when it died. */
void job_in_hand(struct job *j);
/* And at the end of such a callback, where it did not end the job. */
void job_put_down(struct job *j);

/* One record of this kind: one JSON object, without newline. Copied. */
void job_record(struct job *j, enum kind kind, const char *record, size_t len);
/* The certificate of a chain; what was already given to the run is dropped by the queue. Copied. */
void job_certificate(struct job *j, const uint8_t sha256[32], const char *record, size_t len);
void job_follow_policy(struct job *j, const char *text, size_t len); /* a job of the policy stage */
void job_follow_host(struct job *j, const char *host, const char *text,
                     size_t len); /* of the starttls stage, once per run */
void job_finish(struct job *j);
void job_delay(struct job *j, const char *text,
               size_t len); /* come back as this job after the retry delay */

/* The stages (workers/domain/stage.c, workers/policy.c, workers/mailhost.c). */
void domain_start(struct job *j);
void policy_start(struct job *j);
void mailhost_start(struct job *j);

#endif
