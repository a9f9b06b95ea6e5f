/* wire_name: domain names as they stand in DNS messages (RFC 1035 §3.1, §4.1.4), and as text.
 * Pure. An uncompressed name is 1 to 255 bytes and ends in the root label. */
#ifndef MXC_WORKERS_DNS_WIRE_NAME_H
#define MXC_WORKERS_DNS_WIRE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_NAME_MAX 255
#define WIRE_NAME_TEXT_SIZE 1004 /* 250 bytes as \DDD, three dots and a NUL */

/* Text to wire form: escapes \DDD and \X, one trailing dot allowed, "." is the root. The length;
 * 0 when it is no name: empty, an empty label, a label over 63, over 255 bytes, a bad escape. */
size_t wire_name_parse(const char *text, uint8_t out[WIRE_NAME_MAX]);

/* An uncompressed name as text, in lower case, no trailing dot, "." for the root. Dot and
 * backslash inside a label become \X, bytes outside of 0x21 to 0x7e \DDD. Its length. */
size_t wire_name_print(const uint8_t *name, char out[WIRE_NAME_TEXT_SIZE]);

size_t wire_name_length(const uint8_t *name);
bool wire_name_equal(const uint8_t *a, const uint8_t *b); /* RFC 4343: ASCII case is no matter */

/* A message under the cursor of a parser. A pointer must lead strictly backward, a name may have
 * at most 64 of them, and all the bytes walked through pointers come out of one allowance: a
 * message of 64 KiB made of pointers is given up within a fraction of a millisecond. */
struct wire_message {
    const uint8_t *data;
    size_t len;
    size_t allowance; /* bytes of names that may still be walked */
};
#define WIRE_ALLOWANCE ((size_t)256 * 1024)

/* Each returns the offset behind the name at `at`, or 0 when there is no proper name. */
size_t wire_name_skip(const struct wire_message *m, size_t at); /* follows no pointer */
size_t wire_name_read(struct wire_message *m, size_t at, uint8_t out[WIRE_NAME_MAX]);
size_t wire_name_compare(struct wire_message *m, size_t at, const uint8_t *name, bool *equal);

#endif
