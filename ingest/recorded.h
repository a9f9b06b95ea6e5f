/* recorded: the names of a list that have their record already, when the queue of a run is built
 * anew (DESIGN.md section 4): the feed leaves them out. RUN/spool/recorded holds the spool's own
 * hash of each, 8 bytes a name, sorted as the spool is. So a feed merges two sorted sequences and
 * holds neither. The file stays: whatever is resumed later, what it names stays recorded.
 *
 * Memory: 4 MiB while it is made, and one of 1024 ranges of the hash; 64 KiB while it is read. */
#ifndef MXC_INGEST_RECORDED_H
#define MXC_INGEST_RECORDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorded;

/* Begin the file of a run with a finished spool. What goes wrong is told by recorded_finish(). */
struct recorded *recorded_new(const char *run_dir);
/* A name, once. */
void recorded_add(struct recorded *r, const char *name, size_t len);
/* Sort it, fsync it, put it in the place of an older one. False after one line on standard error.
 * r is freed. */
bool recorded_finish(struct recorded *r);

/* ---- for the feed ---- */

struct recorded_reader {
    int fd; /* -1: nothing is recorded */
    uint64_t *hashes;
    size_t count, at;
    int fault; /* 0 or -errno, sticks */
};

/* spool is the folder. No file is no fault: nothing is recorded. */
void recorded_open(struct recorded_reader *r, const char *spool);
void recorded_close(struct recorded_reader *r);
/* Is this hash in it. Asked in rising order; one that stands there twice answers twice. */
bool recorded_has(struct recorded_reader *r, uint64_t hash);

#endif
