#include "workers/worker.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/timing.h"
#include "workers/chain.h"
#include "workers/claims.h"
#include "workers/dns/report.h"
#include "workers/fetch.h"
#include "workers/probe.h"
#include "workers/selectors.h"
#include "workers/shared_answers.h"

#define CONNECT_MS 10000
#define TICK_MS 500
#define TICK_DRAINING_MS 20
#define BEAT_EVERY_MS 2000
#define REPORT_BYTES_S 8192 /* what telling of the resolvers may cost Redis, bytes a second */
#define SHARED_BYTES ((size_t)8 << 20)
#define DRAIN_MS 5000        /* for jobs in hand to end by themselves, */
#define DRAIN_COMMIT_MS 3000 /* and for the answers to the last commits */

/* A worker's life: what is shared with its jobs, and what is its own. */
struct life {
    struct worker shared;
    const struct worker_options *options;
    struct settings settings;
    struct arena arena;
    struct selectors selectors;
    uv_loop_t loop;
    uv_timer_t tick;
    uv_signal_t stop;
    uv_prepare_t prepare;
    uint64_t beat_ms, drain_until_ms; /* 0: not draining */
    uint64_t report_ms;               /* when the next report is due */
    bool beating, last_told;          /* last_told: the report at the end is on its way */
    char vantage[64];
};

static struct life *life_of(const uv_timer_t *timer)
{
    return timer->data;
}

/* The caps of the run are shared evenly by the workers alive, whose number comes with each beat.
 * All work off one queue, so that equal shares are near to what each would take; nothing is asked
 * of Redis for it, and no worker that dies takes tokens along. One that joins makes it too much
 * until the others have heard of it: for two seconds. */
static void share_caps(struct life *l, unsigned alive)
{
    unsigned workers = alive > l->options->crew ? alive : l->options->crew;

    dns_engine_share(l->shared.dns, workers);
    probe_pool_share(l->shared.probes, workers);
}

static void on_beat(void *context, enum queue_status s, unsigned alive)
{
    struct life *l = context;

    l->beating = false;
    if (s != QUEUE_OK)
        claims_fail(l->shared.claims, s);
    else
        share_caps(l, alive);
}

static void beat(struct life *l, uint64_t now)
{
    struct buf report;

    if (l->beating || now - l->beat_ms < BEAT_EVERY_MS)
        return;
    buf_init(&report, BUF_NO_CEILING);
    if (now >= l->report_ms) {
        report_write(l->shared.dns, &report);
        l->report_ms = now + report.len * 1000 / REPORT_BYTES_S;
    }
    l->beat_ms = now;
    l->beating = true;
    queue_beat(l->shared.queue, l->options->consumer, report.data, report.len, on_beat, l);
    buf_free(&report);
}

/* Nothing is asked any more: what the resolvers did is told to the end. */
static bool tell_last(struct life *l, uint64_t now)
{
    if (!l->last_told && !l->beating) {
        l->last_told = true;
        l->report_ms = l->beat_ms = 0;
        beat(l, now);
    }
    return l->last_told && !l->beating;
}

/* The end: when nothing is in hand, or when time is up and nothing is under way to the queue. */
static void drain(struct life *l, uint64_t now)
{
    struct claims *c = l->shared.claims;

    claims_flush(c);
    if (((claims_idle(c) || (now > l->drain_until_ms && !claims_committing(c))) &&
         tell_last(l, now)) ||
        now > l->drain_until_ms + DRAIN_COMMIT_MS)
        uv_stop(&l->loop);
}

static void on_tick(uv_timer_t *timer)
{
    struct life *l = life_of(timer);
    uint64_t now = timing_monotonic_ms();

    beat(l, now);
    if (l->drain_until_ms == 0)
        claims_tick(l->shared.claims);
    else
        drain(l, now);
}

/* No job is in hand when the loop goes to sleep. */
static void on_prepare(uv_prepare_t *prepare)
{
    const struct life *l = prepare->data;

    breadcrumb_clear(l->shared.breadcrumb);
}

static void on_stop(uv_signal_t *signal, int number)
{
    struct life *l = signal->data;

    (void)number;
    if (l->drain_until_ms != 0)
        return;
    l->drain_until_ms = timing_monotonic_ms() + DRAIN_MS;
    claims_stop(l->shared.claims);
    uv_timer_start(&l->tick, on_tick, 0, TICK_DRAINING_MS);
}

static int join(struct life *l)
{
    char epoch[QUEUE_EPOCH_SIZE];
    const char *error = NULL;
    struct redis *r = redis_open(l->options->redis, CONNECT_MS, &error);
    enum queue_status s;
    struct buf settings;
    bool readable;

    if (r == NULL) {
        log_warning("worker: %s", error); /* it is started again */
        return EXIT_REDIS;
    }
    buf_init(&settings, BUF_NO_CEILING);
    l->shared.queue = queue_new(r, l->options->run, NULL);
    s = queue_join(l->shared.queue, epoch, &settings);
    if (s != QUEUE_OK) {
        if (s == QUEUE_EPOCH)
            log_error("worker: Redis holds no run named %s", l->options->run);
        else /* it may be loading its file: the worker is started again */
            log_warning("worker: Redis: %s", queue_error(l->shared.queue));
        buf_free(&settings);
        return EXIT_REDIS;
    }
    readable =
        settings_read(&l->settings, &l->arena, json_parse(&l->arena, settings.data, settings.len));
    buf_free(&settings);
    if (!readable)
        log_error("worker: the settings of run %s cannot be read; is it of another version?",
                  l->options->run);
    return readable ? EXIT_OK : EXIT_REDIS;
}

static int start_parts(struct life *l)
{
    struct worker *w = &l->shared;
    const char *error = NULL;

    error = contact_open(&w->contact, l->settings.allow_addresses, l->settings.opt_out);
    if (error != NULL) {
        log_error("worker: %s", error);
        return EXIT_INPUT;
    }
    l->settings.resolver = l->options->resolvers;
    w->dns = dns_engine_new(w->loop, w->settings, &error);
    if (w->dns == NULL) {
        log_error("worker: %s", error);
        return EXIT_RESOLVER;
    }
    if (!l->options->validating)
        dns_engine_distrust(w->dns);
    w->shared = shared_answers_new(w->loop, w->dns, SHARED_BYTES);
    error = selectors_open(&l->selectors, w->settings->dkim_selectors);
    if (error != NULL) {
        log_error("worker: %s", error);
        return EXIT_INPUT;
    }
    w->selectors = &l->selectors;
    w->chains = chain_judge_new(w->settings->trust_store, &error);
    if (w->chains == NULL) {
        log_error("worker: %s", error);
        return EXIT_INPUT;
    }
    w->probes = probe_pool_new(w, &error);
    w->fetches = w->probes != NULL ? fetch_pool_new(w, &error) : NULL;
    if (w->fetches == NULL) {
        log_error("worker: %s", error);
        return EXIT_LIMITS;
    }
    share_caps(l, 0);
    w->claims = claims_new(w, l->options->stages);
    return EXIT_OK;
}

static void start_handles(struct life *l)
{
    uv_timer_init(&l->loop, &l->tick);
    l->tick.data = l;
    uv_timer_start(&l->tick, on_tick, TICK_MS, TICK_MS);
    uv_signal_init(&l->loop, &l->stop);
    l->stop.data = l;
    uv_signal_start(&l->stop, on_stop, SIGTERM);
    uv_prepare_init(&l->loop, &l->prepare);
    l->prepare.data = l;
    uv_prepare_start(&l->prepare, on_prepare);
    queue_watch(l->shared.queue, &l->loop);
    claims_begin(l->shared.claims);
}

static int verdict(const struct life *l)
{
    enum queue_status s = claims_failure(l->shared.claims);

    if (s == QUEUE_OK)
        return EXIT_OK;
    log_warning("worker %s: %s; it ends", l->options->consumer,
                s == QUEUE_LOST        ? "the connection to Redis is lost"
                : s == QUEUE_NOT_YOURS ? "it was declared dead meanwhile"
                : s == QUEUE_EPOCH     ? "Redis does not hold this run any more"
                                       : queue_error(l->shared.queue));
    return EXIT_REDIS;
}

int worker_run(const struct worker_options *o)
{
    /* The process ends with the life: what it holds goes back to the system, and a job that still
     * waits for its peer needs no farewell. */
    static struct life life;
    struct life *l = &life;
    int status;

    l->options = o;
    l->shared.loop = &l->loop;
    l->shared.settings = &l->settings;
    l->shared.consumer = o->consumer;
    l->shared.breadcrumb = o->breadcrumb;
    signal(SIGPIPE, SIG_IGN); /* a peer that is gone is an error of write() */
    arena_init(&l->arena, 4096);
    uv_loop_init(&l->loop);
    status = join(l);
    if (status != EXIT_OK)
        return status;
    gethostname(l->vantage, sizeof(l->vantage) - 1);
    l->shared.vantage = l->settings.vantage[0] != '\0' ? l->settings.vantage : l->vantage;
    status = start_parts(l);
    if (status != EXIT_OK)
        return status;
    start_handles(l);
    uv_run(&l->loop, UV_RUN_DEFAULT);
    return verdict(l);
}
