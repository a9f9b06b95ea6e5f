/* bed: a private Redis in a directory of its own, and the queue seen from both sides: `q` blocks,
 * as the coordinator's does; `w` is in a loop, as a worker's, with calls that run the loop until
 * the answer is there. */
#ifndef MXC_TESTS_QUEUE_BED_H
#define MXC_TESTS_QUEUE_BED_H

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "scanner/base/frame.h"
#include "scanner/base/memory.h"
#include "scanner/queue/queue.h"
#include "scanner/queue/redis_server.h"
#include "tests/unit/check.h"

struct bed {
    char directory[64], redis[96];
    struct redis_server *server;
    uv_loop_t loop;
    struct queue *q, *w;
    char epoch[QUEUE_EPOCH_SIZE];

    /* the last answer */
    bool answered;
    enum queue_status status;
    unsigned alive;
    struct queue_batch batch;
    char jobs[1 << 16];
};

static inline struct redis *bed_connect(struct bed *b)
{
    struct redis_address a;
    const char *error = redis_address_parse(&a, redis_server_url(b->server), false);
    struct redis *r = NULL;

    for (int i = 0; i < 500 && error == NULL && r == NULL; i++) {
        r = redis_open(&a, 1000, &error);
        if (r == NULL) {
            error = NULL;
            redis_server_tend(b->server);
            usleep(10000);
        }
    }
    redis_address_free(&a);
    if (r == NULL) {
        printf("no Redis: %s\n", error != NULL ? error : "it does not answer");
        exit(1);
    }
    return r;
}

static inline void bed_server(struct bed *b, uint64_t maxmemory)
{
    const char *error;

    b->server = redis_server_start(
        &(struct redis_server_options){ .directory = b->redis, .maxmemory = maxmemory }, &error);
    if (b->server == NULL) {
        printf("%s\n", error);
        exit(1);
    }
}

/* Both connections anew, under the epoch that the run has; waits while Redis loads its data. */
static inline void bed_reconnect(struct bed *b)
{
    struct queue_progress p;

    queue_free(b->q);
    queue_free(b->w);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    do {
        b->q = queue_new(bed_connect(b), "test", b->epoch[0] != '\0' ? b->epoch : NULL);
        if (b->epoch[0] == '\0' || queue_progress(b->q, &p) != QUEUE_LOST)
            break;
        queue_free(b->q);
        usleep(10000);
    } while (true);
    b->w = queue_new(bed_connect(b), "test", b->epoch[0] != '\0' ? b->epoch : NULL);
    queue_watch(b->w, &b->loop);
}

static inline void bed_open(struct bed *b, uint64_t maxmemory)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* what was said is not lost in a crash */
    memset(b, 0, sizeof(*b));
    strcpy(b->directory, "/tmp/mxcensus-test-XXXXXX");
    if (mkdtemp(b->directory) == NULL)
        exit(1);
    snprintf(b->redis, sizeof(b->redis), "%s/redis", b->directory);
    bed_server(b, maxmemory);
    uv_loop_init(&b->loop);
    bed_reconnect(b);
}

static inline void bed_create(struct bed *b)
{
    enum queue_status s = queue_create(b->q, "{\"attempts\":3}", b->epoch);

    CHECK(s == QUEUE_OK, "create: %d %s", s, queue_error(b->q));
    bed_reconnect(b);
}

static inline void bed_close(struct bed *b)
{
    char command[128];

    queue_free(b->q);
    queue_free(b->w);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&b->loop) == 0, "nothing is left in the loop");
    redis_server_stop(b->server);
    snprintf(command, sizeof(command), "rm -rf %s", b->directory);
    if (system(command) != 0)
        printf("cannot remove %s\n", b->directory);
}

/* kill -9 and start again, as the coordinator would. */
static inline void bed_kill_redis(struct bed *b)
{
    siginfo_t info;

    kill(redis_server_pid(b->server), SIGKILL);
    waitid(P_PID, (id_t)redis_server_pid(b->server), &info, WEXITED | WNOWAIT);
    bed_reconnect(b);
}

static inline void bed_on_claim(void *context, enum queue_status s, const struct queue_batch *batch)
{
    struct bed *b = context;

    b->answered = true;
    b->status = s;
    b->jobs[0] = '\0';
    if (s == QUEUE_OK) {
        b->batch = *batch;
        snprintf(b->jobs, sizeof(b->jobs), "%.*s", (int)batch->len, batch->jobs);
    }
}

static inline void bed_on_status(void *context, enum queue_status s)
{
    struct bed *b = context;

    b->answered = true;
    b->status = s;
}

static inline enum queue_status bed_wait(struct bed *b)
{
    b->answered = false;
    while (!b->answered)
        uv_run(&b->loop, UV_RUN_ONCE);
    return b->status;
}

static inline enum queue_status bed_claim(struct bed *b, enum stage stage, const char *consumer)
{
    queue_claim(b->w, stage, consumer, bed_on_claim, b);
    return bed_wait(b);
}

static inline enum queue_status bed_commit(struct bed *b, const struct queue_commit *c)
{
    queue_commit(b->w, c, bed_on_status, b);
    return bed_wait(b);
}

static inline void bed_on_beat(void *context, enum queue_status s, unsigned alive)
{
    struct bed *b = context;

    bed_on_status(b, s);
    b->alive = alive;
}

static inline enum queue_status bed_tell(struct bed *b, const char *consumer, const char *report)
{
    queue_beat(b->w, consumer, report, strlen(report), bed_on_beat, b);
    return bed_wait(b);
}

static inline enum queue_status bed_beat(struct bed *b, const char *consumer)
{
    return bed_tell(b, consumer, "");
}

static inline struct queue_progress bed_progress(struct bed *b)
{
    struct queue_progress p;
    enum queue_status s = queue_progress(b->q, &p);

    CHECK(s == QUEUE_OK, "progress: %s", queue_error(b->q));
    return p;
}

/* One frame of this text; free() it. */
static inline char *bed_frame(const char *text, size_t *len)
{
    struct buf b;

    buf_init(&b, BUF_NO_CEILING);
    frame_compress(&b, text, strlen(text));
    *len = b.len;
    return b.data;
}

#endif
