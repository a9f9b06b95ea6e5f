/* record: one name on its way through the spool, in a buffer of records: fixed part, name, input;
 * padded to 8 bytes. Never leaves the machine, nor outlives the making of the spool. */
#ifndef MXC_INGEST_RECORD_H
#define MXC_INGEST_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record {
    uint64_t hash, rank;
    uint32_t input_len;
    uint16_t name_len;
    char text[]; /* name, then input */
};
struct record_ref {
    uint64_t hash;
    size_t offset;
};

size_t record_size_for(size_t name_len, size_t input_len);
size_t record_size(const struct record *r);
const struct record *record_at(const char *data, size_t offset);
void record_put(char *at, uint64_t hash, uint64_t rank, const char *name, size_t name_len,
                const char *input, size_t input_len);

/* The records of data[0..len) by hash, then name, then rank, then place. free() them. */
struct record_ref *record_sort(const char *data, size_t len, size_t *count);
bool record_same(const char *data, const struct record_ref *a,
                 const struct record_ref *b); /* name */

#endif
