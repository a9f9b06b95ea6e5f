/* crew: the worker processes of this machine, and the watch over every consumer of the run.
 * A worker that dies or hangs is replaced, with back-off, and what it had in hand goes back to the
 * queue. Life is a counter that must change; it is watched on this process's own monotonic clock
 * (DESIGN.md section 4). */
#ifndef MXC_SCANNER_CREW_H
#define MXC_SCANNER_CREW_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/base/settings.h"
#include "scanner/queue/queue.h"
#include "scanner/recursor.h"

#define CREW_SILENCE_MS 30000 /* without a new count: dead */

struct crew;
struct crew_plan {
    size_t size;                       /* worker processes here */
    unsigned stages;                   /* bit mask of 1 << enum stage */
    const struct redis_address *redis; /* must outlive the crew */
    const char *run;
    const struct recursor *recursor; /* whom they ask; must outlive the crew */
    bool watch_others; /* bury consumers of other machines too: the coordinator's affair */
};

unsigned crew_stages(const struct settings *s); /* the bit mask of --stages */

struct crew *crew_start(const struct crew_plan *plan);

/* Reap, bury and replace; call it several times a second. An exit status of exits.h that ends the
 * run because the workers cannot work here at all (no resolver, no trust store, limits), else 0. */
int crew_tend(struct crew *c, struct queue *q);

size_t crew_alive(const struct crew *c);
void crew_drain(struct crew *c); /* let them finish what is in hand, replace none */
void crew_kill(struct crew *c);
void crew_free(struct crew *c); /* none alive any more */

#endif
