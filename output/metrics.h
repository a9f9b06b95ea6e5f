/* metrics: every figure that is published, and every population, each a row of one table. The
 * meaning is the definition: a recount can be written from it. */
#ifndef MXC_OUTPUT_METRICS_H
#define MXC_OUTPUT_METRICS_H

#include <stddef.h>

#include "output/join.h"
#include "output/tri.h"
#include "scanner/base/buf.h"

enum population {
    POPULATION_ALL,
    POPULATION_EXISTS,
    POPULATION_MX,
    POPULATION_NOT_PARKED,
    POPULATION_COUNT
};

struct metric {
    const char *id;      /* in adoption.csv: append only */
    const char *meaning; /* one sentence */
    const char *source;  /* where the rule stands */
    enum tri (*judge)(const struct joined *d, const struct metric *m);

    /* What the judge asks for, if it asks for it. */
    enum protocol protocol;
    const char *field;     /* of the protocol's member */
    const char *values[2]; /* of the field; the second may be missing */
    enum host_trait trait;
    enum sts_mode mode; /* of a policy */

    /* For the table at the end of a census; label is NULL: not in it. */
    const char *label;
    enum population headline;
};

extern const struct metric metrics[]; /* metric_count of them */
extern const size_t metric_count;
extern const struct metric populations[POPULATION_COUNT];

#define METRICS_MAX 96 /* at least metric_count, for arrays */

static inline enum tri metric_judge(const struct metric *m, const struct joined *d)
{
    return m->judge(d, m);
}

const struct metric *metric_find(const char *id); /* NULL: no such metric */
/* Both tables as text: the name of each row, what it means, where its rule stands; of a metric also
 * the population that its headline is of. */
void metrics_explain(struct buf *out);
const char *tri_name(enum tri t); /* "yes", "no", "unknown" */

#endif
