/* Answers that many ask for: one question for all, kept within bounds, failures not kept. */
#include "scanner/base/memory.h"
#include "tests/unit/check.h"
#include "workers/shared_answers.h"

/* ---- the engine: answers when told ---- */

struct asked {
    struct arena *arena;
    char name[64];
    dns_answer_cb *cb;
    void *context;
};
static struct asked asked[2000];
static size_t asked_count, answered_count;

void dns_ask(struct dns_engine *e, struct arena *arena, const char *name, uint16_t type,
             dns_answer_cb *cb, void *context)
{
    struct asked *a = &asked[asked_count++];

    (void)e;
    (void)type;
    *a = (struct asked){ .arena = arena, .cb = cb, .context = context };
    snprintf(a->name, sizeof(a->name), "%s", name);
}

static void answer_next(enum outcome o)
{
    const struct asked *q = &asked[answered_count++];
    struct dns_answer *a = arena_alloc(q->arena, sizeof(*a));
    struct dns_rdata *r = arena_alloc(q->arena, sizeof(*r));
    const char **alias = arena_alloc(q->arena, sizeof(*alias));

    *alias = "alias.test";
    r->data = (const uint8_t *)arena_strdup(q->arena, q->name);
    r->len = (uint16_t)strlen(q->name);
    *a = (struct dns_answer){
        .outcome = o, .ttl = 7, .aliases = alias, .alias_count = 1, .records = r, .record_count = 1
    };
    q->cb(q->context, a);
}

/* ---- those who ask ---- */

struct asker {
    struct shared_answers *s;
    struct arena arena;
    unsigned told;
    enum outcome outcome;
    const char *then; /* asks for this when told */
    bool known;       /* which was known at once */
};

static void on_told(void *context, const struct dns_answer *a)
{
    struct asker *k = context;

    k->told++;
    k->outcome = a->outcome;
    CHECK(a->ttl == 7 && a->alias_count == 1 && strcmp(a->aliases[0], "alias.test") == 0 &&
              a->record_count == 1,
          "a whole copy");
    if (k->then != NULL) {
        const char *then = k->then;

        k->then = NULL;
        k->known = shared_answers_ask(k->s, &k->arena, then, 16, on_told, k) != NULL;
    }
}

static const struct dns_answer *ask(struct asker *k, const char *name)
{
    return shared_answers_ask(k->s, &k->arena, name, 16, on_told, k);
}

static struct shared_answers *fresh(uv_loop_t *loop, size_t bytes)
{
    asked_count = answered_count = 0;
    return shared_answers_new(loop, NULL, bytes);
}

static void test_one_for_all(uv_loop_t *loop)
{
    struct shared_answers *s = fresh(loop, 1 << 20);
    struct asker k[3] = { { .s = s, .then = "a.test" }, { .s = s }, { .s = s } };

    for (size_t i = 0; i < 3; i++)
        arena_init(&k[i].arena, 256);
    CHECK(ask(&k[0], "a.test") == NULL && ask(&k[1], "a.test") == NULL, "not known");
    CHECK(asked_count == 1 && k[0].told == 0, "asked once, told later");
    answer_next(OUTCOME_OK);
    CHECK(k[0].told == 1 && k[1].told == 1, "both told");
    CHECK(k[0].known && asked_count == 1, "known to who asks from inside");
    CHECK(ask(&k[2], "a.test") != NULL && k[2].told == 0, "known at once");
    CHECK(ask(&k[2], "b.test") == NULL && asked_count == 2, "another name");
    CHECK(shared_answers_ask(s, &k[2].arena, "a.test", 257, on_told, &k[2]) == NULL,
          "another type");
    shared_answers_free(s);
    for (size_t i = 0; i < 3; i++)
        arena_free(&k[i].arena);
}

static void test_failures(uv_loop_t *loop)
{
    struct shared_answers *s = fresh(loop, 1 << 20);
    struct asker k = { .s = s, .then = "a.test" };

    arena_init(&k.arena, 256);
    ask(&k, "a.test");
    answer_next(OUTCOME_TIMEOUT);
    CHECK(k.told == 1 && !k.known && asked_count == 2, "asked anew");
    answer_next(OUTCOME_NXDOMAIN);
    CHECK(k.told == 2 && k.outcome == OUTCOME_NXDOMAIN, "and answered");
    CHECK(ask(&k, "a.test") != NULL, "a denial is kept");
    shared_answers_free(s);
    arena_free(&k.arena);
}

/* The least used go first. */
static void test_bounds(uv_loop_t *loop)
{
    struct shared_answers *s = fresh(loop, 100000);
    struct asker k = { .s = s };
    char name[32];
    unsigned kept = 0;

    arena_init(&k.arena, 256);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "n%u.test", i);
        ask(&k, name);
        answer_next(OUTCOME_OK);
        CHECK(ask(&k, "n0.test") != NULL, "in use: %u", i);
    }
    for (unsigned i = 0; i < 1000; i++) {
        size_t before = asked_count;

        snprintf(name, sizeof(name), "n%u.test", 999 - i);
        if (ask(&k, name) == NULL) {
            CHECK(asked_count == before + 1, "%s", name);
            break;
        }
        kept++;
    }
    CHECK(kept > 50 && kept < 300, "%u kept", kept);
    shared_answers_free(s);
    arena_free(&k.arena);
}

int main(void)
{
    uv_loop_t loop;

    uv_loop_init(&loop);
    test_one_for_all(&loop);
    test_failures(&loop);
    test_bounds(&loop);
    uv_loop_close(&loop);
    return check_report();
}
