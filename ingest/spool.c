#include "ingest/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/record.h"
#include "ingest/writer.h"
#include "scanner/base/file.h"
#include "scanner/base/memory.h"

enum { BUFFER = 8 << 20, RANGE_BITS = 10, RANGES = 1 << RANGE_BITS, RECENT = 1 << 16 };

struct spool {
    char *folder;
    uint8_t key[SPOOL_KEY_SIZE];
    char *data; /* records, one after another */
    size_t len;
    bool ranged; /* there are range files: the buffer was full once */
    uint64_t duplicates;
    /* Names seen lately, by hash: a name that comes a million times would else make its range as
     * large. */
    struct {
        uint64_t hash, rank;
    } * recent;
};

uint64_t spool_hash(const uint8_t key[SPOOL_KEY_SIZE], const char *name, size_t len)
{
    uint64_t hash;

    crypto_shorthash_siphash24((unsigned char *)&hash, (const unsigned char *)name, len, key);
    return hash;
}

struct spool *spool_new(const char *folder, const uint8_t key[SPOOL_KEY_SIZE])
{
    struct spool *s = memory_alloc(sizeof(*s));

    s->folder = memory_strdup(folder);
    memcpy(s->key, key, SPOOL_KEY_SIZE);
    s->data = memory_grow(NULL, BUFFER, 1);
    s->recent = memory_alloc(RECENT * sizeof(*s->recent));
    return s;
}

void spool_free(struct spool *s)
{
    if (s == NULL)
        return;
    free(s->folder);
    free(s->data);
    free(s->recent);
    free(s);
}

static void range_path(const struct spool *s, size_t range, char *path, size_t size)
{
    snprintf(path, size, "%s/range.%04zu", s->folder, range);
}

static int range_append(const struct spool *s, size_t range, const char *data, size_t len)
{
    char path[4096];
    int fd, status;

    range_path(s, range, path, sizeof(path));
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    status = file_write(fd, data, len);
    if (close(fd) != 0 && status == 0) /* NFS, and a quota, may tell but now */
        status = -errno;
    return status;
}

static size_t range_of(const struct record *r)
{
    return r->hash >> (64 - RANGE_BITS);
}

/* Empty the buffer into the range files: a counting sort by range, then one append to each. */
static int flush(struct spool *s)
{
    size_t start[RANGES + 1] = { 0 }, at[RANGES];
    char *sorted = memory_grow(NULL, BUFFER, 1);
    int status = 0;

    for (size_t i = 0; i < s->len; i += record_size(record_at(s->data, i)))
        start[range_of(record_at(s->data, i)) + 1] += record_size(record_at(s->data, i));
    for (size_t r = 0; r < RANGES; r++) {
        at[r] = start[r];
        start[r + 1] += start[r];
    }
    for (size_t i = 0; i < s->len; i += record_size(record_at(s->data, i))) {
        const struct record *r = record_at(s->data, i);

        memcpy(sorted + at[range_of(r)], r, record_size(r));
        at[range_of(r)] += record_size(r);
    }
    for (size_t r = 0; r < RANGES && status == 0; r++)
        if (start[r + 1] > start[r])
            status = range_append(s, r, sorted + start[r], start[r + 1] - start[r]);
    free(sorted);
    s->len = 0;
    s->ranged = true;
    return status;
}

static bool seen_lately(struct spool *s, uint64_t hash, uint64_t rank)
{
    size_t slot = hash % RECENT;

    if (s->recent[slot].hash == hash && s->recent[slot].rank <= rank)
        return true;
    s->recent[slot].hash = hash;
    s->recent[slot].rank = rank;
    return false;
}

int spool_add(struct spool *s, const char *name, size_t name_len, uint64_t rank, const char *input,
              size_t input_len)
{
    size_t size = record_size_for(name_len, input_len);
    uint64_t hash = spool_hash(s->key, name, name_len);

    if (seen_lately(s, hash, rank)) {
        s->duplicates++;
        return 0;
    }
    if (s->len + size > BUFFER) {
        int status = flush(s);

        if (status != 0)
            return status;
    }
    record_put(s->data + s->len, hash, rank, name, name_len, input, input_len);
    s->len += size;
    return 0;
}

/* ---- the end: sorted, deduplicated, as job lines ---- */

static int read_range(const struct spool *s, size_t range, char **data, size_t *len)
{
    char path[4096];
    struct stat st;
    int fd, status = 0;

    range_path(s, range, path, sizeof(path));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    *data = NULL;
    *len = 0;
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    if (fstat(fd, &st) != 0)
        status = -errno;
    else
        *data = memory_grow(NULL, (size_t)st.st_size + 1, 1);
    while (status == 0 && *len < (size_t)st.st_size) {
        ssize_t n = read(fd, *data + *len, (size_t)st.st_size - *len);

        if (n <= 0)
            status = n < 0 ? -errno : -EIO;
        else
            *len += (size_t)n;
    }
    close(fd);
    unlink(path); /* as space may be short */
    return status;
}

static int write_range(struct writer *w, const char *data, size_t len, struct spool_result *result)
{
    size_t count;
    struct record_ref *refs = record_sort(data, len, &count);
    int status = 0;

    for (size_t i = 0; i < count && status == 0; i++) {
        if (i > 0 && record_same(data, &refs[i - 1], &refs[i])) {
            result->duplicates++;
            continue;
        }
        status = writer_job(w, record_at(data, refs[i].offset));
        result->accepted++;
    }
    free(refs);
    return status;
}

static int write_ranges(struct spool *s, struct writer *w, bool (*stop)(void),
                        struct spool_result *result)
{
    int status = flush(s);

    free(s->data); /* room for the ranges */
    s->data = NULL;
    for (size_t r = 0; r < RANGES && status == 0; r++) {
        char *data;
        size_t len;

        status = stop != NULL && stop() ? -EINTR : read_range(s, r, &data, &len);
        if (status != 0)
            break;
        status = write_range(w, data, len, result);
        free(data);
    }
    return status;
}

int spool_finish(struct spool *s, unsigned batch, bool (*stop)(void), struct spool_result *result)
{
    struct writer w;
    int status = writer_open(&w, s->folder, batch), closed;

    *result = (struct spool_result){ .duplicates = s->duplicates };
    if (status == 0)
        status = s->ranged ? write_ranges(s, &w, stop, result)
                           : write_range(&w, s->data, s->len, result);
    closed = writer_close(&w);
    result->bytes = w.bytes;
    return status != 0 ? status : closed;
}
