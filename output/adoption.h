/* adoption: adoption.csv, the tidy table of every metric, population and group, from tallies that
 * are counted domain by domain. One a thread, added up at the end. */
#ifndef MXC_OUTPUT_ADOPTION_H
#define MXC_OUTPUT_ADOPTION_H

#include <stdint.h>

#include "output/join.h"
#include "output/metrics.h"
#include "output/share.h"
#include "scanner/base/buf.h"

#define RANK_BUCKETS(X) X(100) X(1000) X(10000) X(100000) X(1000000)

enum group {
    GROUP_ALL,
#define X(bound) GROUP_RANK_##bound, /* ranks up to bound: each holds those before it */
    RANK_BUCKETS(X)
#undef X
        GROUP_COUNT
};
const char *group_name(enum group g); /* "all", "rank<=100" */

struct adoption; /* counts */

struct adoption *adoption_new(void);
void adoption_free(struct adoption *a);
void adoption_count(struct adoption *a, const struct joined *d);
void adoption_merge(struct adoption *sum, const struct adoption *a);

uint64_t adoption_domains(const struct adoption *a);
/* Is this group published: all, and the rank buckets that the list reaches, for which it must hold
 * a rank as large as the bound. */
bool adoption_has_group(const struct adoption *a, enum group g);
struct share adoption_share(const struct adoption *a, size_t metric, enum population p,
                            enum group g);
/* How many are in a population, and of how many that is unknown. */
void adoption_population(const struct adoption *a, enum population p, uint64_t *members,
                         uint64_t *unknown);

void adoption_write(const struct adoption *a, struct buf *out); /* adoption.csv, with its header */

#endif
