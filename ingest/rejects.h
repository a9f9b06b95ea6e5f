/* rejects: RUN/rejects.csv, a row for each line that holds no domain name. */
#ifndef MXC_INGEST_REJECTS_H
#define MXC_INGEST_REJECTS_H

#include <stddef.h>
#include <stdint.h>

#include "scanner/base/buf.h"

#define REJECTS_TEXT_MAX 200 /* bytes of a line that are kept */

struct rejects {
    int fd;
    struct buf rows; /* not yet written */
    uint64_t count;
};

/* All of these: 0 or -errno. After rejects_open(), whatever it says, rejects_close() must follow.
 */
int rejects_open(struct rejects *r, const char *run_dir);
int rejects_add(struct rejects *r, uint64_t line, const char *reason, const char *text, size_t len);
int rejects_close(struct rejects *r); /* writes the rest, fsyncs */

#endif
