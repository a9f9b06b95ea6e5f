#include "output/export.h"

#include <stdio.h>
#include <string.h>

#include "output/columns.h"
#include "output/delivery.h"
#include "output/join.h"
#include "output/management.h"
#include "output/metrics.h"
#include "output/records.h"
#include "output/run_file.h"
#include "scanner/base/arena.h"
#include "scanner/base/csv.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/print.h"

#define FIRST_CHUNK 16384
#define FLUSH_BYTES 65536
#define POLICY_CELLS 6 /* that write_policy() writes */

struct export_job {
    const char *run_dir;
    struct run_file run;
    enum kind kind;
    const struct column *columns;
    struct join *join; /* NULL: the records as they are */
    struct arena arena;
    struct buf rows;
    struct csv_writer csv;
    FILE *out;
    bool full; /* it takes no more */
    bool whole;
};

static void flush(struct export_job *e)
{
    if (!e->full)
        e->full = !print_bytes(e->out, e->rows.data, e->rows.len);
    buf_reset(&e->rows);
}

static void write_patterns(struct csv_writer *w, const struct join_policy *p)
{
    const char *pattern = p->patterns;
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    for (unsigned i = 0; i < p->pattern_count; i++, pattern += strlen(pattern) + 1)
        buf_printf(&text, "%s%s", i > 0 ? " " : "", pattern);
    csv_bytes(w, text.data, text.len);
    buf_free(&text);
}

/* Each MX host, and how the policy stands to it: "mx1.example.com match; mx2.example.com typo". */
static void write_names(struct csv_writer *w, const struct joined *d, struct arena *arena)
{
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    for (size_t i = 0; d->policy->pattern_count > 0 && i < d->host_count; i++)
        buf_printf(&text, "%s%s %s", i > 0 ? "; " : "", d->hosts[i].name,
                   mx_nearness_name(delivery_nearness(d->policy, d->hosts[i].name, arena)));
    csv_bytes(w, text.data, text.len);
    buf_free(&text);
}

/* Each MX host, and how its certificates stand to its TLSA records: "mx1.example.com matches;
 * mx2.example.com none". */
static void write_dane(struct csv_writer *w, const struct joined *d)
{
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    for (size_t i = 0; i < d->host_count; i++)
        buf_printf(&text, "%s%s %s", i > 0 ? "; " : "", d->hosts[i].name,
                   dane_standing_name(join_host_dane_standing(d->hosts[i].seen, d)));
    csv_bytes(w, text.data, text.len);
    buf_free(&text);
}

static void write_policy(struct export_job *e, const struct joined *d)
{
    const struct join_policy *p = d->policy;
    struct csv_writer *w = &e->csv;

    if (p == NULL) {
        for (int i = 0; i < POLICY_CELLS; i++)
            csv_string(w, NULL);
        return;
    }
    csv_string(w, verdict_name(p->verdict));
    csv_string(w, sts_mode_name(p->mode));
    csv_string(w, p->runner != NULL ? p->runner->name : NULL);
    csv_string(w, management_name(management_of_policy(d, e->run.list.accepted)));
    write_patterns(w, p);
    write_names(w, d, &e->arena);
}

/* No two columns have one name: what a record says of "mx_dnssec" is "secure", the metric "yes". */
static void write_metric_name(struct csv_writer *w, const char *id)
{
    char name[64];

    snprintf(name, sizeof(name), "%s%s", columns_have(columns_joined, id) ? "metric_" : "", id);
    csv_string(w, name);
}

static void joined_header(struct csv_writer *w)
{
    csv_string(w, "mx_operator");
    csv_string(w, "policy_verdict");
    csv_string(w, "policy_mode");
    csv_string(w, "policy_operator");
    csv_string(w, "policy_management");
    csv_string(w, "policy_mx");
    csv_string(w, "policy_hosts");
    csv_string(w, "sts_delivery");
    csv_string(w, "dane_hosts");
    csv_string(w, "usable_mx");
    for (size_t i = 0; i < metric_count; i++)
        write_metric_name(w, metrics[i].id);
}

static void joined_row(struct export_job *e, const struct json *record)
{
    const struct joined *d = join_view(e->join, &e->arena, record);

    csv_string(&e->csv, d->runner);
    write_policy(e, d);
    csv_string(&e->csv, delivery_name(delivery_of(d)));
    write_dane(&e->csv, d);
    csv_string(&e->csv, tri_name(metric_judge(&populations[POPULATION_MX], d)));
    for (size_t i = 0; i < metric_count; i++)
        csv_string(&e->csv, tri_name(metric_judge(&metrics[i], d)));
    arena_reset(&e->arena);
}

static void write_record(void *context, unsigned thread, const struct json *record)
{
    struct export_job *e = context;

    (void)thread;
    columns_row(&e->csv, e->columns, e->run.list.columns, e->run.list.column_count, record);
    if (e->join != NULL)
        joined_row(e, record);
    if (e->run.finished == NULL)
        csv_string(&e->csv, "unfinished");
    csv_end_row(&e->csv);
    if (e->rows.len > FLUSH_BYTES)
        flush(e);
}

static int write_all(struct export_job *e)
{
    struct records_report report;
    int error;

    columns_header(&e->csv, e->columns, e->run.list.columns, e->run.list.column_count);
    if (e->join != NULL)
        joined_header(&e->csv);
    if (e->run.finished == NULL)
        csv_string(&e->csv, "incomplete");
    csv_end_row(&e->csv);
    error = records_read(e->run_dir, e->kind, 1, write_record, e, &report);
    flush(e);
    if (error != 0) {
        log_error("%s/%s.jsonl.zst: cannot be read: %s", e->run_dir, kind_name(e->kind),
                  strerror(-error));
        return EXIT_RUN_DIRECTORY;
    }
    e->whole = records_sound(e->run_dir, e->kind, &report) && e->whole;
    return print_end(e->out);
}

static bool kind_find(struct export_job *e, const char *name)
{
    bool joined = strcmp(name, "joined") == 0;

    for (int k = 0; k < KIND_COUNT; k++) {
        if (strcmp(name, kind_name((enum kind)k)) == 0) {
            e->kind = (enum kind)k;
            e->columns = columns_of[k];
        }
    }
    if (joined) {
        e->kind = KIND_DOMAINS;
        e->columns = columns_joined;
    }
    return e->columns != NULL;
}

static int export_all(struct export_job *e, bool joined)
{
    if (joined) {
        e->join = join_read(e->run_dir, records_threads(), &e->whole);
        if (e->join == NULL)
            return EXIT_RUN_DIRECTORY;
    }
    if (e->run.finished == NULL) {
        e->whole = false;
        log_warning("%s is not finished: what is recorded so far is exported", e->run_dir);
    }
    return write_all(e);
}

int export_run(const char *run_dir, const char *kind, FILE *out)
{
    struct export_job e = { .run_dir = run_dir, .out = out, .whole = true };
    struct arena arena;
    int status = EXIT_RUN_DIRECTORY;

    if (!kind_find(&e, kind)) {
        log_error("--kind %s: there is no such kind; it is one of domains, policies, mx, certs, "
                  "joined",
                  kind);
        return EXIT_USAGE;
    }
    arena_init(&arena, FIRST_CHUNK);
    arena_init(&e.arena, FIRST_CHUNK);
    buf_init(&e.rows, BUF_NO_CEILING);
    csv_writer_init(&e.csv, &e.rows);
    if (run_file_read(run_dir, &e.run, &arena))
        status = export_all(&e, strcmp(kind, "joined") == 0);
    join_free(e.join);
    buf_free(&e.rows);
    arena_free(&e.arena);
    arena_free(&arena);
    return status == EXIT_OK && !e.whole ? EXIT_INCOMPLETE : status;
}
