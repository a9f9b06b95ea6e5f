/* buf: bytes that grow to a ceiling. The first append that would pass the ceiling changes nothing
 * but sets `failed`, which sticks, so that a writer checks once at its end. */
#ifndef MXC_BASE_BUF_H
#define MXC_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* not NUL-terminated; NULL while empty */
    size_t len, cap, ceiling;
    bool failed;
};

#define BUF_NO_CEILING ((size_t)-1)

void buf_init(struct buf *b, size_t ceiling);
bool buf_append(struct buf *b, const void *data, size_t len);
bool buf_string(struct buf *b, const char *s);
bool buf_byte(struct buf *b, char c);
bool buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *buf_reserve(struct buf *b,
                  size_t len); /* room for len more bytes at data+len; NULL past the ceiling */
void buf_consume(struct buf *b, size_t len); /* drop the first len bytes */
void buf_reset(struct buf *b);               /* len = 0, failed = false, memory kept */
void buf_free(struct buf *b);

#endif
