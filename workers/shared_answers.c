#include "workers/shared_answers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"

#define BUCKETS 4096
#define KEEP_MS (UINT64_C(60) * 60 * 1000)
#define ENTRY_CHUNK 512

struct waiter {
    struct waiter *next;
    struct arena *arena;
    dns_answer_cb *cb;
    void *context;
};

/* Known once answer is there; until then waiters wait. Everything of it is in its arena. */
struct entry {
    struct entry *next;          /* in its bucket */
    struct entry *older, *newer; /* among the known ones, by last use */
    struct shared_answers *owner;
    struct waiter *waiters, **last;
    const struct dns_answer *answer;
    uint64_t known_ms;
    uint32_t bucket;
    uint16_t type;
    struct arena arena;
    char name[];
};

struct shared_answers {
    uv_loop_t *loop;
    struct dns_engine *dns;
    struct entry *buckets[BUCKETS];
    struct entry *oldest, *newest;
    size_t bytes, bytes_max;
};

struct shared_answers *shared_answers_new(uv_loop_t *loop, struct dns_engine *dns, size_t bytes_max)
{
    struct shared_answers *s = memory_alloc(sizeof(*s));

    s->loop = loop;
    s->dns = dns;
    s->bytes_max = bytes_max;
    return s;
}

/* ---- entries ---- */

static uint32_t bucket_of(const char *name, uint16_t type)
{
    uint32_t h = 2166136261U ^ type; /* FNV-1a */

    for (; *name != '\0'; name++)
        h = (h ^ (uint8_t)*name) * 16777619U;
    return h % BUCKETS;
}

static struct entry *find(const struct shared_answers *s, uint32_t bucket, const char *name,
                          uint16_t type)
{
    struct entry *e = s->buckets[bucket];

    while (e != NULL && (e->type != type || strcmp(e->name, name) != 0))
        e = e->next;
    return e;
}

static struct entry *add(struct shared_answers *s, uint32_t bucket, const char *name, uint16_t type)
{
    size_t len = strlen(name);
    struct entry *e = memory_alloc(sizeof(*e) + len + 1);

    e->owner = s;
    e->bucket = bucket;
    e->type = type;
    e->last = &e->waiters;
    arena_init(&e->arena, ENTRY_CHUNK);
    memcpy(e->name, name, len + 1);
    e->next = s->buckets[bucket];
    s->buckets[bucket] = e;
    return e;
}

static size_t bytes_of(const struct entry *e)
{
    return sizeof(*e) + strlen(e->name) + 1 + e->arena.total;
}

static void enlist(struct entry *e)
{
    struct shared_answers *s = e->owner;

    e->older = s->newest;
    e->newer = NULL;
    *(s->newest != NULL ? &s->newest->newer : &s->oldest) = e;
    s->newest = e;
}

static void delist(struct shared_answers *s, struct entry *e)
{
    if (e->older != NULL)
        e->older->newer = e->newer;
    else
        s->oldest = e->newer;
    if (e->newer != NULL)
        e->newer->older = e->older;
    else
        s->newest = e->older;
}

static void detach(struct entry *e)
{
    struct entry **at = &e->owner->buckets[e->bucket];

    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
}

static void destroy(struct entry *e)
{
    arena_free(&e->arena);
    free(e);
}

static void forget(struct shared_answers *s, struct entry *e)
{
    s->bytes -= bytes_of(e);
    delist(s, e);
    detach(e);
    destroy(e);
}

void shared_answers_free(struct shared_answers *s)
{
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct entry *e = s->buckets[i], *next; e != NULL; e = next) {
            next = e->next;
            destroy(e);
        }
    free(s);
}

/* ---- answers ---- */

static const struct dns_answer *copy(const struct dns_answer *a, struct arena *arena)
{
    struct dns_answer *c = arena_alloc(arena, sizeof(*c));
    struct dns_rdata *records = arena_array(arena, a->record_count, sizeof(*records));
    const char **aliases = arena_array(arena, a->alias_count, sizeof(*aliases));

    *c = *a;
    for (size_t i = 0; i < a->alias_count; i++)
        aliases[i] = arena_strdup(arena, a->aliases[i]);
    for (size_t i = 0; i < a->record_count; i++) {
        uint8_t *data = arena_alloc(arena, a->records[i].len);

        memcpy(data, a->records[i].data, a->records[i].len);
        records[i] = (struct dns_rdata){ data, a->records[i].len };
    }
    c->aliases = aliases;
    c->records = records;
    return c;
}

/* Those who waited may ask for more, and end the jobs whose arenas hold the list. */
static void tell(struct waiter *w, const struct dns_answer *answer)
{
    while (w != NULL) {
        struct waiter *next = w->next;

        w->cb(w->context, copy(answer, w->arena));
        w = next;
    }
}

static void keep(struct entry *e, const struct dns_answer *answer)
{
    e->answer = answer;
    e->known_ms = uv_now(e->owner->loop);
    e->owner->bytes += bytes_of(e);
    enlist(e);
}

static void make_room(struct shared_answers *s)
{
    while (s->bytes > s->bytes_max && s->oldest != NULL) {
        assert(s->oldest->older == NULL);
        forget(s, s->oldest);
    }
}

/* Those who waited may ask for it again at once: they get what is kept, or a failed question goes
 * out anew. */
static void on_answer(void *context, const struct dns_answer *answer)
{
    struct entry *e = context;
    struct waiter *waiters = e->waiters;

    e->waiters = NULL;
    if (outcome_again(answer->outcome)) {
        detach(e);
        tell(waiters, answer);
        destroy(e);
    } else {
        struct shared_answers *s = e->owner;

        keep(e, answer);
        tell(waiters, answer);
        make_room(s);
    }
}

const struct dns_answer *shared_answers_ask(struct shared_answers *s, struct arena *arena,
                                            const char *name, uint16_t type, dns_answer_cb *cb,
                                            void *context)
{
    uint32_t bucket = bucket_of(name, type);
    struct entry *e = find(s, bucket, name, type);
    struct waiter *w;

    if (e != NULL && e->answer != NULL && uv_now(s->loop) - e->known_ms > KEEP_MS) {
        forget(s, e);
        e = NULL;
    }
    if (e != NULL && e->answer != NULL) {
        delist(s, e);
        enlist(e);
        return copy(e->answer, arena);
    }
    if (e == NULL) {
        e = add(s, bucket, name, type);
        dns_ask(s->dns, &e->arena, name, type, on_answer, e);
    }
    w = arena_alloc(arena, sizeof(*w));
    *w = (struct waiter){ NULL, arena, cb, context };
    *e->last = w;
    e->last = &w->next;
    return NULL;
}
