#include "workers/domain/dmarc.h"

#include <assert.h>
#include <stdio.h>

#include "workers/domain/report_targets.h"
#include "workers/domain/text.h"
#include "workers/lookup.h"
#include "workers/parse/dmarc_walk.h"
#include "workers/parse/judgement.h"

/* The walk, and the strings that stand at each of its steps. */
struct domain_dmarc {
    struct dmarc_walk walk;
    struct {
        struct bytes *texts;
        size_t count;
    } strings[DMARC_STEPS_MAX];
};

static void take_step(struct domain *d, const char *name, const struct dns_answer *a)
{
    struct domain_dmarc *s = d->dmarc;
    size_t i = s->walk.count++;
    struct dmarc_step *step = &s->walk.steps[i];

    step->name = name;
    step->known = text_is_definite(a);
    s->strings[i].count = text_strings(a, NULL, &d->job->arena, &s->strings[i].texts);
    dmarc_judge(s->strings[i].texts, s->strings[i].count, &d->job->arena, &step->record);
}

/* False while an answer is awaited. */
static bool walk(struct domain *d)
{
    const struct dns_answer *a = domain_ask_below(d, "_dmarc.", DNS_TXT);
    char name[512];
    const char *next;

    if (a == NULL)
        return false;
    if (d->dmarc == NULL) {
        d->dmarc = arena_alloc(&d->job->arena, sizeof(*d->dmarc));
        take_step(d, d->name, a);
    }
    while ((next = dmarc_walk_next(&d->dmarc->walk)) != NULL) {
        snprintf(name, sizeof(name), "_dmarc.%s", next);
        a = domain_ask_shared(d, name, DNS_TXT);
        if (a == NULL)
            return false;
        take_step(d, next, a);
    }
    return true;
}

static void judge(const struct domain *d, struct dmarc_effective *e)
{
    dmarc_walk_judge(&d->dmarc->walk, !lookup_has_no_name(d->mx_answer), e);
}

void dmarc_proceed(struct domain *d, const struct domain_member *m)
{
    struct dmarc_effective e;

    (void)m;
    if (!walk(d))
        return;
    judge(d, &e);
    if (e.from != NULL)
        report_targets_proceed(d, e.from);
}

/* Whose it is, their text where they are not the domain, and what it asks for. */
static void write_policy(const struct domain *d, const struct dmarc_effective *e,
                         struct json_writer *w)
{
    const struct domain_dmarc *s = d->dmarc;
    size_t i = (size_t)(e->from - s->walk.steps);

    json_write_string(w, "domain", e->from->name);
    if (i > 0)
        text_write_strings(w, s->strings[i].texts, s->strings[i].count);
    judgement_write_dmarc_policy(w, e);
}

static void write_effective(const struct domain *d, const struct dmarc_effective *e,
                            struct json_writer *w)
{
    json_open_object(w, "effective");
    judgement_write_verdict(w, e->verdict);
    if (e->from != NULL)
        write_policy(d, e, w);
    json_close_object(w);
}

void dmarc_write(struct domain *d, const struct domain_member *m, struct json_writer *w)
{
    struct dmarc_effective e;

    judge(d, &e);
    json_open_object(w, m->name);
    text_write_members(d, m, w);
    write_effective(d, &e, w);
    if (e.from != NULL)
        report_targets_write(d, e.from, w);
    json_close_object(w);
}
