/* The joined view of a domain, and what its hosts show, out of a sealed join. */
#include "output/join_tables.h"

#include <string.h>

#include "output/dane.h"
#include "output/operator.h"
#include "output/stamp.h"

/* Seconds between a time and the farther end of a span; -1: one of them is not known. */
static int64_t skew_of(time_t t, const struct join_span *s)
{
    int64_t before = (int64_t)t - s->first, after = (int64_t)s->last - t;

    if (t == 0 || s->first == 0)
        return -1;
    return before > after ? before : after;
}

static bool is_too_far(const struct join *j, int64_t skew)
{
    return j->max_skew >= 0 && skew > j->max_skew;
}

static void view_policy(const struct join *j, struct joined *d, const struct json *domain, time_t t)
{
    d->policy_skew = -1;
    if (json_string(domain) == NULL || d->verdicts[PROTOCOL_MTA_STS] == VERDICT_ABSENT)
        return;
    d->policy = (struct join_policy *)index_find(&j->policies, domain->string, domain->len);
    if (d->policy != NULL)
        d->policy_skew = skew_of(t, &d->policy->seen);
    if (is_too_far(j, d->policy_skew))
        d->policy = NULL;
}

static void view_host(const struct join *j, struct joined_host *to, const struct json *name,
                      time_t t)
{
    to->name = name->string;
    to->seen = (struct join_host *)index_find(&j->hosts, name->string, name->len);
    to->skew = to->seen != NULL ? skew_of(t, &to->seen->seen) : -1;
    if (is_too_far(j, to->skew))
        to->seen = NULL;
}

static const struct {
    const char *name;
    size_t len;
} protocols[PROTOCOL_COUNT] = {
#define X(id, name) [PROTOCOL_##id] = { name, sizeof(name) - 1 },
    PROTOCOLS(X)
#undef X
};

static void find_protocols(struct joined *d)
{
    for (const struct json *n = json_first(d->record); n != NULL; n = n->next)
        for (int p = 0; p < PROTOCOL_COUNT; p++)
            if (n->key_len == protocols[p].len &&
                memcmp(n->key, protocols[p].name, protocols[p].len) == 0)
                d->protocols[p] = n;
    for (int p = 0; p < PROTOCOL_COUNT; p++) {
        const struct json *verdict = json_get(d->protocols[p], "verdict");

        if (json_string(verdict) == NULL ||
            !verdict_parse(verdict->string, verdict->len, &d->verdicts[p]))
            d->verdicts[p] = VERDICT_UNKNOWN;
    }
}

static enum tri has_hosts(const struct json *mx)
{
    const struct json *kind = json_get(mx, "kind");

    if (kind == NULL || json_is(kind, "unknown"))
        return TRI_UNKNOWN;
    return tri_of(json_is(kind, "hosts"));
}

struct joined *join_view(const struct join *j, struct arena *arena, const struct json *record)
{
    struct joined *d = arena_alloc(arena, sizeof(*d));
    const struct json *domain = json_get(record, "domain");
    const struct json *hosts;
    struct joined_host *to;
    time_t t = 0;

    stamp_parse(json_get_string(record, "time"), &t);
    d->record = record;
    find_protocols(d);
    d->has_hosts = has_hosts(d->protocols[PROTOCOL_MX]);
    hosts = json_get(d->protocols[PROTOCOL_MX], "hosts");
    d->domain = json_string(domain) != NULL ? domain->string : "";
    view_policy(j, d, domain, t);
    to = arena_array(arena, hosts != NULL ? hosts->len : 0, sizeof(*to));
    d->hosts = to;
    for (const struct json *n = json_first(hosts); n != NULL; n = n->next) {
        const struct json *name = json_get(n, "host");

        if (json_string(name) != NULL && json_get(n, "violation") == NULL)
            view_host(j, &to[d->host_count++], name, t);
    }
    if (d->host_count > 0)
        d->runner = to->seen != NULL ? to->seen->runner : operator_of(to->name);
    return d;
}

enum tri join_host_all(const struct join_host *h, enum host_trait t)
{
    if (h == NULL)
        return TRI_UNKNOWN;
    if (h->no & BIT(t))
        return TRI_NO;
    return h->yes & BIT(t) ? TRI_YES : TRI_UNKNOWN;
}

enum tri join_host_some(const struct join_host *h, enum host_trait t)
{
    if (h == NULL)
        return TRI_UNKNOWN;
    if (h->yes & BIT(t))
        return TRI_YES;
    return h->no & BIT(t) ? TRI_NO : TRI_UNKNOWN;
}

/* The leaf has the name of the domain that mail goes to, or, where its MX records stand at an
 * alias's end, the name there. */
static bool is_next_hop(X509 *leaf, const struct joined *d)
{
    const struct json *n = json_first(json_get(d->protocols[PROTOCOL_MX], "aliases"));
    const char *end;

    while (n != NULL && n->next != NULL)
        n = n->next;
    end = json_string(n);
    return dane_name_match(leaf, d->domain) || (end != NULL && dane_name_match(leaf, end));
}

enum tri join_host_dane(const struct join_host *h, const struct joined *d)
{
    enum tri all = join_host_all(h, HOST_DANE);

    if (h == NULL || h->ta_leaves == NULL || all == TRI_NO)
        return all;
    for (const struct join_leaf *l = h->ta_leaves; l != NULL; l = l->next)
        if (!is_next_hop(l->x509, d))
            return TRI_NO;
    return TRI_YES;
}

static const struct {
    const char *name, *text;
} standings[] = {
#define X(id, name, text) { name, text },
    DANE_STANDINGS(X)
#undef X
};

const char *dane_standing_name(enum dane_standing s)
{
    return standings[s].name;
}

const char *dane_standing_text(enum dane_standing s)
{
    return standings[s].text;
}

enum dane_standing join_host_dane_standing(const struct join_host *h, const struct joined *d)
{
    static const enum dane_standing matched[] = {
        [TRI_NO] = DANE_FAILS, [TRI_YES] = DANE_MATCHES, [TRI_UNKNOWN] = DANE_UNKNOWN
    };

    if (h == NULL || h->tlsa == TRI_UNKNOWN)
        return DANE_UNKNOWN;
    if (h->tlsa == TRI_NO)
        return DANE_NONE;
    if (h->tlsa_secure == TRI_NO)
        return DANE_INSECURE;
    return h->tlsa_useless ? DANE_USELESS : matched[join_host_dane(h, d)];
}

enum tri join_host_has_address(const struct join_host *h)
{
    return h != NULL ? (enum tri)h->address : TRI_UNKNOWN;
}
