#include "output/adoption.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/facts.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"

#define BINS_END 1000000 /* beyond, ranks are not told apart */
/* Cells of ranks: without a rank; to 100; to 1000; to 10000, which end the first bin; one for each
 * further bin; beyond. Every domain is in one of them, so that together they are all. */
enum { CELL_NONE, CELL_FIRST, CELL_BIN = 3, CELL_BEYOND = CELL_BIN + BINS_END / RANK_BIN };
#define RANK_CELLS ((size_t)CELL_BEYOND + 1)

#define FIRST_CHUNK 16384

/* By what the populations say of a domain: how often each metric is no, yes, unknown. */
struct cell {
    uint64_t (*rows[FACT_MEMBERS])[TRI_COUNT]; /* metric_count of them; NULL: no such domain */
};

struct adoption {
    struct facts facts[RECORDS_THREADS_MAX];
    unsigned threads;
    struct groups *families;
    struct arena arena; /* what follows */
    struct cell ranks[RANK_CELLS], *cells[FAMILY_COUNT];
    struct adoption_group *groups;
    size_t group_count;
    uint32_t rank_max; /* 0: no rank was seen */
};

struct adoption *adoption_new(const char *directory, unsigned threads, const char *column)
{
    struct adoption *a = memory_alloc(sizeof(*a));

    arena_init(&a->arena, FIRST_CHUNK);
    a->families = groups_new(column);
    for (; a->threads < threads; a->threads++) {
        if (!facts_open(&a->facts[a->threads], directory)) {
            log_error("%s: there is no room for a temporary file", directory);
            adoption_free(a);
            return NULL;
        }
    }
    return a;
}

void adoption_free(struct adoption *a)
{
    if (a == NULL)
        return;
    for (unsigned i = 0; i < a->threads; i++)
        facts_close(&a->facts[i]);
    groups_free(a->families);
    arena_free(&a->arena);
    free(a);
}

void adoption_count(struct adoption *a, unsigned thread, const struct joined *d)
{
    struct fact f;

    fact_read(&f, d);
    groups_take(a->families, d, f.keys);
    facts_add(&a->facts[thread], &f);
}

/* ---- counted, once it is known in what ---- */

static size_t rank_cell(uint32_t rank)
{
    if (rank == 0)
        return CELL_NONE;
    if (rank <= RANK_BIN)
        return CELL_FIRST + (rank > 100) + (rank > 1000);
    return rank <= BINS_END ? CELL_BIN + (rank - 1) / RANK_BIN : CELL_BEYOND;
}

static void cell_count(struct adoption *a, struct cell *c, const struct fact *f)
{
    uint64_t(*row)[TRI_COUNT] = c->rows[f->members];

    if (row == NULL)
        row = c->rows[f->members] = arena_array(&a->arena, metric_count, sizeof(*row));
    for (size_t m = 0; m < metric_count; m++)
        row[m][fact_answer(f, m)]++;
}

static void fact_count(void *context, const struct fact *f)
{
    struct adoption *a = context;
    size_t i;

    if (f->rank > a->rank_max)
        a->rank_max = f->rank;
    cell_count(a, &a->ranks[rank_cell(f->rank)], f);
    for (int n = 0; n < FAMILY_COUNT; n++)
        if (groups_find(a->families, (enum family)n, f->keys[n], &i))
            cell_count(a, &a->cells[n][i], f);
}

static struct adoption_group *group_add(struct adoption *a, enum adoption_kind kind,
                                        const char *name, const struct cell *cells, size_t count)
{
    struct adoption_group *g = &a->groups[a->group_count++];

    *g = (struct adoption_group){
        .kind = kind, .name = name, .text = name, .cells = cells, .cell_count = count
    };
    return g;
}

/* Ranks from..to, which begin and end with a cell. */
static void rank_add(struct adoption *a, const char *name, uint32_t from, uint32_t to)
{
    size_t first = rank_cell(from);
    struct adoption_group *g =
        group_add(a, GROUP_RANK, name, &a->ranks[first], rank_cell(to) - first + 1);

    g->rank_from = from;
    g->rank_to = to;
}

/* A bucket is published where the list reaches its bound, a bin where it reaches into it. The first
 * bin is the bucket of as many. */
static void ranks_add(struct adoption *a)
{
#define X(bound)                \
    if (a->rank_max >= (bound)) \
        rank_add(a, "rank<=" #bound, 1, bound);
    RANK_BUCKETS(X)
#undef X
    for (uint32_t from = RANK_BIN + 1; from <= a->rank_max && from < BINS_END; from += RANK_BIN) {
        char name[40];

        snprintf(name, sizeof(name), "rank=%" PRIu32 "-%" PRIu32, from, from + RANK_BIN - 1);
        rank_add(a, arena_strdup(&a->arena, name), from, from + RANK_BIN - 1);
    }
}

static void family_add(struct adoption *a, enum family f)
{
    static const enum adoption_kind kinds[] = {
        [FAMILY_TLD] = GROUP_TLD, [FAMILY_OPERATOR] = GROUP_OPERATOR, [FAMILY_INPUT] = GROUP_INPUT
    };

    for (size_t i = 0; i < groups_count(a->families, f); i++)
        group_add(a, kinds[f], groups_name(a->families, f, i), &a->cells[f][i], 1)->text =
            groups_text(a->families, f, i);
}

bool adoption_seal(struct adoption *a, unsigned top)
{
    size_t most = 1 + RANK_CELLS + 5;

    groups_choose(a->families, top);
    for (int f = 0; f < FAMILY_COUNT; f++) {
        size_t count = groups_count(a->families, (enum family)f);

        a->cells[f] = arena_array(&a->arena, count, sizeof(struct cell));
        most += count;
    }
    for (unsigned i = 0; i < a->threads; i++) {
        if (!facts_each(&a->facts[i], fact_count, a)) {
            log_error("a temporary file cannot be written or read: is the disk full?");
            return false;
        }
    }
    a->groups = arena_array(&a->arena, most, sizeof(*a->groups));
    group_add(a, GROUP_ALL, "all", a->ranks, RANK_CELLS);
    ranks_add(a);
    for (int f = 0; f < FAMILY_COUNT; f++)
        family_add(a, (enum family)f);
    return true;
}

/* ---- shares ---- */

static struct tally tally_of(size_t metric, enum population p, const struct adoption_group *g)
{
    struct tally sum = { 0 };

    for (size_t i = 0; i < g->cell_count; i++)
        for (unsigned members = 0; members < FACT_MEMBERS; members++)
            for (int t = 0; t < TRI_COUNT && g->cells[i].rows[members] != NULL; t++)
                sum.n[fact_member(members, p)][t] += g->cells[i].rows[members][metric][t];
    return sum;
}

struct share adoption_share(size_t metric, enum population p, const struct adoption_group *g)
{
    struct tally t = tally_of(metric, p, g);

    return share_of(&t);
}

void adoption_population(enum population p, const struct adoption_group *g, uint64_t *members,
                         uint64_t *unknown)
{
    struct share s = adoption_share(0, p, g); /* any metric has all domains */

    *members = s.denominator + s.unknown;
    *unknown = s.population_unknown;
}

const struct adoption_group *adoption_groups(const struct adoption *a, size_t *count)
{
    *count = a->group_count;
    return a->groups;
}

const struct groups *adoption_families(const struct adoption *a)
{
    return a->families;
}
