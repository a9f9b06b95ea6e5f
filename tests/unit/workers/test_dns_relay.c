/* Queries sent per question, the figure that a resolver's owner cares about, over paths with
 * latency and loss, with dead, limited and refusing resolvers; and every question answered. */
#include "tests/unit/check.h"
#include "tests/unit/workers/dns_server.h"
#include "workers/dns/engine.h"

enum { SERVERS = 5, DNS_TIMEOUT_MS = 20000 };

static uv_loop_t loop;
static struct server servers[SERVERS];

struct tally {
    unsigned answered, good;
};

static const struct path {
    const char *what;
    unsigned servers, questions;
    unsigned delay_min_ms, delay_max_ms;
    double loss;
    int64_t dead_from_ms, dead_to_ms; /* the first; -1: not dead, never again alive */
    double limit;                     /* of the first; queries a second */
    bool limit_refuses;
    double budget;
} paths[] = {
    { "50 to 80 ms", 3, 20000, 50, 80, 0, -1, -1, 0, false, 1.02 },
    { "50 to 80 ms, 0.5% lost", 3, 20000, 50, 80, 0.005, -1, -1, 0, false, 1.02 },
    { "300 to 400 ms", 3, 20000, 300, 400, 0, -1, -1, 0, false, 1.05 },
    { "one in five dead", 5, 20000, 50, 80, 0, 0, -1, 0, false, 1.10 },
    { "one in five limited, by silence", 5, 20000, 50, 80, 0, -1, -1, 500, false, 1.10 },
    { "one in five limited, by REFUSED", 5, 20000, 50, 80, 0, -1, -1, 500, true, 1.10 },
    { "the only one limited, by silence", 1, 10000, 50, 80, 0, -1, -1, 2000, false, 1.10 },
    { "the only one limited, by REFUSED", 1, 10000, 50, 80, 0, -1, -1, 2000, true, 1.10 },
    { "5% lost on the way", 3, 10000, 50, 80, 0.05, -1, -1, 0, false, 1.10 },
    { "one of two dead, then back", 2, 20000, 300, 400, 0, 0, 1200, 0, false, 1.10 },
    { "the only one dead at first", 1, 5000, 50, 80, 0, 0, 2500, 0, false, 1.10 },
    { "the only one dead in between", 1, 20000, 50, 80, 0, 1000, 3000, 0, false, 1.15 },
};

static void on_answer(void *context, const struct dns_answer *answer)
{
    struct tally *t = context;

    t->answered++;
    t->good += answer->outcome == OUTCOME_OK;
}

static void open_servers(const struct path *p, char *text)
{
    text[0] = '\0';
    for (unsigned i = 0; i < p->servers; i++) {
        char item[64];
        struct server *s = &servers[i];

        server_open(s, &loop, "127.0.0.1");
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

static void on_death(uv_timer_t *timer)
{
    servers[0].dead = true;
    uv_timer_stop(timer);
}

static void on_return(uv_timer_t *timer)
{
    servers[0].dead = false;
    servers[0].queries = servers[0].dropped = 0;
    uv_timer_stop(timer);
}

static void schedule(uv_timer_t *timer, uv_timer_cb cb, int64_t ms)
{
    uv_timer_init(&loop, timer);
    if (ms > 0)
        uv_timer_start(timer, cb, (uint64_t)ms, 0);
    uv_unref((uv_handle_t *)timer);
}

static void report(struct dns_engine *e, const struct path *p, const struct tally *t,
                   double seconds)
{
    struct dns_totals totals;
    double each;

    dns_engine_totals(e, &totals);
    each = (double)totals.queries / (double)totals.questions;
    CHECK(t->answered == p->questions && t->good == p->questions, "%s: %u answered, %u of them ok",
          p->what, t->answered, t->good);
    CHECK(each <= p->budget, "%s: %.4f queries a question", p->what, each);
    CHECK(p->dead_to_ms < 0 || servers[0].queries > p->questions / 10,
          "%s: asked %u once it was back", p->what, servers[0].queries);
    printf("%-34s %.4f queries a question, budget %.2f, %.1f s, first resolver", p->what, each,
           p->budget, seconds);
    printf(" %u asked %u not served\n", servers[0].queries, servers[0].dropped);
}

static void run(const struct path *p)
{
    struct settings settings;
    struct tally tally = { 0, 0 };
    const char *error;
    char text[256];
    struct arena arena;
    struct dns_engine *e;
    uv_timer_t death, life;
    uint64_t start = uv_hrtime();

    open_servers(p, text);
    settings_default(&settings);
    settings.resolver = text;
    settings.dns_timeout = DNS_TIMEOUT_MS;
    e = dns_engine_new(&loop, &settings, &error);
    arena_init(&arena, 65536);
    schedule(&death, on_death, p->dead_from_ms);
    schedule(&life, on_return, p->dead_to_ms);
    for (unsigned i = 0; i < p->questions; i++)
        dns_ask(e, &arena, "ok.test", DNS_A, on_answer, &tally);
    uv_run(&loop, UV_RUN_DEFAULT);
    report(e, p, &tally, (double)(uv_hrtime() - start) / 1e9);
    dns_engine_close(e);
    uv_close((uv_handle_t *)&death, NULL);
    uv_close((uv_handle_t *)&life, NULL);
    for (unsigned i = 0; i < p->servers; i++)
        server_close(&servers[i]);
    for (unsigned i = 0; i < 3; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    arena_free(&arena);
}

int main(void)
{
    uv_loop_init(&loop);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        run(&paths[i]);
    return check_report();
}
