/* coordinator: one run from its first batch to its last record: feeds, collects, tends the crew and
 * the private Redis, and knows when the run is over. One blocking loop, a turn of it about a tenth
 * of a second. */
#ifndef MXC_SCANNER_COORDINATOR_H
#define MXC_SCANNER_COORDINATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/base/settings.h"
#include "scanner/queue/redis.h"
#include "scanner/recursor.h"

struct coordinator_plan {
    const char *directory; /* made and locked; its spool is complete */
    const char *run;       /* the run's name in Redis */
    const char *redis_url; /* NULL: a private Redis in the directory */
    bool insecure_redis;
    const struct settings *settings;
    struct recursor *recursor; /* whom the workers ask: started, and tended here */
    unsigned workers;
    uint64_t domains; /* accepted in the list */
    bool quiet;
    uint64_t disk_wait_ms; /* for room on a full disk, before the run ends */
    uint64_t *counts;      /* KIND_COUNT numbers: set to the records on disk at the end */
    char *epoch; /* QUEUE_EPOCH_SIZE bytes; empty: create the run; else the run to continue */
};

/* Two moments. Created: the run has its epoch and Redis is about to: run.json must have it first.
 * (Again when Redis lost its data and the queue is built anew under another.) Completed: every
 * record is on disk, and Redis still holds the run. False ends it, after a line on standard error.
 */
typedef bool coordinator_cb(void *context);

/* EXIT_OK: every record is on disk. EXIT_INTERRUPTED: drained after a signal. Else one line has
 * been said. */
int coordinator_run(const struct coordinator_plan *plan, coordinator_cb *created,
                    coordinator_cb *completed, void *context);

#endif
