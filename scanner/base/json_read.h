/* json_read: one JSON text (RFC 8259) into a tree in an arena, by yajl's SAX parser.
 * Strings are unescaped, NUL-terminated and may hold NUL (\u0000): use len. A tree is at most 64
 * deep. Every getter takes a NULL node and then answers as for a missing member, so that paths
 * chain: json_string(json_get(json_get(record, "mx"), "verdict")) */
#ifndef MXC_BASE_JSON_READ_H
#define MXC_BASE_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/arena.h"

enum json_type { JSON_NULL, JSON_BOOL, JSON_INT, JSON_REAL, JSON_STRING, JSON_OBJECT, JSON_ARRAY };

struct json {
    enum json_type type;
    uint32_t key_len, len; /* of key; of a string in bytes, of an array or object in elements */
    const char *key;       /* NULL outside an object */
    union {
        int64_t integer;
        double real;
        bool boolean;
        const char *string;
        struct json *child; /* first element */
    };
    struct json *next; /* in the same array or object */
};

/* The tree, in the arena; NULL when text is not exactly one JSON value. */
struct json *json_parse(struct arena *arena, const char *text, size_t len);
/* The same for records and what is judged like them, where an escape \u0080 to \u00ff stands for
 * one byte of a stranger's (json_write.h), and so a string need not be UTF-8: what was written
 * comes back byte for byte. Text that stands there unescaped is UTF-8. */
struct json *json_parse_bytes(struct arena *arena, const char *text, size_t len);

const struct json *json_get(const struct json *object, const char *key); /* NULL if none */
const char *json_string(const struct json *node);                        /* NULL if no string */
const char *json_get_string(const struct json *object, const char *key); /* both in one */
int64_t json_get_int(const struct json *object, const char *key, int64_t otherwise);
bool json_get_bool(const struct json *object, const char *key, bool otherwise);
const struct json *
json_first(const struct json *container); /* for (n = json_first(a); n; n = n->next) */
bool json_is(const struct json *node, const char *string); /* is a string equal to it */

#endif
