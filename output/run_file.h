/* run_file: RUN/run.json: who, when, which list, which settings, how much. */
#ifndef MXC_OUTPUT_RUN_FILE_H
#define MXC_OUTPUT_RUN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/arena.h"
#include "scanner/base/settings.h"
#include "scanner/queue/queue.h"

#define RUN_FILE_NAME "run.json"
#define RUN_FILE_VERSION 1

struct run_file {
    const char *run, *epoch, *version, *vantage;
    const char *started, *finished; /* RFC 3339; finished is NULL until the run is */
    const char *trust_store_sha256; /* hex; NULL: not known */
    struct {
        const char *const *files;
        size_t file_count;
        const char *sha256; /* hex */
        uint64_t lines, accepted, duplicates, rejected, ranks_lost;
        const char *const *columns; /* of the list, kept as members of "input" */
        size_t column_count;
    } list;
    struct settings settings;
    uint64_t counts[KIND_COUNT]; /* records */
    struct { /* of a run made by judging another's raw text again; from is NULL for all others */
        const char *from;           /* that run's name */
        const char *time, *version; /* when, and of the program that judged */
    } rejudged;
};

/* By file_replace(). False after one line on standard error. */
bool run_file_write(const char *run_dir, const struct run_file *f);
/* Texts are the arena's. False after one line on standard error: no run directory, not one of this
 * version, or unreadable. */
bool run_file_read(const char *run_dir, struct run_file *f, struct arena *arena);
/* Does it stand there that the run is finished. Says nothing, whatever is there. */
bool run_file_is_finished(const char *run_dir);

#endif
