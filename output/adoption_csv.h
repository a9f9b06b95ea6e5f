/* adoption_csv: the figures of a sealed adoption as CSV, tidy: a metric, a population and a group a
 * row, with the bounds that the unknown leave open. */
#ifndef MXC_OUTPUT_ADOPTION_CSV_H
#define MXC_OUTPUT_ADOPTION_CSV_H

#include <stdbool.h>

#include "output/adoption.h"
#include "scanner/base/buf.h"
#include "scanner/base/csv.h"

/* adoption.csv: every group; of one metric only unless that is NULL. sample: the list is a random
 * sample, and each row has the Wilson interval of its share. */
void adoption_write(const struct adoption *a, const struct metric *only, bool sample,
                    struct buf *out);
/* by_rank.csv and by_tld.csv: the same rows of the one kind of groups, to be plotted. */
void adoption_write_ranks(const struct adoption *a, bool sample, struct buf *out);
void adoption_write_tlds(const struct adoption *a, bool sample, struct buf *out);

/* The names of the columns of adoption.csv, and one row of it, to stand behind columns of others.
 */
void adoption_write_names(struct csv_writer *w);
void adoption_write_cells(struct csv_writer *w, size_t metric, enum population p,
                          const struct adoption_group *g);

#endif
