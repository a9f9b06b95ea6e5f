/* Small files: whole, the old or the new, whatever fails on the way. */
#include "scanner/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "tests/unit/check.h"

static char folder[] = "/tmp/mxcensus-test-XXXXXX";

/* ---- what goes to the disk, in which order, and what of it fails ---- */

static char steps[64];
static const char *failing = ""; /* a step, as it is noted in steps */

static bool take_step(const char *step)
{
    if (strlen(steps) + strlen(step) < sizeof(steps))
        strcat(steps, step);
    if (strcmp(step, failing) != 0)
        return true;
    errno = EIO;
    return false;
}

/* These stand in the way of the library's. */
int fsync(int fd)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return -1;
    return take_step(S_ISDIR(st.st_mode) ? "folder " : "file ") ? (int)syscall(SYS_fsync, fd) : -1;
}

int renameat(int old_folder, const char *old_name, int new_folder, const char *new_name)
{
    if (!take_step("rename "))
        return -1;
    return (int)syscall(SYS_renameat2, old_folder, old_name, new_folder, new_name, 0);
}

/* ---- replacing ---- */

static const struct {
    const char *failing;
    rlim_t largest; /* a file that cannot grow, as on a full disk */
    int status;
    bool in_doubt;
    const char *steps, *text; /* what stands there in the end */
} rows[] = {
    { "", RLIM_INFINITY, 0, false, "file rename folder ", "newer" },
    { "", 4, -EFBIG, false, "", "old" },
    { "file ", RLIM_INFINITY, -EIO, true, "file ", "old" },
    { "rename ", RLIM_INFINITY, -EIO, false, "file rename ", "old" },
    { "folder ", RLIM_INFINITY, -EIO, true, "file rename folder ", "newer" },
};

static void check_file(const char *name, const char *wanted)
{
    char *path = file_path(folder, name);
    struct buf text;
    int status;

    buf_init(&text, BUF_NO_CEILING);
    status = file_read(path, &text);
    CHECK(status == 0 && text.len == strlen(wanted) && memcmp(text.data, wanted, text.len) == 0,
          "%s: %d, %zu bytes; %s", name, status, text.len, wanted);
    buf_free(&text);
    free(path);
}

static bool is_there(const char *name)
{
    char *path = file_path(folder, name);
    bool there = access(path, F_OK) == 0;

    free(path);
    return there;
}

static int replace_under(rlim_t largest, bool *in_doubt)
{
    struct rlimit old, tight;
    int status;

    getrlimit(RLIMIT_FSIZE, &old);
    tight = old;
    tight.rlim_cur = largest;
    setrlimit(RLIMIT_FSIZE, &tight);
    status = file_replace(folder, "x", "newer", 5, in_doubt);
    setrlimit(RLIMIT_FSIZE, &old);
    return status;
}

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool in_doubt;
        int status;

        CHECK(file_replace(folder, "x", "old", 3, NULL) == 0, "row %zu: the old one", i);
        steps[0] = '\0';
        failing = rows[i].failing;
        status = replace_under(rows[i].largest, &in_doubt);
        failing = "";
        CHECK(status == rows[i].status && in_doubt == rows[i].in_doubt, "row %zu: %d, %d", i,
              status, in_doubt);
        CHECK(strcmp(steps, rows[i].steps) == 0, "row %zu: %s", i, steps);
        check_file("x", rows[i].text);
        CHECK(!is_there("x.new"), "row %zu: left beside", i);
    }
}

static void test_places(void)
{
    char *sub = file_path(folder, "sub");
    bool in_doubt = true;

    CHECK(file_replace("/nonexistent", "x", "y", 1, &in_doubt) == -ENOENT && !in_doubt, "nowhere");
    CHECK(mkdir(sub, 0700) == 0 && file_replace(folder, "sub", "y", 1, &in_doubt) == -EISDIR &&
              !in_doubt && !is_there("sub.new"),
          "a folder of that name");
    CHECK(file_replace(folder, "empty", NULL, 0, NULL) == 0, "nothing");
    check_file("empty", "");
    CHECK(file_rename(folder, "empty", "moved") == 0 && is_there("moved"), "renamed");
    CHECK(file_rename(folder, "empty", "moved") == -ENOENT, "it is gone from there");
    CHECK(file_rename("/nonexistent", "a", "b") == -ENOENT, "no folder");
    CHECK(file_keep_name(sub) == 0 && file_keep_name("/") == 0 && file_keep_name("a") == 0, "kept");
    CHECK(file_keep_name("/nonexistent/a") == -ENOENT, "nowhere to keep it");
    failing = "folder ";
    CHECK(file_keep_name(sub) == -EIO, "its fsync fails");
    failing = "";
    free(sub);
}

/* What lies at the end of a link stays as it is. */
static void test_link(void)
{
    char *target = file_path(folder, "target"), *link = file_path(folder, "there.new");

    CHECK(file_create(target, "mine", 4) == 0 && symlink(target, link) == 0, "a link");
    CHECK(file_create(link, "theirs", 6) == -ELOOP, "created through a link");
    CHECK(file_replace(folder, "there", "theirs", 6, NULL) == -ELOOP, "replaced through a link");
    check_file("target", "mine");
    unlink(link);
    free(target);
    free(link);
}

/* ENOSPC itself, on a small file system. Only where we may mount one. */
static void test_full_disk(void)
{
    char *small = file_path(folder, "small"), *ballast = file_path(small, "ballast");
    char page[4096] = { 0 };
    bool in_doubt;
    int fd;

    mkdir(small, 0700);
    if (mount("none", small, "tmpfs", 0, "size=64k") == 0) {
        CHECK(file_replace(small, "x", "old", 3, NULL) == 0, "there is room");
        fd = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        while (write(fd, page, sizeof(page)) > 0)
            ;
        close(fd);
        CHECK(file_replace(small, "x", "newer", 5, &in_doubt) == -ENOSPC && !in_doubt, "no room");
        check_file("small/x", "old");
        CHECK(!is_there("small/x.new"), "left beside");
        CHECK(umount(small) == 0, "umount");
    }
    free(ballast);
    free(small);
}

/* ---- in steps; reading ---- */

static void test_steps(void)
{
    char *path = file_path(folder, "steps");

    failing = "file ";
    CHECK(file_finish(open(path, O_WRONLY | O_CREAT, 0600), 0) == -EIO, "fsync fails");
    CHECK(file_finish(open(path, O_WRONLY), -ENOSPC) == -ENOSPC, "it failed before");
    failing = "";
    CHECK(file_finish(open(path, O_WRONLY), 0) == 0, "good");
    CHECK(file_write(-1, "x", 1) == -EBADF, "no file");
    CHECK(file_create(path, "text", 4) == 0, "created");
    check_file("steps", "text");
    CHECK(file_create(path, "t", 1) == 0, "created anew");
    check_file("steps", "t");
    CHECK(file_create("/nonexistent/x", "t", 1) == -ENOENT, "nowhere");
    free(path);
}

static void test_reading(void)
{
    enum { LARGE = 200000 };
    char *path = file_path(folder, "large"), *large = calloc(1, LARGE);
    struct buf text;

    memset(large, 'l', LARGE);
    CHECK(file_create(path, large, LARGE) == 0, "large");
    buf_init(&text, (size_t)1 << 20);
    buf_byte(&text, '-');
    CHECK(file_read(path, &text) == 0 && text.len == LARGE + 1 && text.data[0] == '-' &&
              memcmp(text.data + 1, large, LARGE) == 0,
          "behind what is there");
    CHECK(file_read("/nonexistent", &text) == -ENOENT, "none");
    CHECK(file_read(folder, &text) == -EISDIR, "a folder");
    buf_free(&text);
    text.ceiling = LARGE;
    CHECK(file_read(path, &text) == -EFBIG, "too large");
    buf_free(&text);
    free(large);
    free(path);
}

int main(void)
{
    char command[64];

    signal(SIGXFSZ, SIG_IGN);
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return 1;
    }
    test_rows();
    test_places();
    test_link();
    test_full_disk();
    test_steps();
    test_reading();
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    CHECK(system(command) == 0, "%s", command);
    return check_report();
}
