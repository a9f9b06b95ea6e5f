#include "workers/dns/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/json_read.h"
#include "scanner/base/json_write.h"
#include "scanner/base/memory.h"

static const struct {
    const char *name;
    size_t offset;
} counters[] = {
#define ROW(field)                                      \
    {                                                   \
#field, offsetof(struct resolver_counts, field) \
    }
    ROW(sent),    ROW(answered), ROW(late),      ROW(lost),
    ROW(refused), ROW(servfail), ROW(truncated), ROW(malformed),
#undef ROW
};
#define COUNTERS (sizeof(counters) / sizeof(counters[0]))

static uint64_t *counter_of(struct resolver_counts *c, size_t i)
{
    return (uint64_t *)((char *)c + counters[i].offset);
}

/* ---- out ---- */

static void write_resolver(struct json_writer *w, const struct resolver *r)
{
    char text[RESOLVER_TEXT_SIZE];
    struct resolver_counts counts = r->counts;

    resolver_place_print(&r->place, text);
    json_open_object(w, NULL);
    json_write_string(w, "resolver", text);
    for (size_t i = 0; i < COUNTERS; i++)
        json_write_int(w, counters[i].name, (int64_t)*counter_of(&counts, i));
    json_open_array(w, "rtt");
    for (unsigned i = 0; i < RTT_BUCKETS; i++) {
        if (r->rtts.buckets[i] == 0)
            continue;
        json_write_int(w, NULL, i);
        json_write_int(w, NULL, r->rtts.buckets[i]);
    }
    json_close_array(w);
    json_close_object(w);
}

void report_write(const struct dns_engine *e, struct buf *out)
{
    struct dns_totals totals;
    struct json_writer w;

    dns_engine_totals(e, &totals);
    json_writer_init(&w, out);
    json_open_object(&w, NULL);
    json_write_int(&w, "drops", (int64_t)totals.drops);
    json_open_array(&w, "resolvers");
    for (size_t i = 0; i < dns_engine_resolver_count(e); i++)
        write_resolver(&w, dns_engine_resolver(e, i));
    json_close_array(&w);
    json_close_object(&w);
}

/* ---- in ---- */

struct report_row *report_row(struct report_sum *sum, const char *resolver)
{
    struct report_row *row;

    for (size_t i = 0; i < sum->count; i++)
        if (strcmp(sum->rows[i].resolver, resolver) == 0)
            return &sum->rows[i];
    sum->rows = memory_grow(sum->rows, sum->count + 1, sizeof(*sum->rows));
    row = &sum->rows[sum->count++];
    memset(row, 0, sizeof(*row));
    snprintf(row->resolver, sizeof(row->resolver), "%s", resolver);
    return row;
}

static void add_rtts(struct rtt_histogram *h, const struct json *rtt)
{
    const struct json *bucket = json_first(rtt), *count;

    for (; bucket != NULL && (count = bucket->next) != NULL; bucket = count->next)
        if (bucket->type == JSON_INT && count->type == JSON_INT && bucket->integer >= 0 &&
            count->integer > 0)
            rtt_histogram_add_bucket(h, (uint64_t)bucket->integer, (uint64_t)count->integer);
}

bool report_add(struct report_sum *sum, const char *text, size_t len)
{
    const struct json *report, *list, *n;
    struct arena arena;

    arena_init(&arena, 65536);
    report = json_parse(&arena, text, len);
    list = json_get(report, "resolvers");
    sum->drops += (uint64_t)json_get_int(report, "drops", 0);
    for (n = json_first(list); n != NULL; n = n->next) {
        const char *resolver = json_get_string(n, "resolver");
        struct report_row *row = resolver != NULL ? report_row(sum, resolver) : NULL;

        if (row == NULL)
            continue;
        for (size_t i = 0; i < COUNTERS; i++)
            *counter_of(&row->counts, i) += (uint64_t)json_get_int(n, counters[i].name, 0);
        add_rtts(&row->rtts, json_get(n, "rtt"));
    }
    arena_free(&arena);
    return list != NULL;
}

void report_free(struct report_sum *sum)
{
    free(sum->rows);
    memset(sum, 0, sizeof(*sum));
}
