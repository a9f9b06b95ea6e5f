/* spool: names in, each once and in the order of a keyed hash (SipHash-2-4, so that nobody who
 * writes a list can steer it) out, in bounded memory. Records gather in a buffer of 8 MiB; when it
 * is full they go to one file for each of 1024 ranges of the hash. At the end each range is sorted,
 * deduplicated and written as job lines, one after another: so the order does not depend on
 * whether, or when, the buffer was full.
 *
 * Memory: two buffers of 8 MiB while names come in; then one range, about 1/1024 of the list. */
#ifndef MXC_INGEST_SPOOL_H
#define MXC_INGEST_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_KEY_SIZE 16 /* crypto_shorthash_KEYBYTES */

/* By this the order of a spool goes. */
uint64_t spool_hash(const uint8_t key[SPOOL_KEY_SIZE], const char *name, size_t len);

struct spool;
struct spool_result {
    uint64_t accepted, duplicates;
    uint64_t bytes; /* of job lines */
};

/* folder exists and is empty. */
struct spool *spool_new(const char *folder, const uint8_t key[SPOOL_KEY_SIZE]);
void spool_free(struct spool *s);

/* One clean name. rank: UINT64_MAX for none. input: a JSON object, or NULL. The lowest rank of a
 * name wins, of equal ranks the first. 0 or -errno. */
int spool_add(struct spool *s, const char *name, size_t name_len, uint64_t rank, const char *input,
              size_t input_len);

/* Write FOLDER/jobs (lines of JSON) and FOLDER/index (where each batch of `batch` lines begins, and
 * the end of the last: 16 hexadecimal digits a line), both fsynced. stop: asked now and then;
 * -EINTR when it says so. 0 or -errno. */
int spool_finish(struct spool *s, unsigned batch, bool (*stop)(void), struct spool_result *result);

#define SPOOL_INDEX_ENTRY ((size_t)17) /* 16 digits and a line end */

#endif
