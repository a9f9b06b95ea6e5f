#include "scanner/lifeline.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/base/exits.h"
#include "scanner/base/file.h"
#include "scanner/base/log.h"
#include "scanner/base/timing.h"
#include "scanner/run_directory.h"

#define CONNECT_MS 5000
#define AGAIN_MS 200

static bool start_server(struct lifeline *l)
{
    char *directory = file_path(l->plan.directory, "redis");
    struct redis_server_options options = { .directory = directory,
                                            .maxmemory = l->plan.maxmemory };
    const char *error;

    l->server = redis_server_start(&options, &error);
    free(directory);
    if (l->server == NULL)
        log_error("%s", error);
    return l->server != NULL;
}

static const char *connect_queue(struct lifeline *l)
{
    const char *error = NULL;
    struct redis *r = redis_open(&l->address, CONNECT_MS, &error);

    if (r == NULL)
        return error;
    queue_free(l->queue);
    l->queue = queue_new(r, l->plan.run, l->plan.epoch);
    return NULL;
}

int lifeline_open(struct lifeline *l, const struct lifeline_plan *plan)
{
    const char *error;

    memset(l, 0, sizeof(*l));
    l->plan = *plan;
    if (plan->url == NULL && !start_server(l))
        return run_directory_is_full(plan->directory) ? EXIT_DISK : EXIT_REDIS;
    error = redis_address_parse(&l->address,
                                plan->url != NULL ? plan->url : redis_server_url(l->server),
                                plan->url == NULL || plan->insecure);
    if (error != NULL) {
        log_error("--redis: %s", error);
        return EXIT_USAGE;
    }
    error = connect_queue(l);
    if (error == NULL)
        return EXIT_OK;
    log_error("%s; is it there, and is --redis its address?", error);
    return EXIT_REDIS;
}

void lifeline_close(struct lifeline *l)
{
    queue_free(l->queue);
    redis_server_stop(l->server);
    redis_address_free(&l->address);
}

void lifeline_break(struct lifeline *l)
{
    if (l->lost_ms == 0)
        l->lost_ms = timing_monotonic_ms();
    l->next_ms = 0;
}

/* One that still loads its data takes a connection and answers nothing else. */
static bool answers(struct lifeline *l)
{
    struct queue_progress now;

    return queue_progress(l->queue, &now) != QUEUE_LOST;
}

bool lifeline_mend(struct lifeline *l)
{
    uint64_t now = timing_monotonic_ms();

    if (now < l->next_ms)
        return false;
    if (connect_queue(l) == NULL && answers(l))
        l->lost_ms = 0;
    l->next_ms = now + AGAIN_MS;
    return l->lost_ms == 0;
}

/* A server that died because its disk is full would die again. */
void lifeline_tend(struct lifeline *l)
{
    if (l->server != NULL && (l->lost_ms == 0 || !run_directory_is_full(l->plan.directory)))
        redis_server_tend(l->server);
}
