/* bench: CPU a line for reading, cleaning, ordering and deduplicating a list, and the memory that
 * it takes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ingest/ingest.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"

enum { LINES = 2000000, LONG_LINES = 6000000, MEMORY_KB = 64 << 10 };

static char folder[] = "/tmp/mxcensus-bench-XXXXXX";

static const char *list_make(const char *name, const char *header, const char *format,
                             unsigned lines)
{
    static char path[200];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if ((f = fopen(path, "w")) == NULL)
        exit(1);
    fputs(header, f);
    for (unsigned i = 0; i < lines; i++) {
        unsigned n = i * 2654435761U % lines; /* a permutation would be too tidy: some repeat */

        if (strchr(format, '#') != NULL)
            fprintf(f, "%u,%x-shop%u.example,%s\n", i + 1, n * 7919U, n % 97,
                    n % 3 ? "bank" : "trade");
        else if (strchr(format, ',') != NULL)
            fprintf(f, "%u,%x-shop%u.example\n", i + 1, n * 7919U, n % 97);
        else
            fprintf(f, "%x-shop%u.example\n", n * 7919U, n % 97);
    }
    fclose(f);
    return path;
}

/* User and system time and the peak of memory of one reading, in a process of its own. */
static struct rusage measure(const char *path)
{
    struct rusage used;
    char run[300], command[400];
    int status;
    pid_t pid;

    snprintf(run, sizeof(run), "%s/run", folder);
    mkdir(run, 0700);
    fflush(NULL);
    if ((pid = fork()) == 0) {
        struct settings s;
        struct ingest_counts counts;

        log_threshold = LOG_ERROR;
        settings_default(&s);
        _exit(ingest_list(&path, 1, run, &s, &counts));
    }
    if (wait4(pid, &status, 0, &used) != pid || status != EXIT_OK)
        exit(1);
    snprintf(command, sizeof(command), "rm -rf %s", run);
    if (system(command) != 0)
        exit(1);
    return used;
}

static double seconds(const struct rusage *u)
{
    return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
           1e-6 * (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec);
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void report(const char *name, const char *path, double budget)
{
    double runs[5];

    for (int i = 0; i < 5; i++) {
        struct rusage used = measure(path);

        runs[i] = seconds(&used) * 1e6 / LINES;
    }
    qsort(runs, 5, sizeof(*runs), by_size);
    printf("%s %.3f us/line %.3f %s\n", name, runs[2], budget, runs[2] <= budget ? "ok" : "over");
}

int main(void)
{
    struct rusage used;
    char command[100];

    if (mkdtemp(folder) == NULL)
        return 1;
    report("ingest_plain", list_make("plain", "", "", LINES), 1.0);
    report("ingest_rank_domain", list_make("ranked", "", ",", LINES), 1.0);
    report("ingest_columns", list_make("columns", "rank,domain,sector\n", "#,", LINES), 1.5);
    used = measure(list_make("long", "", ",", LONG_LINES));
    printf("ingest_memory %ld KB %d %s\n", used.ru_maxrss, MEMORY_KB,
           used.ru_maxrss <= MEMORY_KB ? "ok" : "over");
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command) == 0 ? 0 : 1;
}
