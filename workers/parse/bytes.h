/* bytes: a piece of somebody else's memory, and the few questions every parser asks of one.
 * Data of strangers: any byte may stand in it, NUL too. Owns nothing. */
#ifndef MXC_PARSE_BYTES_H
#define MXC_PARSE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

struct bytes {
    const char *data; /* may be NULL where len is 0 */
    size_t len;
};

struct bytes bytes_of(const char *text); /* up to its NUL */
bool bytes_same(struct bytes a, struct bytes b);
bool bytes_equal(struct bytes b, const char *text);
bool bytes_equal_nocase(struct bytes b, const char *text); /* ASCII letters only */
bool bytes_begin(struct bytes b, const char *prefix);
bool bytes_begin_nocase(struct bytes b, const char *prefix);
bool bytes_have(struct bytes b, char c);
bool bytes_printable(struct bytes b);    /* only %x20-7E; an empty one is */
struct bytes bytes_trim(struct bytes b); /* without WSP (SP, HTAB) at both ends */
struct bytes bytes_slice(struct bytes b, size_t from, size_t to); /* [from, to) */

/* The piece before the first separator of *rest, which goes on behind it. False at the end: a
 * string with n separators gives n+1 pieces, each of which may be empty. Start with *rest the
 * whole; *rest.data is NULL after the last piece. */
bool bytes_split(struct bytes *rest, char separator, struct bytes *piece);

bool ascii_is_alpha(char c); /* these three know no locale */
bool ascii_is_digit(char c);
char ascii_lower(char c);

#endif
