/* dns_path: the engine asked many questions at once over a path with latency, loss, limits and
 * resolvers that are dead for a while. For the test of what it sends, and for the bench. */
#ifndef MXC_TESTS_DNS_PATH_H
#define MXC_TESTS_DNS_PATH_H

#include "tests/unit/workers/dns_server.h"
#include "workers/dns/engine.h"

enum { PATH_SERVERS = 5, PATH_TIMEOUT_MS = 20000, PATH_TICK_MS = 5 };

struct path {
    const char *what;
    unsigned servers, questions;
    unsigned delay_min_ms, delay_max_ms;
    double loss;
    int64_t dead_from_ms, dead_to_ms; /* the first; -1: not dead, never again alive */
    double limit;                     /* of the first; queries a second */
    bool limit_refuses;
    double budget; /* queries a question */
};

struct path_result {
    unsigned answered, good; /* questions; with an address */
    double each;             /* queries a question */
    double seconds;
    double stalled_ms; /* the longest time in which nobody ran: neither engine nor servers */
    unsigned first_asked, first_dropped; /* of the first, since it was last back */
};

static uv_loop_t path_loop;
static struct server path_servers[PATH_SERVERS];

static inline void path_on_answer(void *context, const struct dns_answer *answer)
{
    struct path_result *r = context;

    r->answered++;
    r->good += answer->outcome == OUTCOME_OK;
}

/* The process stood still: by the machine's doing, or in one turn of the loop. */
struct path_pulse {
    uv_timer_t timer;
    uint64_t last;
    double longest_ms;
};

static inline void path_on_tick(uv_timer_t *timer)
{
    struct path_pulse *pulse = timer->data;
    uint64_t now = uv_hrtime();
    double gap_ms = (double)(now - pulse->last) / 1e6 - PATH_TICK_MS;

    if (gap_ms > pulse->longest_ms)
        pulse->longest_ms = gap_ms;
    pulse->last = now;
}

static inline void path_watch(struct path_pulse *pulse)
{
    *pulse = (struct path_pulse){ .last = uv_hrtime() };
    uv_timer_init(&path_loop, &pulse->timer);
    pulse->timer.data = pulse;
    uv_timer_start(&pulse->timer, path_on_tick, PATH_TICK_MS, PATH_TICK_MS);
    uv_unref((uv_handle_t *)&pulse->timer);
}

static inline void path_open_servers(const struct path *p, char *text)
{
    text[0] = '\0';
    for (unsigned i = 0; i < p->servers; i++) {
        char item[64];
        struct server *s = &path_servers[i];

        server_open(s, &path_loop, "127.0.0.1");
        s->delay_min_ms = p->delay_min_ms;
        s->delay_max_ms = p->delay_max_ms;
        s->loss = p->loss;
        if (i == 0) {
            s->dead = p->dead_from_ms == 0;
            s->limit = p->limit;
            s->limit_refuses = p->limit_refuses;
            s->limit_at = uv_hrtime();
        }
        snprintf(item, sizeof(item), "127.0.0.1#%u,", s->port);
        strcat(text, item);
    }
}

static inline void path_on_death(uv_timer_t *timer)
{
    path_servers[0].dead = true;
    uv_timer_stop(timer);
}

static inline void path_on_return(uv_timer_t *timer)
{
    path_servers[0].dead = false;
    path_servers[0].queries = path_servers[0].dropped = 0;
    uv_timer_stop(timer);
}

static inline void path_schedule(uv_timer_t *timer, uv_timer_cb cb, int64_t ms)
{
    uv_timer_init(&path_loop, timer);
    if (ms > 0)
        uv_timer_start(timer, cb, (uint64_t)ms, 0);
    uv_unref((uv_handle_t *)timer);
}

static inline void path_close(struct dns_engine *e, const struct path *p, uv_timer_t *death,
                              uv_timer_t *life, struct path_pulse *pulse)
{
    dns_engine_close(e);
    uv_close((uv_handle_t *)death, NULL);
    uv_close((uv_handle_t *)life, NULL);
    uv_close((uv_handle_t *)&pulse->timer, NULL);
    for (unsigned i = 0; i < p->servers; i++)
        server_close(&path_servers[i]);
    for (unsigned i = 0; i < 3; i++)
        uv_run(&path_loop, UV_RUN_NOWAIT);
}

/* path_loop is initialised. */
static inline struct path_result path_run(const struct path *p)
{
    struct path_result r = { 0 };
    struct dns_totals totals;
    struct settings settings;
    const char *error;
    char text[256];
    struct arena arena;
    struct dns_engine *e;
    struct path_pulse pulse;
    uv_timer_t death, life;
    uint64_t start = uv_hrtime();

    path_open_servers(p, text);
    settings_default(&settings);
    settings.resolver = text;
    settings.dns_timeout = PATH_TIMEOUT_MS;
    e = dns_engine_new(&path_loop, &settings, &error);
    arena_init(&arena, 65536);
    path_schedule(&death, path_on_death, p->dead_from_ms);
    path_schedule(&life, path_on_return, p->dead_to_ms);
    for (unsigned i = 0; i < p->questions; i++)
        dns_ask(e, &arena, "ok.test", DNS_A, path_on_answer, &r);
    path_watch(&pulse);
    uv_run(&path_loop, UV_RUN_DEFAULT);
    dns_engine_totals(e, &totals);
    r.each = (double)totals.queries / (double)totals.questions;
    r.seconds = (double)(uv_hrtime() - start) / 1e9;
    r.stalled_ms = pulse.longest_ms;
    r.first_asked = path_servers[0].queries;
    r.first_dropped = path_servers[0].dropped;
    path_close(e, p, &death, &life, &pulse);
    arena_free(&arena);
    return r;
}

#endif
