/* stream: the lines of a list file, in bounded memory: a line of a gigabyte is one line that is too
 * long. */
#ifndef MXC_INGEST_STREAM_H
#define MXC_INGEST_STREAM_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_LINE_MAX (64u << 10)

struct stream;
struct stream_line {
    const char
        *text; /* without line end; lives until the next call; of a too long line the beginning */
    size_t len;
    uint64_t number; /* from 1; of its first line where quotes join several */
    bool too_long;   /* more than STREAM_LINE_MAX bytes */
    bool open_quote; /* a quoted cell that does not end within STREAM_LINE_MAX: only the first line
                        of it */
};

struct stream *stream_open(const char *path, EVP_MD_CTX *digest); /* as decode_open() */
void stream_close(struct stream *s);
const char *stream_error(const struct stream *s);

/* The first bytes, up to STREAM_LINE_MAX, without taking them. A byte order mark is gone. */
size_t stream_peek(struct stream *s, const char **text);

/* The next line; false at the end, or where stream_error() says why. With a delimiter, a line end
 * inside a quoted cell (RFC 4180 §2.6) does not end the line; '\0': quotes mean nothing. */
bool stream_next(struct stream *s, char delimiter, struct stream_line *line);
uint64_t stream_lines(const struct stream *s); /* passed, a last one without an end too */

#endif
