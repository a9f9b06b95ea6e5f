/* The worker's side of the queue: all in the loop. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"
#include "scanner/queue/call.h"

/* Who waits for an answer. */
struct asked {
    struct queue *queue;
    enum stage stage;
    queue_claim_cb *claim_cb;
    queue_status_cb *status_cb;
    queue_beat_cb *beat_cb;
    void *context;
};

static struct asked *asked_new(struct queue *q, void *context)
{
    struct asked *a = memory_alloc(sizeof(*a));

    a->queue = q;
    a->context = context;
    return a;
}

void queue_watch(struct queue *q, uv_loop_t *loop)
{
    redis_watch(q->redis, loop);
}

/* entry is ID, number of jobs, quarantine, jobs. A batch that was partly committed by one who died
 * came back as a new one without those jobs, so that none of it is committed. */
static bool read_batch(struct queue_batch *b, const redisReply *entry)
{
    if (!call_is_entry(entry, sizeof(b->id)) || entry->element[1]->integer == 0 ||
        entry->element[1]->integer > QUEUE_BATCH_JOBS_MAX)
        return false;
    snprintf(b->id, sizeof(b->id), "%s", entry->element[0]->str);
    b->count = (unsigned)entry->element[1]->integer;
    b->quarantine = entry->element[2]->integer != 0;
    b->jobs = entry->element[3]->str;
    b->len = (size_t)entry->element[3]->len;
    return true;
}

static void on_claim(void *context, const redisReply *reply)
{
    struct asked a = *(struct asked *)context;
    struct queue_batch batch = { .stage = a.stage };
    enum queue_status status = call_status(a.queue, reply);

    free(context);
    if (status == QUEUE_FULL)
        status = QUEUE_EMPTY; /* no memory for more in hand: as if there were nothing */
    if (status == QUEUE_OK && !read_batch(&batch, reply))
        status = QUEUE_REFUSED;
    a.claim_cb(a.context, status, status == QUEUE_OK ? &batch : NULL);
}

static void on_status(void *context, const redisReply *reply)
{
    struct asked a = *(struct asked *)context;
    enum queue_status status = call_status(a.queue, reply);

    free(context);
    a.status_cb(a.context, status);
}

void queue_claim(struct queue *q, enum stage stage, const char *consumer, queue_claim_cb *cb,
                 void *context)
{
    struct asked *a = asked_new(q, context);
    struct call c;

    a->stage = stage;
    a->claim_cb = cb;
    call_begin(&c, q, "claim", 3);
    call_string(&c, stage_name(stage));
    call_string(&c, consumer);
    call_number(&c, QUEUE_RESULTS_BYTES_MAX);
    call_send(&c, q, on_claim, a);
}

static void on_beat(void *context, const redisReply *reply)
{
    struct asked a = *(struct asked *)context;
    enum queue_status status = call_status(a.queue, reply);

    free(context);
    a.beat_cb(a.context, status, status == QUEUE_OK ? (unsigned)reply->integer : 0);
}

void queue_beat(struct queue *q, const char *consumer, const char *report, size_t len,
                queue_beat_cb *cb, void *context)
{
    struct asked *a = asked_new(q, context);
    struct call c;

    a->beat_cb = cb;
    call_begin(&c, q, "beat", 2);
    call_string(&c, consumer);
    call_bytes(&c, report, len);
    call_send(&c, q, on_beat, a);
}

/* Bit n%8 of byte n/8 for job n; shorter than the batch's own where the last jobs are not in it. */
static void add_bitmap(struct call *call, const struct queue_commit *c)
{
    uint8_t bits[QUEUE_BATCH_JOBS_MAX / 8] = { 0 };
    size_t len = 0;

    for (size_t i = 0; i < c->covered_count; i++) {
        unsigned n = c->covered[i];

        assert(n < QUEUE_BATCH_JOBS_MAX && (bits[n / 8] & 1u << n % 8) == 0);
        bits[n / 8] |= (uint8_t)(1u << n % 8);
        len = n / 8 + 1 > len ? n / 8 + 1 : len;
    }
    call_bytes(call, arena_strndup(&call->arena, (const char *)bits, len), len);
    call_number(call, c->covered_count);
}

static void add_results(struct call *call, const struct queue_commit *c)
{
    unsigned kinds = 0;

    for (int k = 0; k < KIND_COUNT; k++)
        kinds += c->results[k].frame != NULL;
    call_number(call, kinds);
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        if (c->results[k].frame == NULL)
            continue;
        call_number(call, k);
        call_number(call, c->results[k].records);
        call_bytes(call, c->results[k].frame, c->results[k].len);
    }
}

static void add_items(struct call *call, const struct queue_item *items, size_t count, bool hashed)
{
    call_number(call, count);
    for (size_t i = 0; i < count; i++) {
        if (hashed)
            call_hash(call, items[i].hash);
        call_bytes(call, items[i].data, items[i].len);
    }
}

void queue_commit(struct queue *q, const struct queue_commit *c, queue_status_cb *cb, void *context)
{
    size_t items = c->policy_count + 2 * c->host_count + 2 * c->cert_count + c->delayed_count +
                   (size_t)3 * KIND_COUNT;
    struct asked *a = asked_new(q, context);
    struct call call;

    assert(c->covered_count > 0 && c->results[KIND_CERTS].frame == NULL);
    a->status_cb = cb;
    call_begin(&call, q, "commit", items + 11);
    call_string(&call, stage_name(c->stage));
    call_string(&call, c->consumer);
    call_string(&call, c->id);
    add_bitmap(&call, c);
    call_number(&call, c->delay_ms);
    add_results(&call, c);
    add_items(&call, c->policies, c->policy_count, false);
    add_items(&call, c->hosts, c->host_count, true);
    add_items(&call, c->certs, c->cert_count, true);
    add_items(&call, c->delayed, c->delayed_count, false);
    call_send(&call, q, on_status, a);
}
