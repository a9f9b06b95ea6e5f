#include "output/stats.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "output/adoption.h"
#include "output/join.h"
#include "output/records.h"
#include "output/run_file.h"
#include "output/table.h"
#include "scanner/base/arena.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"

#define FIRST_CHUNK 16384

/* One thread's own: the views of the record in hand, and its counts. */
struct counter {
    struct arena arena;
    struct adoption *adoption;
};

struct stats {
    const char *run_dir;
    bool silent; /* no table */
    struct run_file run;
    struct join *join;
    struct counter counters[RECORDS_THREADS_MAX];
    unsigned threads;
    uint64_t domains;
    bool whole; /* finished, and nothing of it is lost */
};

static void count(void *context, unsigned thread, const struct json *record)
{
    struct stats *s = context;
    struct counter *c = &s->counters[thread];

    adoption_count(c->adoption, join_view(s->join, &c->arena, record));
    arena_reset(&c->arena);
}

static int count_domains(struct stats *s)
{
    struct records_report report;
    int error = records_read(s->run_dir, KIND_DOMAINS, s->threads, count, s, &report);

    if (error != 0) {
        log_error("%s/%s.jsonl.zst: cannot be read: %s", s->run_dir, kind_name(KIND_DOMAINS),
                  strerror(-error));
        return EXIT_RUN_DIRECTORY;
    }
    s->whole = records_sound(s->run_dir, KIND_DOMAINS, &report) && s->whole;
    s->domains = report.records;
    for (unsigned i = 1; i < s->threads; i++)
        adoption_merge(s->counters[0].adoption, s->counters[i].adoption);
    return EXIT_OK;
}

static void judge_completeness(struct stats *s)
{
    if (s->run.finished == NULL) {
        s->whole = false;
        log_warning("%s is not finished: %" PRIu64 " of %" PRIu64
                    " domains are recorded; mxcensus resume %s",
                    s->run_dir, s->domains, s->run.list.accepted, s->run_dir);
    } else if (s->domains != s->run.list.accepted) {
        s->whole = false;
        log_warning("%s: %" PRIu64 " domains were accepted and %" PRIu64 " are recorded",
                    s->run_dir, s->run.list.accepted, s->domains);
    }
}

static int write_adoption(const struct stats *s)
{
    struct buf csv;
    int error;

    buf_init(&csv, BUF_NO_CEILING);
    adoption_write(s->counters[0].adoption, &csv);
    error = run_file_replace(s->run_dir, "adoption.csv", csv.data, csv.len);
    buf_free(&csv);
    if (error == 0)
        return EXIT_OK;
    log_error("%s/adoption.csv: cannot be written: %s", s->run_dir, strerror(-error));
    return EXIT_DISK;
}

static void print_table(const struct stats *s)
{
    struct buf heading, text;

    buf_init(&heading, BUF_NO_CEILING);
    buf_init(&text, BUF_NO_CEILING);
    buf_printf(&heading, "Census %s", s->run.run != NULL ? s->run.run : s->run_dir);
    if (s->run.finished == NULL)
        buf_printf(&heading, ", NOT FINISHED: %" PRIu64 " of %" PRIu64 " domains", s->domains,
                   s->run.list.accepted);
    else
        buf_printf(&heading, ", finished %s%s", s->run.finished,
                   s->whole ? "" : ", NOT WHOLE: some records cannot be read");
    buf_byte(&heading, '\0');
    table_print(s->counters[0].adoption, heading.data, &text);
    fwrite(text.data, 1, text.len, stdout);
    buf_free(&heading);
    buf_free(&text);
}

static int publish(struct stats *s)
{
    int status = count_domains(s);

    if (status == EXIT_OK) {
        judge_completeness(s);
        status = write_adoption(s);
    }
    if (status == EXIT_OK && !s->silent)
        print_table(s);
    if (status == EXIT_OK && fflush(stdout) != 0) {
        log_error("standard output: %s", strerror(errno));
        status = EXIT_DISK;
    }
    return status == EXIT_OK && !s->whole ? EXIT_INCOMPLETE : status;
}

static int stats_of(struct stats *s)
{
    int status;

    for (unsigned i = 0; i < s->threads; i++) {
        arena_init(&s->counters[i].arena, FIRST_CHUNK);
        s->counters[i].adoption = adoption_new();
    }
    s->join = join_read(s->run_dir, s->threads, &s->whole);
    status = s->join != NULL ? publish(s) : EXIT_RUN_DIRECTORY;
    join_free(s->join);
    for (unsigned i = 0; i < s->threads; i++) {
        arena_free(&s->counters[i].arena);
        adoption_free(s->counters[i].adoption);
    }
    return status;
}

int stats_run(const char *run_dir, bool silent)
{
    struct stats s = {
        .run_dir = run_dir, .silent = silent, .threads = records_threads(), .whole = true
    };
    struct arena arena;
    int status;

    arena_init(&arena, FIRST_CHUNK);
    status = run_file_read(run_dir, &s.run, &arena) ? stats_of(&s) : EXIT_RUN_DIRECTORY;
    arena_free(&arena);
    return status;
}
