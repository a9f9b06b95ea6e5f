/* fields: one row of a delimited list cut into its cells (RFC 4180, with any delimiter). */
#ifndef MXC_INGEST_FIELDS_H
#define MXC_INGEST_FIELDS_H

#include <stddef.h>

#include "scanner/base/buf.h"

#define FIELDS_MAX 128 /* columns; what stands behind them is dropped */

struct field {
    const char *text; /* in the row, or unquoted in scratch */
    size_t len;
};

/* The cells of row[0..len): their number. With delimiter '\0' the row is one cell. Lives until
 * scratch is used again. */
size_t fields_split(const char *row, size_t len, char delimiter, struct buf *scratch,
                    struct field fields[FIELDS_MAX]);

#endif
