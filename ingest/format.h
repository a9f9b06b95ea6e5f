/* format: how a list is laid out, found from its first lines: by the names in a header, else by the
 * shape of what stands in its columns. Pure. */
#ifndef MXC_INGEST_FORMAT_H
#define MXC_INGEST_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "ingest/fields.h"

#define FORMAT_NONE ((size_t)-1)

struct format {
    bool zone;                         /* master file; nothing else below counts */
    char delimiter;                    /* '\0': one name a line */
    bool header;                       /* the first line that is no comment names the columns */
    size_t domain_column, rank_column; /* rank_column: FORMAT_NONE where there is none */
    size_t column_count;               /* 0 with one name a line */
    size_t name_columns; /* in which most rows hold a name, where no header says which is meant */
    char *columns[FIELDS_MAX]; /* names of the others, "col3" where there is none; NULL: not kept;
                                  owned */
};

/* sample: the first bytes of the list, whole where the list is no longer. */
void format_find(struct format *f, const char *sample, size_t len);
/* How a list is read and what would have it read otherwise, in words that follow "read as". */
void format_describe(const struct format *f, struct buf *out);
void format_free(struct format *f);

bool format_is_comment(const struct format *f, const char *line, size_t len); /* or blank */

#endif
