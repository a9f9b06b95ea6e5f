/* config: a file of options, one a line: NAME VALUE, NAME = VALUE, or the name of a flag alone; the
 * dashes of the command line may stand before a name. '#' begins a comment, at the start of a line
 * and behind white space. A value in quotes ("" or '') is what stands between them. UTF-8 or ASCII,
 * with a byte order mark or none, LF or CRLF. What is not understood is refused: no option is half
 * read. */
#ifndef MXC_SCANNER_CONFIG_H
#define MXC_SCANNER_CONFIG_H

#include <stdbool.h>

/* One option; value is NULL where its name stands alone, where is "FILE:LINE: ". False, after one
 * line on standard error, where it cannot be taken. */
typedef bool config_cb(void *context, const char *name, const char *value, const char *where);

/* An exit status: EXIT_INPUT where the file cannot be read, EXIT_USAGE where a line of it cannot be
 * understood, each after one line on standard error. */
int config_read(const char *path, config_cb *each, void *context);

#endif
