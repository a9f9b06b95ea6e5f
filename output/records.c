#include "output/records.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanner/base/arena.h"
#include "scanner/base/buf.h"
#include "scanner/base/frame.h"
#include "scanner/base/log.h"

#define FRAME_BYTES_MAX ((size_t)1 << 30) /* of content: a batch of the largest policies is 0.1 */
#define FIRST_CHUNK 16384
#define TOLD_MAX 10 /* corrupt stretches that get a line each */

static const char magic[] = { 0x28, (char)0xb5, 0x2f, (char)0xfd }; /* RFC 8878 §3.1.1 */

struct reader {
    const char *path;
    const char *data;     /* the file, mapped */
    size_t size, next;    /* next: where the next frame is to begin */
    pthread_mutex_t lock; /* of next and report */
    struct records_report *report;
    struct json *(*parse)(struct arena *arena, const char *text, size_t len);
    records_cb *cb;
    void *context;
};

/* One thread's own. */
struct hand {
    struct reader *reader;
    unsigned thread;
    struct buf content;
    struct arena arena;
    uint64_t records, frames, corrupt_lines, foreign_records;
};

/* ---- where frames are ---- */

/* The first place from `from` on where a whole frame could be; the size of the file if none. */
static size_t frame_search(const struct reader *r, size_t from)
{
    while (from < r->size) {
        const char *p = memmem(r->data + from, r->size - from, magic, sizeof(magic));

        if (p == NULL)
            return r->size;
        from = (size_t)(p - r->data);
        if (frame_length(p, r->size - from) > 0)
            return from;
        from++;
    }
    return r->size;
}

/* Called with the lock held. */
static void tell_corrupt(struct reader *r, size_t offset, const char *what)
{
    struct records_report *report = r->report;

    if (report->corrupt_frames++ == 0 || offset < report->corrupt_offset)
        report->corrupt_offset = offset;
    if (report->corrupt_frames <= TOLD_MAX)
        log_warning("%s: %s at byte %zu is skipped", r->path, what, offset);
}

/* The next frame for a hand. False at the end of the file. */
static bool frame_take(struct reader *r, size_t *offset, size_t *len)
{
    bool found = false;

    pthread_mutex_lock(&r->lock);
    while (!found && r->next < r->size) {
        ptrdiff_t n = frame_length(r->data + r->next, r->size - r->next);

        if (n > 0) {
            *offset = r->next;
            *len = (size_t)n;
            r->next += (size_t)n;
            found = true;
        } else {
            tell_corrupt(r, r->next, n == 0 ? "a torn frame" : "what is no frame");
            r->next = frame_search(r, r->next + 1);
        }
    }
    pthread_mutex_unlock(&r->lock);
    return found;
}

/* ---- what is in them ---- */

static void line_read(struct hand *h, const char *line, size_t len)
{
    const struct json *record = h->reader->parse(&h->arena, line, len);

    if (record == NULL || record->type != JSON_OBJECT) {
        h->corrupt_lines++;
    } else if (json_get_int(record, "v", 0) != RECORDS_VERSION) {
        h->foreign_records++;
    } else {
        h->records++;
        h->reader->cb(h->reader->context, h->thread, record);
    }
    arena_reset(&h->arena);
}

/* False when the frame cannot be decompressed. */
static bool frame_read(struct hand *h, size_t offset)
{
    const struct reader *r = h->reader;
    const char *line, *end, *newline;

    buf_reset(&h->content);
    if (frame_decompress(&h->content, r->data + offset, r->size - offset) <= 0)
        return false;
    h->frames++;
    line = h->content.data;
    end = line + h->content.len;
    for (; line < end; line = newline + 1) {
        newline = memchr(line, '\n', (size_t)(end - line));
        if (newline == NULL)
            newline = end;
        if (newline > line)
            line_read(h, line, (size_t)(newline - line));
    }
    return true;
}

/* A frame whose headers hold and whose content does not. Where the damage is in a length, whole
 * frames lie in what it seemed to cover. */
static void frame_salvage(struct hand *h, size_t offset, size_t len)
{
    struct reader *r = h->reader;
    size_t end = offset + len;

    pthread_mutex_lock(&r->lock);
    tell_corrupt(r, offset, "a corrupt frame");
    pthread_mutex_unlock(&r->lock);
    for (size_t at = frame_search(r, offset + 1); at < end;) {
        size_t step = 1;

        if (frame_read(h, at))
            step = (size_t)frame_length(r->data + at, r->size - at);
        at = frame_search(r, at + step);
    }
}

static void *hand_run(void *argument)
{
    struct hand *h = argument;
    struct reader *r = h->reader;
    size_t offset, len;

    buf_init(&h->content, FRAME_BYTES_MAX);
    arena_init(&h->arena, FIRST_CHUNK);
    while (frame_take(r, &offset, &len))
        if (!frame_read(h, offset))
            frame_salvage(h, offset, len);
    buf_free(&h->content);
    arena_free(&h->arena);
    pthread_mutex_lock(&r->lock);
    r->report->records += h->records;
    r->report->frames += h->frames;
    r->report->corrupt_lines += h->corrupt_lines;
    r->report->foreign_records += h->foreign_records;
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

static void *thread_run(void *argument)
{
    hand_run(argument);
    frame_thread_end();
    return NULL;
}

/* The calling thread is hand 0: with one hand no thread is started, and one that cannot be started
 * only makes it slower. */
static void hands_run(struct reader *r, unsigned count)
{
    struct hand hands[RECORDS_THREADS_MAX];
    pthread_t threads[RECORDS_THREADS_MAX];
    unsigned started = 1;

    if (count > RECORDS_THREADS_MAX)
        count = RECORDS_THREADS_MAX;
    hands[0] = (struct hand){ .reader = r };
    for (unsigned i = 1; i < count; i++)
        hands[i] = (struct hand){ .reader = r, .thread = i };
    while (started < count &&
           pthread_create(&threads[started], NULL, thread_run, &hands[started]) == 0)
        started++;
    hand_run(&hands[0]);
    for (unsigned i = 1; i < started; i++)
        pthread_join(threads[i], NULL);
}

/* ---- the file ---- */

/* An empty file leaves *data as it is: there is nothing to map. */
static int file_map(const char *path, const char **data, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;
    struct stat status;
    void *map;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) != 0)
        error = -errno;
    else if (!S_ISREG(status.st_mode))
        error = S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
    *size = error == 0 ? (size_t)status.st_size : 0;
    if (*size > 0) {
        map = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (map == MAP_FAILED) {
            error = -errno;
        } else {
            *data = map;
            madvise(map, *size, MADV_SEQUENTIAL);
        }
    }
    close(fd);
    return error;
}

static char *file_path(const char *run_dir, enum kind kind)
{
    struct buf path;

    buf_init(&path, BUF_NO_CEILING);
    buf_printf(&path, "%s/%s.jsonl.zst", run_dir, kind_name(kind));
    buf_byte(&path, '\0');
    return path.data;
}

static int read_file(struct reader *r, const char *run_dir, enum kind kind, unsigned threads)
{
    struct records_report *report = r->report;
    char *path = file_path(run_dir, kind);
    int error = file_map(path, &r->data, &r->size);

    r->path = path;
    memset(report, 0, sizeof(*report));
    if (error == -ENOENT) {
        report->missing = true;
        error = 0;
    } else if (r->data != NULL) {
        pthread_mutex_init(&r->lock, NULL);
        hands_run(r, threads);
        pthread_mutex_destroy(&r->lock);
        munmap((void *)r->data, r->size);
    }
    free(path);
    return error;
}

int records_read(const char *run_dir, enum kind kind, unsigned threads, records_cb *cb,
                 void *context, struct records_report *report)
{
    struct reader r = { .parse = json_parse, .report = report, .cb = cb, .context = context };

    return read_file(&r, run_dir, kind, threads);
}

int records_read_bytes(const char *run_dir, enum kind kind, unsigned threads, records_cb *cb,
                       void *context, struct records_report *report)
{
    struct reader r = { .parse = json_parse_bytes, .report = report, .cb = cb, .context = context };

    return read_file(&r, run_dir, kind, threads);
}

bool records_sound(const char *run_dir, enum kind kind, const struct records_report *report)
{
    char *path = file_path(run_dir, kind);
    bool sound = false;

    if (report->missing)
        log_warning("%s is missing: what it would say counts as unknown", path);
    else if (report->foreign_records > 0)
        log_warning("%s: %" PRIu64
                    " records are of another schema version than %d and are left out",
                    path, report->foreign_records, RECORDS_VERSION);
    else if (report->corrupt_frames > 0)
        log_warning("%s: %" PRIu64 " stretches cannot be read, the first at byte %" PRIu64
                    "; %" PRIu64 " records can",
                    path, report->corrupt_frames, report->corrupt_offset, report->records);
    else if (report->corrupt_lines > 0)
        log_warning("%s: %" PRIu64 " lines are no JSON objects and are left out", path,
                    report->corrupt_lines);
    else
        sound = true;
    free(path);
    return sound;
}

unsigned records_threads(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (cores < 1)
        return 1;
    return cores > RECORDS_THREADS_MAX ? RECORDS_THREADS_MAX : (unsigned)cores;
}
