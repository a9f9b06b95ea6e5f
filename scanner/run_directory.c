#include "scanner/run_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "scanner/base/file.h"
#include "scanner/base/log.h"

#define DESCRIPTORS_OF_A_WALK 16
#define ROOM_MIN 65536 /* bytes */
#define LOCK_TRIES 10
#define LOCK_TURN_US 10000

/* Whose name is on disk, so that what is recorded in it is. */
static bool make_folder(const char *path)
{
    int status;

    if (mkdir(path, 0755) != 0)
        return errno == EEXIST;
    status = file_keep_name(path);
    errno = -status;
    return status == 0;
}

static bool make_with_parents(const char *path)
{
    char *copy = file_path(path, "");
    bool made = true;

    for (char *slash = strchr(copy + 1, '/'); made && slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        made = make_folder(copy);
        *slash = '/';
    }
    free(copy);
    return made;
}

/* What one who was killed before its run.json stood may have left: nobody misses it. */
static bool is_nothing(const char *name)
{
    static const char *const nothing[] = { ".", "..", "lock", "run.json.new" };

    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
        if (strcmp(name, nothing[i]) == 0)
            return true;
    return false;
}

static bool is_empty(const char *path)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    bool empty = directory != NULL;

    while (empty && (entry = readdir(directory)) != NULL)
        empty = is_nothing(entry->d_name);
    if (directory != NULL)
        closedir(directory);
    return empty;
}

bool run_directory_is_free(const char *path)
{
    return access(path, F_OK) != 0 || is_empty(path);
}

/* A second look and more, for one who only looks has it for a moment. */
static bool take_lock(int fd)
{
    bool taken = flock(fd, LOCK_EX | LOCK_NB) == 0;

    for (int i = 1; i < LOCK_TRIES && !taken && errno == EWOULDBLOCK; i++) {
        usleep(LOCK_TURN_US);
        taken = flock(fd, LOCK_EX | LOCK_NB) == 0;
    }
    return taken;
}

static int lock(const char *path, int flags)
{
    char *file = file_path(path, "lock");
    int fd = open(file, flags | O_RDWR | O_CLOEXEC, 0644);

    free(file);
    if (fd >= 0 && take_lock(fd))
        return fd;
    if (fd >= 0 && errno == EWOULDBLOCK)
        log_error("%s is in use by another mxcensus; see mxcensus status %s", path, path);
    else if (errno == ENOENT || errno == ENOTDIR)
        log_error("%s is no run directory; make one with mxcensus run LIST -o DIR", path);
    else
        log_error("%s: cannot lock it: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

bool run_directory_in_use(const char *path)
{
    char *file = file_path(path, "lock");
    int fd = open(file, O_RDONLY | O_CLOEXEC); /* all that one of another user may do */
    bool used = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;

    free(file);
    if (fd >= 0)
        close(fd);
    return used;
}

bool run_directory_is_full(const char *path)
{
    struct statvfs disk;

    if (statvfs(path, &disk) != 0)
        return false;
    return (uint64_t)disk.f_bavail * disk.f_frsize < ROOM_MIN ||
           (disk.f_files > 0 && disk.f_favail == 0);
}

static void refuse_taken(const char *path)
{
    DIR *directory = opendir(path);

    if (directory == NULL) {
        log_error("%s exists and is no directory that can be used (%s); name another with -o", path,
                  strerror(errno));
        return;
    }
    closedir(directory);
    if (run_directory_in_use(path)) {
        log_error("%s is in use by another mxcensus; see mxcensus status %s, or name another with "
                  "-o",
                  path, path);
        return;
    }
    log_error("%s exists and is not empty; finish it with mxcensus resume %s, or name another "
              "with -o",
              path, path);
}

int run_directory_create(const char *path)
{
    int fd;

    if (!make_with_parents(path)) {
        log_error("%s: cannot make the run directory: %s", path, strerror(errno));
        return -1;
    }
    if (!is_empty(path)) {
        refuse_taken(path);
        return -1;
    }
    fd = lock(path, O_CREAT);
    if (fd >= 0 && !is_empty(path)) { /* another was quicker, and is done */
        refuse_taken(path);
        close(fd);
        fd = -1;
    }
    return fd;
}

int run_directory_open(const char *path)
{
    return lock(path, 0);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    remove(path);
    return 0;
}

void run_directory_remove(const char *directory, const char *folder)
{
    char *path = file_path(directory, folder);

    nftw(path, remove_entry, DESCRIPTORS_OF_A_WALK, FTW_DEPTH | FTW_PHYS);
    free(path);
}
