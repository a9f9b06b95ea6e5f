/* metrics: every figure that is published, and every population, each in one row of one table. The
 * meaning is the definition: it is printed by --explain, and a recount can be written from it. */
#ifndef MXC_OUTPUT_METRICS_H
#define MXC_OUTPUT_METRICS_H

#include <stddef.h>

#include "output/join.h"
#include "output/tri.h"

struct metric {
    const char *id;      /* in adoption.csv: append only */
    const char *meaning; /* one sentence */
    const char *source;  /* where the rule stands */
    enum tri (*judge)(const struct joined *d);
};

enum population { POPULATION_ALL, POPULATION_EXISTS, POPULATION_MX, POPULATION_COUNT };

extern const struct metric metrics[]; /* metric_count of them */
extern const size_t metric_count;
extern const struct metric populations[POPULATION_COUNT];

const struct metric *metric_find(const char *id); /* NULL: no such metric */
const char *tri_name(enum tri t);                 /* "yes", "no", "unknown" */

#define METRICS_MAX 64 /* for arrays of one value a metric; checked */

#endif
