#include "scanner/coordinator.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingest/ingest.h"
#include "ingest/recorded.h"
#include "output/collector.h"
#include "output/recovery.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/timing.h"
#include "scanner/crew.h"
#include "scanner/interrupt.h"
#include "scanner/progress.h"
#include "scanner/queue/queue.h"
#include "scanner/queue/redis_server.h"
#include "scanner/run_directory.h"

#define COLLECT_WAIT_MS 100
#define DRAIN_MS 20000 /* for workers to hand over what they have finished */
#define CONNECT_MS 5000
#define REDIS_TRIES 20
#define REBUILDS_MAX 5 /* in one process: a Redis that loses its data that often is no Redis */

struct coordinator {
    const struct coordinator_plan *plan;
    coordinator_created_cb *created;
    void *context;               /* of created */
    struct redis_server *server; /* NULL: somebody else's */
    struct redis_address address;
    struct queue *queue;
    struct feed *feed;
    struct collector *collector;
    struct crew *crew;
    struct progress progress;
    uint64_t drain_until_ms; /* 0: not draining */
    unsigned rebuilds;
};

/* ---- Redis: there, lost, back again ---- */

static int connect_queue(struct coordinator *c)
{
    const char *error = NULL;
    struct redis *r = redis_open(&c->address, CONNECT_MS, &error);

    if (r == NULL) {
        log_error("Redis: %s", error);
        return EXIT_REDIS;
    }
    queue_free(c->queue);
    c->queue = queue_new(r, c->plan->run, c->plan->epoch);
    return EXIT_OK;
}

static bool start_redis(struct coordinator *c)
{
    char *directory = run_directory_path(c->plan->directory, "redis");
    struct redis_server_options options = {
        .directory = directory,
        .maxmemory = (uint64_t)c->plan->settings->redis_memory << 20,
    };
    const char *error;

    c->server = redis_server_start(&options, &error);
    free(directory);
    if (c->server == NULL)
        log_error("%s", error);
    return c->server != NULL;
}

static int find_redis(struct coordinator *c)
{
    const char *error;

    if (c->plan->redis_url == NULL) {
        if (!start_redis(c))
            return EXIT_REDIS;
        error = redis_address_parse(&c->address, redis_server_url(c->server), true);
    } else {
        error = redis_address_parse(&c->address, c->plan->redis_url, c->plan->insecure_redis);
    }
    if (error != NULL) {
        log_error("--redis: %s", error);
        return EXIT_USAGE;
    }
    return connect_queue(c);
}

static int queue_trouble(const struct coordinator *c, enum queue_status s)
{
    if (s == QUEUE_EPOCH)
        log_error("Redis no longer holds this run (it lost its data, or serves another); finish it "
                  "with mxcensus resume %s",
                  c->plan->directory);
    else
        log_error("Redis: %s", s == QUEUE_LOST ? "the connection is lost" : queue_error(c->queue));
    return EXIT_REDIS;
}

/* The connection broke: restart a private server where it died, and connect again, with back-off.
 */
static int reconnect(struct coordinator *c)
{
    for (unsigned attempt = 0; attempt < REDIS_TRIES && interrupt_count() < 2; attempt++) {
        const char *error = NULL;
        struct redis *r;

        if (c->server != NULL)
            redis_server_tend(c->server);
        usleep((attempt < 10 ? attempt : 10) * 100000);
        r = redis_open(&c->address, CONNECT_MS, &error);
        if (r == NULL)
            continue;
        queue_free(c->queue);
        c->queue = queue_new(r, c->plan->run, c->plan->epoch);
        return EXIT_OK;
    }
    return queue_trouble(c, QUEUE_LOST);
}

/* ---- the beginning ---- */

/* run.json first: a run that Redis knows is one that can be resumed. */
static int create_run(struct coordinator *c)
{
    enum queue_status s;
    struct buf settings;
    struct json_writer w;

    queue_draw_epoch(c->plan->epoch);
    if (!c->created(c->context))
        return EXIT_DISK;
    buf_init(&settings, BUF_NO_CEILING);
    json_writer_init(&w, &settings);
    settings_write(c->plan->settings, &w, NULL);
    buf_byte(&settings, '\0');
    s = queue_create_under(c->queue, settings.data, c->plan->epoch);
    buf_free(&settings);
    return s == QUEUE_OK ? EXIT_OK : queue_trouble(c, s);
}

static void on_recorded(void *context, const char *domain, size_t len)
{
    recorded_add(context, domain, len);
}

/* Redis has nothing of this run: a queue under a new epoch, from the records and the spool. The
 * steps and their order are told in output/recovery.h. */
static int rebuild(struct coordinator *c)
{
    struct recorded *recorded;
    int status;

    if (c->rebuilds++ == REBUILDS_MAX)
        return queue_trouble(c, QUEUE_EPOCH);
    log_warning("Redis holds nothing of this run; building its queue again from %s",
                c->plan->directory);
    status = create_run(c);
    if (status != EXIT_OK)
        return status;
    recorded = recorded_new(c->plan->directory);
    status = recovery_run(c->plan->directory, c->plan->settings, c->queue, on_recorded, recorded);
    if (!recorded_finish(recorded) && status == EXIT_OK)
        status = EXIT_DISK;
    return status;
}

/* Is there a queue under this epoch that was not built to its end. */
static bool is_half_built(const struct coordinator *c, const char *epoch)
{
    char known[QUEUE_EPOCH_SIZE];

    return recovery_epoch(c->plan->directory, known) && strcmp(known, epoch) != 0;
}

/* A run that exists: go on with its queue, or build that again. What else a private Redis may hold
 * is the rest of an attempt at it. */
static int continue_run(struct coordinator *c)
{
    char epoch[QUEUE_EPOCH_SIZE] = "";
    enum queue_status s = queue_join(c->queue, epoch, NULL);
    bool ours = s == QUEUE_OK && strcmp(epoch, c->plan->epoch) == 0;

    if (ours && !is_half_built(c, epoch))
        return EXIT_OK;
    if (s == QUEUE_OK && !ours && c->server == NULL) {
        log_error("Redis holds another run named %s; wait for its end, or choose another Redis",
                  c->plan->run);
        return EXIT_REDIS;
    }
    if (s == QUEUE_OK)
        s = queue_remove(c->queue);
    if (s != QUEUE_OK && s != QUEUE_EPOCH)
        return queue_trouble(c, s);
    return rebuild(c);
}

static int create_or_continue(struct coordinator *c)
{
    int status;

    if (c->plan->epoch[0] != '\0')
        return continue_run(c);
    status = create_run(c);
    if (status != EXIT_OK)
        c->plan->epoch[0] = '\0'; /* nothing was begun */
    return status;
}

static int open_files(struct coordinator *c)
{
    c->collector = collector_open(c->plan->directory, c->plan->epoch);
    if (c->collector == NULL)
        return EXIT_DISK;
    c->feed = feed_open(c->plan->directory, c->plan->settings);
    return c->feed != NULL ? EXIT_OK : EXIT_RUN_DIRECTORY;
}

static void close_files(struct coordinator *c)
{
    feed_close(c->feed);
    collector_close(c->collector);
    c->feed = NULL;
    c->collector = NULL;
}

/* Whoever worked on the run before this process did is gone: a private Redis has no other workers.
 */
static void bury_the_past(struct coordinator *c)
{
    struct queue_life lives[256];
    size_t count =
        c->server != NULL ? queue_lives(c->queue, lives, sizeof(lives) / sizeof(lives[0])) : 0;

    for (size_t i = 0; i < count; i++)
        queue_bury(c->queue, lives[i].consumer, NULL);
}

static int begin(struct coordinator *c)
{
    struct queue_progress now = { 0 };
    int status = find_redis(c);

    if (status == EXIT_OK)
        status = create_or_continue(c);
    if (status == EXIT_OK)
        status = open_files(c);
    if (status != EXIT_OK)
        return status;
    bury_the_past(c);
    queue_progress(c->queue, &now);
    progress_start(&c->progress, c->plan->domains, now.done[KIND_DOMAINS], c->plan->quiet);
    c->crew = crew_start(&(struct crew_plan){ .size = c->plan->workers,
                                              .stages = crew_stages(c->plan->settings),
                                              .redis = &c->address,
                                              .run = c->plan->run,
                                              .watch_others = true });
    return EXIT_OK;
}

/* ---- the loop ---- */

/* Redis came back without its data in mid-run. What the collector had read and not yet made safe is
 * done again; workers find the new epoch by themselves. */
static int rebuild_in_run(struct coordinator *c)
{
    int status;

    if (c->drain_until_ms != 0)
        return queue_trouble(c, QUEUE_EPOCH);
    progress_end(&c->progress);
    close_files(c);
    status = continue_run(c);
    return status == EXIT_OK ? open_files(c) : status;
}

/* What to make of a status inside the loop: EXIT_OK goes on. */
static int survive(struct coordinator *c, enum queue_status s)
{
    switch (s) {
    case QUEUE_OK:
    case QUEUE_FULL:
    case QUEUE_EMPTY:
        return EXIT_OK;
    case QUEUE_LOST:
        log_warning("the connection to Redis is lost; connecting again");
        return reconnect(c);
    case QUEUE_EPOCH:
        return rebuild_in_run(c);
    default:
        return queue_trouble(c, s);
    }
}

static void look_at_signals(struct coordinator *c)
{
    if (interrupt_count() == 0 || c->drain_until_ms != 0)
        return;
    progress_end(&c->progress);
    log_info("stopping: workers hand over what they have finished; once more to hurry");
    c->drain_until_ms = timing_monotonic_ms() + DRAIN_MS;
    crew_drain(c->crew);
}

static bool drained(struct coordinator *c, size_t collected)
{
    if (interrupt_count() > 1 ||
        (c->drain_until_ms != 0 && timing_monotonic_ms() > c->drain_until_ms))
        crew_kill(c->crew);
    return c->drain_until_ms != 0 && crew_alive(c->crew) == 0 && collected == 0;
}

/* One turn. *over is set when the run is: ended and all results on disk, or drained. */
static int turn(struct coordinator *c, bool *over)
{
    struct queue_progress now;
    size_t collected = 0;
    int status;

    look_at_signals(c);
    if (c->server != NULL)
        redis_server_tend(c->server);
    status = survive(c, collector_step(c->collector, c->queue, COLLECT_WAIT_MS, &collected));
    if (status == EXIT_OK && c->drain_until_ms == 0)
        status = survive(c, feed_step(c->feed, c->queue));
    if (status == EXIT_OK)
        status = crew_tend(c->crew, c->queue);
    if (status == EXIT_OK) {
        enum queue_status s = queue_progress(c->queue, &now);

        status = survive(c, s);
        if (s == QUEUE_OK && c->drain_until_ms == 0)
            progress_show(&c->progress, &now);
        *over = drained(c, collected) ||
                (s == QUEUE_OK && now.ended && now.results_bytes == 0 && collected == 0);
    }
    return status;
}

static int loop(struct coordinator *c)
{
    bool over = false;
    int status = EXIT_OK;

    while (status == EXIT_OK && !over)
        status = turn(c, &over);
    progress_end(&c->progress);
    if (c->collector != NULL)
        collector_counts(c->collector, c->plan->counts);
    if (status == EXIT_OK && c->drain_until_ms == 0 && collector_finish(c->collector) != 0) {
        log_error("%s: the last records cannot be written; make space, then mxcensus resume",
                  c->plan->directory);
        status = EXIT_DISK;
    }
    if (status == EXIT_OK && c->drain_until_ms != 0) {
        log_info("stopped; mxcensus resume %s goes on from here", c->plan->directory);
        status = EXIT_INTERRUPTED;
    }
    return status;
}

static void end(struct coordinator *c)
{
    if (c->crew != NULL) {
        crew_kill(c->crew);
        crew_free(c->crew);
    }
    close_files(c);
    queue_free(c->queue);
    if (c->server != NULL)
        redis_server_stop(c->server);
    redis_address_free(&c->address);
}

int coordinator_run(const struct coordinator_plan *plan, coordinator_created_cb *created,
                    void *context)
{
    struct coordinator c = { .plan = plan, .created = created, .context = context };
    int status = begin(&c);

    if (status == EXIT_OK)
        status = loop(&c);
    end(&c);
    return status;
}
