/* mxcensus worker: the worker processes of another machine join a run in a shared Redis. */
#include <stdlib.h>
#include <unistd.h>

#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/command.h"
#include "scanner/crew.h"
#include "scanner/interrupt.h"
#include "scanner/preflight.h"

#define CONNECT_MS 10000
#define TURN_US 200000

static struct queue *reach_queue(const struct redis_address *address, const char *run)
{
    char epoch[QUEUE_EPOCH_SIZE];
    const char *error = NULL;
    struct redis *r = redis_open(address, CONNECT_MS, &error);
    struct queue *q;
    struct buf settings;

    if (r == NULL) {
        log_error("Redis: %s", error);
        return NULL;
    }
    buf_init(&settings, BUF_NO_CEILING);
    q = queue_new(r, run, NULL);
    if (queue_join(q, epoch, &settings) != QUEUE_OK) {
        log_error(
            "Redis holds no run named %s; start it with mxcensus run LIST --redis URL --run %s",
            run, run);
        queue_free(q);
        q = NULL;
    }
    buf_free(&settings);
    return q;
}

/* Work until the run has ended, its coordinator has removed it, or a signal comes. */
static int work(struct crew *crew, struct queue *q)
{
    struct queue_progress now = { 0 };
    enum queue_status s = QUEUE_OK;
    int status = EXIT_OK;

    while (status == EXIT_OK && interrupt_count() == 0 && s == QUEUE_OK && !now.ended) {
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
    return status != EXIT_OK ? status : s == QUEUE_LOST ? EXIT_REDIS : EXIT_OK;
}

int command_worker(struct options *o)
{
    struct redis_address address;
    const char *error;
    struct queue *q;
    struct crew *crew;
    unsigned stages = crew_stages(&o->settings), workers = preflight_workers(o->workers);
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
    q = reach_queue(&address, o->run);
    if (q == NULL)
        return EXIT_REDIS;
    interrupt_watch();
    crew = crew_start(&(struct crew_plan){
        .size = workers,
        .stages = stages,
        .redis = &address,
        .run = o->run,
    });
    status = work(crew, q);
    crew_free(crew);
    queue_free(q);
    redis_address_free(&address);
    return status;
}
