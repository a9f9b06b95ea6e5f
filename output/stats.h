/* stats: from the records of a run to what is published of it. */
#ifndef MXC_OUTPUT_STATS_H
#define MXC_OUTPUT_STATS_H

#include <stdbool.h>

/* Write RUN/adoption.csv and, unless silent, print the table to standard output. An exit status
 * (scanner/base/exits.h): EXIT_INCOMPLETE where the run is unfinished or records are lost, which
 * both say, and all the same count what is there. */
int stats_run(const char *run_dir, bool silent);

#endif
