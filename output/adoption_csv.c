#include "output/adoption_csv.h"

/* The header, behind the columns that say which group it is. */
static void write_header(struct csv_writer *w, bool sample)
{
    static const char *const names[] = {
        "numerator", "denominator", "unknown",    "population_unknown", "share",
        "low",       "high",        "wilson_low", "wilson_high"
    };

    csv_strings(w, names, sizeof(names) / sizeof(names[0]) - (sample ? 0 : 2));
    csv_end_row(w);
}

static void write_share(struct csv_writer *w, const struct share *s, bool sample)
{
    csv_uint(w, s->numerator);
    csv_uint(w, s->denominator);
    csv_uint(w, s->unknown);
    csv_uint(w, s->population_unknown);
    csv_double(w, s->share, SHARE_DIGITS);
    csv_double(w, s->low, SHARE_DIGITS);
    csv_double(w, s->high, SHARE_DIGITS);
    if (sample) {
        double low, high;

        share_wilson(s, &low, &high);
        csv_double(w, low, SHARE_DIGITS);
        csv_double(w, high, SHARE_DIGITS);
    }
    csv_end_row(w);
}

/* A row: metric and population, and what `label` says of the group. */
typedef void label_fn(struct csv_writer *w, const struct adoption_group *g);

static void write_group(struct csv_writer *w, size_t metric, enum population p,
                        const struct adoption_group *g, label_fn *label, bool sample)
{
    struct share s = adoption_share(metric, p, g);

    csv_string(w, metrics[metric].id);
    csv_string(w, populations[p].id);
    label(w, g);
    write_share(w, &s, sample);
}

static void label_name(struct csv_writer *w, const struct adoption_group *g)
{
    csv_string(w, g->name);
}

static void label_ranks(struct csv_writer *w, const struct adoption_group *g)
{
    csv_uint(w, g->rank_from);
    csv_uint(w, g->rank_to);
}

static void label_text(struct csv_writer *w, const struct adoption_group *g)
{
    csv_string(w, g->text);
}

/* Rows of one kind of groups, or of all where that is GROUP_ALL. */
static void write_rows(struct csv_writer *w, const struct adoption *a, const struct metric *only,
                       enum adoption_kind kind, label_fn *label, bool sample)
{
    size_t count;
    const struct adoption_group *groups = adoption_groups(a, &count);

    for (size_t m = 0; m < metric_count; m++)
        for (int p = 0; p < POPULATION_COUNT && (only == NULL || only == &metrics[m]); p++)
            for (size_t i = 0; i < count; i++)
                if (kind == GROUP_ALL || groups[i].kind == kind)
                    write_group(w, m, (enum population)p, &groups[i], label, sample);
}

static void write_names(struct csv_writer *w, bool sample)
{
    static const char *const names[] = { "metric", "population", "group" };

    csv_strings(w, names, 3);
    write_header(w, sample);
}

void adoption_write_names(struct csv_writer *w)
{
    write_names(w, false);
}

void adoption_write_cells(struct csv_writer *w, size_t metric, enum population p,
                          const struct adoption_group *g)
{
    write_group(w, metric, p, g, label_name, false);
}

void adoption_write(const struct adoption *a, const struct metric *only, bool sample,
                    struct buf *out)
{
    struct csv_writer w;

    csv_writer_init(&w, out);
    write_names(&w, sample);
    write_rows(&w, a, only, GROUP_ALL, label_name, sample);
}

void adoption_write_ranks(const struct adoption *a, bool sample, struct buf *out)
{
    static const char *const names[] = { "metric", "population", "rank_from", "rank_to" };
    struct csv_writer w;

    csv_writer_init(&w, out);
    csv_strings(&w, names, 4);
    write_header(&w, sample);
    write_rows(&w, a, NULL, GROUP_RANK, label_ranks, sample);
}

void adoption_write_tlds(const struct adoption *a, bool sample, struct buf *out)
{
    static const char *const names[] = { "metric", "population", "tld" };
    struct csv_writer w;

    csv_writer_init(&w, out);
    csv_strings(&w, names, 3);
    write_header(&w, sample);
    write_rows(&w, a, NULL, GROUP_TLD, label_text, sample);
}
