#include "scanner/crew.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"
#include "scanner/base/timing.h"
#include "scanner/interrupt.h"
#include "workers/breadcrumb.h"
#include "workers/worker.h"

#define BACKOFF_FIRST_MS 200
#define BACKOFF_LAST_MS 10000
#define GOOD_LIFE_MS 30000 /* a life this long forgets the failures before it */
#define WATCH_EVERY_MS 2000
#define BLIND_MS 10000
#define OTHERS_MAX 4096

struct member {
    pid_t pid; /* 0: none now */
    char consumer[QUEUE_CONSUMER_SIZE];
    struct breadcrumb *crumb; /* shared with the process */
    uint64_t started_ms, again_ms;
    unsigned failures;
    bool hung;     /* we killed it for its silence */
    bool unburied; /* dead, and the queue does not know it yet */
    int ended;     /* as waitpid() has it */
};

/* A consumer's counter, and when it last changed by our clock. */
struct pulse {
    char consumer[QUEUE_CONSUMER_SIZE];
    uint64_t beats, changed_ms;
};

struct crew {
    struct crew_plan plan;
    struct member *members;
    struct pulse *pulses;
    size_t pulse_count;
    uint64_t watched_ms;
    bool draining;
};

static void name_consumer(char consumer[QUEUE_CONSUMER_SIZE])
{
    char host[32] = "";

    gethostname(host, sizeof(host) - 1);
    host[strcspn(host, ".")] = '\0';
    snprintf(consumer, QUEUE_CONSUMER_SIZE, "%s-%08x", host, randombytes_random());
}

static void worker_process(const struct crew *c, const struct member *m, pid_t parent)
{
    struct worker_options options = {
        .redis = c->plan.redis,
        .run = c->plan.run,
        .stages = c->plan.stages,
        .consumer = m->consumer,
        .breadcrumb = m->crumb,
        .resolvers = c->plan.recursor->resolvers,
        .validating = c->plan.recursor->survey.validating,
        .crew = (unsigned)c->plan.size,
    };

    interrupt_forget();
    /* Without a parent nobody would tell it that the run is over. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(EXIT_OK);
    setpgid(0, 0); /* the terminal's Ctrl-C is for the parent, which drains */
    close_range(STDERR_FILENO + 1, ~0U, 0);
    _exit(worker_run(&options));
}

static void member_start(struct crew *c, struct member *m)
{
    pid_t parent = getpid();

    name_consumer(m->consumer);
    breadcrumb_clear(m->crumb);
    m->started_ms = timing_monotonic_ms();
    m->hung = false;
    m->pid = fork();
    if (m->pid == 0)
        worker_process(c, m, parent);
    if (m->pid < 0) {
        log_warning("cannot start a worker: %s; trying again", strerror(errno));
        m->pid = 0;
        m->again_ms = m->started_ms + BACKOFF_LAST_MS;
    }
}

unsigned crew_stages(const struct settings *s)
{
    unsigned stages = 0;

    for (int stage = 0; stage < STAGE_COUNT; stage++)
        stages |= settings_has_stage(s, stage_name((enum stage)stage)) ? 1U << stage : 0;
    return stages;
}

struct crew *crew_start(const struct crew_plan *plan)
{
    struct crew *c = memory_alloc(sizeof(*c));

    c->plan = *plan;
    c->members = memory_alloc(plan->size * sizeof(*c->members));
    c->pulses = memory_alloc(OTHERS_MAX * sizeof(*c->pulses));
    for (size_t i = 0; i < plan->size; i++) {
        c->members[i].crumb = breadcrumb_new();
        member_start(c, &c->members[i]);
    }
    return c;
}

/* Did the process end by something that the job in hand may have caused (DESIGN.md section 4,
 * Poison). */
static bool is_suspicious(const struct member *m, int status)
{
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

    return m->hung || number == SIGSEGV || number == SIGABRT || number == SIGBUS;
}

/* What it had in hand goes back, and it is told of. */
static void bury(struct crew *c, struct queue *q, struct member *m)
{
    char suspect[BREADCRUMB_SIZE];
    bool named = is_suspicious(m, m->ended) && breadcrumb_read(m->crumb, suspect);

    m->unburied = queue_bury(q, m->consumer, named ? suspect : NULL) == QUEUE_LOST;
    if (m->unburied || c->draining || !WIFSIGNALED(m->ended))
        return; /* one that ended by itself has said why */
    log_warning("worker %s ended by signal %d%s%s; its work goes to another", m->consumer,
                WTERMSIG(m->ended), named ? " with job " : "", named ? suspect : "");
}

/* Statuses that another try on this machine cannot better. */
static int hopeless(int status)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_OK;

    return code == EXIT_RESOLVER || code == EXIT_INPUT || code == EXIT_LIMITS || code == EXIT_USAGE
               ? code
               : EXIT_OK;
}

static int member_reap(struct crew *c, struct queue *q, struct member *m, uint64_t now)
{
    if (m->pid != 0 && waitpid(m->pid, &m->ended, WNOHANG) == m->pid) {
        m->pid = 0;
        m->unburied = true;
        m->failures = now - m->started_ms > GOOD_LIFE_MS ? 0 : m->failures + 1;
        m->again_ms = BACKOFF_FIRST_MS << (m->failures < 8 ? m->failures : 8);
        m->again_ms = now + (m->again_ms < BACKOFF_LAST_MS ? m->again_ms : BACKOFF_LAST_MS);
    }
    if (!m->unburied)
        return EXIT_OK;
    bury(c, q, m);
    return hopeless(m->ended);
}

static struct member *member_of(struct crew *c, const char *consumer)
{
    for (size_t i = 0; i < c->plan.size; i++)
        if (c->members[i].pid != 0 && strcmp(c->members[i].consumer, consumer) == 0)
            return &c->members[i];
    return NULL;
}

/* When the counter of this consumer last changed; a consumer not seen before changes now. */
static uint64_t pulse_changed(struct crew *c, const struct queue_life *life, struct pulse *fresh,
                              uint64_t now)
{
    snprintf(fresh->consumer, sizeof(fresh->consumer), "%s", life->consumer);
    fresh->beats = life->beats;
    fresh->changed_ms = now;
    for (size_t i = 0; i < c->pulse_count; i++)
        if (strcmp(c->pulses[i].consumer, life->consumer) == 0 && c->pulses[i].beats == life->beats)
            fresh->changed_ms = c->pulses[i].changed_ms;
    return fresh->changed_ms;
}

static void silence_found(struct crew *c, struct queue *q, const char *consumer)
{
    struct member *m = member_of(c, consumer);

    if (m != NULL) {
        log_warning("worker %s has not moved for %d s; ending it", consumer,
                    CREW_SILENCE_MS / 1000);
        m->hung = true;
        kill(m->pid, SIGKILL); /* reaped and buried at the next look */
    } else if (c->plan.watch_others) {
        log_warning("worker %s has not been heard of for %d s; its work goes to another", consumer,
                    CREW_SILENCE_MS / 1000);
        queue_bury(q, consumer, NULL);
    }
}

static void watch_pulses(struct crew *c, struct queue *q, uint64_t now)
{
    struct queue_life *lives = memory_alloc(OTHERS_MAX * sizeof(*lives));
    struct pulse *fresh = memory_alloc(OTHERS_MAX * sizeof(*fresh));
    size_t count = queue_lives(q, lives, OTHERS_MAX);

    if (now - c->watched_ms > BLIND_MS) /* Redis stood still, or we did: that is nobody's silence */
        c->pulse_count = 0;
    c->watched_ms = now;
    for (size_t i = 0; i < count; i++)
        if (now - pulse_changed(c, &lives[i], &fresh[i], now) > CREW_SILENCE_MS)
            silence_found(c, q, lives[i].consumer);
    free(lives);
    free(c->pulses);
    c->pulses = fresh;
    c->pulse_count = count;
}

int crew_tend(struct crew *c, struct queue *q)
{
    uint64_t now = timing_monotonic_ms();
    int trouble = EXIT_OK;

    for (size_t i = 0; i < c->plan.size; i++) {
        struct member *m = &c->members[i];
        int status = member_reap(c, q, m, now);

        if (status != EXIT_OK)
            trouble = status;
        else if (m->pid == 0 && !m->unburied && !c->draining && now >= m->again_ms)
            member_start(c, m);
    }
    if (now - c->watched_ms >= WATCH_EVERY_MS) {
        watch_pulses(c, q, now);
    }
    return trouble;
}

size_t crew_alive(const struct crew *c)
{
    size_t alive = 0;

    for (size_t i = 0; i < c->plan.size; i++)
        alive += c->members[i].pid != 0;
    return alive;
}

static void signal_all(const struct crew *c, int number)
{
    for (size_t i = 0; i < c->plan.size; i++)
        if (c->members[i].pid != 0)
            kill(c->members[i].pid, number);
}

void crew_drain(struct crew *c)
{
    c->draining = true;
    signal_all(c, SIGTERM);
}

void crew_kill(struct crew *c)
{
    c->draining = true;
    signal_all(c, SIGKILL);
    for (size_t i = 0; i < c->plan.size; i++) {
        if (c->members[i].pid != 0)
            waitpid(c->members[i].pid, NULL, 0);
        c->members[i].pid = 0;
    }
}

void crew_free(struct crew *c)
{
    for (size_t i = 0; i < c->plan.size; i++)
        breadcrumb_free(c->members[i].crumb);
    free(c->members);
    free(c->pulses);
    free(c);
}
