/* tally: what the workers of a run tell of their resolvers, and resolvers.csv that comes of it. The
 * last report of each worker is kept here as well as in Redis, so that neither a worker's death nor
 * a Redis that loses its data takes away what was told. */
#ifndef MXC_SCANNER_TALLY_H
#define MXC_SCANNER_TALLY_H

#include <stdbool.h>

#include "scanner/queue/queue.h"
#include "workers/dns/resolver_check.h"

struct tally;

struct tally *tally_new(void);
void tally_free(struct tally *t);

/* Ask the queue for the reports, now or only if the last time is some seconds ago. */
enum queue_status tally_take(struct tally *t, struct queue *q);
enum queue_status tally_tend(struct tally *t, struct queue *q);

/* DIRECTORY/resolvers.csv, a row for each resolver, those that were left out included. 0 or -errno.
 */
int tally_write(const struct tally *t, const struct resolver_survey *survey, const char *directory);

#endif
