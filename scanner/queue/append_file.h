/* append_file: the append-only file of a private Redis, as a crash leaves it.
 *
 * Redis (7.0) cuts off a half-written command when it loads the file, but keeps the beginning of
 * the transaction in which that stood: "MULTI" without its "EXEC". What is appended then runs into
 * it, and at the next load half a call of our library is carried out. So the whole transaction is
 * cut off before Redis sees the file: nobody was told that it is done. */
#ifndef MXC_QUEUE_APPEND_FILE_H
#define MXC_QUEUE_APPEND_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pure: how much of a file's bytes is to be kept: len, or less where it ends inside a transaction.
 * Half a command outside of one is left to Redis. */
size_t append_file_whole(const uint8_t *data, size_t len);

/* Cut the last file that the manifest in this directory of a Redis names, and fsync it. False,
 * with errno, when it could not be read or cut; true also when there is none. To be called while
 * no server is there; reads it once (a GB a second). */
bool append_file_mend(const char *directory);

#endif
