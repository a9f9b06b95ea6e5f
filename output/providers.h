/* providers: mail operators, the largest first: how many domains are theirs, what the operator's
 * own domain has adopted, and what its customers have. Memory: an entry for each operator that an
 * MX host of the run has. */
#ifndef MXC_OUTPUT_PROVIDERS_H
#define MXC_OUTPUT_PROVIDERS_H

#include "output/adoption.h"
#include "scanner/base/buf.h"

struct providers;

/* Of the hosts of a sealed join. */
struct providers *providers_new(const struct join *j);
void providers_free(struct providers *p);
/* Any thread: if the domain is an operator's own, what it says is kept. */
void providers_count(struct providers *p, const struct joined *d);

/* providers.csv: an operator and a metric a row; "own" is empty where the list lacks the operator's
 * domain. */
void providers_write(const struct providers *p, const struct adoption *a, struct buf *out);
/* providers_largest.csv: of the own domains of the N largest operators, how many have what. */
void providers_write_largest(const struct providers *p, const struct adoption *a, struct buf *out);

#endif
