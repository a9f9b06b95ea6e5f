/* history: the figures of several runs, one after another in time. */
#ifndef MXC_OUTPUT_HISTORY_H
#define MXC_OUTPUT_HISTORY_H

#include <stddef.h>
#include <stdio.h>

/* timeseries.csv: the rows of adoption.csv for all domains and each bucket of ranks, which also
 * lists of different lengths have in common, behind the name of the run, when it began, when it was
 * judged again (rejudge; else empty), and whether it is whole. In the order of these times. An exit
 * status (scanner/base/exits.h). */
int history_run(const char *const *run_dirs, size_t count, FILE *out);

#endif
