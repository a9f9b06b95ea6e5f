/* writer: the two files of a finished spool: jobs, and the index of its batches. */
#ifndef MXC_INGEST_WRITER_H
#define MXC_INGEST_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "ingest/record.h"
#include "scanner/base/buf.h"

struct writer {
    int jobs_fd, index_fd;
    struct buf jobs, index; /* not yet written */
    uint64_t bytes, count;  /* of job lines, all of them */
    unsigned batch;
};

/* All of these: 0 or -errno. After writer_open(), whatever it says, writer_close() must follow. */
int writer_open(struct writer *w, const char *folder, unsigned batch);
int writer_job(struct writer *w, const struct record *r);
int writer_close(struct writer *w); /* writes the rest, fsyncs */

#endif
