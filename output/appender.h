/* appender: one result file: whole zstd frames of 256 records and up, and a tail of smaller ones.
 *
 *   0 ......... solid | tail
 *
 * What lies before `solid` is on disk for good. Frames that bring less than 256 records gather
 * behind it, in the tail, until they are merged into one frame. The tail is rewritten in place and
 * never relied on: its truth is the copy in the checkpoint; in the file it stands for readers of an
 * unfinished run. */
#ifndef MXC_OUTPUT_APPENDER_H
#define MXC_OUTPUT_APPENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/base/buf.h"

#define APPENDER_FRAME_RECORDS 256
#define APPENDER_FRAME_BYTES (8 << 20) /* of content: a frame is closed before it becomes huge */

struct appender {
    char *path;
    int fd;
    uint64_t solid; /* bytes of the file that are checkpointed */
    uint64_t solid_records;
    struct buf ready; /* frames to become solid by the next checkpoint */
    uint64_t ready_records;
    struct buf tail; /* small frames, as they came */
    unsigned tail_records;
    bool dirty; /* there is something that the last checkpoint does not know */
};

/* Open or make the file. 0 or -errno. */
int appender_open(struct appender *a, const char *directory, const char *stem);
void appender_close(struct appender *a);

/* Take one or more frames with so many records into memory; nothing is written. */
void appender_add(struct appender *a, const char *frames, size_t len, unsigned records);
/* The last of it: make what is in the tail ready, as one frame, whatever its size. A file without
 * any record becomes an empty frame. */
void appender_fold(struct appender *a);

/* Write what is ready behind `solid`. 0, or -errno with the file cut back to what it was. */
int appender_write(struct appender *a);
/* fsync; a failure ends the process: what the kernel then dropped cannot be known. */
void appender_sync(struct appender *a);
/* The checkpoint is on disk: what was ready is solid. Shows the tail to readers. */
void appender_settle(struct appender *a);
/* At a start: cut the file to `solid` and show the tail. 0 or -errno. */
int appender_restore(struct appender *a);

#endif
