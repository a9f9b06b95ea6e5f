#include "output/adoption.h"

#include <stdlib.h>

#include "scanner/base/csv.h"
#include "scanner/base/memory.h"

#define SHARE_DIGITS 6

struct adoption {
    /* Of ranks each domain is counted in the smallest bucket only; a bucket is read with those
     * before it. GROUP_ALL holds what is in no bucket. */
    struct tally tallies[GROUP_COUNT][POPULATION_COUNT][METRICS_MAX];
    uint64_t domains;
    uint64_t rank_max; /* 0: no rank was seen */
};

static const struct {
    const char *name;
    uint64_t bound; /* ranks up to it */
} groups[] = { [GROUP_ALL] = { "all", 0 },
#define X(bound) [GROUP_RANK_##bound] = { "rank<=" #bound, bound },
               RANK_BUCKETS(X)
#undef X
};

const char *group_name(enum group g)
{
    return groups[g].name;
}

struct adoption *adoption_new(void)
{
    return memory_alloc(sizeof(struct adoption));
}

void adoption_free(struct adoption *a)
{
    free(a);
}

static enum group smallest_group(uint64_t rank)
{
    for (int g = GROUP_ALL + 1; rank > 0 && g < GROUP_COUNT; g++)
        if (rank <= groups[g].bound)
            return (enum group)g;
    return GROUP_ALL;
}

void adoption_count(struct adoption *a, const struct joined *d)
{
    int64_t rank = json_get_int(d->record, "rank", 0);
    enum group g = smallest_group(rank > 0 ? (uint64_t)rank : 0);
    enum tri member[POPULATION_COUNT];

    a->domains++;
    if (rank > 0 && (uint64_t)rank > a->rank_max)
        a->rank_max = (uint64_t)rank;
    for (int p = 0; p < POPULATION_COUNT; p++)
        member[p] = metric_judge(&populations[p], d);
    for (size_t m = 0; m < metric_count; m++) {
        enum tri property = metric_judge(&metrics[m], d);

        for (int p = 0; p < POPULATION_COUNT; p++)
            tally_count(&a->tallies[g][p][m], member[p], property);
    }
}

void adoption_merge(struct adoption *sum, const struct adoption *a)
{
    sum->domains += a->domains;
    if (a->rank_max > sum->rank_max)
        sum->rank_max = a->rank_max;
    for (int g = 0; g < GROUP_COUNT; g++)
        for (int p = 0; p < POPULATION_COUNT; p++)
            for (size_t m = 0; m < metric_count; m++)
                tally_add(&sum->tallies[g][p][m], &a->tallies[g][p][m]);
}

uint64_t adoption_domains(const struct adoption *a)
{
    return a->domains;
}

bool adoption_has_group(const struct adoption *a, enum group g)
{
    return g == GROUP_ALL || a->rank_max >= groups[g].bound;
}

static struct tally tally_of(const struct adoption *a, size_t metric, enum population p,
                             enum group g)
{
    struct tally sum = { 0 };

    for (int i = 0; i < GROUP_COUNT; i++)
        if (g == GROUP_ALL || (i != GROUP_ALL && i <= (int)g))
            tally_add(&sum, &a->tallies[i][p][metric]);
    return sum;
}

struct share adoption_share(const struct adoption *a, size_t metric, enum population p,
                            enum group g)
{
    struct tally t = tally_of(a, metric, p, g);

    return share_of(&t);
}

void adoption_population(const struct adoption *a, enum population p, uint64_t *members,
                         uint64_t *unknown)
{
    struct share s = adoption_share(a, 0, p, GROUP_ALL); /* any metric has all domains */

    *members = s.denominator + s.unknown;
    *unknown = s.population_unknown;
}

static void write_header(struct csv_writer *w)
{
    static const char *const names[] = {
        "metric",  "population",         "group", "numerator", "denominator",
        "unknown", "population_unknown", "share", "low",       "high"
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        csv_string(w, names[i]);
    csv_end_row(w);
}

static void write_row(struct csv_writer *w, const struct adoption *a, size_t metric,
                      enum population p, enum group g)
{
    struct share s = adoption_share(a, metric, p, g);

    csv_string(w, metrics[metric].id);
    csv_string(w, populations[p].id);
    csv_string(w, group_name(g));
    csv_uint(w, s.numerator);
    csv_uint(w, s.denominator);
    csv_uint(w, s.unknown);
    csv_uint(w, s.population_unknown);
    csv_double(w, s.share, SHARE_DIGITS);
    csv_double(w, s.low, SHARE_DIGITS);
    csv_double(w, s.high, SHARE_DIGITS);
    csv_end_row(w);
}

void adoption_write(const struct adoption *a, struct buf *out)
{
    struct csv_writer w;

    csv_writer_init(&w, out);
    write_header(&w);
    for (size_t m = 0; m < metric_count; m++)
        for (int p = 0; p < POPULATION_COUNT; p++)
            for (int g = 0; g < GROUP_COUNT; g++)
                if (adoption_has_group(a, (enum group)g))
                    write_row(&w, a, m, (enum population)p, (enum group)g);
}
