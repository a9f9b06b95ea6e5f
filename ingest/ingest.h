/* ingest: a list of any size becomes the jobs of a run. ingest_list() reads lists once, in bounded
 * memory, into RUN/spool: clean names, each once, in the order of a keyed hash. A feed then gives
 * that order to the queue, batch by batch; batch n of a spool is the same bytes for ever.
 *
 * What is written: RUN/rejects.csv and RUN/spool/{jobs,index,manifest.json}. The manifest is
 * written last and fsynced: with it a spool is finished, without it it is made again. */
#ifndef MXC_INGEST_INGEST_H
#define MXC_INGEST_INGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/buf.h"
#include "scanner/base/settings.h"
#include "scanner/queue/queue.h"

struct ingest_counts {
    uint64_t lines;                          /* as read, with comments, blank lines and headers */
    uint64_t accepted, duplicates, rejected; /* names; names again; lines that hold none */
    uint64_t ranks_lost; /* names whose rank is no whole number, again ones among them */
    char sha256[65];     /* of the lists' bytes as they were read (still compressed), in order */
    char **columns;      /* further columns, as the members of "input"; owned */
    size_t column_count;
};
void ingest_counts_free(struct ingest_counts *counts);

/* Spool the lists ("-": standard input) into run_dir, or, where that is finished already, only tell
 * its counts. An exit status (scanner/base/exits.h), after one line on standard error if it is not
 * EXIT_OK. counts is filled in on EXIT_OK alone. A half-written spool is made again, which standard
 * input cannot be: EXIT_INPUT. */
int ingest_list(const char *const *paths, size_t count, const char *run_dir,
                const struct settings *s, struct ingest_counts *counts);

/* Asked now and then by ingest_list(), which ends with EXIT_INTERRUPTED when it answers true. NULL:
 * never. */
void ingest_stop_when(bool (*stop)(void));

struct feed;

/* The feed of a finished spool; NULL after one line on standard error. The size of a batch is what
 * settings.batch was when the list was spooled. */
struct feed *feed_open(const char *run_dir, const struct settings *s);
void feed_close(struct feed *f);

uint64_t feed_batches(const struct feed *f);
uint64_t feed_domains(const struct feed *f);

/* Append the jobs of batch n, lines of JSON, to out; returns their number; 0 past the last batch,
 * or after a line on standard error where the spool cannot be read (out->failed is then set). */
unsigned feed_next(struct feed *f, uint64_t n, struct buf *out);

/* Feed from where queue_fed() stands until the queue is full (QUEUE_FULL) or everything, and the
 * end, is fed (QUEUE_OK). Names that are recorded already (ingest/recorded.h) are left out: a batch
 * without them keeps its number. QUEUE_FULL also after many batches of nothing else. What else the
 * queue answers is passed on. QUEUE_REFUSED also after a line on standard error where the spool
 * cannot be read: feed_failed() tells which of both. */
enum queue_status feed_step(struct feed *f, struct queue *q);
bool feed_failed(const struct feed *f);

#endif
