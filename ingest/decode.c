#include "ingest/decode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "scanner/base/memory.h"

enum { IN_SIZE = 128 << 10 };

struct decode {
    int fd;
    EVP_MD_CTX *digest;
    const struct packing *packing;
    const char *error;
    char *in;
    size_t in_at, in_len;
    bool in_ended, ended;
    z_stream inflater;
    ZSTD_DStream *unzstd;
    bool in_frame; /* zstd: the input may not end here */
};

static ssize_t fail(struct decode *d, const char *error)
{
    d->error = error;
    return -1;
}

/* ---- bytes of the file ---- */

static bool in_fill(struct decode *d)
{
    while (d->in_len < IN_SIZE && !d->in_ended) {
        ssize_t n = read(d->fd, d->in + d->in_len, IN_SIZE - d->in_len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(d, strerror(errno)), false;
        if (n == 0)
            d->in_ended = true;
        else if (EVP_DigestUpdate(d->digest, d->in + d->in_len, (size_t)n) != 1)
            return fail(d, "cannot be hashed"), false;
        d->in_len += (size_t)n;
        if (n > 0 &&
            d->in_len >= 512) /* enough to know a packing by: do not wait for a slow pipe */
            break;
    }
    return true;
}

/* Bytes at d->in + d->in_at, at least so many; fewer at the end of the file, 0 on an error. */
static size_t in_bytes(struct decode *d, size_t least)
{
    size_t left = d->in_len - d->in_at;

    if (left < least) {
        memmove(d->in, d->in + d->in_at, left);
        d->in_at = 0;
        d->in_len = left;
        if (!in_fill(d))
            return 0;
    }
    return d->in_len - d->in_at;
}

/* ---- packings ---- */

static ssize_t plain_read(struct decode *d, char *out, size_t room)
{
    size_t n = in_bytes(d, 1);

    if (n > room)
        n = room;
    if (n > 0)
        memcpy(out, d->in + d->in_at, n);
    d->in_at += n;
    return d->error != NULL ? -1 : (ssize_t)n;
}

static bool inflate_start(struct decode *d, int window_bits)
{
    if (inflateInit2(&d->inflater, window_bits) != Z_OK)
        return fail(d, "cannot be decompressed"), false;
    return true;
}

static bool gzip_start(struct decode *d)
{
    return inflate_start(d, 15 + 16); /* the gzip wrapper alone */
}

/* A member may be followed by another: then go on; anything else behind it is ignored, as gzip
 * does. */
static bool gzip_goes_on(struct decode *d)
{
    if (in_bytes(d, 2) < 2 || memcmp(d->in + d->in_at, "\x1f\x8b", 2) != 0)
        return false;
    return inflateReset(&d->inflater) == Z_OK;
}

static ssize_t inflate_read(struct decode *d, char *out, size_t room, bool members)
{
    z_stream *z = &d->inflater;

    z->next_out = (Bytef *)out;
    z->avail_out = (uInt)room;
    while (z->avail_out == room && !d->ended) {
        int status;

        z->avail_in = (uInt)in_bytes(d, 1);
        if (d->error != NULL)
            return -1;
        if (z->avail_in == 0)
            return fail(d, "ends in the middle of its compressed data: is the download complete?");
        z->next_in = (Bytef *)d->in + d->in_at;
        status = inflate(z, Z_NO_FLUSH);
        d->in_at = d->in_len - z->avail_in;
        if (status == Z_STREAM_END)
            d->ended = !members || !gzip_goes_on(d);
        else if (status != Z_OK)
            return fail(d, "has corrupt compressed data");
    }
    return (ssize_t)(room - z->avail_out);
}

static ssize_t gzip_read(struct decode *d, char *out, size_t room)
{
    return inflate_read(d, out, room, true);
}

/* Local file header (APPNOTE 4.3.7): 30 bytes, of which method at 8, lengths of name and extra at
 * 26 and 28. */
static bool zip_start(struct decode *d)
{
    const unsigned char *h = (const unsigned char *)d->in;
    size_t header;

    if (d->in_len < 30 || h[8] != 8 || h[9] != 0 || (h[6] & 1) != 0)
        return fail(d, "is a zip archive of an unusual kind: unpack it first"), false;
    header = 30u + h[26] + 256u * h[27] + h[28] + 256u * h[29];
    if (header > d->in_len)
        return fail(d, "is a zip archive of an unusual kind: unpack it first"), false;
    d->in_at = header;
    return inflate_start(d, -15); /* raw deflate */
}

static ssize_t zip_read(struct decode *d, char *out, size_t room)
{
    return inflate_read(d, out, room, false);
}

static bool zstd_start(struct decode *d)
{
    d->unzstd = ZSTD_createDStream();
    if (d->unzstd == NULL)
        return fail(d, "cannot be decompressed"), false;
    return true;
}

static ssize_t zstd_read(struct decode *d, char *out, size_t room)
{
    ZSTD_outBuffer to = { out, room, 0 };

    while (to.pos == 0) {
        size_t status, len = in_bytes(d, 1);
        ZSTD_inBuffer from = { d->in + d->in_at, len, 0 };

        if (d->error != NULL)
            return -1;
        if (from.size == 0 && !d->in_frame)
            return 0;
        status = ZSTD_decompressStream(d->unzstd, &to, &from);
        d->in_at += from.pos;
        if (ZSTD_isError(status))
            return fail(d, "has corrupt compressed data");
        d->in_frame = status != 0;
        if (from.size == 0 && to.pos == 0)
            return fail(d, "ends in the middle of its compressed data: is the download complete?");
    }
    return (ssize_t)to.pos;
}

static const struct packing {
    const char *magic;
    size_t len;
    const char *refusal;
    bool (*start)(struct decode *d);
    ssize_t (*read)(struct decode *d, char *out, size_t room);
} packings[] = {
    { "\x1f\x8b", 2, NULL, gzip_start, gzip_read },
    { "\x28\xb5\x2f\xfd", 4, NULL, zstd_start, zstd_read },
    { "PK\x03\x04", 4, NULL, zip_start, zip_read },
    { "\xfd\x37zXZ", 5, "is xz: pipe it in, `xz -dc FILE | mxcensus run -`", NULL, NULL },
    { "BZh", 3, "is bzip2: pipe it in, `bzip2 -dc FILE | mxcensus run -`", NULL, NULL },
    { "SQLite format 3", 15, "is a database: export the names as text first", NULL, NULL },
    { "PAR1", 4, "is Parquet: export it as CSV first", NULL, NULL },
    { "\xff\xfe", 2, "is UTF-16: convert it, `iconv -f UTF-16 -t UTF-8`", NULL, NULL },
    { "\xfe\xff", 2, "is UTF-16: convert it, `iconv -f UTF-16 -t UTF-8`", NULL, NULL },
    { "", 0, NULL, NULL, plain_read },
};

static const struct packing *packing_of(const struct decode *d)
{
    const struct packing *p = packings;

    while (d->in_len < p->len || memcmp(d->in, p->magic, p->len) != 0)
        p++;
    return p;
}

struct decode *decode_open(const char *path, EVP_MD_CTX *digest)
{
    struct decode *d = memory_alloc(sizeof(*d));
    struct stat st;

    d->digest = digest;
    d->in = memory_alloc(IN_SIZE);
    d->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (d->fd < 0) {
        fail(d, strerror(errno));
    } else if (fstat(d->fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        fail(d, "is a directory: name the list in it");
    } else if (in_fill(d)) {
        d->packing = packing_of(d);
        if (d->packing->refusal != NULL)
            fail(d, d->packing->refusal);
        else if (d->packing->start != NULL)
            d->packing->start(d);
    }
    return d;
}

void decode_close(struct decode *d)
{
    if (d == NULL)
        return;
    if (d->fd > STDERR_FILENO)
        close(d->fd);
    inflateEnd(&d->inflater);
    ZSTD_freeDStream(d->unzstd);
    free(d->in);
    free(d);
}

ssize_t decode_read(struct decode *d, char *out, size_t room)
{
    if (d->error != NULL)
        return -1;
    return d->packing->read(d, out, room);
}

const char *decode_error(const struct decode *d)
{
    return d->error;
}
