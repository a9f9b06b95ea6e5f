#include "output/collector.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/appender.h"
#include "output/checkpoint.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"
#include "scanner/base/timing.h"

#define READ_RESULTS 64
#define CHECKPOINT_EVERY_MS 200    /* three fsyncs and more each; what comes together shares them */
#define CHECKPOINT_BYTES (4 << 20) /* or when that much is in memory */
#define SPACE_EVERY_MS 1000

struct collector {
    char *directory;
    struct checkpoint safe; /* as on disk */
    char after[48];         /* the last result in memory */
    struct appender files[KIND_COUNT];
    size_t taken, bytes;             /* results in memory that are not safe, and their size */
    uint64_t checkpointed, next_try; /* ms */
    bool waits_for_space;
    bool trim_due; /* safe results may still be in the queue */
};

/* ---- start ---- */

static struct collector *refuse(struct collector *c, const char *what, int fault)
{
    const char *why = fault == -EBADMSG   ? "it cannot be read; restore it from a copy"
                      : fault == -ENODATA ? "it is shorter than its checkpoint: records are missing"
                      : fault == -ENOTEMPTY ? "it holds records, but checkpoint.json is missing"
                                            : strerror(-fault);

    log_error("%s: %s", what, why);
    collector_close(c);
    return NULL;
}

/* A run's first checkpoint stands before its first record, so that records without one are never
 * cut. */
static struct collector *begin(struct collector *c, const char *epoch)
{
    int fault;

    for (enum kind k = 0; k < KIND_COUNT; k++)
        if (lseek(c->files[k].fd, 0, SEEK_END) != 0)
            return refuse(c, c->files[k].path, -ENOTEMPTY);
    snprintf(c->safe.epoch, sizeof(c->safe.epoch), "%s", epoch);
    strcpy(c->safe.after, "0");
    fault = checkpoint_write(c->directory, &c->safe, c->files);
    return fault == 0 ? c : refuse(c, "checkpoint.json", fault);
}

static struct collector *go_on(struct collector *c, const char *epoch)
{
    for (enum kind k = 0; k < KIND_COUNT; k++) {
        int fault = appender_restore(&c->files[k]);

        if (fault != 0)
            return refuse(c, c->files[k].path, fault);
    }
    if (strcmp(c->safe.epoch, epoch) != 0) {
        int fault;

        snprintf(c->safe.epoch, sizeof(c->safe.epoch), "%s", epoch);
        strcpy(c->safe.after, "0");
        fault = checkpoint_write(c->directory, &c->safe, c->files);
        if (fault != 0)
            return refuse(c, "checkpoint.json", fault);
    }
    c->trim_due = strcmp(c->safe.after, "0") != 0; /* the end may have come between steps 3 and 4 */
    return c;
}

struct collector *collector_open(const char *directory, const char *epoch)
{
    struct collector *c = memory_alloc(sizeof(*c));
    int fault = 0;

    c->directory = memory_strdup(directory);
    for (enum kind k = 0; k < KIND_COUNT; k++)
        c->files[k].fd = -1;
    for (enum kind k = 0; k < KIND_COUNT && fault == 0; k++) {
        fault = appender_open(&c->files[k], directory, kind_name(k));
        if (fault != 0)
            return refuse(c, c->files[k].path, fault);
    }
    fault = checkpoint_read(directory, &c->safe, c->files);
    if (fault == -ENOENT)
        c = begin(c, epoch);
    else if (fault == 0)
        c = go_on(c, epoch);
    else
        c = refuse(c, "checkpoint.json", fault);
    if (c != NULL)
        strcpy(c->after, c->safe.after);
    return c;
}

void collector_close(struct collector *c)
{
    if (c == NULL)
        return;
    for (enum kind k = 0; k < KIND_COUNT; k++)
        appender_close(&c->files[k]);
    free(c->directory);
    free(c);
}

/* ---- steps ---- */

static bool is_want_of_space(int fault)
{
    return fault == -ENOSPC || fault == -EDQUOT || fault == -EFBIG;
}

/* Steps 2 and 3. 0 or -errno: what is in memory stays there for the next try. */
static int make_safe(struct collector *c)
{
    struct checkpoint next = c->safe;
    int fault = 0;

    strcpy(next.after, c->after);
    for (enum kind k = 0; k < KIND_COUNT && fault == 0; k++)
        fault = appender_write(&c->files[k]);
    for (enum kind k = 0; k < KIND_COUNT && fault == 0; k++)
        appender_sync(&c->files[k]);
    if (fault == 0)
        fault = checkpoint_write(c->directory, &next, c->files);
    if (fault != 0)
        return fault;
    for (enum kind k = 0; k < KIND_COUNT; k++)
        appender_settle(&c->files[k]);
    c->safe = next;
    c->taken = c->bytes = 0;
    c->checkpointed = timing_monotonic_ms();
    return 0;
}

static enum queue_status wait_for_space(struct collector *c, int fault)
{
    if (!is_want_of_space(fault)) {
        log_error("%s: %s; mend the disk, then resume the run", c->directory, strerror(-fault));
        _exit(EXIT_DISK);
    }
    if (!c->waits_for_space)
        log_warning("%s: %s; waiting for space, nothing is lost", c->directory, strerror(-fault));
    c->waits_for_space = true;
    c->next_try = timing_monotonic_ms() + SPACE_EVERY_MS;
    return QUEUE_FULL;
}

static enum queue_status trim(struct collector *c, struct queue *q)
{
    enum queue_status s = c->trim_due ? queue_trim(q, c->safe.after) : QUEUE_OK;

    if (s == QUEUE_OK)
        c->trim_due = false;
    return s;
}

/* Steps 2 to 4. */
static enum queue_status checkpoint_now(struct collector *c, struct queue *q)
{
    int fault = make_safe(c);

    if (fault != 0)
        return wait_for_space(c, fault);
    if (c->waits_for_space)
        log_info("%s: there is space again", c->directory);
    c->waits_for_space = false;
    c->trim_due = true;
    return trim(c, q);
}

/* Step 1. */
static enum queue_status take(struct collector *c, struct queue *q, unsigned wait_ms)
{
    struct queue_result results[READ_RESULTS];
    size_t count;
    enum queue_status s = queue_results(q, c->after, results, READ_RESULTS, &count, wait_ms);

    if (s != QUEUE_OK)
        return s;
    for (size_t i = 0; i < count; i++) {
        const struct queue_result *r = &results[i];

        appender_add(&c->files[r->kind], r->frame, r->len, r->records);
        c->bytes += r->len;
        strcpy(c->after, r->id);
    }
    c->taken += count;
    return QUEUE_OK;
}

enum queue_status collector_step(struct collector *c, struct queue *q, unsigned wait_ms,
                                 size_t *taken)
{
    enum queue_status s = QUEUE_OK;
    uint64_t due = c->checkpointed + CHECKPOINT_EVERY_MS;
    uint64_t now = timing_monotonic_ms();

    if (c->waits_for_space) {
        *taken = c->taken;
        if (now < c->next_try)
            usleep(wait_ms * 1000); /* as long as reading would have waited */
        return now < c->next_try ? QUEUE_FULL : checkpoint_now(c, q);
    }
    if (c->taken > 0 && now + wait_ms > due)
        wait_ms = now < due ? (unsigned)(due - now) : 0;
    s = trim(c, q);
    if (s == QUEUE_OK)
        s = take(c, q, wait_ms);
    *taken = c->taken;
    if (s == QUEUE_OK && c->taken > 0 &&
        (c->bytes >= CHECKPOINT_BYTES || timing_monotonic_ms() >= due))
        s = checkpoint_now(c, q);
    return s;
}

int collector_finish(struct collector *c)
{
    for (enum kind k = 0; k < KIND_COUNT; k++)
        appender_fold(&c->files[k]);
    return make_safe(c);
}

void collector_counts(const struct collector *c, uint64_t counts[KIND_COUNT])
{
    for (enum kind k = 0; k < KIND_COUNT; k++)
        counts[k] =
            c->files[k].solid_records + c->files[k].ready_records + c->files[k].tail_records;
}
