#include "workers/probe.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "scanner/base/memory.h"
#include "workers/conversation.h"
#include "workers/worker.h"

#define SLOTS 4096            /* of the table of addresses: chains stay short with 2000 probes */
#define DESCRIPTORS_BESIDE 64 /* of a worker without any connection to hosts */

/* One waiting or talking. A waiting one costs 100 bytes, no socket. */
struct probe {
    struct probe_pool *pool;
    struct probe *next; /* in a queue, while it waits */
    struct probe *previous_active, *next_active;
    struct target *target;
    struct conversation *conversation; /* NULL while it waits */
    struct job *job;
    const char *host; /* in the job's arena */
    probe_done_cb *done;
    void *context;
};
struct queue_of_probes {
    struct probe *first, **last;
};

/* An address with probes: how many may talk to it now, and who waits for one of these to end. */
struct target {
    struct target *next; /* in its slot */
    struct address address;
    unsigned admitted;
    struct queue_of_probes waiting;
};
struct probe_pool {
    struct conversation_shared shared;
    unsigned limit, active, per_address;
    struct queue_of_probes ready; /* admitted to their address, wait for the pool */
    struct probe *talking;
    struct target *targets[SLOTS];
};

/* ---- queues ---- */

static void queue_init(struct queue_of_probes *q)
{
    q->first = NULL;
    q->last = &q->first;
}

static void queue_push(struct queue_of_probes *q, struct probe *p)
{
    p->next = NULL;
    *q->last = p;
    q->last = &p->next;
}

static struct probe *queue_pop(struct queue_of_probes *q)
{
    struct probe *p = q->first;

    if (p == NULL)
        return NULL;
    q->first = p->next;
    if (q->first == NULL)
        q->last = &q->first;
    return p;
}

/* ---- addresses ---- */

static struct target **target_slot(struct probe_pool *pool, const struct address *a)
{
    uint64_t hash = 14695981039346656037U; /* FNV-1a */
    struct target **t;

    for (size_t i = 0; i < (a->family == 4 ? 4U : 16U); i++)
        hash = (hash ^ a->bytes[i]) * 1099511628211U;
    t = &pool->targets[(hash ^ hash >> 32) % SLOTS];
    while (*t != NULL && !address_equal(&(*t)->address, a))
        t = &(*t)->next;
    return t;
}

static struct target *target_of(struct probe_pool *pool, const struct address *a)
{
    struct target **slot = target_slot(pool, a);

    if (*slot == NULL) {
        *slot = memory_alloc(sizeof(**slot));
        (*slot)->address = *a;
        queue_init(&(*slot)->waiting);
    }
    return *slot;
}

/* One of its probes ended: the next may go, or nobody needs it any more. */
static void target_leave(struct probe_pool *pool, struct target *t)
{
    struct probe *next = queue_pop(&t->waiting);

    if (next != NULL) {
        queue_push(&pool->ready, next);
    } else if (--t->admitted == 0) {
        struct target **slot = target_slot(pool, &t->address);

        *slot = t->next;
        free(t);
    }
}

/* ---- probes ---- */

static void talking_add(struct probe_pool *pool, struct probe *p)
{
    p->next_active = pool->talking;
    if (p->next_active != NULL)
        p->next_active->previous_active = p;
    pool->talking = p;
    pool->active++;
}

static void talking_remove(struct probe_pool *pool, struct probe *p)
{
    if (p->next_active != NULL)
        p->next_active->previous_active = p->previous_active;
    if (p->previous_active != NULL)
        p->previous_active->next_active = p->next_active;
    else
        pool->talking = p->next_active;
    pool->active--;
}

static void pump(struct probe_pool *pool);

static void on_done(void *context, struct probe_result *result)
{
    struct probe *p = context;
    struct probe_pool *pool = p->pool;

    talking_remove(pool, p);
    target_leave(pool, p->target);
    p->done(p->context, result);
    free(p);
    pump(pool);
}

static void pump(struct probe_pool *pool)
{
    struct probe *p;

    while (pool->active < pool->limit && (p = queue_pop(&pool->ready)) != NULL) {
        talking_add(pool, p);
        p->conversation =
            conversation_start(&pool->shared, p->job, p->host, &p->target->address, on_done, p);
    }
}

void probe_start(struct probe_pool *pool, struct job *job, const char *host,
                 const struct address *address, probe_done_cb *cb, void *context)
{
    struct probe *p = memory_alloc(sizeof(*p));

    p->pool = pool;
    p->job = job;
    p->host = host;
    p->done = cb;
    p->context = context;
    p->target = target_of(pool, address);
    if (p->target->admitted >= pool->per_address) {
        queue_push(&p->target->waiting, p);
        return;
    }
    p->target->admitted++;
    queue_push(&pool->ready, p);
    pump(pool);
}

/* ---- the pool ---- */

/* As many as settings want, and as the limit of open files has room for. */
static unsigned limit_of(const struct settings *s)
{
    struct rlimit limit;
    int64_t room, beside = DESCRIPTORS_BESIDE + 2 * s->fetches;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return (unsigned)s->probes;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    room = limit.rlim_cur > INT32_MAX ? INT32_MAX : (int64_t)limit.rlim_cur - beside;
    return room < 1 ? 0 : (unsigned)(s->probes < room ? s->probes : room);
}

/* The name that is said in EHLO goes out as it is: only what a domain name may hold. */
static void set_ehlo(struct conversation_shared *shared, const char *name)
{
    if (name[0] != '\0')
        snprintf(shared->ehlo, sizeof(shared->ehlo), "%s", name);
    else if (gethostname(shared->ehlo, sizeof(shared->ehlo) - 1) != 0)
        snprintf(shared->ehlo, sizeof(shared->ehlo), "localhost");
    for (char *c = shared->ehlo; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~')
            *c = '-';
}

struct probe_pool *probe_pool_new(struct worker *w, const char **error)
{
    struct probe_pool *pool = memory_alloc(sizeof(*pool));

    pool->limit = limit_of(w->settings);
    pool->per_address = w->settings->per_address < 1 ? 1 : (unsigned)w->settings->per_address;
    queue_init(&pool->ready);
    pool->shared.loop = w->loop;
    pool->shared.settings = w->settings;
    pool->shared.chains = w->chains;
    pool->shared.tls = tls_client_context(chain_judge_library(w->chains), error);
    set_ehlo(&pool->shared, w->settings->ehlo);
    signal(SIGPIPE, SIG_IGN); /* a socket under TLS is written to without MSG_NOSIGNAL */
    if (pool->limit == 0)
        *error =
            "too few open files are allowed for one SMTP connection; raise the limit (ulimit -n)";
    if (pool->shared.tls != NULL && pool->limit > 0)
        return pool;
    SSL_CTX_free(pool->shared.tls);
    free(pool);
    return NULL;
}

static void queue_free_all(struct queue_of_probes *q)
{
    struct probe *p;

    while ((p = queue_pop(q)) != NULL)
        free(p);
}

void probe_pool_close(struct probe_pool *pool)
{
    struct probe *p;

    for (struct probe *next; (p = pool->talking) != NULL; pool->talking = next) {
        next = p->next_active;
        conversation_abort(p->conversation);
        free(p);
    }
    queue_free_all(&pool->ready);
    for (size_t i = 0; i < SLOTS; i++) {
        for (struct target *t = pool->targets[i], *next; t != NULL; t = next) {
            next = t->next;
            queue_free_all(&t->waiting);
            free(t);
        }
    }
    SSL_CTX_free(pool->shared.tls);
    free(pool);
}
