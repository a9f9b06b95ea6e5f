/* records: read RUN/KIND.jsonl.zst, frame by frame and line by line. Frames are independent:
 * several threads take them in turn. A frame that is corrupt or torn is counted, named by its
 * offset and skipped; reading goes on at the next one that is whole. Of a run under way exactly
 * what its last checkpoint has is read, tail included, whatever the collector does to the file
 * meanwhile; where there is no checkpoint, what is in the file. */
#ifndef MXC_OUTPUT_RECORDS_H
#define MXC_OUTPUT_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/json_read.h"
#include "scanner/queue/queue.h"

#define RECORDS_THREADS_MAX 64

struct records_report {
    uint64_t records;         /* given to the callback */
    uint64_t frames;          /* read whole */
    uint64_t corrupt_frames;  /* stretches of the file that hold no readable frame */
    uint64_t corrupt_offset;  /* of the first of them */
    uint64_t corrupt_lines;   /* no JSON object */
    uint64_t foreign_records; /* of another schema version */
    bool missing;             /* there is no such file */
};

/* One record, whole: the tree lives until the callback returns. Called by `thread` (from 0), each
 * thread one call at a time; with one thread in the order of the file. */
typedef void records_cb(void *context, unsigned thread, const struct json *record);

/* Read one file with up to `threads` threads. 0, or -errno when the file cannot be read at all (a
 * missing one is no error: report->missing). Says one line on standard error for each corrupt
 * stretch. */
int records_read(const char *run_dir, enum kind kind, unsigned threads, records_cb *cb,
                 void *context, struct records_report *report);

/* The same with every string byte for byte as it was written (json_parse_bytes()): for what is
 * judged or written again, not for what is printed. */
int records_read_bytes(const char *run_dir, enum kind kind, unsigned threads, records_cb *cb,
                       void *context, struct records_report *report);

/* Is the file whole and of this version; if not, one line on standard error says what is lost. */
bool records_sound(const char *run_dir, enum kind kind, const struct records_report *report);

unsigned records_threads(void); /* one a core */

#endif
