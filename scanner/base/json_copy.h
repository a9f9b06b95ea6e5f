/* json_copy: a tree that was read, written again. */
#ifndef MXC_BASE_JSON_COPY_H
#define MXC_BASE_JSON_COPY_H

#include "scanner/base/json_read.h"
#include "scanner/base/json_write.h"

/* The value of n under this key (not its own); key NULL: in an array, or the outermost. */
void json_copy(struct json_writer *w, const char *key, const struct json *n);

#endif
