/* disk: a shim (LD_PRELOAD) that makes fsync slow, and notes what it has made safe.
 *
 * CHAOS_FSYNC_MS=1500   each fsync and fdatasync takes so long before it begins: on a fast disk a
 *                       kill hits the gap between a write and its fsync hardly ever
 * CHAOS_SYNCED=FILE     a line "SIZE PATH" behind each: what a power cut would leave of a file */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int fsync(int fd);
int fdatasync(int fd);

static void slow_down(void)
{
    const char *ms = getenv("CHAOS_FSYNC_MS");

    if (ms != NULL)
        usleep((useconds_t)atoi(ms) * 1000);
}

static void note(int fd, long long size)
{
    const char *log = getenv("CHAOS_SYNCED");
    char link[64], path[4096], line[4200];
    ssize_t n;
    int out;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = log != NULL ? readlink(link, path, sizeof(path) - 1) : -1;
    out = n > 0 ? open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666) : -1;
    if (out < 0)
        return;
    path[n] = '\0';
    n = snprintf(line, sizeof(line), "%lld %s\n", size, path);
    if (write(out, line, (size_t)n) != n)
        abort();
    close(out);
}

/* What stands in the file before the call is what it makes safe. */
static int sync_noted(int fd, long call)
{
    struct stat st;
    int status;

    slow_down();
    if (fstat(fd, &st) != 0)
        return -1;
    status = (int)syscall(call, fd);
    if (status == 0)
        note(fd, st.st_size);
    return status;
}

int fsync(int fd)
{
    return sync_noted(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return sync_noted(fd, SYS_fdatasync);
}
