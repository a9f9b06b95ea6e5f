/* print: what a command says on a stream (standard output), and whether it got there. A reader that
 * has enough and goes, as head does, is no error: the process ends as SIGPIPE ends any other, with
 * nothing said. */
#ifndef MXC_BASE_PRINT_H
#define MXC_BASE_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* False where they could not be written; print_end() knows why. */
bool print_bytes(FILE *out, const char *data, size_t len);
bool print_flush(FILE *out);

/* Is all of it written, by whatever function. An exit status: EXIT_OK, or EXIT_DISK after one line
 * on standard error. It does not return where the reader is gone. */
int print_end(FILE *out);

#endif
