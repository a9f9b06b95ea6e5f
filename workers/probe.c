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
#include "workers/gates.h"
#include "workers/worker.h"

#define DESCRIPTORS_BESIDE 64 /* of a worker without any connection to hosts */

/* One waiting or talking. A waiting one costs 150 bytes and what is new of its gates, no socket. */
struct probe {
    struct gate_pass pass; /* first: by it the gates know a probe */
    struct probe_pool *pool;
    struct probe *previous, *next; /* of all */
    struct probe *next_ready;
    struct conversation *conversation; /* NULL while it waits */
    struct job *job;
    const char *host; /* in the job's arena */
    struct address address;
    probe_done_cb *done;
    void *context;
};
struct probe_pool {
    struct conversation_shared shared;
    unsigned limit, talking;
    struct gates *gates;
    struct probe *ready, **ready_last; /* passed the gates, wait for the pool */
    struct probe *all;
};

/* ---- probes ---- */

static void add(struct probe_pool *pool, struct probe *p)
{
    p->next = pool->all;
    if (p->next != NULL)
        p->next->previous = p;
    pool->all = p;
}

static void drop(struct probe_pool *pool, struct probe *p)
{
    if (p->next != NULL)
        p->next->previous = p->previous;
    if (p->previous != NULL)
        p->previous->next = p->next;
    else
        pool->all = p->next;
    free(p);
}

static void push_ready(struct gate_pass *pass)
{
    struct probe *p = (struct probe *)pass;

    p->next_ready = NULL;
    *p->pool->ready_last = p;
    p->pool->ready_last = &p->next_ready;
}

static struct probe *pop_ready(struct probe_pool *pool)
{
    struct probe *p = pool->ready;

    if (p == NULL)
        return NULL;
    pool->ready = p->next_ready;
    if (pool->ready == NULL)
        pool->ready_last = &pool->ready;
    return p;
}

static void pump(struct probe_pool *pool);

static void on_done(void *context, struct probe_result *result)
{
    struct probe *p = context;
    struct probe_pool *pool = p->pool;

    pool->talking--;
    gates_leave(pool->gates, &p->pass);
    p->done(p->context, result);
    drop(pool, p);
    pump(pool);
}

static void pump(struct probe_pool *pool)
{
    struct probe *p;

    while (pool->talking < pool->limit && (p = pop_ready(pool)) != NULL) {
        pool->talking++;
        p->conversation =
            conversation_start(&pool->shared, p->job, p->host, &p->address, on_done, p);
    }
}

void probe_start(struct probe_pool *pool, struct job *job, const char *host,
                 const struct address *address, probe_done_cb *cb, void *context)
{
    struct probe *p = memory_alloc(sizeof(*p));

    p->pool = pool;
    p->job = job;
    p->host = host;
    p->address = *address;
    p->done = cb;
    p->context = context;
    add(pool, p);
    gates_enter(pool->gates, &p->pass, address, host, push_ready);
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
    pool->gates = gates_new(w->settings);
    pool->ready_last = &pool->ready;
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
    gates_free(pool->gates);
    free(pool);
    return NULL;
}

void probe_pool_share(struct probe_pool *pool, unsigned workers)
{
    gates_share(pool->gates, workers);
}

void probe_pool_close(struct probe_pool *pool)
{
    for (struct probe *p = pool->all, *next; p != NULL; p = next) {
        next = p->next;
        if (p->conversation != NULL)
            conversation_abort(p->conversation);
        free(p);
    }
    gates_free(pool->gates);
    SSL_CTX_free(pool->shared.tls);
    free(pool);
}
