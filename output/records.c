#include "output/records.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/checkpoint.h"
#include "output/run_file.h"
#include "scanner/base/arena.h"
#include "scanner/base/buf.h"
#include "scanner/base/frame.h"
#include "scanner/base/log.h"

/* Parsed, a line of brackets is 17 times as long: one of a gigabyte, 90 KB packed, is 17 GB. No
 * record has more than a few megabytes. */
#define LINE_BYTES_MAX ((size_t)16 << 20)
#define WINDOW_BYTES ((size_t)1 << 20) /* read at once; a frame is about 0.03 of it */
#define FIRST_CHUNK 16384
#define TOLD_MAX 10 /* corrupt stretches that get a line each */

static const char magic[] = { 0x28, (char)0xb5, 0x2f, (char)0xfd }; /* RFC 8878 §3.1.1 */

/* What is read is the file up to `solid`, and behind it the tail. It is read and not mapped: a
 * mapped page that another process cuts off the file is the death of who looks at it. */
struct reader {
    const char *path;
    int fd;
    struct json *(*parse)(struct arena *arena, const char *text, size_t len);
    records_cb *cb;
    void *context;
    pthread_mutex_t lock; /* of all below */
    size_t solid, next;   /* next: where the next frame is to begin */
    struct buf tail;      /* of the checkpoint, while the run is under way */
    struct buf window;    /* what stands from window_at on */
    size_t window_at;
    int error; /* of reading the file, which ends there */
    struct records_report *report;
};

/* One thread's own. */
struct hand {
    struct reader *reader;
    unsigned thread;
    struct buf frame, content;
    struct arena arena;
    uint64_t records, frames, corrupt_lines, foreign_records;
};

/* ---- the bytes; called with the lock held ---- */

static size_t reader_end(const struct reader *r)
{
    return r->solid + r->tail.len;
}

/* A file that has become shorter ends where it does. */
static size_t solid_read(struct reader *r, char *room, size_t len, size_t at)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = pread(r->fd, room + done, len - done, (off_t)(at + done));

        if (n > 0) {
            done += (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            r->error = n < 0 ? -errno : r->error;
            r->solid = at + done;
            break;
        }
    }
    return done;
}

static void window_fill(struct reader *r, size_t at, size_t len)
{
    size_t in_file = at < r->solid ? r->solid - at : 0;
    char *room;

    buf_reset(&r->window);
    r->window_at = at;
    room = buf_reserve(&r->window, len);
    if (in_file > 0)
        r->window.len = solid_read(r, room, len < in_file ? len : in_file, at);
    at += r->window.len;
    len -= r->window.len;
    if (at >= r->solid && at < reader_end(r)) {
        size_t left = reader_end(r) - at;

        buf_append(&r->window, r->tail.data + (at - r->solid), len < left ? len : left);
    }
}

/* The bytes from `at` on, `want` or more of them unless the end comes first; they stay until the
 * next call. */
static const char *window_show(struct reader *r, size_t at, size_t want, size_t *len)
{
    size_t shown = r->window_at + r->window.len;

    if (at < r->window_at || at >= shown || (shown - at < want && shown < reader_end(r))) {
        size_t left = at < reader_end(r) ? reader_end(r) - at : 0;

        want = want > WINDOW_BYTES ? want : WINDOW_BYTES;
        window_fill(r, at, want < left ? want : left);
        shown = r->window_at + r->window.len;
    }
    *len = shown - at;
    return r->window.data + (at - r->window_at);
}

/* ---- where frames are; called with the lock held ---- */

/* As frame_length(). What would be longer than the longest of frames is none. */
static ptrdiff_t frame_here(struct reader *r, size_t at, const char **frame)
{
    size_t len;
    ptrdiff_t n;

    *frame = window_show(r, at, 1, &len);
    n = frame_length(*frame, len);
    while (n == 0 && at + len < reader_end(r) && len < FRAME_CONTENT_MAX) {
        *frame = window_show(r, at, 2 * len, &len);
        n = frame_length(*frame, len);
    }
    return n == 0 && at + len < reader_end(r) ? -1 : n;
}

/* The first place from `from` on where a whole frame could be; the end if none. */
static size_t frame_search(struct reader *r, size_t from)
{
    while (from < reader_end(r)) {
        const char *bytes, *p;
        size_t len;

        bytes = window_show(r, from, sizeof(magic), &len);
        if (len < sizeof(magic))
            break;
        p = memmem(bytes, len, magic, sizeof(magic));
        if (p == NULL) {
            from += len - (sizeof(magic) - 1);
        } else {
            from += (size_t)(p - bytes);
            if (frame_here(r, from, &p) > 0)
                return from;
            from++;
        }
    }
    return reader_end(r);
}

/* The frame at `at` into the hand; what comes back is as of frame_length(). */
static ptrdiff_t frame_give(struct reader *r, size_t at, struct hand *h)
{
    const char *frame;
    ptrdiff_t n = frame_here(r, at, &frame);

    buf_reset(&h->frame);
    if (n > 0)
        buf_append(&h->frame, frame, (size_t)n);
    return n;
}

static void tell_corrupt(struct reader *r, size_t offset, const char *what)
{
    struct records_report *report = r->report;

    if (report->corrupt_frames++ == 0 || offset < report->corrupt_offset)
        report->corrupt_offset = offset;
    if (report->corrupt_frames <= TOLD_MAX)
        log_warning("%s: %s at byte %zu is skipped", r->path, what, offset);
}

/* ---- frames for hands ---- */

/* The next frame. False at the end of the file. */
static bool frame_take(struct hand *h, size_t *offset)
{
    struct reader *r = h->reader;
    bool found = false;

    pthread_mutex_lock(&r->lock);
    while (!found && r->next < reader_end(r)) {
        ptrdiff_t n = frame_give(r, r->next, h);

        if (n > 0) {
            *offset = r->next;
            r->next += (size_t)n;
            found = true;
        } else if (r->next < reader_end(r)) { /* which may just have come nearer */
            tell_corrupt(r, r->next, n == 0 ? "a torn frame" : "what is no frame");
            r->next = frame_search(r, r->next + 1);
        }
    }
    pthread_mutex_unlock(&r->lock);
    return found;
}

/* The first frame from `from` on; where it begins. */
static size_t frame_take_behind(struct hand *h, size_t from)
{
    struct reader *r = h->reader;
    size_t at;

    pthread_mutex_lock(&r->lock);
    at = frame_search(r, from);
    frame_give(r, at, h);
    pthread_mutex_unlock(&r->lock);
    return at;
}

/* ---- what is in them ---- */

static void line_read(struct hand *h, const char *line, size_t len)
{
    const struct json *record =
        len <= LINE_BYTES_MAX ? h->reader->parse(&h->arena, line, len) : NULL;

    if (record == NULL || record->type != JSON_OBJECT) {
        h->corrupt_lines++;
    } else if (json_get_int(record, "v", 0) != RECORD_VERSION) {
        h->foreign_records++;
    } else {
        h->records++;
        h->reader->cb(h->reader->context, h->thread, record);
    }
    arena_reset(&h->arena);
}

/* False when the frame cannot be decompressed. */
static bool frame_read(struct hand *h)
{
    const char *line, *end, *newline;

    buf_reset(&h->content);
    if (frame_decompress(&h->content, h->frame.data, h->frame.len) <= 0)
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
static void frame_salvage(struct hand *h, size_t offset)
{
    struct reader *r = h->reader;
    size_t end = offset + h->frame.len, at;

    pthread_mutex_lock(&r->lock);
    tell_corrupt(r, offset, "a corrupt frame");
    pthread_mutex_unlock(&r->lock);
    at = frame_take_behind(h, offset + 1);
    while (at < end)
        at = frame_take_behind(h, at + (frame_read(h) ? h->frame.len : 1));
}

static void *hand_run(void *argument)
{
    struct hand *h = argument;
    struct reader *r = h->reader;
    size_t offset;

    buf_init(&h->frame, BUF_NO_CEILING);
    buf_init(&h->content, FRAME_CONTENT_MAX);
    arena_init(&h->arena, FIRST_CHUNK);
    while (frame_take(h, &offset))
        if (!frame_read(h))
            frame_salvage(h, offset);
    buf_free(&h->frame);
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

/* Of a run under way only that stands which its checkpoint has: what lies behind it in the file is
 * rewritten at any time, and the tail is in the checkpoint. */
static void end_at_checkpoint(struct reader *r, const char *run_dir, enum kind kind)
{
    struct appender files[KIND_COUNT];
    struct checkpoint c;

    if (checkpoint_look(run_dir, &c, files) == 0) {
        r->solid = (size_t)files[kind].solid;
        buf_append(&r->tail, files[kind].tail.data, files[kind].tail.len);
    }
    checkpoint_forget(files);
}

static int file_open(struct reader *r, const char *run_dir, enum kind kind)
{
    struct stat status;

    r->fd = open(r->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe is told, not waited for */
    if (r->fd < 0 || fstat(r->fd, &status) != 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
    posix_fadvise(r->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    r->solid = (size_t)status.st_size;
    if (!run_file_is_finished(run_dir))
        end_at_checkpoint(r, run_dir, kind);
    return 0;
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

    r->path = path;
    buf_init(&r->tail, BUF_NO_CEILING);
    buf_init(&r->window, BUF_NO_CEILING);
    memset(report, 0, sizeof(*report));
    r->error = file_open(r, run_dir, kind);
    if (r->error == -ENOENT) {
        report->missing = true;
        r->error = 0;
    } else if (r->error == 0 && reader_end(r) > 0) {
        pthread_mutex_init(&r->lock, NULL);
        hands_run(r, threads);
        pthread_mutex_destroy(&r->lock);
    }
    if (r->fd >= 0)
        close(r->fd);
    buf_free(&r->tail);
    buf_free(&r->window);
    free(path);
    return r->error;
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
                    path, report->foreign_records, RECORD_VERSION);
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
