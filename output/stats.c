#include "output/stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "output/adoption_csv.h"
#include "output/join.h"
#include "output/policy_hosts.h"
#include "output/providers.h"
#include "output/records.h"
#include "output/run_file.h"
#include "output/sts.h"
#include "output/table.h"
#include "output/timeline.h"
#include "scanner/base/arena.h"
#include "scanner/base/exits.h"
#include "scanner/base/file.h"
#include "scanner/base/log.h"
#include "scanner/base/print.h"

#define FIRST_CHUNK 16384

struct stats {
    const char *run_dir;
    const struct stats_options *options;
    const struct metric *metric; /* that of the options */
    struct run_file run;
    struct join *join;
    struct adoption *adoption;
    struct sts *sts;
    struct policy_hosts *policy_hosts;
    struct providers *providers;
    struct timeline *timeline;
    struct arena arenas[RECORDS_THREADS_MAX]; /* of the views, a thread each */
    unsigned threads;
    uint64_t domains;
    bool whole;          /* finished, and nothing of it is lost */
    char incomplete[64]; /* what it lacks else, for every row of every file */
    char max_skew[32];   /* the limit of the options, likewise; empty: none */
};

static void count(void *context, unsigned thread, const struct json *record)
{
    struct stats *s = context;
    const struct joined *d = join_view(s->join, &s->arenas[thread], record);

    adoption_count(s->adoption, thread, d);
    providers_count(s->providers, d);
    timeline_take(s->timeline, KIND_DOMAINS, record);
    timeline_join(s->timeline, d);
    sts_count(s->sts, thread, d, &s->arenas[thread]);
    policy_hosts_count(s->policy_hosts, d);
    arena_reset(&s->arenas[thread]);
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
    return adoption_seal(s->adoption, s->options->top) ? EXIT_OK : EXIT_DISK;
}

/* A CSV file may be all that somebody ever sees of a run: it says itself that the run is not whole.
 */
static void tell_incomplete(struct stats *s)
{
    snprintf(s->incomplete, sizeof(s->incomplete), "%s: %" PRIu64 " of %" PRIu64 " domains",
             s->run.finished == NULL ? "unfinished" : "records lost", s->domains,
             s->run.list.accepted);
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
    if (!s->whole)
        tell_incomplete(s);
}

/* What a reader of these rows alone must know of them. */
static void add_reservations(const struct stats *s, struct buf *csv)
{
    if (!s->whole)
        csv_add_column(csv, "incomplete", s->incomplete);
    if (s->max_skew[0] != '\0')
        csv_add_column(csv, "max_skew", s->max_skew);
}

/* One file of the run directory, by its writer. */
static int write_file(const struct stats *s, const char *name,
                      void (*write)(const struct stats *s, struct buf *csv))
{
    struct buf csv;
    int error;

    buf_init(&csv, BUF_NO_CEILING);
    write(s, &csv);
    add_reservations(s, &csv);
    error = file_replace(s->run_dir, name, csv.data, csv.len, NULL);
    buf_free(&csv);
    if (error == 0)
        return EXIT_OK;
    log_error("%s/%s: cannot be written: %s", s->run_dir, name, strerror(-error));
    return EXIT_DISK;
}

static void write_adoption(const struct stats *s, struct buf *csv)
{
    adoption_write(s->adoption, NULL, s->options->sample, csv);
}

static void write_ranks(const struct stats *s, struct buf *csv)
{
    adoption_write_ranks(s->adoption, s->options->sample, csv);
}

static void write_tlds(const struct stats *s, struct buf *csv)
{
    adoption_write_tlds(s->adoption, s->options->sample, csv);
}

static void write_providers(const struct stats *s, struct buf *csv)
{
    providers_write(s->providers, s->adoption, csv);
}

static void write_largest(const struct stats *s, struct buf *csv)
{
    providers_write_largest(s->providers, s->adoption, csv);
}

static void write_timeline(const struct stats *s, struct buf *csv)
{
    timeline_write(s->timeline, csv);
}

static void write_skew(const struct stats *s, struct buf *csv)
{
    timeline_write_skew(s->timeline, csv);
}

static void write_sts_funnel(const struct stats *s, struct buf *csv)
{
    sts_write_funnel(s->sts, csv);
}

static void write_sts_errors(const struct stats *s, struct buf *csv)
{
    sts_write_errors(s->sts, csv);
}

static void write_mx_certs(const struct stats *s, struct buf *csv)
{
    sts_write_mx_certs(s->sts, csv);
}

static void write_policy_hosts(const struct stats *s, struct buf *csv)
{
    policy_hosts_write(s->policy_hosts, s->options->top, csv);
}

static int write_files(const struct stats *s)
{
    static const struct {
        const char *name;
        void (*write)(const struct stats *s, struct buf *csv);
    } files[] = {
        { "adoption.csv", write_adoption },
        { "by_rank.csv", write_ranks },
        { "by_tld.csv", write_tlds },
        { "providers.csv", write_providers },
        { "providers_largest.csv", write_largest },
        { "timeline.csv", write_timeline },
        { "skew.csv", write_skew },
        { "sts_funnel.csv", write_sts_funnel },
        { "sts_errors.csv", write_sts_errors },
        { "mx_certs.csv", write_mx_certs },
        { "policy_hosts.csv", write_policy_hosts },
    };
    int status = EXIT_OK;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && status == EXIT_OK; i++)
        status = write_file(s, files[i].name, files[i].write);
    return status;
}

static void print_metric(const struct stats *s)
{
    struct buf csv;

    buf_init(&csv, BUF_NO_CEILING);
    adoption_write(s->adoption, s->metric, s->options->sample, &csv);
    add_reservations(s, &csv);
    print_bytes(stdout, csv.data, csv.len);
    buf_free(&csv);
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
    if (s->max_skew[0] != '\0')
        buf_printf(&heading, "; what was seen more than %s s from its domain is unknown",
                   s->max_skew);
    buf_byte(&heading, '\0');
    table_print(s->adoption, heading.data, &text);
    print_bytes(stdout, text.data, text.len);
    buf_free(&heading);
    buf_free(&text);
}

static int publish(struct stats *s)
{
    int status = count_domains(s);

    if (status == EXIT_OK) {
        judge_completeness(s);
        status = write_files(s);
    }
    if (status == EXIT_OK && s->metric != NULL)
        print_metric(s);
    else if (status == EXIT_OK && !s->options->silent)
        print_table(s);
    return status == EXIT_OK && !s->whole ? EXIT_INCOMPLETE : status;
}

static void watch(void *context, enum kind kind, const struct json *record)
{
    timeline_take(context, kind, record);
}

static int stats_of(struct stats *s)
{
    struct join_options o = { .max_skew = s->options->max_skew, .watch = watch };
    int status = EXIT_RUN_DIRECTORY;

    for (unsigned i = 0; i < s->threads; i++)
        arena_init(&s->arenas[i], FIRST_CHUNK);
    s->timeline = o.context = timeline_new();
    s->sts = sts_new(s->run.list.accepted);
    s->policy_hosts = policy_hosts_new(s->run.list.accepted);
    s->adoption = adoption_new(s->run_dir, s->threads, s->options->group_by);
    if (s->adoption == NULL)
        status = EXIT_DISK;
    else
        s->join = join_read_with(s->run_dir, s->threads, &o, &s->whole);
    if (s->join != NULL) {
        s->providers = providers_new(s->join);
        status = publish(s);
    }
    providers_free(s->providers);
    timeline_free(s->timeline);
    join_free(s->join);
    adoption_free(s->adoption);
    sts_free(s->sts);
    policy_hosts_free(s->policy_hosts);
    for (unsigned i = 0; i < s->threads; i++)
        arena_free(&s->arenas[i]);
    return status;
}

static bool has_column(const struct run_file *run, const char *name)
{
    for (size_t i = 0; i < run->list.column_count; i++)
        if (strcmp(run->list.columns[i], name) == 0)
            return true;
    return false;
}

static void complain_column(const struct run_file *run, const char *name)
{
    struct buf names;

    buf_init(&names, BUF_NO_CEILING);
    for (size_t i = 0; i < run->list.column_count; i++)
        buf_printf(&names, "%s%s", i > 0 ? ", " : "", run->list.columns[i]);
    buf_byte(&names, '\0');
    log_error("--group-by %s: the list has no such column%s%s", name,
              run->list.column_count > 0 ? "; it has " : " and no other",
              run->list.column_count > 0 ? names.data : "");
    buf_free(&names);
}

/* Do the options name what there is. */
static bool understand(struct stats *s)
{
    const struct stats_options *o = s->options;

    if (o->metric != NULL && s->metric == NULL)
        log_error("--metric %s: there is no such metric; see mxcensus stats --explain", o->metric);
    else if (o->group_by != NULL && !has_column(&s->run, o->group_by))
        complain_column(&s->run, o->group_by);
    else
        return true;
    return false;
}

int stats_publish(const char *run_dir, const struct stats_options *o)
{
    struct stats s = {
        .run_dir = run_dir, .options = o, .threads = records_threads(), .whole = true
    };
    struct arena arena;
    int status = EXIT_RUN_DIRECTORY;

    s.metric = o->metric != NULL ? metric_find(o->metric) : NULL;
    if (o->max_skew >= 0)
        snprintf(s.max_skew, sizeof(s.max_skew), "%" PRId64, o->max_skew);
    arena_init(&arena, FIRST_CHUNK);
    if (run_file_read(run_dir, &s.run, &arena))
        status = understand(&s) ? stats_of(&s) : EXIT_USAGE;
    arena_free(&arena);
    return status;
}

int stats_run(const char *run_dir, bool silent)
{
    struct stats_options o = STATS_DEFAULTS;

    o.silent = silent;
    return stats_publish(run_dir, &o);
}
