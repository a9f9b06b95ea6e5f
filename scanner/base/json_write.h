/* json_write: JSON (RFC 8259) text into a buf, one value after another; commas are its own affair.
 * Strings are data of strangers: valid UTF-8 goes through, control characters (C0, DEL and C1)
 * become \u00XX, and so does each byte that is not UTF-8. The result is valid UTF-8 without raw
 * controls. Above \u007f an escape always stands for one byte, so that nothing is lost:
 * json_parse_bytes() gives the very bytes back. */
#ifndef MXC_BASE_JSON_WRITE_H
#define MXC_BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/buf.h"

struct json_writer {
    struct buf *out;
    bool comma; /* the next value in this container needs one */
};

void json_writer_init(struct json_writer *w, struct buf *out);

/* key is NULL inside an array and for the outermost value. */
void json_open_object(struct json_writer *w, const char *key);
void json_close_object(struct json_writer *w);
void json_open_array(struct json_writer *w, const char *key);
void json_close_array(struct json_writer *w);
void json_write_bytes(struct json_writer *w, const char *key, const void *s, size_t len);
void json_write_string(struct json_writer *w, const char *key, const char *s); /* NULL: null */
/* An array of count of them. */
void json_write_strings(struct json_writer *w, const char *key, const char *const *texts,
                        size_t count);
void json_write_int(struct json_writer *w, const char *key, int64_t n);
void json_write_double(struct json_writer *w, const char *key,
                       double x); /* %.17g; not finite: null */
void json_write_bool(struct json_writer *w, const char *key, bool b);
void json_write_null(struct json_writer *w, const char *key);

#endif
