/* run_directory: the folder that holds a run, and the lock by which one process works on it. */
#ifndef MXC_SCANNER_RUN_DIRECTORY_H
#define MXC_SCANNER_RUN_DIRECTORY_H

#include <stdbool.h>

/* Does nothing, or an empty folder, stand there. */
bool run_directory_is_free(const char *path);

/* Make path (parents too) for a new run and lock it. The lock's descriptor, or -1 after one line on
 * standard error: it exists and is not empty, cannot be made, or cannot be locked. */
int run_directory_create(const char *path);

/* Lock a run that exists. -1 after one line on standard error: it is missing, is none, or is in
 * use. */
int run_directory_open(const char *path);

/* Does another process work on it. */
bool run_directory_in_use(const char *path);

/* Is there no room on its disk, or less than anything of use. */
bool run_directory_is_full(const char *path);

/* Remove a folder of the run with all in it (the spool, the private Redis). Symbolic links are
 * removed, not followed. Errors are ignored: what stays is in nobody's way. */
void run_directory_remove(const char *directory, const char *folder);

#endif
