#include "workers/domain/spf.h"

#include <string.h>

#include "workers/domain/mx.h"
#include "workers/domain/text.h"
#include "workers/lookup.h"
#include "workers/parse/judgement.h"
#include "workers/parse/spf.h"

/* An answer as it was read; each is read once, though every wave wants it. */
struct reading {
    struct reading *next;
    const struct dns_answer *answer;
    enum spf_ask ask;
    struct spf_source source;
};

struct domain_spf {
    struct spf record;
    struct spf_tree tree;
    struct reading *readings;
};

static const uint16_t types[SPF_ASK_COUNT] = {
    [SPF_ASK_TXT] = DNS_TXT,
    [SPF_ASK_MX] = DNS_MX,
    [SPF_ASK_A] = DNS_A,
    [SPF_ASK_AAAA] = DNS_AAAA,
};

/* ---- answers ---- */

static void read_record(struct spf_source *s, const struct dns_answer *a, struct arena *arena)
{
    struct bytes *texts;
    size_t count = text_strings(a, NULL, arena, &texts);

    spf_judge(texts, count, arena, &s->record);
}

static bool has(const struct spf_source *s, const char *host)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->hosts[i], host) == 0)
            return true;
    return false;
}

/* Targets that no sender follows are not asked for. One more than are allowed is enough to know. */
static void read_hosts(struct spf_source *s, const struct dns_answer *a, struct arena *arena)
{
    const char **hosts = arena_array(arena, SPF_MX_MAX + 1, sizeof(*hosts));
    struct mx_set set;

    s->hosts = hosts;
    mx_judge(a, arena, &set);
    for (size_t i = 0; i < set.count && s->count <= SPF_MX_MAX; i++)
        if (!set.hosts[i].faulty && !has(s, set.hosts[i].host))
            hosts[s->count++] = set.hosts[i].host;
}

static void read_addresses(struct spf_source *s, const struct dns_answer *a, struct arena *arena)
{
    struct address *addresses;

    s->count = lookup_addresses(a, arena, &addresses);
    s->addresses = addresses;
}

static void read_answer(struct spf_source *s, const struct dns_answer *a, enum spf_ask ask,
                        struct arena *arena)
{
    s->outcome = a->outcome;
    if (ask == SPF_ASK_TXT)
        read_record(s, a, arena);
    else if (ask == SPF_ASK_MX)
        read_hosts(s, a, arena);
    else
        read_addresses(s, a, arena);
}

static const struct spf_source *reading_of(struct domain *d, const struct dns_answer *a,
                                           enum spf_ask ask)
{
    struct arena *arena = &d->job->arena;
    struct reading *r = d->spf->readings;

    while (r != NULL && (r->answer != a || r->ask != ask))
        r = r->next;
    if (r != NULL)
        return &r->source;
    r = arena_alloc(arena, sizeof(*r));
    r->answer = a;
    r->ask = ask;
    r->next = d->spf->readings;
    d->spf->readings = r;
    read_answer(&r->source, a, ask, arena);
    return &r->source;
}

static const struct spf_source *find(void *context, const char *name, enum spf_ask ask)
{
    struct domain *d = context;
    const struct dns_answer *a = strcmp(name, d->name) == 0
                                     ? domain_ask_below(d, "", types[ask])
                                     : domain_ask_shared(d, name, types[ask]);

    return a != NULL ? reading_of(d, a, ask) : NULL;
}

/* ---- the member ---- */

static void begin(struct domain *d, const struct domain_member *m, const struct dns_answer *a)
{
    struct arena *arena = &d->job->arena;
    struct bytes *texts;
    size_t count = text_strings(a, m->keep, arena, &texts);

    d->spf = arena_alloc(arena, sizeof(*d->spf));
    spf_judge(texts, count, arena, &d->spf->record);
}

void spf_proceed(struct domain *d, const struct domain_member *m)
{
    const struct dns_answer *a = domain_ask_below(d, m->prefix, DNS_TXT);

    if (a == NULL || !text_is_definite(a))
        return;
    if (d->spf == NULL)
        begin(d, m, a);
    if (d->spf->record.sound && !d->spf->tree.complete)
        spf_tree_grow(d->name, &d->spf->record, find, d, &d->job->arena, &d->spf->tree);
}

void spf_write(struct domain *d, const struct domain_member *m, struct json_writer *w)
{
    const struct dns_answer *a = domain_ask_below(d, m->prefix, DNS_TXT);
    struct bytes *texts;
    size_t count = text_strings(a, m->keep, &d->job->arena, &texts);

    json_open_object(w, m->name);
    lookup_write(w, a);
    text_write_strings(w, texts, count);
    if (d->spf != NULL)
        judgement_write_spf_tree(w, &d->spf->record, d->spf->record.sound ? &d->spf->tree : NULL);
    else
        judgement_write_verdict(w, VERDICT_UNKNOWN);
    json_close_object(w);
}
