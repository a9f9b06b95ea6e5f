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
    COLUMN_JSON,  /* as JSON: its texts may hold spaces, or [] is not nothing */
    COLUMN_HOSTS, /* MX targets: "10 mx1.example.com; 20 mx2.example.com" */
    COLUMN_INPUT, /* stands for one column for each further column of the list */
    /* Made of what stands beside: the last member of the path is the column's own name. */
    COLUMN_NS_DOMAINS,     /* registrable domains of the name servers, each once */
    COLUMN_DKIM_COUNT,     /* keys that are valid and not revoked; nothing where that is unknown */
    COLUMN_DKIM_SELECTORS, /* theirs; "*" for all that a wildcard answers */
    COLUMN_DKIM_RSA_BITS,  /* of the weakest of them that is RSA */
    COLUMN_FORM_COUNT
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
