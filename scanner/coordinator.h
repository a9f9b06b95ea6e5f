/* coordinator: one run from its first batch to its last record: feeds, collects, tends the crew and
 * the private Redis, and knows when the run is over. One blocking loop, a turn of it about a tenth
 * of a second. */
#ifndef MXC_SCANNER_COORDINATOR_H
#define MXC_SCANNER_COORDINATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/base/settings.h"
#include "scanner/queue/redis.h"

struct coordinator_plan {
    const char *directory; /* made and locked; its spool is complete */
    const char *run;       /* the run's name in Redis */
    const char *redis_url; /* NULL: a private Redis in the directory */
    bool insecure_redis;
    const struct settings *settings;
    unsigned workers;
    uint64_t domains; /* accepted in the list */
    bool quiet;
    uint64_t *counts; /* KIND_COUNT numbers: set to the records on disk at the end */
    char *epoch;      /* QUEUE_EPOCH_SIZE bytes; empty: create the run; else the run to continue */
};

/* Called when the run has its epoch and Redis is about to: the moment to write run.json. Again when
 * Redis lost its data and the queue is built anew under another. False ends the run. */
typedef bool coordinator_created_cb(void *context);

/* EXIT_OK: every record is on disk. EXIT_INTERRUPTED: drained after a signal. Else one line has
 * been said. */
int coordinator_run(const struct coordinator_plan *plan, coordinator_created_cb *created,
                    void *context);

#endif
