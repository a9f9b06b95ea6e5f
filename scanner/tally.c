#include "scanner/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/csv.h"
#include "scanner/base/file.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"
#include "scanner/base/timing.h"
#include "workers/dns/report.h"

#define TAKE_EVERY_MS 10000
#define DROPS_WORTH_A_WORD 200 /* one in so many answers */

struct told {
    char consumer[QUEUE_CONSUMER_SIZE];
    struct buf report;
};
struct tally {
    struct told *told; /* of each consumer the last */
    size_t count;
    uint64_t taken_ms;
};

struct tally *tally_new(void)
{
    return memory_alloc(sizeof(struct tally));
}

void tally_free(struct tally *t)
{
    for (size_t i = 0; i < t->count; i++)
        buf_free(&t->told[i].report);
    free(t->told);
    free(t);
}

static struct told *told_by(struct tally *t, const char *consumer)
{
    struct told *fresh;

    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->told[i].consumer, consumer) == 0)
            return &t->told[i];
    t->told = memory_grow(t->told, t->count + 1, sizeof(*t->told));
    fresh = &t->told[t->count++];
    snprintf(fresh->consumer, sizeof(fresh->consumer), "%s", consumer);
    buf_init(&fresh->report, BUF_NO_CEILING);
    return fresh;
}

static void on_report(void *context, const char *consumer, const char *report, size_t len)
{
    struct told *told = told_by(context, consumer);

    buf_reset(&told->report);
    buf_append(&told->report, report, len);
}

enum queue_status tally_take(struct tally *t, struct queue *q)
{
    t->taken_ms = timing_monotonic_ms();
    return queue_reports(q, on_report, t);
}

enum queue_status tally_tend(struct tally *t, struct queue *q)
{
    return timing_monotonic_ms() - t->taken_ms < TAKE_EVERY_MS ? QUEUE_OK : tally_take(t, q);
}

/* ---- the file ---- */

static const struct {
    const char *column;
    size_t offset; /* in struct resolver_counts */
} columns[] = {
#define ROW(field)                                      \
    {                                                   \
#field, offsetof(struct resolver_counts, field) \
    }
    ROW(sent),     ROW(answered), ROW(late),      ROW(lost),
    ROW(servfail), ROW(refused),  ROW(truncated), ROW(malformed),
#undef ROW
};

static void write_heading(struct csv_writer *w)
{
    csv_string(w, "resolver");
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        csv_string(w, columns[i].column);
    csv_string(w, "median_ms");
    csv_string(w, "p99_ms");
    csv_string(w, "left_out");
    csv_end_row(w);
}

/* Empty where nothing was measured. */
static void write_quantile(struct csv_writer *w, const struct rtt_histogram *h, double q)
{
    if (h->count > 0)
        csv_double(w, (double)rtt_histogram_quantile(h, q) / 1000, 3);
    else
        csv_string(w, "");
}

/* Why it was not asked, or empty. */
static const char *left_out(const struct resolver_survey *survey, const char *resolver)
{
    char text[RESOLVER_TEXT_SIZE];

    for (size_t i = 0; i < survey->count; i++) {
        resolver_place_print(&survey->items[i].place, text);
        if (strcmp(text, resolver) == 0)
            return resolver_fault_text(survey->items[i].fault);
    }
    return "";
}

static void write_row(struct csv_writer *w, const struct report_row *r, const char *fault)
{
    csv_string(w, r->resolver);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        csv_uint(w, *(const uint64_t *)((const char *)&r->counts + columns[i].offset));
    write_quantile(w, &r->rtts, 0.5);
    write_quantile(w, &r->rtts, 0.99);
    csv_string(w, fault);
    csv_end_row(w);
}

/* Those named come first, in their order; then those of other machines. */
static void add_up(const struct tally *t, const struct resolver_survey *survey,
                   struct report_sum *sum)
{
    char text[RESOLVER_TEXT_SIZE];

    for (size_t i = 0; i < survey->count; i++) {
        resolver_place_print(&survey->items[i].place, text);
        report_row(sum, text);
    }
    for (size_t i = 0; i < t->count; i++)
        report_add(sum, t->told[i].report.data, t->told[i].report.len);
}

/* Each such answer was asked for again: it cost the resolvers, not the records. */
static void warn_of_drops(const struct report_sum *sum)
{
    uint64_t answered = 0;

    for (size_t i = 0; i < sum->count; i++)
        answered += sum->rows[i].counts.answered;
    if (sum->drops > answered / DROPS_WORTH_A_WORD)
        log_warning("%llu answers of the DNS found no room in the kernel's buffers and were asked "
                    "for again; raise net.core.rmem_max to 8 MB",
                    (unsigned long long)sum->drops);
}

int tally_write(const struct tally *t, const struct resolver_survey *survey, const char *directory)
{
    struct report_sum sum = { 0 };
    struct csv_writer w;
    struct buf csv;
    int fault;

    add_up(t, survey, &sum);
    warn_of_drops(&sum);
    buf_init(&csv, BUF_NO_CEILING);
    csv_writer_init(&w, &csv);
    write_heading(&w);
    for (size_t i = 0; i < sum.count; i++)
        write_row(&w, &sum.rows[i], left_out(survey, sum.rows[i].resolver));
    fault = file_replace(directory, "resolvers.csv", csv.data, csv.len, NULL);
    buf_free(&csv);
    report_free(&sum);
    return fault;
}
