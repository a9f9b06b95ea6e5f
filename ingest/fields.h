/* fields: one row of a delimited list cut into its cells (RFC 4180, with any delimiter). */
#ifndef MXC_INGEST_FIELDS_H
#define MXC_INGEST_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/buf.h"

#define FIELDS_MAX 128 /* columns; what stands behind them is dropped */

struct field {
    const char *text; /* in the row, or unquoted in scratch */
    size_t len;
};

/* Where the row at text ends, a line end inside a quoted cell being text (RFC 4180 §2.6): the
 * offset of its '\n'; len where there is none; len + 1 where a quote is open at the end. */
size_t fields_row_end(const char *text, size_t len, char delimiter);

/* The cells of row[0..len): their number. With delimiter '\0' the row is one cell. Lives until
 * scratch is used again. */
size_t fields_split(const char *row, size_t len, char delimiter, struct buf *scratch,
                    struct field fields[FIELDS_MAX]);

/* The whole number in a cell, 18 digits at most, white space around it dropped; UINT64_MAX: none.
 */
uint64_t fields_number(const struct field *f);
bool fields_blank(const struct field *f); /* nothing but white space */

#endif
