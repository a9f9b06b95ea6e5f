/* checkpoint: RUN/checkpoint.json, how far the collector came: the epoch of the queue, the ID of
 * the last result taken, and for each result file its length, its records and its tail (base64).
 * Replaced whole, by file_replace(). */
#ifndef MXC_OUTPUT_CHECKPOINT_H
#define MXC_OUTPUT_CHECKPOINT_H

#include "output/appender.h"
#include "scanner/queue/queue.h"

struct checkpoint {
    char epoch[QUEUE_EPOCH_SIZE];
    char after[48]; /* stream ID */
};

/* The appenders' counts are written as they will be when what is ready is solid. 0, or -errno with
 * the old checkpoint in place; a failed fsync ends the process. */
int checkpoint_write(const char *directory, const struct checkpoint *c,
                     const struct appender files[KIND_COUNT]);

/* Fill c, and solid, solid_records, tail and tail_records of the files. 0; -ENOENT when there is
 * none; -EBADMSG when it cannot be read; another -errno. */
int checkpoint_read(const char *directory, struct checkpoint *c, struct appender files[KIND_COUNT]);

/* The same for who only looks and has none of the files open: they are made here, and
 * checkpoint_forget() frees them, whatever came back. */
int checkpoint_look(const char *directory, struct checkpoint *c, struct appender files[KIND_COUNT]);
void checkpoint_forget(struct appender files[KIND_COUNT]);

#endif
