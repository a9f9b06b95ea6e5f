/* text_file: a file of lines that an option names: options, resolvers, selectors, those who opted
 * out. Read whole, or refused: what stands behind a NUL byte, or a ceiling, is not lost in silence.
 */
#ifndef MXC_BASE_TEXT_FILE_H
#define MXC_BASE_TEXT_FILE_H

#include <stddef.h>

/* Its text, NUL-terminated and without a byte order mark; free() it. NULL and *fault, in words that
 * follow the file's name, where it cannot be read, is larger than most bytes or holds a NUL. */
char *text_file_read(const char *path, size_t most, const char **fault);

/* The line at *rest, NUL-terminated in place, without its end (LF or CRLF); *rest goes behind it.
 * NULL at the end. */
char *text_file_line(char **rest);

#endif
