/* decode: the bytes of a list file, whatever it is packed in: plain, gzip (RFC 1952), zstd (RFC
 * 8878), or the first member of a zip archive, told apart by their magic numbers. Memory is
 * bounded: 128 KiB and the decompressor's window (at most 128 MiB, asked for by the file; 8 MiB in
 * all but the rarest). */
#ifndef MXC_INGEST_DECODE_H
#define MXC_INGEST_DECODE_H

#include <openssl/evp.h>
#include <sys/types.h>

struct decode;

/* path, or "-" for standard input. Everything read goes into digest as it is. Never NULL: see
 * decode_error(). */
struct decode *decode_open(const char *path, EVP_MD_CTX *digest);
void decode_close(struct decode *d);

/* Up to room bytes of content: their number, 0 at the end, -1 when it cannot be read further. */
ssize_t decode_read(struct decode *d, char *out, size_t room);

/* What is wrong and what to do, in words that follow the file's name; NULL while nothing is. */
const char *decode_error(const struct decode *d);

#endif
