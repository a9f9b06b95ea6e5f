#include "workers/batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/buf.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"
#include "scanner/base/timing.h"
#include "workers/harvest.h"
#include "workers/job.h"
#include "workers/record.h"

#define JOB_CHUNK 2048

struct batch {
    struct claims *claims;
    struct worker *worker;
    struct batch *next;
    enum stage stage;
    char id[48];
    unsigned count, ended;
    bool starting, committing, lost; /* lost: another has it, nothing of it counts any more */
    bool refused;                    /* Redis had no memory for the commit in `sent` */
    uint64_t again_ms;               /* when that may go again */
    struct harvest open, sent;       /* sent: until the answer to its commit */
    struct job jobs[];
};

/* ---- commits ---- */

static bool is_done(const struct batch *b)
{
    return b->ended == b->count && !b->committing && b->sent.covered_count == 0 &&
           (b->open.covered_count == 0 || b->lost);
}

static void learn_certificates(const struct batch *b)
{
    const struct item_list *l = &b->sent.items[ITEM_CERT];

    for (size_t i = 0; i < l->count; i++)
        claims_learn_certificate(b->claims, l->entries[i].hash);
}

static void refuse(struct batch *b, uint64_t now)
{
    b->again_ms = now + BATCH_COMMIT_AGAIN_MS;
    if (!b->refused)
        claims_commit_refused(b->claims);
    b->refused = true;
}

static void on_committed(void *context, enum queue_status s)
{
    struct batch *b = context;
    uint64_t now = timing_monotonic_ms();

    b->committing = false;
    claims_commit_answered(b->claims);
    if (s == QUEUE_FULL) {
        refuse(b, now);
        return;
    }
    if (b->refused)
        claims_commit_taken(b->claims);
    b->refused = false;
    if (s == QUEUE_OK)
        learn_certificates(b);
    harvest_reset(&b->sent);
    if (s == QUEUE_NOT_YOURS) {
        log_info("batch %s went to another worker meanwhile; dropped here", b->id);
        b->lost = true;
    } else if (s != QUEUE_OK) {
        claims_fail(b->claims, s);
    }
    if (is_done(b))
        claims_batch_gone(b->claims, b);
    else
        batch_flush(b, now, false);
}

static void commit(struct batch *b)
{
    struct queue_commit c = {
        .stage = b->stage,
        .id = b->id,
        .consumer = b->worker->consumer,
        .delay_ms = (uint64_t)b->worker->settings->retry_delay,
    };

    b->committing = true;
    claims_commit_sent(b->claims);
    harvest_commit(&b->sent, b->worker->queue, &c, on_committed, b);
}

/* Could somebody go on with what is finished: with the jobs that follow from it, or, where this
 * worker has nothing left to claim, with the end of the run. */
static bool is_wanted(const struct batch *b)
{
    const struct item_list *items = b->open.items;

    return claims_starved(b->claims) ||
           (items[ITEM_HOST].count > 0 && claims_hungry(b->claims, STAGE_STARTTLS)) ||
           (items[ITEM_POLICY].count > 0 && claims_hungry(b->claims, STAGE_POLICY));
}

static bool is_due(const struct batch *b, uint64_t now_ms)
{
    uint64_t age_ms = now_ms - b->open.since_ms;

    return b->ended == b->count || b->open.covered_count >= BATCH_COMMIT_JOBS ||
           age_ms >= BATCH_COMMIT_MS || (age_ms >= BATCH_COMMIT_IDLE_MS && is_wanted(b));
}

void batch_flush(struct batch *b, uint64_t now_ms, bool all)
{
    if (b->committing || b->starting || b->lost)
        return;
    if (b->sent.covered_count == 0) {
        struct harvest empty = b->sent;

        if (b->open.covered_count == 0 || (!all && !is_due(b, now_ms)))
            return;
        b->sent = b->open;
        b->open = empty;
    } else if (now_ms < b->again_ms) {
        return;
    }
    commit(b);
}

/* ---- jobs ---- */

static void start_job(struct batch *b, struct job *j)
{
    static void (*const stages[])(struct job *) = {
        [STAGE_DNS] = domain_start,
        [STAGE_POLICY] = policy_start,
        [STAGE_STARTTLS] = mailhost_start,
    };

    job_in_hand(j);
    stages[b->stage](j);
    job_put_down(j);
}

/* NULL where there is nothing to work on. */
static const struct json *read_job(struct job *j, enum stage stage, const char *line, size_t len)
{
    const struct json *input = json_parse_bytes(&j->arena, line, len);

    return json_get_string(input, stage == STAGE_STARTTLS ? "host" : "domain") != NULL ? input
                                                                                       : NULL;
}

/* Jobs are lines: cut, parse, number them. */
static void read_jobs(struct batch *b, const struct queue_batch *from)
{
    const char *line = from->jobs, *end = from->jobs + from->len;

    for (unsigned i = 0; i < from->count; i++) {
        const char *newline = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
        size_t len = (size_t)((newline != NULL ? newline : end) - line);
        struct job *j = &b->jobs[i];

        j->worker = b->worker;
        j->batch = b;
        j->number = i;
        arena_init(&j->arena, JOB_CHUNK);
        j->input = read_job(j, b->stage, line, len);
        line = newline != NULL ? newline + 1 : end;
    }
}

/* Nobody of ours fed it. Dead workers in a row would not better it; that a record is missing is
 * told at the end. */
static void drop_job(struct batch *b, struct job *j)
{
    log_error("job %s/%s/%u cannot be read and is dropped; who else writes to Redis?",
              stage_name(b->stage), b->id, j->number);
    job_finish(j);
}

static void start_jobs(struct batch *b, const struct queue_batch *from)
{
    b->starting = true; /* a job may end at once: no commit, no end of the batch under this loop */
    for (unsigned i = 0; i < b->count; i++)
        if (b->jobs[i].input == NULL)
            drop_job(b, &b->jobs[i]);
        else if (from->quarantine)
            record_quarantined(&b->jobs[i], b->stage);
        else
            start_job(b, &b->jobs[i]);
    b->starting = false;
}

struct batch *batch_start(struct claims *c, struct worker *w, const struct queue_batch *from)
{
    struct batch *b = memory_alloc(sizeof(*b) + from->count * sizeof(b->jobs[0]));

    assert(from->count > 0 && from->count <= QUEUE_BATCH_JOBS_MAX);
    b->claims = c;
    b->worker = w;
    b->stage = from->stage;
    memcpy(b->id, from->id, sizeof(b->id));
    b->count = from->count;
    harvest_init(&b->open);
    harvest_init(&b->sent);
    read_jobs(b, from);
    start_jobs(b, from);
    if (is_done(b)) {
        batch_free(b);
        return NULL;
    }
    batch_flush(b, timing_monotonic_ms(), false);
    return b;
}

/* ---- what its jobs do (workers/job.c) ---- */

enum stage batch_stage(const struct batch *b)
{
    return b->stage;
}

const char *batch_id(const struct batch *b)
{
    return b->id;
}

struct harvest *batch_harvest(struct batch *b)
{
    return &b->open;
}

bool batch_gave_certificate(const struct batch *b, uint64_t hash)
{
    return harvest_has_lately(&b->open, ITEM_CERT, hash) ||
           claims_knows_certificate(b->claims, hash);
}

void batch_job_ended(struct batch *b, unsigned number)
{
    uint64_t now = timing_monotonic_ms();

    harvest_cover(&b->open, (uint16_t)number, now);
    b->ended++;
    claims_job_ended(b->claims, b->stage);
    if (b->lost)
        harvest_reset(&b->open);
    if (!b->starting && is_done(b))
        claims_batch_gone(b->claims, b);
    else
        batch_flush(b, now, false);
}

/* ---- the list that claims keeps ---- */

struct batch *batch_next(const struct batch *b)
{
    return b->next;
}

void batch_link(struct batch *b, struct batch *next)
{
    b->next = next;
}

void batch_free(struct batch *b)
{
    for (unsigned i = 0; i < b->count; i++)
        arena_free(&b->jobs[i].arena); /* of those that did not end */
    harvest_free(&b->open);
    harvest_free(&b->sent);
    free(b);
}
