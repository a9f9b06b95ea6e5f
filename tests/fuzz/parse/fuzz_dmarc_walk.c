/* The first text is a domain, the others what stands at each step of its walk ("?": nobody knows).
 * The walk asks at most eight names, each an ancestor of the one before with at most seven labels;
 * what applies is one of the records found, and the domain's own where it has one. */
#include "tests/fuzz/parse/fuzz.h"

#include "scanner/base/name.h"
#include "workers/parse/dmarc_walk.h"

static size_t labels_of(const char *name)
{
    size_t count = 1;

    for (; *name != '\0'; name++)
        count += *name == '.';
    return count;
}

static void take_step(struct dmarc_walk *w, const char *name, const struct bytes *text,
                      struct arena *arena)
{
    struct dmarc_step *s = &w->steps[w->count++];

    s->name = name;
    s->known = text == NULL || !bytes_equal(*text, "?");
    dmarc_judge(text, text != NULL, arena, &s->record);
}

static void walk(struct dmarc_walk *w, const char *name, const struct bytes *texts, size_t count,
                 struct arena *arena)
{
    const char *end = name + strlen(name);

    for (const char *at = name; at != NULL; at = dmarc_walk_next(w)) {
        HOLDS(w->count < DMARC_STEPS_MAX);
        HOLDS(at >= name && at <= end && (w->count == 0 || at > w->steps[w->count - 1].name));
        HOLDS(w->count == 0 || (at[-1] == '.' && labels_of(at) <= 7));
        take_step(w, at, w->count < count ? &texts[w->count] : NULL, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes texts[FUZZ_TXTS_MAX];
    size_t count = fuzz_txts(data, len, texts);
    struct dmarc_walk w = { .count = 0 };
    struct dmarc_effective e;
    char name[NAME_SIZE];
    struct arena arena;

    if (name_clean(texts[0].data, texts[0].len, name) != NAME_OK)
        return 0;
    arena_init(&arena, 1024);
    walk(&w, name, texts + 1, count - 1, &arena);
    for (int exists = 0; exists < 2; exists++) {
        dmarc_walk_judge(&w, exists, &e);
        HOLDS((e.verdict == VERDICT_VALID) == (e.tag != NULL));
        HOLDS((e.tag != NULL) == (e.policy != DMARC_UNSET));
        HOLDS(e.from == NULL || (dmarc_step_has_record(e.from) && e.from < w.steps + w.count));
        HOLDS((e.from == NULL) == (e.verdict == VERDICT_ABSENT || e.verdict == VERDICT_UNKNOWN));
        HOLDS(!dmarc_step_has_record(w.steps) || e.from == w.steps);
        HOLDS(!exists || e.tag == NULL || strcmp(e.tag, "np") != 0);
    }
    arena_free(&arena);
    return 0;
}
