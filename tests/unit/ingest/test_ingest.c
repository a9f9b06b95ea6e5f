/* ingest_list: from files to a spool: counts, rejects, order, what is refused and what is made
 * again. */
#include "ingest/ingest.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "ingest/manifest.h"
#include "ingest/spool.h"
#include "scanner/base/arena.h"
#include "scanner/base/exits.h"
#include "scanner/base/json_read.h"
#include "scanner/base/log.h"
#include "tests/unit/check.h"
#include "tests/unit/ingest/files.h"

static struct settings settings;

static int errors_fd;

/* Standard error goes to a file, in which every failure must leave exactly one line. */
static void listen_to_errors(void)
{
    errors_fd = open(files_path("errors"), O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
    dup2(errors_fd, STDERR_FILENO);
}

static bool one_error(const char *words)
{
    char text[4000];
    ssize_t n = pread(errors_fd, text, sizeof(text) - 1, 0);

    text[n < 0 ? 0 : n] = '\0';
    if (ftruncate(errors_fd, 0) != 0)
        return false;
    if (n <= 0 || strchr(text, '\n') != text + n - 1 || strstr(text, words) == NULL) {
        printf("error lines: %s", text);
        return false;
    }
    return true;
}

static const char *new_run(void)
{
    static char paths[32][64];
    static unsigned runs;
    char *path = paths[runs];

    snprintf(path, sizeof(paths[0]), "%s/run%u", files_folder, runs++);
    mkdir(path, 0700);
    return path;
}

static const char *in_run(const char *run, const char *file)
{
    static char path[400];

    snprintf(path, sizeof(path), "%s/%s", run, file);
    return path;
}

static int ingest_one(const char *path, const char *run, struct ingest_counts *counts)
{
    *counts = (struct ingest_counts){ .lines = 0 };
    return ingest_list(&path, 1, run, &settings, counts);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The jobs of a run, sorted, as one text. */
static char *sorted_jobs(const char *run)
{
    char *text = files_get(in_run(run, "spool/jobs")), *lines[1000] = { NULL }, *save, *out;
    size_t count = 0;

    out = calloc(1, strlen(text) + 1);
    for (char *l = strtok_r(text, "\n", &save); l != NULL && count < 1000;
         l = strtok_r(NULL, "\n", &save))
        lines[count++] = l;
    qsort(lines, count, sizeof(*lines), by_text);
    for (size_t i = 0; i < count; i++)
        strcat(strcat(out, lines[i]), "\n");
    free(text);
    return out;
}

static void test_counts(void)
{
    static const char list[] =
        "# three names\nrank,domain,sector\n9,a.com,bank\n2,A.com.,shop\n2,a.com,late\n4,what,x\n"
        "5,b.com,\n7,=cmd|x,\"a,\x1b\"\n3,c.com,\xff\n";
    const char *run = new_run();
    struct ingest_counts c;
    char *text;

    CHECK(ingest_one(files_text("list", list), run, &c) == EXIT_OK, "status");
    CHECK(c.lines == 9 && c.accepted == 3 && c.duplicates == 2 && c.rejected == 2, "%d %d %d %d",
          (int)c.lines, (int)c.accepted, (int)c.duplicates, (int)c.rejected);
    CHECK(c.column_count == 1 && strcmp(c.columns[0], "sector") == 0, "columns");
    text = sorted_jobs(run);
    CHECK(strcmp(text,
                 "{\"domain\":\"a.com\",\"rank\":2,\"input\":{\"sector\":\"shop\"}}\n{\"domain\":"
                 "\"b.com\",\"rank\":5}\n"
                 "{\"domain\":\"c.com\",\"rank\":3,\"input\":{\"sector\":\"\\u00ff\"}}\n") == 0,
          "%s", text);
    free(text);
    text = files_get(in_run(run, "rejects.csv"));
    CHECK(strcmp(text, "line,reason,text\r\n6,single-label,\"4,what,x\"\r\n"
                       "8,character,\"7,=cmd|x,\"\"a,\\x1b\"\"\"\r\n") == 0,
          "%s", text);
    free(text);
    ingest_counts_free(&c);
    /* Again, on the finished spool: the same counts, and the list is not asked for. */
    CHECK(ingest_one(files_path("nothing"), run, &c) == EXIT_OK, "reopened");
    CHECK(c.lines == 9 && c.accepted == 3 && c.duplicates == 2 && c.rejected == 2 &&
              c.column_count == 1,
          "reopened");
    ingest_counts_free(&c);
}

/* A rank that is no number costs the rank, not the domain, and is told once. */
static void test_lost_ranks(void)
{
    const char *list =
        files_text("list", "rank,domain\n1,a.com\nx,b.com\n,c.com\nn/a,what\n2.5,d.com\n");
    const char *run = new_run();
    struct ingest_counts c;
    char *jobs;

    CHECK(ingest_one(list, run, &c) == EXIT_OK && c.accepted == 4 && c.rejected == 1 &&
              c.ranks_lost == 2,
          "status");
    CHECK(one_error("list: the rank of 2 domains is no whole number (line 3 is the first); they "
                    "are taken without one"),
          "told");
    jobs = sorted_jobs(run);
    CHECK(strcmp(jobs, "{\"domain\":\"a.com\",\"rank\":1}\n{\"domain\":\"b.com\"}\n"
                       "{\"domain\":\"c.com\"}\n{\"domain\":\"d.com\"}\n") == 0,
          "%s", jobs);
    free(jobs);
    ingest_counts_free(&c);
    CHECK(ingest_one(list, run, &c) == EXIT_OK && c.ranks_lost == 2, "reopened");
    ingest_counts_free(&c);
}

/* Names beside each other: which column is taken is told where no header says it. */
static void test_names_in_columns(void)
{
    static const struct {
        const char *text, *said;
    } rows[] = {
        { "a.com,b.com,c.com\n", "list: 3 columns hold names, and those of column 1 are taken; for "
                                 "all of them put one name a line" },
        { "1,a.com,ns.b.com\n2,c.com,\n3,d.com,ns.b.com\n",
          "2 columns hold names, and those of column 2 are taken" },
        { "1,a.com,ns.b.com\n2,c.com,\n3,d.com,\n", NULL },
        { "site of it,nr,mail of it\na.com,1,b.com\n",
          "2 columns hold names, and those of column 1 are taken" },
        { "domain,provider\na.com,b.com\n", NULL },
        { "1,a.com,bank\n2,b.com,shop\n", NULL },
        { "a.com\nb.com\n", NULL },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ingest_counts c;

        CHECK(ingest_one(files_text("list", rows[i].text), new_run(), &c) == EXIT_OK, "%zu", i);
        CHECK(rows[i].said != NULL ? one_error(rows[i].said) : lseek(errors_fd, 0, SEEK_END) == 0,
              "%s", rows[i].text);
        ingest_counts_free(&c);
    }
}

static void test_digest(void)
{
    char packed[200];
    size_t len = files_gzip("a.com\n", 6, packed, sizeof(packed));
    const char *paths[2] = { files_put("list.gz", packed, len),
                             files_text("list2", "b.com\nwhat\n") };
    char command[500], wanted[65] = "";
    const char *run = new_run();
    struct ingest_counts c;
    char *rejects;
    FILE *f;

    CHECK(ingest_list(paths, 2, run, &settings, &c) == EXIT_OK, "status");
    snprintf(command, sizeof(command), "cat %s %s | sha256sum", paths[0], paths[1]);
    f = popen(command, "r");
    CHECK(fscanf(f, "%64s", wanted) == 1 && strcmp(wanted, c.sha256) == 0, "%s, not %s", c.sha256,
          wanted);
    pclose(f);
    CHECK(c.accepted == 2 && c.lines == 3, "accepted");
    rejects = files_get(in_run(run, "rejects.csv"));
    CHECK(strstr(rejects, "\r\n3,single-label,what\r\n") != NULL, "line of all lists together: %s",
          rejects);
    free(rejects);
    ingest_counts_free(&c);
}

static const struct {
    const char *what, *text;
    size_t len;
    const char *error;
} refused[] = {
    { "empty", "", 0, "empty" },
    { "only comments", "# x\n\n", 5, "no domain name in 2 lines, read as one name a line; " },
    { "nothing accepted", "what\nis\nthis\n", 13,
      "no domain name in 3 lines, read as one name a line; for rows, put , ; | or a tab between "
      "cells (line 1 is the first: single-label)" },
    { "no name in a row", "1;what\n", 7,
      "no domain name in 1 lines, read as rows of cells between \";\", no header, names in column "
      "1; "
      "a header that calls a column domain picks another (line 1 is the first: single-label)" },
    { "no name below a header", "nr\tdomain\n1\tthis\n", 17,
      "read as rows of cells between tabs, a header, names in column 2; " },
    { "a header alone", "rank,domain\n", 12,
      "no domain name in 1 lines, read as rows of cells between \",\", a header, names in column "
      "2; " },
    { "a zone without delegations", "com. IN SOA a. b. 1 2 3 4 5\nns.com. IN A 192.0.2.1\n", 51,
      "no domain name in 2 lines, read as a zone file, whose NS records name the domains; of other "
      "text put one name a line" },
    { "binary",
      "\x7f"
      "ELF\0\0\n",
      7, "is binary" },
    { "gzip of nothing", "\x1f\x8b\x08", 3, "ends in the middle" },
};

static void test_refused(void)
{
    struct ingest_counts c;
    struct stat st;

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        const char *run = new_run();

        CHECK(ingest_one(files_put("list", refused[i].text, refused[i].len), run, &c) == EXIT_INPUT,
              "%s", refused[i].what);
        CHECK(one_error(refused[i].error), "%s", refused[i].what);
        CHECK(stat(in_run(run, "spool/manifest.json"), &st) != 0, "%s leaves a spool",
              refused[i].what);
    }
    CHECK(ingest_one(files_path("nothing"), new_run(), &c) == EXIT_INPUT, "no such file");
    CHECK(one_error("nothing: No such file or directory"), "no such file");
    CHECK(ingest_one(files_folder, new_run(), &c) == EXIT_INPUT, "directory");
    CHECK(one_error("is a directory"), "directory");
    CHECK(ingest_one(files_text("list", "a.com"), files_path("no/run"), &c) == EXIT_DISK, "no run");
    CHECK(one_error("cannot write the list's spool"), "no run directory");
}

/* What a crash leaves: some range files, no manifest. */
static void test_half_written(void)
{
    const char *list = files_text("list", "a.com\n"), *run = new_run();
    const char *const standard_input[] = { "-" };
    struct ingest_counts c;
    struct stat st;
    FILE *f;

    mkdir(in_run(run, "spool"), 0700);
    f = fopen(in_run(run, "spool/range.0007"), "w");
    fputs("half a record", f);
    fclose(f);
    CHECK(ingest_list(standard_input, 1, run, &settings, &c) == EXIT_INPUT,
          "standard input cannot be read again");
    CHECK(one_error("start a new run"), "standard input");
    CHECK(ingest_one(list, run, &c) == EXIT_OK && c.accepted == 1, "made again");
    CHECK(stat(in_run(run, "spool/range.0007"), &st) != 0, "the half is still there");
    ingest_counts_free(&c);
    f = fopen(in_run(run, "spool/manifest.json"), "w");
    fputs("{\"v\":99}", f);
    fclose(f);
    CHECK(ingest_one(list, run, &c) == EXIT_RUN_DIRECTORY, "a spool of another version");
    CHECK(one_error("another version"), "a spool of another version");
}

static bool stop_at_once(void)
{
    return true;
}

static void test_stop(void)
{
    const char *run = new_run(), *path = files_path("long");
    struct ingest_counts c;
    struct stat st;
    FILE *f = fopen(path, "w");

    for (unsigned i = 0; i < 20000; i++)
        fprintf(f, "n%u.example\n", i);
    fclose(f);
    ingest_stop_when(stop_at_once);
    CHECK(ingest_one(path, run, &c) == EXIT_INTERRUPTED, "stopped");
    CHECK(one_error("stopped"), "stopped");
    CHECK(stat(in_run(run, "spool/manifest.json"), &st) != 0, "stopped leaves a spool");
    ingest_stop_when(NULL);
    CHECK(ingest_one(path, run, &c) == EXIT_OK && c.accepted == 20000, "and goes on");
    ingest_counts_free(&c);
}

static void test_standard_input(void)
{
    const char *const paths[] = { "-" };
    int fds[2], saved = dup(0);
    struct ingest_counts c;

    CHECK(pipe(fds) == 0 && write(fds[1], "a.com\nb.com\na.com\n", 18) == 18, "pipe");
    close(fds[1]);
    dup2(fds[0], 0);
    CHECK(ingest_list(paths, 1, new_run(), &settings, &c) == EXIT_OK && c.accepted == 2 &&
              c.duplicates == 1,
          "read");
    ingest_counts_free(&c);
    dup2(saved, 0);
    close(fds[0]);
    close(saved);
}

/* A file size limit stands in for a full disk: it needs no root. */
static void test_disk_full(void)
{
    const char *list = files_path("long"), *run = new_run();
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        struct rlimit limit = { 100000, 100000 };
        struct ingest_counts c;

        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        _exit(ingest_one(list, run, &c));
    }
    waitpid(pid, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DISK, "%x", (unsigned)status);
    CHECK(one_error("File too large"), "disk full");
}

static bool close_fails;

/* This stands in the way of the library's. */
int close(int fd)
{
    int status = (int)syscall(SYS_close, fd);

    if (!close_fails)
        return status;
    errno = EDQUOT;
    return -1;
}

static void test_late_refusal(void)
{
    char padding[4000] = "{}", folder[400];
    static const uint8_t key[SPOOL_KEY_SIZE] = "key";
    int status = 0;
    struct spool *s;

    snprintf(folder, sizeof(folder), "%s", in_run(new_run(), "spool"));
    mkdir(folder, 0700);
    s = spool_new(folder, key);
    close_fails = true;
    for (unsigned i = 0; i < 10000 && status == 0; i++) {
        char name[40];
        int len = snprintf(name, sizeof(name), "n%u.example", i);

        status = spool_add(s, name, (size_t)len, i, padding, sizeof(padding));
    }
    close_fails = false;
    CHECK(status == -EDQUOT, "names that are not on the disk: %d", status);
    spool_free(s);
}

/* ---- the spool's order ---- */

static char *spooled(const char *folder, const uint8_t *key, const unsigned *order, unsigned count,
                     size_t padding)
{
    struct spool_result result;
    struct spool *s;
    char path[400], *padded = calloc(1, padding + 3);

    memset(padded, ' ', padding);
    memcpy(padded, "{}", padding > 0 ? 2 : 0);
    mkdir(folder, 0700);
    s = spool_new(folder, key);
    for (unsigned i = 0; i < count; i++) {
        char name[40];
        int len = snprintf(name, sizeof(name), "n%u.example", order[i] % (count / 2));

        CHECK(spool_add(s, name, (size_t)len, order[i], padded, padding) == 0, "add %s", name);
    }
    CHECK(spool_finish(s, 16, NULL, &result) == 0, "finish");
    CHECK(result.accepted == count / 2 && result.duplicates == count - count / 2, "%u %u",
          (unsigned)result.accepted, (unsigned)result.duplicates);
    spool_free(s);
    free(padded);
    snprintf(path, sizeof(path), "%s/jobs", folder);
    return files_get(path);
}

static void test_order(void)
{
    enum { COUNT = 4000 };
    static const uint8_t key[SPOOL_KEY_SIZE] = "one key", other_key[SPOOL_KEY_SIZE] = "another";
    unsigned up[COUNT], down[COUNT];
    char *a, *b, *c;

    for (unsigned i = 0; i < COUNT; i++)
        down[COUNT - 1 - i] = up[i] = i;
    a = spooled(files_path("spool-a"), key, up, COUNT, 0);
    b = spooled(files_path("spool-b"), key, down, COUNT, 0);
    c = spooled(files_path("spool-c"), other_key, up, COUNT, 0);
    CHECK(strcmp(a, b) == 0, "the order in the list changes the order of the spool");
    CHECK(strcmp(a, c) != 0, "the key does not matter");
    CHECK(strstr(a, "\"n7.example\",\"rank\":7}") != NULL, "the lowest rank wins");
    free(b);
    /* The same through range files: 4000 records of 8 KB pass the buffer four times. */
    b = spooled(files_path("spool-d"), key, down, COUNT, 8000);
    for (char *line = a, *wide = b; *line != '\0';
         line = strchr(line, '\n') + 1, wide = strchr(wide, '\n') + 1) {
        size_t len = (size_t)(strchr(line, '\n') - line) - 1;

        if (strncmp(line, wide, len) != 0) {
            CHECK(false, "ranges change the order: %.*s", (int)len, line);
            break;
        }
    }
    CHECK(strlen(b) > (size_t)2000 * 8000, "input kept");
    free(a);
    free(b);
    free(c);
}

int main(void)
{
    struct ingest_counts none = { .lines = 0 };

    log_threshold = LOG_WARNING;
    settings_default(&settings);
    ingest_counts_free(&none);
    files_start();
    listen_to_errors();
    test_counts();
    test_lost_ranks();
    test_names_in_columns();
    test_digest();
    test_refused();
    test_half_written();
    test_stop();
    test_disk_full();
    test_late_refusal();
    test_standard_input();
    test_order();
    files_end();
    return check_report();
}
