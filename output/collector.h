/* collector: takes results from the queue to RUN/{domains,policies,mx,certs}.jsonl.zst, each record
 * once whatever is killed when.
 *
 * The order of steps, and what a kill after each leaves behind:
 *
 * 1. read results after the last ID: nothing changed
 * 2. write frames behind `solid`, fsync: bytes that no checkpoint knows, cut off at the next start
 * 3. checkpoint.json (new file, fsync, rename, fsync of the directory): before the rename the old
 *    one counts, after it the new one; either agrees with the files, for 2 was on disk before
 * 4. trim the queue through that ID: untrimmed results are behind us, reading goes on after the ID
 *
 * Frames of less than 256 records are kept in the checkpoint and shown at the end of the file,
 * until there are enough of them for one frame (appender.h).
 *
 * A failed fsync ends the process (EXIT_DISK): the kernel may have dropped what it could not write,
 * and only a start from the last checkpoint knows what is there. A write for which there is no
 * space is undone, said once, and tried again each second; meanwhile results wait in Redis, workers
 * claim no more, and nothing is lost. */
#ifndef MXC_OUTPUT_COLLECTOR_H
#define MXC_OUTPUT_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/queue/queue.h"

struct collector;

/* Open the files of a run under this epoch: make them, or cut them to the checkpoint. Another epoch
 * than the checkpoint's means a rebuilt queue, whose results are read from their beginning: the
 * checkpoint takes that epoch at once, and a queue whose epoch it has is known to be whole
 * (recovery.h). NULL after one line on standard error. */
struct collector *collector_open(const char *directory, const char *epoch);

/* Take what is there, waiting at most wait_ms for something. QUEUE_FULL: it waits for disk space.
 * *taken is the number of results read and not yet safe, or made safe by this call: 0 means nothing
 * is under way. */
enum queue_status collector_step(struct collector *c, struct queue *q, unsigned wait_ms,
                                 size_t *taken);

/* The run is over: the rests become frames as well. 0 or -errno. */
int collector_finish(struct collector *c);

/* Records taken in all, by kind; after collector_finish() or a start all of them are safe. */
void collector_counts(const struct collector *c, uint64_t counts[KIND_COUNT]);

/* What is not safe yet stays in the queue. */
void collector_close(struct collector *c);

#endif
