#include "output/share.h"

#include <math.h>

double share_ratio(uint64_t a, uint64_t b)
{
    return b > 0 ? (double)a / (double)b : (double)NAN;
}

/* A world settles each unknown: the members whose property is unknown get one or not; those of
 * unknown membership join or not, and where their property is unknown too, it is free. The share is
 * always (members with it) / (members).
 *
 * Least: no unknown property is a yes. One who joins with a yes can only raise the share, so nobody
 * of N(?,y) joins; one who joins with a no can only lower it, so all of N(?,n) and N(?,?) do:
 *
 *     low  = N(y,y) / (N(y,.) + N(?,n) + N(?,?))
 *
 * Most, the other way round: all unknown properties are yes, N(?,y) and N(?,?) join, N(?,n) does
 * not:
 *
 *     high = (N(y,y) + N(y,?) + N(?,y) + N(?,?)) / (N(y,.) + N(?,y) + N(?,?))
 *
 * Where a denominator is 0 the world of that bound has no member, hence no share: NAN. */
struct share share_of(const struct tally *t)
{
    const uint64_t *member = t->n[TRI_YES], *maybe = t->n[TRI_UNKNOWN];
    uint64_t yes = member[TRI_YES], all = yes + member[TRI_NO] + member[TRI_UNKNOWN];
    struct share s = {
        .numerator = yes,
        .denominator = yes + member[TRI_NO],
        .unknown = member[TRI_UNKNOWN],
        .population_unknown = maybe[TRI_YES] + maybe[TRI_NO] + maybe[TRI_UNKNOWN],
    };

    s.share = share_ratio(s.numerator, s.denominator);
    s.low = share_ratio(yes, all + maybe[TRI_NO] + maybe[TRI_UNKNOWN]);
    s.high = share_ratio(yes + member[TRI_UNKNOWN] + maybe[TRI_YES] + maybe[TRI_UNKNOWN],
                         all + maybe[TRI_YES] + maybe[TRI_UNKNOWN]);
    return s;
}

void tally_add(struct tally *sum, const struct tally *t)
{
    for (int member = 0; member < TRI_COUNT; member++)
        for (int property = 0; property < TRI_COUNT; property++)
            sum->n[member][property] += t->n[member][property];
}

#define Z 1.959963984540054 /* of the normal distribution 95% lie within it */

void share_wilson(const struct share *s, double *low, double *high)
{
    double n = (double)s->denominator, p = s->share;
    double centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n);
    double half = Z / (1 + Z * Z / n) * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n));

    *low = s->denominator > 0 ? fmax(0, centre - half) : (double)NAN;
    *high = s->denominator > 0 ? fmin(1, centre + half) : (double)NAN;
}
