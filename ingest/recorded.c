#include "ingest/recorded.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingest/manifest.h"
#include "ingest/spool.h"
#include "scanner/base/file.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"

enum { RANGE_BITS = 10, RANGES = 1 << RANGE_BITS, SLOTS = 512, READ_HASHES = 8192 };

struct recorded {
    char folder[4096];
    uint8_t key[SPOOL_KEY_SIZE];
    int raw;                 /* hashes as they come */
    int sorted;              /* each range in its place */
    uint64_t places[RANGES]; /* hashes in each range; then where the next one of it goes */
    uint64_t *slots;         /* not yet written: of a range, or as they come */
    uint16_t used[RANGES];
    int status; /* 0 or -errno, sticks */
};

static int open_file(const struct recorded *r, const char *name)
{
    char path[4200];

    snprintf(path, sizeof(path), "%s/%s", r->folder, name);
    return open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static void remove_file(const struct recorded *r, const char *name)
{
    char path[4200];

    snprintf(path, sizeof(path), "%s/%s", r->folder, name);
    unlink(path);
}

struct recorded *recorded_new(const char *run_dir)
{
    struct recorded *r = memory_alloc(sizeof(*r));
    struct manifest m;

    snprintf(r->folder, sizeof(r->folder), "%s/spool", run_dir);
    r->raw = r->sorted = -1;
    r->slots = memory_alloc((size_t)RANGES * SLOTS * sizeof(*r->slots));
    r->status = manifest_read(&m, r->folder);
    if (r->status == 0)
        memcpy(r->key, m.key, sizeof(r->key));
    manifest_free(&m);
    if (r->status == 0 && ((r->raw = open_file(r, "recorded.raw")) < 0 ||
                           (r->sorted = open_file(r, "recorded.part")) < 0))
        r->status = -errno;
    return r;
}

static size_t range_of(uint64_t hash)
{
    return hash >> (64 - RANGE_BITS);
}

static void keep(struct recorded *r, int status)
{
    if (r->status == 0)
        r->status = status;
}

void recorded_add(struct recorded *r, const char *name, size_t len)
{
    uint64_t hash = spool_hash(r->key, name, len);

    r->places[range_of(hash)]++;
    r->slots[r->used[0]++] = hash;
    if (r->used[0] == SLOTS && r->status == 0)
        keep(r, file_write(r->raw, r->slots, SLOTS * sizeof(hash)));
    r->used[0] %= SLOTS;
}

/* ---- the end: each range to its place, then sorted there ---- */

static int put_at(int fd, const void *data, size_t len, uint64_t at)
{
    return lseek(fd, (off_t)at, SEEK_SET) < 0 ? -errno : file_write(fd, data, len);
}

static int get_at(int fd, void *data, size_t len, uint64_t at)
{
    ssize_t n = pread(fd, data, len, (off_t)at);

    return n == (ssize_t)len ? 0 : n < 0 ? -errno : -EIO;
}

static void range_flush(struct recorded *r, size_t range)
{
    size_t count = r->used[range];

    if (count > 0 && r->status == 0)
        keep(r, put_at(r->sorted, r->slots + range * SLOTS, count * sizeof(uint64_t),
                       r->places[range] * sizeof(uint64_t)));
    r->places[range] += count;
    r->used[range] = 0;
}

static void range_add(struct recorded *r, uint64_t hash)
{
    size_t range = range_of(hash);

    r->slots[range * SLOTS + r->used[range]++] = hash;
    if (r->used[range] == SLOTS)
        range_flush(r, range);
}

/* From counts to places; the sum is the number of hashes. */
static uint64_t find_places(struct recorded *r)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < RANGES; i++) {
        uint64_t count = r->places[i];

        r->places[i] = sum;
        sum += count;
    }
    return sum;
}

static void scatter(struct recorded *r, uint64_t count)
{
    uint64_t hashes[SLOTS];

    for (uint64_t at = 0; at < count && r->status == 0; at += SLOTS) {
        size_t n = count - at < SLOTS ? (size_t)(count - at) : SLOTS;

        keep(r, get_at(r->raw, hashes, n * sizeof(*hashes), at * sizeof(*hashes)));
        for (size_t i = 0; i < n && r->status == 0; i++)
            range_add(r, hashes[i]);
    }
    for (size_t i = 0; i < RANGES; i++)
        range_flush(r, i);
}

static int compare(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

/* The places are now the ends of the ranges. */
static void sort_range(struct recorded *r, size_t range)
{
    uint64_t from = range > 0 ? r->places[range - 1] : 0;
    size_t count = (size_t)(r->places[range] - from), len = count * sizeof(uint64_t);
    uint64_t *hashes = memory_alloc(len + 1);

    keep(r, get_at(r->sorted, hashes, len, from * sizeof(*hashes)));
    qsort(hashes, count, sizeof(*hashes), compare);
    if (r->status == 0)
        keep(r, put_at(r->sorted, hashes, len, from * sizeof(*hashes)));
    free(hashes);
}

static void sort_all(struct recorded *r)
{
    keep(r, file_write(r->raw, r->slots, r->used[0] * sizeof(uint64_t)));
    r->used[0] = 0;
    scatter(r, find_places(r));
    for (size_t i = 0; i < RANGES && r->status == 0; i++)
        sort_range(r, i);
}

bool recorded_finish(struct recorded *r)
{
    int status;

    if (r->status == 0)
        sort_all(r);
    if (r->sorted >= 0)
        r->status = file_finish(r->sorted, r->status);
    if (r->status == 0)
        r->status = file_rename(r->folder, "recorded.part", "recorded");
    status = r->status;
    if (r->raw >= 0)
        close(r->raw);
    remove_file(r, "recorded.raw");
    remove_file(r, "recorded.part");
    if (status != 0)
        log_error("%s: cannot note which domains are recorded: %s", r->folder, strerror(-status));
    free(r->slots);
    free(r);
    return status == 0;
}

/* ---- reading ---- */

void recorded_open(struct recorded_reader *r, const char *spool)
{
    char path[4200];

    snprintf(path, sizeof(path), "%s/recorded", spool);
    *r = (struct recorded_reader){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
    if (r->fd >= 0)
        r->hashes = memory_alloc(READ_HASHES * sizeof(*r->hashes));
    else if (errno != ENOENT)
        r->fault = -errno;
}

void recorded_close(struct recorded_reader *r)
{
    if (r->fd >= 0)
        close(r->fd);
    free(r->hashes);
    *r = (struct recorded_reader){ .fd = -1 };
}

/* Read on; false at the end. */
static bool more(struct recorded_reader *r)
{
    ssize_t n = r->fd >= 0 ? read(r->fd, r->hashes, READ_HASHES * sizeof(*r->hashes)) : 0;

    if (n < 0 || n % (ssize_t)sizeof(*r->hashes) != 0)
        r->fault = n < 0 ? -errno : -EBADMSG;
    r->at = 0;
    r->count = n > 0 && r->fault == 0 ? (size_t)n / sizeof(*r->hashes) : 0;
    return r->count > 0;
}

bool recorded_has(struct recorded_reader *r, uint64_t hash)
{
    while (r->at < r->count || more(r)) {
        if (r->hashes[r->at] > hash)
            return false;
        if (r->hashes[r->at++] == hash)
            return true;
    }
    return false;
}
