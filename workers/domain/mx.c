#include "workers/domain/mx.h"

#include <string.h>

#include "workers/lookup.h"
#include "workers/parse/judgement.h"

/* ---- "a" and "aaaa": of domains without MX ---- */

static const struct dns_answer *addresses(struct domain *d, uint16_t type)
{
    return d->mx_answer->outcome == OUTCOME_NODATA ? domain_ask(d, d->name, type) : NULL;
}

static void write_addresses(struct domain *d, const struct domain_member *m, struct json_writer *w,
                            uint16_t type)
{
    const struct dns_answer *a = addresses(d, type);

    if (a == NULL)
        return;
    json_open_object(w, m->name);
    lookup_write(w, a);
    lookup_write_addresses(w, a);
    json_close_object(w);
}

void a_proceed(struct domain *d, const struct domain_member *m)
{
    (void)m;
    addresses(d, DNS_A);
}

void a_write(struct domain *d, const struct domain_member *m, struct json_writer *w)
{
    write_addresses(d, m, w, DNS_A);
}

void aaaa_proceed(struct domain *d, const struct domain_member *m)
{
    (void)m;
    addresses(d, DNS_AAAA);
}

void aaaa_write(struct domain *d, const struct domain_member *m, struct json_writer *w)
{
    write_addresses(d, m, w, DNS_AAAA);
}

/* ---- "mx" ---- */

static const char *kind_without_mx(struct domain *d)
{
    const struct dns_answer *a = addresses(d, DNS_A), *aaaa = addresses(d, DNS_AAAA);

    if (a->outcome == OUTCOME_OK || aaaa->outcome == OUTCOME_OK)
        return "implicit";
    return lookup_is_empty(a) && lookup_is_empty(aaaa) ? "none" : "unknown";
}

static const char *kind_with_mx(const struct domain *d)
{
    return d->mx.verdict == VERDICT_ABSENT ? "unknown" : d->mx.null ? "null" : "hosts";
}

void mx_judge(const struct dns_answer *mx, struct arena *arena, struct mx_set *s)
{
    struct bytes *rdatas = arena_array(arena, mx->record_count, sizeof(*rdatas));

    for (size_t i = 0; i < mx->record_count; i++)
        rdatas[i] = (struct bytes){ (const char *)mx->records[i].data, mx->records[i].len };
    mx_set_judge(rdatas, mx->record_count, arena, s);
}

static void find_kind(struct domain *d)
{
    switch (d->mx_answer->outcome) {
    case OUTCOME_OK:
        mx_judge(d->mx_answer, &d->job->arena, &d->mx);
        d->mx_kind = kind_with_mx(d);
        break;
    case OUTCOME_NODATA:
        d->mx_kind = kind_without_mx(d);
        break;
    case OUTCOME_NXDOMAIN:
        d->mx_kind = "none";
        break;
    default:
        d->mx_kind = "unknown";
    }
}

void mx_write(struct domain *d, const struct domain_member *m, struct json_writer *w)
{
    const struct dns_answer *mx = d->mx_answer;

    json_open_object(w, m->name);
    lookup_write(w, mx);
    find_kind(d);
    if (mx->outcome == OUTCOME_OK)
        json_write_int(w, "ttl", mx->ttl);
    json_write_string(w, "kind", d->mx_kind);
    if (mx->outcome == OUTCOME_OK && d->mx.verdict != VERDICT_ABSENT)
        judgement_write_mx(w, &d->mx);
    else
        judgement_write_verdict(w, strcmp(d->mx_kind, "unknown") == 0 ? VERDICT_UNKNOWN
                                                                      : VERDICT_ABSENT);
    json_close_object(w);
}
