#include "scanner/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner/base/memory.h"

char *file_path(const char *folder, const char *name)
{
    size_t len = strlen(folder) + strlen(name) + 2;
    char *path = memory_alloc(len);

    snprintf(path, len, "%s/%s", folder, name);
    return path;
}

int file_read(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), status = 0;
    ssize_t n = 0;

    if (fd < 0)
        return -errno;
    do {
        char *room = buf_reserve(out, FILE_READ_BYTES);

        n = room != NULL ? read(fd, room, FILE_READ_BYTES) : 0;
        if (n > 0)
            out->len += (size_t)n;
    } while (n > 0 || (n < 0 && errno == EINTR));
    if (n < 0)
        status = -errno;
    else if (out->failed)
        status = -EFBIG;
    close(fd);
    return status;
}

/* ---- writing ---- */

int file_write(int fd, const void *data, size_t len)
{
    const char *at = data;

    while (len > 0) {
        ssize_t n = write(fd, at, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -ENOSPC;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

int file_finish(int fd, int status)
{
    if (status == 0 && fsync(fd) != 0)
        status = -errno;
    if (close(fd) != 0 && status == 0)
        status = -errno;
    return status;
}

int file_create(const char *path, const void *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600), status;

    if (fd < 0)
        return -errno;
    status = file_write(fd, data, len);
    if (close(fd) != 0 && status == 0)
        status = -errno;
    return status;
}

static int open_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd >= 0 ? fd : -errno;
}

/* Steps 1 and 2. */
static int write_beside(int folder, const char *name, const void *data, size_t len, bool *in_doubt)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    int written, status;

    if (fd < 0)
        return -errno;
    written = file_write(fd, data, len);
    status = file_finish(fd, written);
    *in_doubt = written == 0 && status != 0;
    return status;
}

/* Steps 3 and 4. */
static int put_in_place(int folder, const char *from, const char *to, bool *in_doubt)
{
    if (renameat(folder, from, folder, to) != 0)
        return -errno;
    *in_doubt = fsync(folder) != 0;
    return *in_doubt ? -errno : 0;
}

int file_replace(const char *folder, const char *name, const void *data, size_t len, bool *in_doubt)
{
    int fd = open_folder(folder), status;
    char beside[NAME_MAX + 1];
    bool nobody_asks;

    if (in_doubt == NULL)
        in_doubt = &nobody_asks;
    *in_doubt = false;
    if (fd < 0)
        return fd;
    snprintf(beside, sizeof(beside), "%s.new", name);
    status = write_beside(fd, beside, data, len, in_doubt);
    if (status == 0)
        status = put_in_place(fd, beside, name, in_doubt);
    if (status != 0)
        unlinkat(fd, beside, 0);
    close(fd);
    return status;
}

int file_rename(const char *folder, const char *from, const char *to)
{
    int fd = open_folder(folder), status;
    bool in_doubt;

    if (fd < 0)
        return fd;
    status = put_in_place(fd, from, to, &in_doubt);
    close(fd);
    return status;
}

int file_keep_name(const char *path)
{
    char *copy = memory_strdup(path);
    int fd = open_folder(dirname(copy)), status;

    free(copy);
    if (fd < 0)
        return fd;
    status = fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return status;
}
