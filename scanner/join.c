/* mxcensus worker: the worker processes of another machine join a run in a shared Redis. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/command.h"
#include "scanner/crew.h"
#include "scanner/interrupt.h"
#include "scanner/preflight.h"
#include "scanner/run_directory.h"

#define CONNECT_MS 10000
#define TURN_US 200000

/* The queue of the run, and the run's settings. */
static struct queue *reach_queue(const struct redis_address *address, const char *run,
                                 struct settings *s, struct arena *arena)
{
    char epoch[QUEUE_EPOCH_SIZE];
    const char *error = NULL;
    struct redis *r = redis_open(address, CONNECT_MS, &error);
    struct queue *q;
    struct buf settings;
    enum queue_status status;
    bool joined;

    if (r == NULL) {
        log_error("Redis: %s", error);
        return NULL;
    }
    buf_init(&settings, BUF_NO_CEILING);
    q = queue_new(r, run, NULL);
    status = queue_join(q, epoch, &settings);
    joined = status == QUEUE_OK;
    if (!joined && status != QUEUE_EPOCH)
        log_error("Redis: %s", queue_error(q));
    else if (!joined)
        log_error(
            "Redis holds no run named %s; start it with mxcensus run LIST --redis URL --run %s",
            run, run);
    else if (!(joined = settings_read(s, arena, json_parse(arena, settings.data, settings.len))))
        log_error("the settings of run %s cannot be read; is it of another version?", run);
    buf_free(&settings);
    if (joined)
        return q;
    queue_free(q);
    return NULL;
}

/* Work until the run has ended, its coordinator has removed it, or a signal comes. */
static int work(struct crew *crew, struct queue *q, struct recursor *recursor)
{
    struct queue_progress now = { 0 };
    enum queue_status s = QUEUE_OK;
    int status = EXIT_OK;

    while (status == EXIT_OK && interrupt_count() == 0 && s == QUEUE_OK && !now.ended) {
        recursor_tend(recursor);
        status = crew_tend(crew, q);
        s = queue_progress(q, &now);
        usleep(TURN_US);
    }
    crew_drain(crew);
    while (crew_alive(crew) > 0 && interrupt_count() < 2) {
        crew_tend(crew, q);
        usleep(TURN_US);
    }
    crew_kill(crew);
    if (s == QUEUE_LOST)
        log_error("Redis: the connection is lost; start this again when it is back");
    else if (s == QUEUE_REFUSED)
        log_error("Redis: %s", queue_error(q));
    if (status == EXIT_OK && (s == QUEUE_LOST || s == QUEUE_REFUSED))
        status = EXIT_REDIS;
    return status;
}

/* From the queue in reach to the end of the work. */
static int join_run(const struct options *o, struct queue *q, const struct redis_address *address,
                    const struct settings *run, unsigned workers)
{
    struct recursor recursor;
    struct crew *crew;
    char directory[] = "/tmp/mxcensus-unbound-XXXXXX";
    int status = recursor_open(&recursor, run);
    bool made = status == EXIT_OK && mkdtemp(directory) != NULL;

    if (status == EXIT_OK && !made) {
        log_error("%s: cannot be made: %s", directory, strerror(errno));
        status = EXIT_DISK;
    }
    if (status == EXIT_OK)
        status = recursor_start(&recursor, directory);
    if (status == EXIT_OK) {
        crew = crew_start(&(struct crew_plan){
            .size = workers,
            .stages = crew_stages(&o->settings),
            .redis = address,
            .run = o->run,
            .recursor = &recursor,
        });
        status = work(crew, q, &recursor);
        crew_free(crew);
    }
    recursor_close(&recursor);
    if (made)
        run_directory_remove(directory, "");
    return status;
}

/* A run's settings hold for all of its workers; a machine of its own has the stages that it serves.
 */
static void warn_of_settings(const struct settings *here, const struct settings *run)
{
    const char *option;

    for (size_t place = 0; (option = settings_unlike(here, run, &place)) != NULL;)
        if (strcmp(option, "stages") != 0)
            log_warning("--%s is not heeded: the run has another, which holds for all its workers",
                        option);
}

int command_worker(struct options *o)
{
    struct redis_address address;
    const char *error;
    struct settings run;
    struct queue *q;
    unsigned workers = preflight_workers(o->workers);
    int status;

    if (o->redis == NULL || o->run == NULL) {
        log_error("worker wants --redis URL and --run NAME");
        return EXIT_USAGE;
    }
    if (workers == 0)
        return EXIT_USAGE;
    status = preflight_settings(&o->settings);
    if (status == EXIT_OK)
        status = preflight_limits(&o->settings);
    if (status != EXIT_OK)
        return status;
    error = redis_address_parse(&address, o->redis, o->insecure_redis);
    if (error != NULL) {
        log_error("--redis: %s", error);
        return EXIT_USAGE;
    }
    settings_default(&run);
    q = reach_queue(&address, o->run, &run, &o->arena);
    if (q != NULL) {
        warn_of_settings(&o->settings, &run);
        interrupt_watch();
        status = join_run(o, q, &address, &run, workers);
        queue_free(q);
    } else {
        status = EXIT_REDIS;
    }
    redis_address_free(&address);
    return status;
}
