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
#include "scanner/lifeline.h"
#include "scanner/progress.h"
#include "scanner/run_directory.h"
#include "scanner/tally.h"

#define COLLECT_WAIT_MS 100
#define DRAIN_MS 20000       /* for workers to hand over what they have finished */
#define REDIS_WAIT_MS 120000 /* for one that is away: a restart, and its data to load */
#define FAREWELL_MS 5000
#define FAREWELL_TURN_MS 20
#define REBUILDS_MAX 5 /* in one process: a Redis that loses its data that often is no Redis */

struct coordinator {
    const struct coordinator_plan *plan;
    coordinator_cb *created, *completed;
    void *context; /* of both */
    struct lifeline line;
    struct feed *feed;
    struct collector *collector;
    struct crew *crew;
    struct tally *tally;
    struct progress progress;
    uint64_t drain_until_ms; /* 0: not draining */
    uint64_t still_since_ms; /* 0: work is done */
    bool no_room;            /* it stands still for want of space on the disk */
    unsigned rebuilds;
};

/* What ends the run; all that was recorded stays. */
static int queue_trouble(const struct coordinator *c, enum queue_status s)
{
    if (s == QUEUE_EPOCH)
        log_error("Redis no longer holds this run (it lost its data, or serves another); finish it "
                  "with mxcensus resume %s",
                  c->plan->directory);
    else if (s == QUEUE_LOST)
        log_error("Redis is away and does not come back; when it is there again, mxcensus resume "
                  "%s goes on",
                  c->plan->directory);
    else
        log_error("%s", queue_error(c->line.queue));
    return EXIT_REDIS;
}

static int disk_trouble(const struct coordinator *c)
{
    log_error("%s: the disk is full; make room, then mxcensus resume %s goes on",
              c->plan->directory, c->plan->directory);
    return EXIT_DISK;
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
    s = queue_create_under(c->line.queue, settings.data, c->plan->epoch);
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
    status =
        recovery_run(c->plan->directory, c->plan->settings, c->line.queue, on_recorded, recorded);
    if (!recorded_finish(recorded) && status == EXIT_OK)
        status = EXIT_DISK;
    return status;
}

/* Is there a queue under this epoch that was not built to its end. An exit status. */
static int look_half_built(const struct coordinator *c, const char *epoch, bool *half)
{
    char known[QUEUE_EPOCH_SIZE];
    int status = recovery_epoch(c->plan->directory, known);

    *half = known[0] != '\0' && strcmp(known, epoch) != 0;
    return status;
}

/* A run that exists: go on with its queue, or build that again. What else a private Redis may hold
 * is the rest of an attempt at it. */
static int continue_run(struct coordinator *c)
{
    char epoch[QUEUE_EPOCH_SIZE] = "";
    enum queue_status s = queue_join(c->line.queue, epoch, NULL);
    bool ours = s == QUEUE_OK && strcmp(epoch, c->plan->epoch) == 0, half = false;
    int status = ours ? look_half_built(c, epoch, &half) : EXIT_OK;

    if (status != EXIT_OK || (ours && !half))
        return status;
    if (s == QUEUE_OK && !ours && c->line.server == NULL) {
        log_error("Redis holds another run named %s; wait for its end, or choose another Redis",
                  c->plan->run);
        return EXIT_REDIS;
    }
    if (s == QUEUE_OK)
        s = queue_remove(c->line.queue);
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
    size_t count = c->line.server != NULL
                       ? queue_lives(c->line.queue, lives, sizeof(lives) / sizeof(lives[0]))
                       : 0;

    for (size_t i = 0; i < count; i++)
        queue_bury(c->line.queue, lives[i].consumer, NULL);
}

static int begin(struct coordinator *c)
{
    struct lifeline_plan plan = {
        .directory = c->plan->directory,
        .run = c->plan->run,
        .url = c->plan->redis_url,
        .insecure = c->plan->insecure_redis,
        .maxmemory = (uint64_t)c->plan->settings->redis_memory << 20,
        .epoch = c->plan->epoch,
    };
    struct queue_progress now = { 0 };
    int status = lifeline_open(&c->line, &plan);

    if (status == EXIT_OK)
        status = create_or_continue(c);
    if (status == EXIT_OK)
        status = open_files(c);
    if (status != EXIT_OK)
        return status;
    bury_the_past(c);
    queue_progress(c->line.queue, &now);
    progress_start(&c->progress, c->plan->domains, now.done[KIND_DOMAINS], c->plan->quiet);
    c->crew = crew_start(&(struct crew_plan){ .size = c->plan->workers,
                                              .stages = crew_stages(c->plan->settings),
                                              .redis = &c->line.address,
                                              .run = c->plan->run,
                                              .recursor = c->plan->recursor,
                                              .watch_others = true });
    return EXIT_OK;
}

/* ---- signals and standstills ---- */

static void look_at_signals(struct coordinator *c)
{
    uint64_t now = timing_monotonic_ms();

    if (interrupt_count() > 0 && c->drain_until_ms == 0) {
        progress_end(&c->progress);
        log_info("stopping: workers hand over what they have finished; once more to hurry");
        c->drain_until_ms = now + DRAIN_MS;
        crew_drain(c->crew);
    }
    if (interrupt_count() > 1 && c->drain_until_ms > now)
        c->drain_until_ms = now;
}

static bool drain_time_is_up(const struct coordinator *c)
{
    return c->drain_until_ms != 0 && timing_monotonic_ms() >= c->drain_until_ms;
}

/* Nothing can be done now: Redis is away, or results wait for room on the disk; which of both, the
 * caller knows. A file system is no witness: a write that failed is undone, and a quota shows
 * nowhere. Not for ever: the run can be resumed when somebody has mended it. */
static int stand_still(struct coordinator *c, bool no_room, bool *over)
{
    uint64_t now = timing_monotonic_ms();

    if (c->still_since_ms == 0)
        c->still_since_ms = now;
    c->no_room = no_room;
    *over = drain_time_is_up(c);
    if (*over || now - c->still_since_ms < (no_room ? c->plan->disk_wait_ms : REDIS_WAIT_MS))
        return EXIT_OK;
    return no_room ? disk_trouble(c) : queue_trouble(c, QUEUE_LOST);
}

/* A private Redis on a full disk ends, and is not started there again. */
static int await_redis(struct coordinator *c, bool *over)
{
    bool full;

    if (lifeline_mend(&c->line)) {
        log_info("Redis is there again");
        return EXIT_OK;
    }
    usleep(COLLECT_WAIT_MS * 1000);
    full = run_directory_is_full(c->plan->directory);
    if (full && !c->no_room)
        log_warning("%s: the disk is full; waiting for room, nothing is lost", c->plan->directory);
    return stand_still(c, full, over);
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
        if (c->line.lost_ms == 0)
            log_warning("the connection to Redis is lost; connecting again");
        lifeline_break(&c->line);
        return EXIT_OK;
    case QUEUE_EPOCH:
        return rebuild_in_run(c);
    default:
        return queue_trouble(c, s);
    }
}

static int feed(struct coordinator *c)
{
    enum queue_status s = feed_step(c->feed, c->line.queue);

    return feed_failed(c->feed) ? EXIT_RUN_DIRECTORY : survive(c, s);
}

/* Have all workers ended and is all they handed over on disk, or on its way for too long. */
static bool drained(struct coordinator *c, size_t collected)
{
    if (drain_time_is_up(c))
        crew_kill(c->crew);
    return c->drain_until_ms != 0 && crew_alive(c->crew) == 0 && collected == 0;
}

static int look_at_progress(struct coordinator *c, size_t collected, bool *over)
{
    struct queue_progress now;
    enum queue_status s = queue_progress(c->line.queue, &now);

    if (s == QUEUE_OK && c->drain_until_ms == 0)
        progress_show(&c->progress, &now);
    *over = drained(c, collected) ||
            (s == QUEUE_OK && now.ended && now.results_bytes == 0 && collected == 0);
    return survive(c, s);
}

/* Collect, feed, tend. */
static int work(struct coordinator *c, bool *over)
{
    size_t collected = 0;
    enum queue_status s = collector_step(c->collector, c->line.queue, COLLECT_WAIT_MS, &collected);
    int status = survive(c, s);

    if (s == QUEUE_FULL) {
        status = stand_still(c, true, over);
    } else {
        c->still_since_ms = 0;
        c->no_room = false;
    }
    if (status == EXIT_OK && !*over && c->drain_until_ms == 0)
        status = feed(c);
    if (status == EXIT_OK && !*over)
        status = crew_tend(c->crew, c->line.queue);
    if (status == EXIT_OK && !*over)
        status = survive(c, tally_tend(c->tally, c->line.queue));
    if (status == EXIT_OK && !*over)
        status = look_at_progress(c, collected, over);
    return status;
}

/* *over is set when the run is: ended and all results on disk, or drained. */
static int turn(struct coordinator *c, bool *over)
{
    look_at_signals(c);
    lifeline_tend(&c->line);
    recursor_tend(c->plan->recursor);
    return c->line.lost_ms != 0 ? await_redis(c, over) : work(c, over);
}

/* ---- the end ---- */

static int stopped(const struct coordinator *c)
{
    if (c->no_room || run_directory_is_full(c->plan->directory))
        return disk_trouble(c);
    log_info("stopped; mxcensus resume %s goes on from here", c->plan->directory);
    return EXIT_INTERRUPTED;
}

/* Workers tell the last of their resolvers and go; those elsewhere are to see the end of the run
 * before it is gone. */
static void take_leave(struct coordinator *c)
{
    uint64_t until = timing_monotonic_ms() + FAREWELL_MS;
    struct queue_life one;

    crew_drain(c->crew);
    crew_tend(c->crew, c->line.queue);
    while (queue_lives(c->line.queue, &one, 1) > 0 && timing_monotonic_ms() < until) {
        usleep(FAREWELL_TURN_MS * 1000);
        crew_tend(c->crew, c->line.queue);
    }
}

static int write_resolvers(struct coordinator *c)
{
    int fault;

    if (tally_take(c->tally, c->line.queue) != QUEUE_OK)
        log_warning("resolvers.csv lacks what workers told last: %s", queue_error(c->line.queue));
    fault = tally_write(c->tally, &c->plan->recursor->survey, c->plan->directory);
    if (fault == 0)
        return EXIT_OK;
    log_error("%s/resolvers.csv: %s", c->plan->directory, strerror(-fault));
    return EXIT_DISK;
}

static int complete(struct coordinator *c)
{
    if (collector_finish(c->collector) != 0) {
        log_error("%s: the last records cannot be written; make room, then mxcensus resume %s",
                  c->plan->directory, c->plan->directory);
        return EXIT_DISK;
    }
    collector_counts(c->collector, c->plan->counts);
    take_leave(c);
    if (write_resolvers(c) != EXIT_OK || !c->completed(c->context))
        return EXIT_DISK;
    /* In a Redis that is not ours nothing of the run stays. */
    if (c->line.server == NULL && queue_remove(c->line.queue) != QUEUE_OK)
        log_warning("the finished run stays in Redis: %s", queue_error(c->line.queue));
    return EXIT_OK;
}

static int loop(struct coordinator *c)
{
    bool over = false;
    int status = EXIT_OK;

    while (status == EXIT_OK && !over)
        status = turn(c, &over);
    progress_end(&c->progress);
    if (status == EXIT_OK)
        status = c->drain_until_ms != 0 ? stopped(c) : complete(c);
    return status;
}

static void end(struct coordinator *c)
{
    if (c->crew != NULL) {
        crew_kill(c->crew);
        crew_free(c->crew);
    }
    close_files(c);
    tally_free(c->tally);
    lifeline_close(&c->line);
}

int coordinator_run(const struct coordinator_plan *plan, coordinator_cb *created,
                    coordinator_cb *completed, void *context)
{
    struct coordinator c = {
        .plan = plan,
        .created = created,
        .completed = completed,
        .context = context,
        .tally = tally_new(),
    };
    int status = begin(&c);

    if (status == EXIT_OK)
        status = loop(&c);
    end(&c);
    return status;
}
