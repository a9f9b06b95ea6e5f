/* term: a name that stands in a CSV file, as `stats --explain` tells it. */
#ifndef MXC_OUTPUT_TERM_H
#define MXC_OUTPUT_TERM_H

#include "scanner/base/buf.h"

/* The name, what it means, and in brackets where its rule stands; an empty source is left out.
 * Lines end before 80 columns. */
void term_explain(struct buf *out, const char *name, const char *meaning, const char *source);

#endif
