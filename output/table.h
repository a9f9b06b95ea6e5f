/* table: the headline of adoption.csv for a person at a terminal: 80 columns, plain text. */
#ifndef MXC_OUTPUT_TABLE_H
#define MXC_OUTPUT_TABLE_H

#include "output/adoption.h"
#include "scanner/base/buf.h"

/* heading: what run this is, a line of text; what of it is no printable text is shown as \xNN. */
void table_print(const struct adoption *a, const char *heading, struct buf *out);

#endif
