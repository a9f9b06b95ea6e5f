#include "workers/dns/resolver_check.h"

#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "workers/dns/engine.h"

enum { TIMEOUT_MAX_MS = 5000 };

struct check {
    uv_loop_t *loop;
    enum outcome outcome; /* the best so far */
};

static bool answers(enum outcome o)
{
    return o == OUTCOME_OK || o == OUTCOME_NODATA || o == OUTCOME_NXDOMAIN;
}

static void on_answer(void *context, const struct dns_answer *answer)
{
    struct check *c = context;

    c->outcome = answer->outcome;
    if (answers(c->outcome))
        uv_stop(c->loop);
}

/* Enough questions at once that each resolver gets some; the first answer will do. */
static enum outcome ask_root(uv_loop_t *loop, struct dns_engine *e, struct arena *arena)
{
    struct check c = { .loop = loop, .outcome = OUTCOME_TIMEOUT };
    size_t count = 4 * dns_engine_resolver_count(e);

    for (size_t i = 0; i < count; i++)
        dns_ask(e, arena, ".", DNS_NS, on_answer, &c);
    uv_run(loop, UV_RUN_DEFAULT);
    return c.outcome;
}

int resolver_check(const struct settings *settings)
{
    struct settings own = *settings;
    enum outcome o = OUTCOME_TIMEOUT;
    const char *error = NULL;
    struct dns_engine *e;
    struct arena arena;
    uv_loop_t loop;

    if (own.dns_timeout > TIMEOUT_MAX_MS)
        own.dns_timeout = TIMEOUT_MAX_MS;
    uv_loop_init(&loop);
    e = dns_engine_new(&loop, &own, &error);
    if (e != NULL) {
        arena_init(&arena, 4096);
        o = ask_root(&loop, e, &arena);
        dns_engine_close(e);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    if (e != NULL)
        arena_free(&arena);
    if (e == NULL)
        log_error("%s", error);
    else if (!answers(o))
        log_error("no resolver answers (%s: %s); name one that does with --resolver",
                  settings->resolver[0] != '\0' ? settings->resolver : "/etc/resolv.conf",
                  outcome_name(o));
    return e != NULL && answers(o) ? EXIT_OK : EXIT_RESOLVER;
}
