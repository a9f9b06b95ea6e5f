/* file: small files, whole.
 *
 * file_replace() puts new bytes in a file's place so that a reader finds the old ones or the new
 * ones, all of them, whatever is killed and wherever the power fails:
 *   1 NAME.new is written beside    a full disk is found here, where nothing is at stake
 *   2 it is fsynced                 or the disk may take the new name before the bytes behind it
 *   3 it is renamed to NAME         the one change of a file that is whole or not there
 *   4 the folder is fsynced         the new name is on disk when the folder is: from here on what
 *                                   the file says may be relied on, and what it replaces forgotten
 * What fails before 3 leaves the old file as it was, and nothing beside it. A symbolic link in the
 * place of NAME.new is not followed: in a folder of somebody else's it may lead to any file of
 * ours.
 *
 * What can fail returns 0 or -errno, unless it says otherwise. */
#ifndef MXC_BASE_FILE_H
#define MXC_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "scanner/base/buf.h"

char *file_path(const char *folder, const char *name); /* "folder/name"; free() it */

#define FILE_READ_BYTES ((size_t)64 << 10)

/* All of it behind what is in out; -EFBIG where that comes within FILE_READ_BYTES of out's ceiling.
 */
int file_read(const char *path, struct buf *out);

/* name is a constant of the program. *in_doubt, where it is asked for: was it an fsync that failed.
 * The kernel may have dropped what it could not write, and say at a second fsync that all is well.
 */
int file_replace(const char *folder, const char *name, const void *data, size_t len,
                 bool *in_doubt);
/* For a program that is started next: written anew, no fsync. Read by its owner alone. */
int file_create(const char *path, const void *data, size_t len);

/* The same in steps, for what is too large for a buf: written, finished, renamed. */
int file_write(int fd, const void *data, size_t len); /* all of it */
/* fsync, unless status says that it failed before this, and close in any case. The first failure.
 */
int file_finish(int fd, int status);
int file_rename(const char *folder, const char *from, const char *to); /* steps 3 and 4 */
int file_keep_name(const char *path); /* step 4 alone, of a folder that was made or renamed */

#endif
