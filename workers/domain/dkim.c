#include "workers/domain/dkim.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "workers/domain/text.h"
#include "workers/domain/wildcard.h"
#include "workers/lookup.h"
#include "workers/parse/dkim.h"
#include "workers/parse/judgement.h"
#include "workers/selectors.h"
#include "workers/worker.h"

#define CONTROL_ONE_IN 100

/* What the selectors answered, in their order; NULL: not asked, or not answered yet. */
struct domain_dkim {
    const struct dns_answer *answers[SELECTORS_MAX];
    const struct dns_answer *any; /* of one that cannot exist: a wildcard */
    size_t asked;
};

bool dkim_is_control(const char *domain)
{
    static const unsigned char key[] = "mxcensus dkim control";
    unsigned char hash[crypto_generichash_BYTES_MIN];

    crypto_generichash(hash, sizeof(hash), (const unsigned char *)domain, strlen(domain), key,
                       sizeof(key) - 1);
    return ((unsigned)hash[0] << 8 | hash[1]) % CONTROL_ONE_IN == 0;
}

static const struct dns_answer *node(struct domain *d)
{
    return domain_ask_below(d, "_domainkey.", DNS_TXT);
}

static bool is_pruned(struct domain *d)
{
    return lookup_has_no_name(node(d));
}

static bool asks_selectors(struct domain *d)
{
    if (lookup_has_no_name(d->mx_answer))
        return false;
    return is_pruned(d) ? dkim_is_control(d->name) : text_is_definite(node(d));
}

/* ---- asking ---- */

/* Of a selector that nobody has. */
static const struct dns_answer *ask_any(struct domain *d)
{
    char label[32], prefix[60];

    wildcard_label(d->name, label);
    snprintf(prefix, sizeof(prefix), "%s._domainkey.", label);
    return domain_ask_below(d, prefix, DNS_TXT);
}

static bool is_there(const struct dns_answer *a)
{
    return a != NULL && (a->outcome == OUTCOME_OK || a->alias_count > 0);
}

static bool is_due(const struct domain *d, const struct selectors *list, size_t i)
{
    const struct selector *with = list->items[i].with;

    return with == NULL || is_there(d->dkim->answers[with - list->items]);
}

static bool any_there(const struct domain *d, const struct selectors *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (is_there(d->dkim->answers[i]))
            return true;
    return false;
}

void dkim_proceed(struct domain *d, const struct domain_member *m)
{
    const struct selectors *list = d->job->worker->selectors;
    struct domain_dkim *s = d->dkim;

    (void)m;
    if (node(d) == NULL || !asks_selectors(d))
        return;
    if (s == NULL)
        s = d->dkim = arena_alloc(&d->job->arena, sizeof(*s));
    s->asked = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (!is_due(d, list, i))
            continue;
        s->asked++;
        if (s->answers[i] == NULL)
            s->answers[i] = domain_ask_below(d, list->items[i].prefix, DNS_TXT);
    }
    if (s->any == NULL && any_there(d, list))
        s->any = ask_any(d);
}

/* ---- what was found ---- */

/* Good to sign with, as far as a record tells. */
static bool is_key(const struct dns_answer *a, struct arena *arena)
{
    struct bytes *texts;
    size_t count = text_strings(a, NULL, arena, &texts);
    struct dkim r;

    dkim_judge(texts, count, arena, &r);
    return r.verdict == VERDICT_VALID && !r.revoked;
}

struct findings {
    size_t unanswered;
    bool key;
};

static void write_key(struct domain *d, const char *selector, const struct dns_answer *a,
                      struct json_writer *w)
{
    struct arena *arena = &d->job->arena;
    struct bytes *texts;
    size_t count = text_strings(a, NULL, arena, &texts);

    json_open_object(w, NULL);
    json_write_string(w, "selector", selector);
    lookup_write(w, a);
    text_write_strings(w, texts, count);
    if (text_is_definite(a))
        judgement_write_dkim(w, texts, count, arena);
    else
        judgement_write_verdict(w, VERDICT_UNKNOWN);
    json_close_object(w);
}

/* Answers that are a wildcard's stand there once, as "*". */
static bool is_of_wildcard(const struct domain_dkim *s, const struct dns_answer *a)
{
    return s->any != NULL && is_there(s->any) && wildcard_same(s->any, a);
}

static void write_keys(struct domain *d, const struct selectors *list, struct json_writer *w)
{
    const struct domain_dkim *s = d->dkim;

    if (!any_there(d, list))
        return;
    json_open_array(w, "keys");
    for (size_t i = 0; i < list->count; i++)
        if (is_there(s->answers[i]) && !is_of_wildcard(s, s->answers[i]))
            write_key(d, list->items[i].name, s->answers[i], w);
    if (is_there(s->any))
        write_key(d, "*", s->any, w);
    json_close_array(w);
}

static void find(struct domain *d, const struct selectors *list, struct findings *f)
{
    const struct domain_dkim *s = d->dkim;

    for (size_t i = 0; i < list->count; i++) {
        if (s->answers[i] == NULL)
            continue;
        f->unanswered += !text_is_definite(s->answers[i]);
        f->key |= is_key(s->answers[i], &d->job->arena);
    }
}

/* A wildcard's answer says nothing of the node, but a key below it does. */
static const char *node_word(struct domain *d, const struct findings *f)
{
    if (is_pruned(d))
        return "no";
    if (!text_is_definite(node(d)))
        return "unknown";
    return wildcard_shows(d, node(d)) && !f->key ? "unknown" : "yes";
}

/* Is there a key at a selector of the list. */
static const char *key_word(struct domain *d, const struct findings *f)
{
    if (f->key)
        return "yes";
    if (is_pruned(d))
        return "no";
    return d->dkim == NULL || f->unanswered > 0 ? "unknown" : "no";
}

void dkim_write(struct domain *d, const struct domain_member *m, struct json_writer *w)
{
    const struct selectors *list = d->job->worker->selectors;
    struct findings f = { 0 };

    if (d->dkim != NULL)
        find(d, list, &f);
    json_open_object(w, m->name);
    lookup_write(w, node(d));
    wildcard_write_mark(d, node(d), w);
    json_write_string(w, "node", node_word(d, &f));
    json_write_string(w, "key", key_word(d, &f));
    if (d->dkim != NULL) {
        if (is_pruned(d))
            json_write_bool(w, "control", true);
        json_write_int(w, "asked", (int64_t)d->dkim->asked);
        if (f.unanswered > 0)
            json_write_int(w, "unanswered", (int64_t)f.unanswered);
        write_keys(d, list, w);
    }
    json_close_object(w);
}
