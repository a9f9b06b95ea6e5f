/* Shares: the bounds are what the worlds allow, found by trying all of them. */
#include "output/share.h"

#include <math.h>

#include "tests/unit/check.h"

#define MOST 2 /* of each of the six counts that matter: 3^6 tallies */

struct range {
    double least, greatest;
    bool any; /* a world with a member was seen */
};

static void try_world(struct range *r, unsigned yes, unsigned members)
{
    double share;

    if (members == 0)
        return;
    share = (double)yes / members;
    if (!r->any || share < r->least)
        r->least = share;
    if (!r->any || share > r->greatest)
        r->greatest = share;
    r->any = true;
}

/* Every world of a tally: of N(y,?) so many are yes; of N(?,y) and N(?,n) so many join; of N(?,?)
 * so many join, and so many of these are yes. */
static struct range all_worlds(const struct tally *t)
{
    const uint64_t *member = t->n[TRI_YES], *maybe = t->n[TRI_UNKNOWN];
    struct range r = { 0 };

    for (unsigned a = 0; a <= member[TRI_UNKNOWN]; a++)
        for (unsigned b = 0; b <= maybe[TRI_YES]; b++)
            for (unsigned c = 0; c <= maybe[TRI_NO]; c++)
                for (unsigned d = 0; d <= maybe[TRI_UNKNOWN]; d++)
                    for (unsigned e = 0; e <= d; e++)
                        try_world(
                            &r, (unsigned)member[TRI_YES] + a + b + e,
                            (unsigned)(member[TRI_YES] + member[TRI_NO] + member[TRI_UNKNOWN]) + b +
                                c + d);
    return r;
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

static void check_tally(const struct tally *t)
{
    struct range r = all_worlds(t);
    struct share s = share_of(t);
    const uint64_t *m = t->n[TRI_YES], *u = t->n[TRI_UNKNOWN];

    CHECK(isnan(s.low) || near(s.low, r.least), "low %g, worlds %g", s.low, r.least);
    CHECK(isnan(s.high) || near(s.high, r.greatest), "high %g, worlds %g", s.high, r.greatest);
    /* No bound only where its world has no member: then all worlds that have one agree. */
    CHECK(!isnan(s.low) || !r.any || (near(r.least, 1) && near(r.greatest, 1)), "low is missing");
    CHECK(!isnan(s.high) || !r.any || (near(r.least, 0) && near(r.greatest, 0)), "high is missing");
    CHECK(isnan(s.share) == (m[TRI_YES] + m[TRI_NO] == 0), "share %g", s.share);
    CHECK(isnan(s.share) || (s.low <= s.share && s.share <= s.high), "%g in %g..%g", s.share, s.low,
          s.high);
    CHECK(s.numerator == m[TRI_YES] && s.denominator == m[TRI_YES] + m[TRI_NO] &&
              s.unknown == m[TRI_UNKNOWN] &&
              s.population_unknown == u[TRI_YES] + u[TRI_NO] + u[TRI_UNKNOWN],
          "counts");
}

static void test_worlds(void)
{
    unsigned radix = MOST + 1, all = radix * radix * radix * radix * radix * radix;

    for (unsigned i = 0; i < all; i++) {
        struct tally t = { 0 };
        unsigned rest = i;

        for (int property = 0; property < TRI_COUNT; property++) {
            t.n[TRI_YES][property] = rest % radix;
            rest /= radix;
            t.n[TRI_UNKNOWN][property] = rest % radix;
            rest /= radix;
            t.n[TRI_NO][property] = 7; /* who is no member changes nothing */
        }
        check_tally(&t);
    }
}

static void test_example(void)
{
    struct tally t = { 0 }, sum = { 0 };
    struct share s;

    for (int i = 0; i < 6; i++)
        tally_count(&t, TRI_YES, i < 3 ? TRI_YES : TRI_NO);
    tally_count(&t, TRI_YES, TRI_UNKNOWN);
    tally_count(&t, TRI_UNKNOWN, TRI_YES);
    tally_count(&t, TRI_UNKNOWN, TRI_UNKNOWN);
    tally_add(&sum, &t);
    s = share_of(&sum);
    CHECK(s.numerator == 3 && s.denominator == 6 && s.unknown == 1 && s.population_unknown == 2,
          "counts");
    CHECK(near(s.share, 0.5) && near(s.low, 3.0 / 8) && near(s.high, 6.0 / 9), "%g %g %g", s.share,
          s.low, s.high);
    tally_add(&sum, &t);
    CHECK(share_of(&sum).numerator == 6, "sum");
}

static void test_logic(void)
{
    static const enum tri and[3][3] = { { TRI_NO, TRI_NO, TRI_NO },
                                        { TRI_NO, TRI_YES, TRI_UNKNOWN },
                                        { TRI_NO, TRI_UNKNOWN, TRI_UNKNOWN } };
    static const enum tri or [3][3] = { { TRI_NO, TRI_YES, TRI_UNKNOWN },
                                        { TRI_YES, TRI_YES, TRI_YES },
                                        { TRI_UNKNOWN, TRI_YES, TRI_UNKNOWN } };

    for (int a = 0; a < TRI_COUNT; a++)
        for (int b = 0; b < TRI_COUNT; b++) {
            CHECK(tri_and((enum tri)a, (enum tri)b) == and[a][b], "%d and %d", a, b);
            CHECK(tri_or((enum tri)a, (enum tri)b) == or [a][b], "%d or %d", a, b);
        }
}

int main(void)
{
    test_worlds();
    test_example();
    test_logic();
    return check_report();
}
