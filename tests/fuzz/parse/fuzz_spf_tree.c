/* What SPF records lead to that lead to each other: bounded, the same however the answers come in,
 * and with no less found when more is known. */
#include "fuzz.h"
#include "workers/parse/spf_tree.h"

#define QUESTIONS_MAX 4096

struct names {
    struct spf_source sources[FUZZ_TXTS_MAX + 1]; /* the last: addresses and hosts of every name */
    size_t count;
    unsigned asked, known; /* of questions in the order asked, how many are answered */
};

/* A name leads to one of the records by its first letter; what fails and what is not there too. */
static const struct spf_source *find(void *context, const char *name, enum spf_ask ask)
{
    static const struct spf_source nothing = { .outcome = OUTCOME_NXDOMAIN };
    static const struct spf_source failed = { .outcome = OUTCOME_TIMEOUT };
    struct names *n = context;
    size_t place = (unsigned char)name[0] % (n->count + 2);

    HOLDS(n->asked < QUESTIONS_MAX);
    if (n->asked++ >= n->known)
        return NULL;
    if (place == n->count)
        return &nothing;
    if (place == n->count + 1)
        return &failed;
    return ask == SPF_ASK_TXT ? &n->sources[place] : &n->sources[FUZZ_TXTS_MAX];
}

static void grow(struct names *n, unsigned known, struct arena *arena, struct spf_tree *t)
{
    n->asked = 0;
    n->known = known;
    spf_tree_grow("d.test", &n->sources[0].record, find, n, arena, t);
    HOLDS(t->lookups <= SPF_LOOKUPS_COUNT + 1 && t->voids <= SPF_LOOKUPS_MAX);
    HOLDS(t->complete == (n->asked <= known));
    HOLDS((t->lookups > SPF_LOOKUPS_MAX) ==
          violations_have(&t->violations, VIOLATION_SPF_TOO_MANY_LOOKUPS));
    HOLDS(t->ip4 <= (uint64_t)1 << 32 && t->ip6_48 <= (uint64_t)1 << 48);
    HOLDS(
        t->unresolved.count > 0 || !t->complete ||
        (t->lookups_known && t->faults_known && (t->voids_known || t->lookups > SPF_LOOKUPS_MAX)));
}

static void check(struct names *n, struct arena *arena)
{
    struct spf_tree whole, again, part;
    unsigned asked;

    grow(n, QUESTIONS_MAX, arena, &whole);
    grow(n, QUESTIONS_MAX, arena, &again);
    asked = n->asked;
    HOLDS(whole.complete && whole.lookups == again.lookups && whole.ip4 == again.ip4);
    for (unsigned known = 0; known < 3 && known < asked; known++) {
        grow(n, known, arena, &part);
        HOLDS(!part.complete && part.lookups <= whole.lookups);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char *const hosts[] = { "a.test", "b.test" };
    static const struct address addresses[] = { { 4, { 192, 0, 2, 1 } }, { 6, { 0x20, 1, 13 } } };
    struct bytes txts[FUZZ_TXTS_MAX];
    struct names n = { .count = fuzz_txts(data, len, txts) };
    struct arena arena;

    arena_init(&arena, 4096);
    for (size_t i = 0; i < n.count; i++)
        spf_judge(&txts[i], 1, &arena, &n.sources[i].record);
    n.sources[FUZZ_TXTS_MAX] =
        (struct spf_source){ .hosts = hosts, .addresses = addresses, .count = 2 };
    if (n.count > 0 && n.sources[0].record.sound)
        check(&n, &arena);
    arena_free(&arena);
    return 0;
}
