#include "scanner/base/print.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "scanner/base/exits.h"
#include "scanner/base/log.h"

static int fault; /* errno of the first failure since print_end() was last asked */

static void keep(int error)
{
    if (fault == 0)
        fault = error;
}

bool print_bytes(FILE *out, const char *data, size_t len)
{
    bool written = len == 0 || fwrite(data, 1, len, out) == len;

    if (!written)
        keep(errno);
    return written;
}

bool print_flush(FILE *out)
{
    bool written = fflush(out) == 0;

    if (!written)
        keep(errno);
    return written;
}

int print_end(FILE *out)
{
    int why;

    if (print_flush(out) && ferror(out))
        keep(EIO);
    why = fault;
    fault = 0;
    if (why == 0)
        return EXIT_OK;
    if (why == EPIPE) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    log_error("standard output: %s", strerror(why));
    return EXIT_DISK;
}
