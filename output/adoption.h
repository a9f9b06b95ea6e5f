/* adoption: every metric in every population and group, counted domain by domain, in several
 * threads. What a domain shows is kept as facts (facts.h) until the groups are known; the counts
 * then take about 20 KB a group. */
#ifndef MXC_OUTPUT_ADOPTION_H
#define MXC_OUTPUT_ADOPTION_H

#include <stdint.h>

#include "output/groups.h"
#include "output/join.h"
#include "output/metrics.h"
#include "output/share.h"

#define RANK_BUCKETS(X) X(100) X(1000) X(10000) X(100000) X(1000000)
#define RANK_BIN 10000   /* ranks of a bin; of the first million */
#define ADOPTION_ALL 0   /* the group of all domains */
#define ADOPTION_TOP 100 /* groups of a family that are told apart, unless set otherwise */

enum adoption_kind {
    GROUP_ALL,
    GROUP_RANK, /* up to a bound, each holding those before it; and bins, where the list is long */
    GROUP_TLD,
    GROUP_OPERATOR,
    GROUP_INPUT
};

struct cell; /* domains that are counted together */

struct adoption_group {
    enum adoption_kind kind;
    const char *name; /* in adoption.csv: "all", "rank<=1000", "rank=10001-20000", "tld=com" */
    const char *text; /* "com" */
    uint64_t rank_from, rank_to;
    const struct cell *cells; /* cell_count of them */
    size_t cell_count;
};

struct adoption;

/* directory: for a temporary file; column of the list to group by, or NULL. NULL after one line on
 * standard error. */
struct adoption *adoption_new(const char *directory, unsigned threads, const char *column);
void adoption_free(struct adoption *a);
void adoption_count(struct adoption *a, unsigned thread, const struct joined *d);
/* All are counted: choose the `top` largest TLDs, operators and values. False after one line on
 * standard error. */
bool adoption_seal(struct adoption *a, unsigned top);

/* Of a sealed one. */
const struct adoption_group *adoption_groups(const struct adoption *a, size_t *count);
const struct groups *adoption_families(const struct adoption *a);
struct share adoption_share(size_t metric, enum population p, const struct adoption_group *g);
/* How many of a group are in a population, and of how many that is unknown. */
void adoption_population(enum population p, const struct adoption_group *g, uint64_t *members,
                         uint64_t *unknown);

#endif
