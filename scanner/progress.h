/* progress: how far a run is, for a person: one line that rewrites itself on a terminal, a line
 * every ten seconds elsewhere. */
#ifndef MXC_SCANNER_PROGRESS_H
#define MXC_SCANNER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/queue/queue.h"

struct progress {
    uint64_t domains;    /* in the list, once ingested */
    uint64_t started_ms; /* monotonic */
    uint64_t done_at_start;
    uint64_t shown_ms;
    bool terminal, quiet, on_line;
};

void progress_start(struct progress *p, uint64_t domains, uint64_t already_done, bool quiet);
void progress_show(struct progress *p, const struct queue_progress *now);
void progress_end(struct progress *p);

/* The same as one line of text, for mxcensus status too. */
void progress_line(char *line, size_t room, uint64_t domains, const struct queue_progress *now);

#endif
