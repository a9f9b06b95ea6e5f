/* mxcensus rejudge: a run judged again by today's rules. It is made beside and renamed, so that a
 * directory of that name is whole. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/rejudge.h"
#include "output/stats.h"
#include "scanner/base/exits.h"
#include "scanner/base/file.h"
#include "scanner/base/log.h"
#include "scanner/command.h"
#include "scanner/run_directory.h"

static int put_in_place(const char *beside, const char *path)
{
    int status = rename(beside, path) == 0 ? file_keep_name(path) : -errno;

    if (status == 0)
        return EXIT_OK;
    log_error("%s: cannot be renamed to %s: %s", beside, path, strerror(-status));
    return EXIT_DISK;
}

static int make(const char *from, const char *beside, const struct options *o)
{
    int lock = run_directory_create(beside), status;

    if (lock < 0)
        return EXIT_RUN_DIRECTORY;
    status = rejudge_run(from, beside);
    if (status == EXIT_OK)
        status = stats_run(beside, o->quiet);
    if (status == EXIT_OK)
        status = put_in_place(beside, o->output);
    if (status != EXIT_OK)
        run_directory_remove(beside, "");
    close(lock);
    return status;
}

/* A path in the same folder; free() it. */
static char *name_beside(const char *path)
{
    size_t len = strlen(path);
    char *beside;

    while (len > 1 && path[len - 1] == '/')
        len--;
    if (asprintf(&beside, "%.*s.%ld", (int)len, path, (long)getpid()) < 0)
        abort();
    return beside;
}

int command_rejudge(struct options *o)
{
    char *beside;
    int status;

    if (o->output == NULL) {
        log_error("rejudge wants -o DIR, a directory for the new run; see mxcensus rejudge --help");
        return EXIT_USAGE;
    }
    if (!run_directory_is_free(o->output)) {
        log_error("%s exists: the new run wants a directory of its own", o->output);
        return EXIT_RUN_DIRECTORY;
    }
    beside = name_beside(o->output);
    status = make(o->operands[0], beside, o);
    if (status == EXIT_OK && !o->quiet)
        printf("\nThe run is in %s\n", o->output);
    free(beside);
    return status;
}
