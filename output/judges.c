#include "output/judges.h"

#include <string.h>

#include "output/curated.h"
#include "output/delivery.h"

/* ---- what a domain record says ---- */

static enum tri field_is(const struct json *object, const char *name, const char *a, const char *b)
{
    const struct json *n = json_get(object, name);

    if (n == NULL || json_is(n, "unknown"))
        return TRI_UNKNOWN;
    return tri_of(json_is(n, a) || (b != NULL && json_is(n, b)));
}

/* An SPF record is there whatever becomes of what it includes: the verdict waits for the DNS of
 * others (RFC 7208 §5.2), the record was seen. */
static bool is_seen(const struct joined *d, enum protocol p)
{
    return p == PROTOCOL_SPF && json_is(json_get(d->protocols[p], "outcome"), "ok");
}

static enum tri is_present(const struct joined *d, enum protocol p)
{
    if (d->verdicts[p] == VERDICT_UNKNOWN)
        return is_seen(d, p) ? TRI_YES : TRI_UNKNOWN;
    return tri_of(d->verdicts[p] != VERDICT_ABSENT);
}

static enum tri is_valid(const struct joined *d, enum protocol p)
{
    if (d->verdicts[p] == VERDICT_UNKNOWN)
        return TRI_UNKNOWN;
    return tri_of(d->verdicts[p] == VERDICT_VALID);
}

enum tri judge_present(const struct joined *d, const struct metric *m)
{
    return is_present(d, m->protocol);
}

enum tri judge_valid(const struct joined *d, const struct metric *m)
{
    return is_valid(d, m->protocol);
}

enum tri judge_exists(const struct joined *d, const struct metric *m)
{
    (void)m;
    return field_is(d->record, "exists", "yes", NULL);
}

enum tri judge_field(const struct joined *d, const struct metric *m)
{
    return field_is(d->protocols[m->protocol], m->field, m->values[0], m->values[1]);
}

/* A field that is missing from a valid record has none of the values. */
enum tri judge_valid_with(const struct joined *d, const struct metric *m)
{
    enum tri valid = is_valid(d, m->protocol);
    const struct json *value;

    if (valid != TRI_YES)
        return valid;
    value = json_get(d->protocols[m->protocol], m->field);
    return tri_of(json_is(value, m->values[0]) ||
                  (m->values[1] != NULL && json_is(value, m->values[1])));
}

/* The "all" that counts, here or behind a redirect. Where it is another one, that is no, whatever
 * the lookups that failed would have said of the record. */
enum tri judge_spf_enforcing(const struct joined *d, const struct metric *m)
{
    const struct json *spf = d->protocols[m->protocol], *all = json_get(spf, m->field);
    enum tri valid = is_valid(d, m->protocol);

    if (all == NULL)
        all = json_get(spf, "all");
    if (valid == TRI_NO)
        return TRI_NO;
    if (all == NULL && (valid == TRI_UNKNOWN || json_get(spf, "redirect") != NULL))
        return TRI_UNKNOWN; /* it was not followed */
    if (json_is(all, m->values[0]) || (m->values[1] != NULL && json_is(all, m->values[1])))
        return valid;
    return TRI_NO;
}

enum tri judge_valid_having(const struct joined *d, const struct metric *m)
{
    enum tri valid = is_valid(d, m->protocol);

    if (valid != TRI_YES)
        return valid;
    return tri_of(json_get(d->protocols[m->protocol], m->field) != NULL);
}

enum tri judge_dmarc_covered(const struct joined *d, const struct metric *m)
{
    const struct json *effective = json_get(d->protocols[m->protocol], "effective");
    enum tri covered = field_is(effective, "verdict", "valid", NULL);

    if (covered != TRI_YES || m->values[0] == NULL)
        return covered;
    return field_is(effective, "policy", m->values[0], m->values[1]);
}

enum tri judge_dkim_control(const struct joined *d, const struct metric *m)
{
    const struct json *dkim = d->protocols[m->protocol];

    return dkim == NULL ? TRI_UNKNOWN : tri_of(json_get_bool(dkim, "control", false));
}

enum tri judge_dkim_missed(const struct joined *d, const struct metric *m)
{
    const struct json *dkim = d->protocols[m->protocol];
    enum tri control = judge_dkim_control(d, m);

    if (control != TRI_YES || json_is(json_get(dkim, "key"), "yes"))
        return control;
    return json_get_int(dkim, "unanswered", 0) > 0 ? TRI_UNKNOWN : TRI_NO;
}

enum tri judge_dmarc_effective(const struct joined *d, const struct metric *m)
{
    const struct json *dmarc = d->protocols[m->protocol], *p = json_get(dmarc, "p");
    enum tri valid = is_valid(d, m->protocol);

    if (valid != TRI_YES)
        return valid;
    return tri_of(json_is(p, "reject") ||
                  (json_is(p, "quarantine") && !json_is(json_get(dmarc, "t"), "y")));
}

/* ---- MTA-STS: its policy ---- */

enum tri judge_policy_valid(const struct joined *d, const struct metric *m)
{
    enum tri record = is_present(d, PROTOCOL_MTA_STS);

    (void)m;
    if (record != TRI_YES)
        return record; /* no policy is looked for */
    if (d->policy == NULL || d->policy->verdict == VERDICT_UNKNOWN)
        return TRI_UNKNOWN;
    return tri_of(d->policy->verdict == VERDICT_VALID);
}

enum tri judge_policy_mode(const struct joined *d, const struct metric *m)
{
    enum tri valid = judge_policy_valid(d, m);

    return valid == TRI_YES ? tri_of(d->policy->mode == m->mode) : valid;
}

/* ---- hosts ---- */

typedef enum tri host_test(const struct joined *d, const struct joined_host *h,
                           const struct metric *m);

static enum tri some_host(const struct joined *d, host_test *test, const struct metric *m)
{
    enum tri some = TRI_NO;

    if (d->has_hosts != TRI_YES)
        return d->has_hosts;
    for (size_t i = 0; i < d->host_count && some != TRI_YES; i++)
        some = tri_or(some,
                      tri_and(join_host_has_address(d->hosts[i].seen), test(d, &d->hosts[i], m)));
    return some;
}

/* Over the hosts that have an address: the others receive nothing. Without any: no. */
static enum tri all_hosts(const struct joined *d, host_test *test, const struct metric *m)
{
    enum tri all = TRI_YES, any = TRI_NO;

    if (d->has_hosts != TRI_YES)
        return d->has_hosts;
    for (size_t i = 0; i < d->host_count && all != TRI_NO; i++) {
        enum tri address = join_host_has_address(d->hosts[i].seen);

        any = tri_or(any, address);
        if (address == TRI_YES)
            all = tri_and(all, test(d, &d->hosts[i], m));
        else if (address == TRI_UNKNOWN)
            all = tri_and(all, TRI_UNKNOWN);
    }
    return tri_and(any, all);
}

static enum tri host_exists(const struct joined *d, const struct joined_host *h,
                            const struct metric *m)
{
    (void)d, (void)h, (void)m;
    return TRI_YES; /* some_host() asks for the address */
}

static enum tri host_all(const struct joined *d, const struct joined_host *h,
                         const struct metric *m)
{
    (void)d;
    return join_host_all(h->seen, m->trait);
}

static enum tri host_some(const struct joined *d, const struct joined_host *h,
                          const struct metric *m)
{
    (void)d;
    return join_host_some(h->seen, m->trait);
}

static enum tri host_ipv6(const struct joined *d, const struct joined_host *h,
                          const struct metric *m)
{
    (void)d, (void)m;
    return h->seen != NULL ? (enum tri)h->seen->ipv6 : TRI_UNKNOWN;
}

static enum tri host_tlsa(const struct joined *d, const struct joined_host *h,
                          const struct metric *m)
{
    (void)d, (void)m;
    return h->seen != NULL ? (enum tri)h->seen->tlsa : TRI_UNKNOWN;
}

static enum tri host_tlsa_secure(const struct joined *d, const struct joined_host *h,
                                 const struct metric *m)
{
    (void)d, (void)m;
    return h->seen != NULL ? (enum tri)h->seen->tlsa_secure : TRI_UNKNOWN;
}

static enum tri host_dane(const struct joined *d, const struct joined_host *h,
                          const struct metric *m)
{
    (void)m;
    return join_host_dane(h->seen, d);
}

static enum tri host_deliverable(const struct joined *d, const struct joined_host *h,
                                 const struct metric *m)
{
    (void)m;
    return delivery_to(d->policy, h);
}

enum tri judge_everyone(const struct joined *d, const struct metric *m)
{
    (void)d, (void)m;
    return TRI_YES;
}

enum tri judge_usable_mx(const struct joined *d, const struct metric *m)
{
    return some_host(d, host_exists, m);
}

/* Name servers say it of a domain that has no mail as well. A run that did not ask for them knows
 * of the MX hosts only. */
static enum tri ns_park(const struct joined *d)
{
    const struct json *ns = d->protocols[PROTOCOL_NS], *outcome = json_get(ns, "outcome");
    enum outcome o;

    for (const struct json *n = json_first(json_get(ns, "hosts")); n != NULL; n = n->next)
        if (json_string(n) != NULL && curated_is_parking_ns(n->string))
            return TRI_YES;
    if (ns == NULL)
        return TRI_NO;
    if (json_string(outcome) == NULL || !outcome_parse(outcome->string, outcome->len, &o))
        return TRI_UNKNOWN;
    return outcome_again(o) ? TRI_UNKNOWN : TRI_NO;
}

static enum tri mx_parks(const struct joined *d)
{
    for (size_t i = 0; i < d->host_count; i++)
        if (d->hosts[i].seen != NULL ? d->hosts[i].seen->parking
                                     : curated_is_parking_mx(d->hosts[i].name))
            return TRI_YES;
    return d->has_hosts == TRI_UNKNOWN ? TRI_UNKNOWN : TRI_NO;
}

enum tri judge_not_parked(const struct joined *d, const struct metric *m)
{
    return tri_and(judge_exists(d, m), tri_not(tri_or(ns_park(d), mx_parks(d))));
}

enum tri judge_all_hosts(const struct joined *d, const struct metric *m)
{
    return all_hosts(d, host_all, m);
}

enum tri judge_some_host(const struct joined *d, const struct metric *m)
{
    return some_host(d, host_some, m);
}

enum tri judge_no_host(const struct joined *d, const struct metric *m)
{
    return tri_and(judge_usable_mx(d, m), tri_not(judge_some_host(d, m)));
}

enum tri judge_dangling(const struct joined *d, const struct metric *m)
{
    enum tri all = TRI_YES;

    (void)m;
    if (d->has_hosts != TRI_YES)
        return d->has_hosts;
    for (size_t i = 0; i < d->host_count; i++)
        all = tri_and(all, join_host_has_address(d->hosts[i].seen));
    return tri_not(all);
}

enum tri judge_ipv6_all(const struct joined *d, const struct metric *m)
{
    return all_hosts(d, host_ipv6, m);
}

enum tri judge_ipv6(const struct joined *d, const struct metric *m)
{
    return some_host(d, host_ipv6, m);
}

enum tri judge_tlsa(const struct joined *d, const struct metric *m)
{
    return some_host(d, host_tlsa, m);
}

/* The state that the resolver gave the MX answer; unknown where it cannot be trusted to, or gave
 * none. */
enum tri judge_dnssec(const struct joined *d, const struct metric *m)
{
    const struct json *dnssec = json_get(d->protocols[PROTOCOL_MX], "dnssec");

    if (dnssec == NULL || json_is(dnssec, "indeterminate"))
        return TRI_UNKNOWN;
    return tri_of(json_is(dnssec, m->values[0]));
}

/* Bogus is a failed lookup, and yet a finding: such an RRset is not secure. */
enum tri judge_mx_secure(const struct joined *d, const struct metric *m)
{
    const struct json *mx = d->protocols[PROTOCOL_MX], *outcome = json_get(mx, "outcome");
    const struct json *dnssec = json_get(mx, "dnssec");

    (void)m;
    if (json_is(outcome, "nodata") || json_is(outcome, "nxdomain") || json_is(dnssec, "bogus") ||
        json_is(dnssec, "insecure"))
        return TRI_NO;
    return json_is(outcome, "ok") && json_is(dnssec, "secure") ? TRI_YES : TRI_UNKNOWN;
}

enum tri judge_dane_secure(const struct joined *d, const struct metric *m)
{
    enum tri mx = judge_mx_secure(d, m);

    return mx == TRI_NO ? TRI_NO : tri_and(mx, all_hosts(d, host_tlsa_secure, m));
}

enum tri judge_dane_valid(const struct joined *d, const struct metric *m)
{
    enum tri secure = judge_dane_secure(d, m);

    return secure == TRI_NO ? TRI_NO : tri_and(secure, all_hosts(d, host_dane, m));
}

/* ---- several protocols ---- */

enum tri judge_deliverable(const struct joined *d, const struct metric *m)
{
    enum tri enforced = tri_and(is_valid(d, PROTOCOL_MTA_STS), judge_policy_mode(d, m));

    return enforced == TRI_YES ? some_host(d, host_deliverable, m) : enforced;
}

enum tri judge_delivery_all(const struct joined *d, const struct metric *m)
{
    enum tri bound = delivery_is_bound(d);

    return bound == TRI_YES ? all_hosts(d, host_deliverable, m) : bound;
}

enum tri judge_delivery_none(const struct joined *d, const struct metric *m)
{
    enum tri bound = delivery_is_bound(d);

    if (bound != TRI_YES)
        return bound;
    return tri_and(judge_usable_mx(d, m), tri_not(some_host(d, host_deliverable, m)));
}

enum tri judge_sts_tls_rpt_present(const struct joined *d, const struct metric *m)
{
    (void)m;
    return tri_and(is_present(d, PROTOCOL_MTA_STS), is_present(d, PROTOCOL_TLS_RPT));
}

enum tri judge_five_present(const struct joined *d, const struct metric *m)
{
    enum tri dkim = field_is(d->protocols[PROTOCOL_DKIM], "node", "yes", NULL);

    return tri_and(tri_and(is_present(d, PROTOCOL_SPF), dkim),
                   tri_and(is_present(d, PROTOCOL_DMARC), judge_sts_tls_rpt_present(d, m)));
}

enum tri judge_five_valid(const struct joined *d, const struct metric *m)
{
    enum tri dkim = field_is(d->protocols[PROTOCOL_DKIM], "node", "yes", NULL);
    enum tri sts = tri_and(is_valid(d, PROTOCOL_MTA_STS), judge_policy_valid(d, m));

    return tri_and(
        tri_and(is_valid(d, PROTOCOL_SPF), dkim),
        tri_and(is_valid(d, PROTOCOL_DMARC), tri_and(sts, is_valid(d, PROTOCOL_TLS_RPT))));
}
