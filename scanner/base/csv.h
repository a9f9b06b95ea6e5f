/* csv: rows of RFC 4180 into a buf, one cell after another. Texts are data of strangers: control
 * characters and bytes that are no UTF-8 become \xNN, and a cell that a spreadsheet would run as a
 * formula (= + - @ in front) gets an apostrophe in front of it. */
#ifndef MXC_BASE_CSV_H
#define MXC_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/buf.h"

struct csv_writer {
    struct buf *out;
    bool comma; /* the next cell of this row needs one */
};

void csv_writer_init(struct csv_writer *w, struct buf *out);
void csv_bytes(struct csv_writer *w, const void *text, size_t len);
void csv_string(struct csv_writer *w, const char *text); /* NULL: empty cell */
void csv_uint(struct csv_writer *w, uint64_t n);
void csv_double(struct csv_writer *w, double x,
                unsigned digits); /* behind the point; not finite: empty cell */
void csv_end_row(struct csv_writer *w);

/* Each a cell. */
void csv_strings(struct csv_writer *w, const char *const *texts, size_t count);

/* One more column behind the last, of a CSV that is all there: its name in the first row, the same
 * text in every other. */
void csv_add_column(struct buf *csv, const char *name, const char *text);

#endif
