/* Which resolvers are fit: those of a row are asked together, by servers in another process. */
#include "workers/dns/resolver_check.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tests/unit/check.h"
#include "tests/unit/workers/dns_server.h"

enum { SERVERS_MAX = 4, TIMEOUT_MS = 2200 };

static uv_loop_t loop;
static struct server servers[SERVERS_MAX];

static void is_good(struct server *s)
{
    s->honest = s->ad = true;
}

static void is_dead(struct server *s)
{
    s->dead = true;
}

static void refuses(struct server *s)
{
    s->refuses = true;
}

static void fails(struct server *s)
{
    s->fails = 1000;
}

static void fails_once(struct server *s)
{
    is_good(s);
    s->fails = 1;
}

static void loses_some(struct server *s)
{
    is_good(s);
    s->loss = 0.05;
}

static void lies(struct server *s)
{
    s->ad = true;
}

static void does_not_validate(struct server *s)
{
    s->honest = true;
}

static void refuses_edns(struct server *s)
{
    s->honest = s->no_edns = true;
}

static void ignores_edns(struct server *s)
{
    s->honest = s->ignores_edns = true;
}

static const struct row {
    const char *what;
    void (*be[SERVERS_MAX])(struct server *s); /* NULL: no more */
    enum resolver_fault faults[SERVERS_MAX];
    bool validating;
} rows[] = {
    { "a good one", { is_good }, { RESOLVER_FIT }, true },
    { "a dead one", { is_dead }, { RESOLVER_SILENT }, false },
    { "one that refuses", { refuses }, { RESOLVER_REFUSES }, false },
    { "one that fails", { fails }, { RESOLVER_FAILS }, false },
    { "one that failed once", { fails_once }, { RESOLVER_FIT }, true },
    { "one behind a bad line", { loses_some }, { RESOLVER_FIT }, true },
    { "one that lies", { lies }, { RESOLVER_LIES }, false },
    { "alone, without validation", { does_not_validate }, { RESOLVER_FIT }, false },
    { "alone, refusing EDNS", { refuses_edns }, { RESOLVER_FIT }, false },
    { "alone, ignoring EDNS", { ignores_edns }, { RESOLVER_FIT }, false },
    { "all kinds beside a good one",
      { is_good, does_not_validate, refuses_edns, lies },
      { RESOLVER_FIT, RESOLVER_NO_VALIDATION, RESOLVER_NO_EDNS, RESOLVER_LIES },
      true },
    { "beside one without validation",
      { does_not_validate, refuses_edns, ignores_edns, is_dead },
      { RESOLVER_FIT, RESOLVER_NO_EDNS, RESOLVER_NO_EDNS, RESOLVER_SILENT },
      false },
    { "one that lies is no example",
      { lies, does_not_validate },
      { RESOLVER_LIES, RESOLVER_FIT },
      false },
    { "all unfit",
      { lies, refuses, is_dead },
      { RESOLVER_LIES, RESOLVER_REFUSES, RESOLVER_SILENT },
      false },
};

static unsigned open_servers(const struct row *r, struct resolver_list *list)
{
    char text[256] = "", error[RESOLVERS_ERROR_SIZE];
    unsigned count = 0;

    for (; count < SERVERS_MAX && r->be[count] != NULL; count++) {
        server_open(&servers[count], &loop, "127.0.0.1");
        r->be[count](&servers[count]);
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "127.0.0.1#%u,",
                 servers[count].port);
    }
    if (!resolver_list_read(list, text, "", error))
        exit(1);
    return count;
}

/* The servers' process, until it is killed. */
static pid_t serve(unsigned count)
{
    pid_t child = fork();

    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    uv_loop_fork(&loop);
    for (unsigned i = 0; i < count; i++)
        uv_ref((uv_handle_t *)&servers[i].udp);
    uv_run(&loop, UV_RUN_DEFAULT);
    _exit(0);
}

static void test_row(const struct row *r)
{
    struct resolver_list list;
    struct resolver_survey survey;
    unsigned count = open_servers(r, &list), fit = 0;
    pid_t child = serve(count);

    resolver_survey(&survey, &list, TIMEOUT_MS);
    CHECK(survey.count == count && survey.validating == r->validating, "%s: validating %d", r->what,
          survey.validating);
    for (unsigned i = 0; i < count && i < survey.count; i++) {
        fit += r->faults[i] == RESOLVER_FIT;
        CHECK(survey.items[i].fault == r->faults[i], "%s, %u: %s", r->what, i,
              resolver_fault_text(survey.items[i].fault));
        CHECK(survey.items[i].place.port == servers[i].port, "%s, %u: its port", r->what, i);
    }
    CHECK(survey.fit == fit, "%s: %zu fit", r->what, survey.fit);
    resolver_survey_free(&survey);
    resolver_list_free(&list);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    for (unsigned i = 0; i < count; i++)
        server_close(&servers[i]);
    uv_run(&loop, UV_RUN_NOWAIT);
}

/* Nobody there at all: the time is kept. */
static void test_nobody(void)
{
    struct resolver_list list;
    struct resolver_survey survey;
    char error[RESOLVERS_ERROR_SIZE];

    if (!resolver_list_read(&list, "127.0.0.1#1,::1#1", "", error))
        exit(1);
    resolver_survey(&survey, &list, 200);
    CHECK(survey.count == 2 && survey.fit == 0, "%zu fit", survey.fit);
    CHECK(survey.items[1].fault == RESOLVER_SILENT, "silent");
    resolver_survey_free(&survey);
    resolver_list_free(&list);
}

/* A file of thousands, of which one is there. */
static void test_thousands(void)
{
    static const struct row one = { "one", { is_good }, { RESOLVER_FIT }, true };
    struct resolver_list list, all;
    struct resolver_survey survey;
    unsigned count = open_servers(&one, &list);
    pid_t child = serve(count);

    all.count = RESOLVERS_MAX;
    all.items = calloc(all.count, sizeof(*all.items));
    for (size_t i = 0; i < all.count; i++) {
        all.items[i] = list.items[0];
        all.items[i].address.bytes[1] = (uint8_t)(1 + i / 250);
        all.items[i].address.bytes[3] = (uint8_t)(1 + i % 250);
    }
    all.items[RESOLVERS_MAX / 2] = list.items[0];
    resolver_survey(&survey, &all, TIMEOUT_MS);
    CHECK(survey.fit == 1 && survey.items[RESOLVERS_MAX / 2].fault == RESOLVER_FIT, "%zu fit",
          survey.fit);
    resolver_survey_free(&survey);
    free(all.items);
    resolver_list_free(&list);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    server_close(&servers[0]);
    uv_run(&loop, UV_RUN_NOWAIT);
}

int main(void)
{
    uv_loop_init(&loop);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        test_row(&rows[i]);
    test_nobody();
    test_thousands();
    return check_report();
}
