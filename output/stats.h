/* stats: from the records of a run to what is published of it. */
#ifndef MXC_OUTPUT_STATS_H
#define MXC_OUTPUT_STATS_H

#include <stdbool.h>

#include "output/adoption.h"

struct stats_options {
    bool silent;          /* no table on standard output */
    unsigned top;         /* TLDs, operators and values that are told apart */
    const char *group_by; /* a column of the list, or NULL */
    const char *metric;   /* its rows on standard output instead of the table; or NULL */
    int64_t max_skew; /* seconds; what was seen farther from its domain is unknown; -1: no limit */
    bool sample;      /* the list is a random sample: Wilson intervals */
};

#define STATS_DEFAULTS                      \
    {                                       \
        .top = ADOPTION_TOP, .max_skew = -1 \
    }

/* Write the CSV files into the run directory and print the table to standard output. An exit status
 * (scanner/base/exits.h): EXIT_INCOMPLETE where the run is unfinished or records are lost, which
 * both say (the files in one more column, "incomplete"), and all the same count what is
 * there; EXIT_USAGE where the list has no such column. */
int stats_publish(const char *run_dir, const struct stats_options *o);
int stats_run(const char *run_dir, bool silent); /* the same with the defaults */

#endif
