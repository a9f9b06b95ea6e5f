/* list: a list file as a sequence of clean names and of lines that are none. */
#ifndef MXC_INGEST_LIST_H
#define MXC_INGEST_LIST_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/buf.h"
#include "scanner/base/name.h"

#define LIST_NO_RANK UINT64_MAX

struct list;
struct list_item {
    const char *
        reason; /* NULL: a name; else why there is none: name_fault_name() or one of list.c's own */
    char name[NAME_SIZE];
    size_t name_len;
    uint64_t rank;  /* LIST_NO_RANK: none */
    bool rank_lost; /* something stands where the rank should, and is no number */
    const char
        *input; /* further cells, not empty: a JSON object; NULL: none. Lives until the next call */
    size_t input_len;
    uint64_t line;    /* from 1 */
    const char *text; /* the line, for those who reject it; lives until the next call */
    size_t text_len;
};

struct list *list_open(const char *path, EVP_MD_CTX *digest); /* never NULL: see list_error() */
void list_close(struct list *l);

bool list_next(struct list *l, struct list_item *item); /* false at the end or on an error */
const char *list_error(const struct list *l); /* words that follow the file's name, or NULL */
uint64_t list_lines(const struct list *l);    /* read so far */
void list_describe(const struct list *l, struct buf *out); /* format_describe() */

/* The columns that hold names, where no header says which is meant, and from 1 that which is taken;
 * 0: none is to be told. */
size_t list_name_columns(const struct list *l, size_t *taken);

/* Name of the column-th column that is kept as input; NULL past the last. */
const char *list_column(const struct list *l, size_t column);

#endif
