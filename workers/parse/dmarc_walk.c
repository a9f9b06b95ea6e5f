#include "workers/parse/dmarc_walk.h"

#include <string.h>

#define LABELS_MAX 7 /* of an ancestor that is asked: 8 questions are all (§4.10) */

bool dmarc_step_has_record(const struct dmarc_step *s)
{
    return s->known && s->record.verdict != VERDICT_ABSENT &&
           !violations_have(&s->record.violations, VIOLATION_DMARC_MULTIPLE);
}

static size_t labels_of(const char *name)
{
    size_t count = 1;

    for (; *name != '\0'; name++)
        count += *name == '.';
    return count;
}

static const char *parent_of(const char *name)
{
    const char *dot = strchr(name, '.');

    return dot != NULL ? dot + 1 : NULL;
}

static bool ends_walk(const struct dmarc_walk *w, const struct dmarc_step *s)
{
    if (!s->known)
        return true;
    if (!dmarc_step_has_record(s))
        return false;
    return s == w->steps || s->record.psd == 'y' || s->record.psd == 'n';
}

const char *dmarc_walk_next(const struct dmarc_walk *w)
{
    const struct dmarc_step *last = &w->steps[w->count - 1];
    const char *name = parent_of(last->name);

    if (w->count == DMARC_STEPS_MAX || ends_walk(w, last))
        return NULL;
    while (name != NULL && labels_of(name) > LABELS_MAX)
        name = parent_of(name);
    return name;
}

/* The step one label below s, which is where the organizational domain of a public suffix is. */
static const struct dmarc_step *step_below(const struct dmarc_walk *w, const struct dmarc_step *s)
{
    const char *above = s > w->steps ? parent_of(s[-1].name) : NULL;

    return above != NULL && strcmp(above, s->name) == 0 ? s - 1 : NULL;
}

/* §4.10.2: psd=n is the organizational domain's; below psd=y it is one label down; else it is the
 * one with the fewest labels. */
static const struct dmarc_step *find(const struct dmarc_walk *w)
{
    const struct dmarc_step *found = NULL;

    for (size_t i = 0; i < w->count; i++) {
        const struct dmarc_step *s = &w->steps[i], *below = step_below(w, s);

        if (!dmarc_step_has_record(s))
            continue;
        if (i == 0)
            return s;
        found = s->record.psd == 'y' && below != NULL && dmarc_step_has_record(below) ? below : s;
    }
    return found;
}

static void take_policy(struct dmarc_effective *e, const struct dmarc *r, bool own, bool exists)
{
    e->tag = "p";
    e->policy = r->p;
    if (own)
        return;
    if (r->sp != DMARC_UNSET) {
        e->tag = "sp";
        e->policy = r->sp;
    }
    if (!exists && r->np != DMARC_UNSET) {
        e->tag = "np";
        e->policy = r->np;
    }
}

void dmarc_walk_judge(const struct dmarc_walk *w, bool exists, struct dmarc_effective *e)
{
    *e = (struct dmarc_effective){ .verdict = VERDICT_ABSENT };
    for (size_t i = 0; i < w->count; i++)
        if (!w->steps[i].known)
            e->verdict = VERDICT_UNKNOWN;
    if (e->verdict == VERDICT_UNKNOWN)
        return;
    e->from = find(w);
    if (e->from == NULL)
        return;
    e->verdict = e->from->record.verdict;
    if (e->verdict == VERDICT_VALID)
        take_policy(e, &e->from->record, e->from == w->steps, exists);
}
