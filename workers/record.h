/* record: what every record begins with: schema version, what it is about, when, by whom, how often
 * tried. */
#ifndef MXC_WORKERS_RECORD_H
#define MXC_WORKERS_RECORD_H

#include "scanner/base/json_write.h"
#include "scanner/base/outcome.h"
#include "workers/job.h"

/* {"v":1, then the members of the job that say what it is about (domain with rank and input, or
 * host). */
void record_open(struct json_writer *w, const struct job *j);
/* The same members into an object that is open: nothing else. */
void record_subject(struct json_writer *w, const struct job *j);
/* A job to come back as: {"domain":…, then "attempt" one higher. The stage adds what it knows. */
void record_open_again(struct json_writer *w, const struct job *j);
/* "time", "worker", "vantage", "attempts". */
void record_stamp(struct json_writer *w, const struct job *j);
/* Which attempt this is, from 1. */
int64_t record_attempt(const struct job *j);
/* May the job come back for what failed for the time being. */
bool record_may_retry(const struct job *j);
/* The same for the outcome of a connection. Trouble of our own (NETWORK_DOWN) says nothing of the
 * peer, and the job has RECORD_OWN_ATTEMPTS more for it. */
#define RECORD_OWN_ATTEMPTS 20
bool record_may_retry_after(const struct job *j, enum outcome o);

/* The record of a job that is not worked on because it twice ended its worker. */
void record_quarantined(struct job *j, enum stage stage);

#endif
