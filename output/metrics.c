#include "output/metrics.h"

#include <string.h>

#include "workers/parse/mx_match.h"

/* ---- what a domain record says ---- */

static const struct json *member(const struct joined *d, const char *name)
{
    return json_get(d->record, name);
}

/* Is this text one of two values; unknown where it is missing. */
static enum tri text_is(const struct json *object, const char *name, const char *a, const char *b)
{
    const struct json *n = json_get(object, name);

    if (n == NULL)
        return TRI_UNKNOWN;
    return tri_of(json_is(n, a) || json_is(n, b));
}

static enum tri present(const struct joined *d, const char *protocol)
{
    const struct json *p = member(d, protocol);

    if (json_is(json_get(p, "verdict"), "unknown"))
        return TRI_UNKNOWN;
    return text_is(p, "verdict", "valid", "invalid");
}

static enum tri valid(const struct joined *d, const char *protocol)
{
    const struct json *p = member(d, protocol);

    if (json_is(json_get(p, "verdict"), "unknown"))
        return TRI_UNKNOWN;
    return text_is(p, "verdict", "valid", "valid");
}

/* A record that is valid and whose field has one of two values; a missing field has neither. */
static enum tri valid_with(const struct joined *d, const char *protocol, const char *field,
                           const char *a, const char *b)
{
    const struct json *value = json_get(member(d, protocol), field);

    return tri_and(valid(d, protocol), tri_of(json_is(value, a) || json_is(value, b)));
}

static enum tri spf_present(const struct joined *d)
{
    return present(d, "spf");
}

static enum tri spf_valid(const struct joined *d)
{
    return valid(d, "spf");
}

static enum tri spf_enforcing(const struct joined *d)
{
    const struct json *spf = member(d, "spf");

    if (json_get(spf, "all") == NULL && json_get(spf, "redirect") != NULL)
        return tri_and(spf_valid(d), TRI_UNKNOWN); /* another name's record says it */
    return valid_with(d, "spf", "all", "fail", "softfail");
}

static enum tri dmarc_present(const struct joined *d)
{
    return present(d, "dmarc");
}

static enum tri dmarc_valid(const struct joined *d)
{
    return valid(d, "dmarc");
}

static enum tri dmarc_enforcing(const struct joined *d)
{
    return valid_with(d, "dmarc", "p", "quarantine", "reject");
}

static enum tri dmarc_reject(const struct joined *d)
{
    return valid_with(d, "dmarc", "p", "reject", "reject");
}

static enum tri dkim_node(const struct joined *d)
{
    const struct json *dkim = member(d, "dkim");

    if (json_is(json_get(dkim, "node"), "unknown"))
        return TRI_UNKNOWN;
    return text_is(dkim, "node", "yes", "yes");
}

static enum tri tls_rpt_present(const struct joined *d)
{
    return present(d, "tls_rpt");
}

static enum tri tls_rpt_valid(const struct joined *d)
{
    return valid(d, "tls_rpt");
}

static enum tri bimi_present(const struct joined *d)
{
    return present(d, "bimi");
}

static enum tri bimi_valid(const struct joined *d)
{
    return valid(d, "bimi");
}

/* ---- MTA-STS: record, policy, effect ---- */

static enum tri sts_record_present(const struct joined *d)
{
    return present(d, "mta_sts");
}

static enum tri sts_record_valid(const struct joined *d)
{
    return valid(d, "mta_sts");
}

static enum tri sts_policy_valid(const struct joined *d)
{
    enum tri record = sts_record_present(d);

    if (record != TRI_YES)
        return record; /* no policy is looked for */
    if (d->policy == NULL || d->policy->verdict == VERDICT_UNKNOWN)
        return TRI_UNKNOWN;
    return tri_of(d->policy->verdict == VERDICT_VALID);
}

static enum tri sts_policy_mode(const struct joined *d, int mode)
{
    enum tri good = sts_policy_valid(d);

    return good == TRI_YES ? tri_of((int)d->policy->mode == mode) : good;
}

static enum tri sts_policy_testing(const struct joined *d)
{
    return sts_policy_mode(d, MODE_TESTING);
}

static enum tri sts_policy_enforce(const struct joined *d)
{
    return sts_policy_mode(d, MODE_ENFORCE);
}

static bool policy_names(const struct join_policy *p, const char *host)
{
    const char *pattern = p->patterns;

    for (unsigned i = 0; i < p->pattern_count; i++, pattern += strlen(pattern) + 1)
        if (mx_match(bytes_of(pattern), bytes_of(host)))
            return true;
    return false;
}

/* ---- MX and its hosts ---- */

/* "hosts" is yes; null, implicit and none are no. */
static enum tri mx_kind_is(const struct joined *d, const char *kind)
{
    const struct json *mx = member(d, "mx");

    if (json_is(json_get(mx, "kind"), "unknown"))
        return TRI_UNKNOWN;
    return text_is(mx, "kind", kind, kind);
}

static enum tri null_mx(const struct joined *d)
{
    return mx_kind_is(d, "null");
}

static enum tri implicit_mx(const struct joined *d)
{
    return mx_kind_is(d, "implicit");
}

/* The name of the record itself, not of what was found of the host: that may be nothing. */
typedef enum tri host_test(const struct joined *d, const struct join_host *h);

static enum tri some_host(const struct joined *d, host_test *test)
{
    enum tri some = TRI_NO, kind = mx_kind_is(d, "hosts");

    if (kind != TRI_YES)
        return kind;
    for (size_t i = 0; i < d->host_count; i++)
        some = tri_or(some, test(d, d->hosts[i]));
    return some;
}

/* Over the hosts that have an address: the others receive no mail. Without any: no. Where it is
 * unknown whether a host has one, a yes of the others stays unknown. */
static enum tri all_hosts(const struct joined *d, host_test *test)
{
    enum tri all = TRI_YES, any = TRI_NO, kind = mx_kind_is(d, "hosts");

    if (kind != TRI_YES)
        return kind;
    for (size_t i = 0; i < d->host_count; i++) {
        enum tri address = join_host_has_address(d->hosts[i]);

        any = tri_or(any, address);
        if (address == TRI_YES)
            all = tri_and(all, test(d, d->hosts[i]));
        else if (address == TRI_UNKNOWN)
            all = tri_and(all, TRI_UNKNOWN);
    }
    return tri_and(any, all);
}

/* metric(trait) over all or some hosts, and all or some addresses of each */
#define HOST_METRIC(name, over, of, trait)                                           \
    static enum tri name##_host(const struct joined *d, const struct join_host *h)   \
    {                                                                                \
        (void)d;                                                                     \
        return join_host_##of(h, trait);                                             \
    }                                                                                \
    static enum tri name(const struct joined *d)                                     \
    {                                                                                \
        return over##_host##of##s(d, name##_host);                                   \
    }
#undef HOST_METRIC

static enum tri host_starttls_all(const struct joined *d, const struct join_host *h)
{
    (void)d;
    return join_host_all(h, HOST_STARTTLS);
}
