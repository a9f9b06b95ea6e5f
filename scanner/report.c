/* report: the report of a run. A program of its own draws it (scripts/report, Python with
 * matplotlib), installed beside this one or in the source tree that this was built from; it takes
 * our place, and its exit status is ours. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "scanner/base/buf.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/command.h"

#define INSTALLED "/../libexec/mxcensus/scripts/report" /* from the folder of this program */
#define BUILT MXCENSUS_TOP "/scripts/report"

/* Where the drawing program is installed, if this one is. False: it is not there. */
static bool installed(struct buf *path)
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self));
    char *slash = len > 0 ? memrchr(self, '/', (size_t)len) : NULL;

    if (slash == NULL)
        return false;
    buf_append(path, self, (size_t)(slash - self));
    buf_append(path, INSTALLED, sizeof(INSTALLED)); /* with its end */
    return access(path->data, X_OK) == 0;
}

int command_report(struct options *o)
{
    const char *drawer = BUILT;
    struct buf path;
    char *directory = (char *)o->operands[0]; /* argv is not written to */

    buf_init(&path, BUF_NO_CEILING);
    if (installed(&path))
        drawer = path.data;
    execv(drawer, o->quiet ? (char *const[]){ "report", "--quiet", "--", directory, NULL }
                           : (char *const[]){ "report", "--", directory, NULL });
    log_error("%s: cannot be run: %s; it wants python3 and python3-matplotlib "
              "(scripts/install-deps)",
              drawer, strerror(errno));
    buf_free(&path);
    return EXIT_TOOL;
}
