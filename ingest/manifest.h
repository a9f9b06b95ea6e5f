/* manifest: what RUN/spool/manifest.json tells of a finished spool. Written last and fsynced: where
 * it is, the spool is whole. */
#ifndef MXC_INGEST_MANIFEST_H
#define MXC_INGEST_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "ingest/ingest.h"
#include "ingest/spool.h"

struct manifest {
    struct ingest_counts counts;
    uint8_t key[SPOOL_KEY_SIZE];
    unsigned batch; /* domains in a batch */
    uint64_t bytes; /* of job lines */
};

int manifest_write(const struct manifest *m, const char *folder); /* 0 or -errno */

/* 0; -ENOENT where there is none; -EBADMSG where it cannot be understood; or another -errno. */
int manifest_read(struct manifest *m, const char *folder);
void manifest_free(struct manifest *m);

#endif
