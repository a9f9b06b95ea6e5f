/* share: counts of a property in a population, where both can be unknown, and what share they allow
 * (DESIGN.md section 7). Pure. */
#ifndef MXC_OUTPUT_SHARE_H
#define MXC_OUTPUT_SHARE_H

#include <stdint.h>

#include "output/tri.h"

#define SHARE_DIGITS 6 /* of a share in CSV, behind the point */

struct tally {
    uint64_t n[TRI_COUNT][TRI_COUNT]; /* [is a member][has the property] */
};

struct share {
    uint64_t numerator, denominator; /* known members: with the property; all whose property is
                                      * known */
    uint64_t unknown;                /* known members whose property is unknown */
    uint64_t population_unknown;     /* those of whom it is unknown whether they are members */
    double share, low, high;         /* NAN where the denominator is 0 */
};

static inline void tally_count(struct tally *t, enum tri member, enum tri property)
{
    t->n[member][property]++;
}

/* a of b; NAN where b is 0. */
double share_ratio(uint64_t a, uint64_t b);

void tally_add(struct tally *sum, const struct tally *t);
struct share share_of(const struct tally *t);

/* The 95% interval of Wilson (1927) for share as that of a random sample; NAN where that is. */
void share_wilson(const struct share *s, double *low, double *high);

#endif
