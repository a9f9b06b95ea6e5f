#include "workers/claims.h"

#include <assert.h>
#include <stdlib.h>

#include "scanner/base/log.h"
#include "scanner/base/memory.h"
#include "scanner/base/timing.h"
#include "workers/batch.h"

#define QUESTIONS_PER_DOMAIN 8
#define PAUSE_FIRST_MS 20 /* after an empty answer; doubled up to the last */
#define PAUSE_LAST_MS 320

#define KNOWN_SLOTS 16384 /* hashes of certificates; a newcomer takes its slot */

/* One stage's share of the worker. */
struct share {
    struct claims *claims;
    enum stage stage;
    bool served, asking;
    int64_t in_hand, room; /* jobs */
    uint64_t pause_ms, again_ms;
};

struct claims {
    struct worker *worker;
    struct share shares[STAGE_COUNT];
    struct batch *batches;
    uv_timer_t timer;
    bool running;
    size_t commits; /* whose answers are awaited */
    size_t refused; /* commits that Redis had no memory for, until it has */
    bool told;      /* of the first of them */
    enum queue_status failure;
    uint64_t known[KNOWN_SLOTS];
};

static int64_t room_of(const struct settings *s, enum stage stage)
{
    int64_t domains = s->dns_flight / QUESTIONS_PER_DOMAIN;

    return stage == STAGE_DNS      ? (domains > 1 ? domains : 1)
           : stage == STAGE_POLICY ? s->fetches
                                   : 2 * s->probes; /* as many again may wait at a cap */
}

static void ask(struct share *share);

static void wait_longer(struct share *share)
{
    uint64_t next = share->pause_ms * 2;

    share->pause_ms = next == 0 ? PAUSE_FIRST_MS : next > PAUSE_LAST_MS ? PAUSE_LAST_MS : next;
    share->again_ms = timing_monotonic_ms() + share->pause_ms;
}

static void take(struct share *share, const struct queue_batch *from)
{
    struct claims *c = share->claims;
    struct batch *b;

    share->pause_ms = 0;
    share->in_hand += from->count;
    b = batch_start(c, c->worker, from);
    if (b != NULL) {
        batch_link(b, c->batches);
        c->batches = b;
    }
    ask(share);
}

static void on_batch(void *context, enum queue_status s, const struct queue_batch *from)
{
    struct share *share = context;
    struct claims *c = share->claims;

    share->asking = false;
    if (s == QUEUE_EMPTY)
        wait_longer(share);
    else if (s != QUEUE_OK)
        claims_fail(c, s);
    else if (c->running)
        take(share, from); /* else it stays this consumer's, and goes to another with its end */
}

/* The next batch is claimed as soon as there is room for one job of it, so that it is there before
 * the last has ended: at most room and a batch are in hand. */
static void ask(struct share *share)
{
    struct claims *c = share->claims;

    if (!c->running || !share->served || share->asking || share->in_hand >= share->room ||
        c->refused > 0 || timing_monotonic_ms() < share->again_ms)
        return;
    share->asking = true;
    queue_claim(c->worker->queue, share->stage, c->worker->consumer, on_batch, share);
}

static void on_timer(uv_timer_t *timer)
{
    struct claims *c = timer->data;

    for (int s = 0; s < STAGE_COUNT; s++)
        ask(&c->shares[s]);
}

struct claims *claims_new(struct worker *w, unsigned stages)
{
    struct claims *c = memory_alloc(sizeof(*c));

    c->worker = w;
    c->failure = QUEUE_OK;
    for (int s = 0; s < STAGE_COUNT; s++)
        c->shares[s] = (struct share){ .claims = c,
                                       .stage = (enum stage)s,
                                       .served = (stages >> s & 1) != 0,
                                       .room = room_of(w->settings, (enum stage)s) };
    uv_timer_init(w->loop, &c->timer);
    c->timer.data = c;
    return c;
}

void claims_begin(struct claims *c)
{
    c->running = true;
    uv_timer_start(&c->timer, on_timer, 0, PAUSE_FIRST_MS);
}

void claims_stop(struct claims *c)
{
    c->running = false;
    uv_timer_stop(&c->timer);
}

static void flush(struct claims *c, bool all)
{
    uint64_t now = timing_monotonic_ms();

    for (struct batch *b = c->batches; b != NULL; b = batch_next(b))
        batch_flush(b, now, all);
}

void claims_tick(struct claims *c)
{
    flush(c, false);
}

void claims_flush(struct claims *c)
{
    flush(c, true);
}

bool claims_asking(const struct claims *c)
{
    for (int s = 0; s < STAGE_COUNT; s++)
        if (c->shares[s].asking)
            return true;
    return false;
}

bool claims_idle(const struct claims *c)
{
    return c->batches == NULL && !claims_asking(c);
}

bool claims_committing(const struct claims *c)
{
    return c->commits > 0;
}

void claims_commit_sent(struct claims *c)
{
    c->commits++;
}

void claims_commit_answered(struct claims *c)
{
    c->commits--;
}

void claims_commit_refused(struct claims *c)
{
    c->refused++;
    if (!c->told)
        log_warning("Redis has reached its maxmemory; worker %s keeps what it has finished and "
                    "offers it again",
                    c->worker->consumer);
    c->told = true;
}

void claims_commit_taken(struct claims *c)
{
    c->refused--;
}

bool claims_knows_certificate(const struct claims *c, uint64_t hash)
{
    return c->known[hash % KNOWN_SLOTS] == hash;
}

void claims_learn_certificate(struct claims *c, uint64_t hash)
{
    c->known[hash % KNOWN_SLOTS] = hash;
}

bool claims_hungry(const struct claims *c, enum stage stage)
{
    return c->shares[stage].served && c->shares[stage].pause_ms > 0;
}

bool claims_starved(const struct claims *c)
{
    for (int s = 0; s < STAGE_COUNT; s++)
        if (c->shares[s].served && c->shares[s].pause_ms == 0)
            return false;
    return true;
}

void claims_job_ended(struct claims *c, enum stage stage)
{
    c->shares[stage].in_hand--;
    ask(&c->shares[stage]);
}

void claims_batch_gone(struct claims *c, struct batch *b)
{
    struct batch *before = NULL;

    for (struct batch *at = c->batches; at != b; at = batch_next(at))
        before = at;
    if (before == NULL)
        c->batches = batch_next(b);
    else
        batch_link(before, batch_next(b));
    batch_free(b);
}

void claims_fail(struct claims *c, enum queue_status s)
{
    if (c->failure == QUEUE_OK)
        c->failure = s;
    claims_stop(c);
    uv_stop(c->worker->loop);
}

enum queue_status claims_failure(const struct claims *c)
{
    return c->failure;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void claims_free(struct claims *c)
{
    assert(!claims_asking(c) && !claims_committing(c));
    while (c->batches != NULL)
        claims_batch_gone(c, c->batches);
    uv_close((uv_handle_t *)&c->timer, on_closed);
}
