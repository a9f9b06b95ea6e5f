/* facts: what every population and metric says of each domain, two bits each, kept in an unlinked
 * file until all are seen: only then is it known which groups are large enough to be told apart. A
 * file a thread; 44 bytes a domain on disk, none in memory. */
#ifndef MXC_OUTPUT_FACTS_H
#define MXC_OUTPUT_FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "output/groups.h"
#include "output/metrics.h"

struct fact {
    uint32_t rank; /* 0: none */
    uint32_t keys[FAMILY_COUNT];
    uint8_t members; /* a number below FACT_MEMBERS: the answers of all populations */
    uint8_t answers[METRICS_MAX / 4];
};

#define FACT_MEMBERS 81 /* 3 to the number of populations */

static inline enum tri fact_answer(const struct fact *f, size_t metric)
{
    return (enum tri)(f->answers[metric / 4] >> metric % 4 * 2 & 3);
}
enum tri fact_member(unsigned members, enum population p); /* out of fact.members */

/* Ask everything of a domain; keys are the caller's to fill. */
void fact_read(struct fact *f, const struct joined *d);

struct facts {
    FILE *file;
};

/* In the directory; elsewhere where it cannot be. False: nowhere. */
bool facts_open(struct facts *f, const char *directory);
void facts_close(struct facts *f);
void facts_add(struct facts *f, const struct fact *fact);
/* Each in turn. False: the file could not be written, or not be read again. */
bool facts_each(struct facts *f, void (*take)(void *context, const struct fact *fact),
                void *context);

#endif
