#include "workers/job.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/base/frame.h"
#include "workers/batch.h"
#include "workers/harvest.h"
#include "workers/worker.h"

void job_in_hand(struct job *j)
{
    breadcrumb_drop(j->worker->breadcrumb, batch_stage(j->batch), batch_id(j->batch), j->number);
}

void job_put_down(struct job *j)
{
    breadcrumb_clear(j->worker->breadcrumb);
}

void job_record(struct job *j, enum kind kind, const char *record, size_t len)
{
    harvest_record(batch_harvest(j->batch), kind, record, len);
}

/* One that was given in a commit that the queue took, or in one that is to come, is not given
 * again; the queue would drop it all the same. */
void job_certificate(struct job *j, const uint8_t sha256[32], const char *record, size_t len)
{
    uint64_t hash = queue_hash(j->worker->queue, sha256, 32);
    struct buf line, frame;

    if (batch_gave_certificate(j->batch, hash))
        return;
    buf_init(&line, BUF_NO_CEILING);
    buf_init(&frame, BUF_NO_CEILING);
    buf_append(&line, record, len);
    buf_byte(&line, '\n');
    if (!frame_compress(&frame, line.data, line.len))
        abort(); /* no ceiling here: out of memory is the only reason */
    harvest_item(batch_harvest(j->batch), ITEM_CERT, hash, frame.data, frame.len);
    buf_free(&line);
    buf_free(&frame);
}

/* What a run without that stage would wait for in vain. */
static bool has_stage(const struct job *j, enum stage stage)
{
    return settings_has_stage(j->worker->settings, stage_name(stage));
}

void job_follow_policy(struct job *j, const char *text, size_t len)
{
    if (!has_stage(j, STAGE_POLICY))
        return;
    harvest_item(batch_harvest(j->batch), ITEM_POLICY, 0, text, len);
}

void job_follow_host(struct job *j, const char *host, const char *text, size_t len)
{
    if (!has_stage(j, STAGE_STARTTLS))
        return;
    harvest_item(batch_harvest(j->batch), ITEM_HOST,
                 queue_hash(j->worker->queue, host, strlen(host)), text, len);
}

/* The batch may be gone when this returns, and the job with it. */
static void end(struct job *j)
{
    arena_free(&j->arena);
    job_put_down(j);
    batch_job_ended(j->batch, j->number);
}

void job_finish(struct job *j)
{
    end(j);
}

void job_delay(struct job *j, const char *text, size_t len)
{
    harvest_item(batch_harvest(j->batch), ITEM_DELAYED, 0, text, len);
    end(j);
}
