#include "output/history.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "output/adoption_csv.h"
#include "output/join.h"
#include "output/records.h"
#include "output/run_file.h"
#include "scanner/base/csv.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"
#include "scanner/base/print.h"

#define FIRST_CHUNK 16384

struct past {
    const char *directory;
    struct run_file run;
};

struct history {
    struct buf rows;
    struct csv_writer csv;
    bool whole;
};

/* One run. */
struct counting {
    struct join *join;
    struct adoption *adoption;
    struct arena views[RECORDS_THREADS_MAX];
};

static void count(void *context, unsigned thread, const struct json *record)
{
    struct counting *c = context;

    adoption_count(c->adoption, thread, join_view(c->join, &c->views[thread], record));
    arena_reset(&c->views[thread]);
}

static void write_run(struct history *h, const struct past *p, const struct adoption *a, bool whole)
{
    size_t count_of_groups;
    const struct adoption_group *groups = adoption_groups(a, &count_of_groups);

    for (size_t m = 0; m < metric_count; m++)
        for (int q = 0; q < POPULATION_COUNT; q++)
            for (size_t g = 0; g < count_of_groups; g++) {
                if (groups[g].kind != GROUP_ALL && groups[g].rank_from != 1)
                    continue;
                csv_string(&h->csv, p->run.run);
                csv_string(&h->csv, p->run.started);
                csv_string(&h->csv, p->run.rejudged.time);
                csv_string(&h->csv, whole ? "yes" : "no");
                adoption_write_cells(&h->csv, m, (enum population)q, &groups[g]);
            }
}

static int count_run(struct counting *c, const struct past *p, unsigned threads, bool *whole)
{
    struct records_report report;
    int error = records_read(p->directory, KIND_DOMAINS, threads, count, c, &report);

    if (error != 0) {
        log_error("%s: cannot be read: %s", p->directory, strerror(-error));
        return EXIT_RUN_DIRECTORY;
    }
    *whole = records_sound(p->directory, KIND_DOMAINS, &report) && *whole;
    return adoption_seal(c->adoption, 1) ? EXIT_OK : EXIT_DISK;
}

static int take_run(struct history *h, const struct past *p)
{
    unsigned threads = records_threads();
    struct counting c = { .adoption = adoption_new(p->directory, threads, NULL) };
    bool whole = p->run.finished != NULL;
    int status = c.adoption != NULL ? EXIT_RUN_DIRECTORY : EXIT_DISK;

    if (!whole)
        log_warning("%s is not finished: what is recorded so far is counted", p->directory);
    for (unsigned i = 0; i < threads; i++)
        arena_init(&c.views[i], FIRST_CHUNK);
    if (c.adoption != NULL)
        c.join = join_read(p->directory, threads, &whole);
    if (c.join != NULL)
        status = count_run(&c, p, threads, &whole);
    if (status == EXIT_OK)
        write_run(h, p, c.adoption, whole);
    h->whole = h->whole && whole;
    for (unsigned i = 0; i < threads; i++)
        arena_free(&c.views[i]);
    join_free(c.join);
    adoption_free(c.adoption);
    return status;
}

/* RFC 3339 in UTC: their order as texts is that in time. A missing one comes first. */
static int by_time(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static int by_start(const void *a, const void *b)
{
    const struct past *x = a, *y = b;
    int order = by_time(x->run.started, y->run.started);

    return order != 0 ? order : by_time(x->run.rejudged.time, y->run.rejudged.time);
}

static int take_all(struct history *h, struct past *past, size_t count_of_runs, FILE *out)
{
    int status = EXIT_OK;

    csv_string(&h->csv, "run");
    csv_string(&h->csv, "started");
    csv_string(&h->csv, "rejudged");
    csv_string(&h->csv, "whole");
    adoption_write_names(&h->csv);
    qsort(past, count_of_runs, sizeof(*past), by_start);
    for (size_t i = 0; i < count_of_runs && status == EXIT_OK; i++) {
        status = take_run(h, &past[i]);
        print_bytes(out, h->rows.data, h->rows.len);
        buf_reset(&h->rows);
    }
    if (status == EXIT_OK)
        status = print_end(out);
    return status == EXIT_OK && !h->whole ? EXIT_INCOMPLETE : status;
}

int history_run(const char *const *run_dirs, size_t count_of_runs, FILE *out)
{
    struct past *past = memory_alloc(count_of_runs * sizeof(*past));
    struct history h = { .whole = true };
    struct arena arena;
    int status = EXIT_OK;

    arena_init(&arena, FIRST_CHUNK);
    buf_init(&h.rows, BUF_NO_CEILING);
    csv_writer_init(&h.csv, &h.rows);
    for (size_t i = 0; i < count_of_runs && status == EXIT_OK; i++) {
        past[i].directory = run_dirs[i];
        if (!run_file_read(run_dirs[i], &past[i].run, &arena))
            status = EXIT_RUN_DIRECTORY;
    }
    if (status == EXIT_OK)
        status = take_all(&h, past, count_of_runs, out);
    buf_free(&h.rows);
    arena_free(&arena);
    free(past);
    return status;
}
