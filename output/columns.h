/* columns: which cells of a record go to CSV, a table for each kind. Pure. */
#ifndef MXC_OUTPUT_COLUMNS_H
#define MXC_OUTPUT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/base/csv.h"
#include "scanner/base/json_read.h"
#include "scanner/queue/queue.h"

enum column_form {
    COLUMN_PLAIN, /* text, number, true or false; elements of an array with a space between */
    COLUMN_JSON,  /* as JSON: its texts may hold spaces */
    COLUMN_HOSTS, /* MX targets: "10 mx1.example.com; 20 mx2.example.com" */
    COLUMN_INPUT  /* stands for one column for each further column of the list */
};

struct column {
    const char *path; /* members, a dot between; the column's name has underscores there */
    enum column_form form;
};

extern const struct column *const columns_of[KIND_COUNT]; /* each ends with a path NULL */
extern const struct column columns_joined[]; /* what a row of the joined view begins with */

/* input: the further columns of the list. */
void columns_header(struct csv_writer *w, const struct column *columns, const char *const *input,
                    size_t input_count);
/* Is there a column of this name. */
bool columns_have(const struct column *columns, const char *name);
void columns_row(struct csv_writer *w, const struct column *columns, const char *const *input,
                 size_t input_count, const struct json *record);

#endif
