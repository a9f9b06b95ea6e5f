#include "output/sight.h"

#include <string.h>

#include "output/stamp.h"
#include "output/tls_fault.h"

#define BIT(trait) ((uint16_t)(1U << (trait)))

/* What a host has only inside TLS. */
#define TLS_TRAITS                                                                                \
    (BIT(HOST_CERT_VALID) | BIT(HOST_CERT_MATCH) | BIT(HOST_SELF_SIGNED) | BIT(HOST_EXPIRED) |    \
     BIT(HOST_EXPIRING) | BIT(HOST_TLS13) | BIT(HOST_TLS12) | BIT(HOST_TLS11) | BIT(HOST_TLS10) | \
     BIT(HOST_TLS_LEGACY) | BIT(HOST_REQUIRETLS) | BIT(HOST_SENDABLE) | BIT(HOST_DANE))

static void decide(struct sight *s, enum host_trait trait, enum tri value)
{
    if (value == TRI_YES)
        s->yes |= BIT(trait);
    else if (value == TRI_NO)
        s->no |= BIT(trait);
}

static enum outcome outcome_of(const struct json *object, const char *member,
                               enum outcome otherwise)
{
    const struct json *n = json_get(object, member);
    enum outcome o;

    if (json_string(n) == NULL || !outcome_parse(n->string, n->len, &o))
        return otherwise;
    return o;
}

static bool array_has(const struct json *array, const char *text)
{
    for (const struct json *n = json_first(array); n != NULL; n = n->next)
        if (json_is(n, text))
            return true;
    return false;
}

static enum tri verdict_valid(const struct json *pkix)
{
    const struct json *verdict = json_get(pkix, "verdict");

    if (json_is(verdict, "valid"))
        return TRI_YES;
    return json_is(verdict, "invalid") ? TRI_NO : TRI_UNKNOWN;
}

static enum tri flag(const struct json *object, const char *member)
{
    const struct json *n = json_get(object, member);

    return n != NULL && n->type == JSON_BOOL ? tri_of(n->boolean) : TRI_UNKNOWN;
}

/* Has the chain this error; a verdict that could not be had leaves open what it does not name. */
static enum tri has_error(const struct json *pkix, enum tri valid, const char *name)
{
    if (array_has(json_get(pkix, "errors"), name))
        return TRI_YES;
    return valid == TRI_UNKNOWN ? TRI_UNKNOWN : TRI_NO;
}

static void see_certificate(struct sight *s, const struct json *tls)
{
    const struct json *pkix = json_get(tls, "pkix");
    enum tri valid = verdict_valid(pkix);

    decide(s, HOST_CERT_VALID, valid);
    decide(s, HOST_CERT_MATCH, tri_and(valid, flag(tls, "name_match")));
    decide(s, HOST_SELF_SIGNED, has_error(pkix, valid, "self-signed"));
    decide(s, HOST_EXPIRED, has_error(pkix, valid, "expired"));
    s->chain = json_get(tls, "chain");
}

static void see_version(struct sight *s, const struct json *tls)
{
    static const struct {
        enum host_trait trait;
        const char *name;
    } versions[] = { { HOST_TLS13, "TLSv1.3" },
                     { HOST_TLS12, "TLSv1.2" },
                     { HOST_TLS11, "TLSv1.1" },
                     { HOST_TLS10, "TLSv1" } };
    const char *version = json_get_string(tls, "version");

    if (version == NULL)
        return;
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
        decide(s, versions[i].trait, tri_of(strcmp(version, versions[i].name) == 0));
    decide(s, HOST_TLS_LEGACY, tri_of(s->no & BIT(HOST_TLS13) && s->no & BIT(HOST_TLS12)));
}

static enum tri decided(const struct sight *s, enum host_trait trait)
{
    return s->yes & BIT(trait) ? TRI_YES : s->no & BIT(trait) ? TRI_NO : TRI_UNKNOWN;
}

/* EHLO inside TLS may have failed: only its reply can lack the keyword (RFC 8689 §2). */
static enum tri requiretls(const struct json *record)
{
    if (json_get_bool(record, "requiretls", false))
        return TRI_YES;
    return json_get(record, "ehlo_tls") != NULL ? TRI_NO : TRI_UNKNOWN;
}

static void see_conversation(struct sight *s, const struct json *record, enum outcome o)
{
    const struct json *starttls = json_get(record, "starttls");
    const struct json *tls = json_get(record, "tls");

    if (json_is(starttls, "offered"))
        decide(s, HOST_STARTTLS, TRI_YES);
    else if (json_is(starttls, "absent"))
        decide(s, HOST_STARTTLS, TRI_NO);
    switch (o) {
    case OUTCOME_OK:
        see_certificate(s, tls);
        see_version(s, tls);
        decide(s, HOST_SENDABLE,
               tri_and(decided(s, HOST_CERT_MATCH), tri_not(decided(s, HOST_TLS_LEGACY))));
        decide(s, HOST_REQUIRETLS, requiretls(record));
        break;
    case OUTCOME_STARTTLS_ABSENT:
    case OUTCOME_STARTTLS_DECLINED:
    case OUTCOME_STARTTLS_INJECTION:
    case OUTCOME_TLS_FAILED:
    case OUTCOME_NO_TLS:
        s->no |= TLS_TRAITS;
        break;
    default: /* nothing definite: the address is left out */
        break;
    }
}

/* Nothing there, said definitely; or it could not be found out. */
static enum tri nothing(enum outcome o)
{
    switch (o) {
    case OUTCOME_QUARANTINED:
    case OUTCOME_SKIPPED:
    case OUTCOME_OPTED_OUT:
    case OUTCOME_NOT_PROBED:
        return TRI_UNKNOWN;
    default:
        return outcome_again(o) ? TRI_UNKNOWN : TRI_NO;
    }
}

static enum tri lookup_has(const struct json *record, const char *type)
{
    enum outcome o = outcome_of(json_get(record, "lookup"), type, OUTCOME_TIMEOUT);

    return o == OUTCOME_OK ? TRI_YES : nothing(o);
}

static void see_address(struct sight *s, const struct json *record, enum outcome o)
{
    const char *address = json_get_string(record, "address");

    if (address == NULL) {
        s->address = nothing(o);
        s->ipv6 = s->address;
    } else {
        s->address = TRI_YES;
        s->ipv6 = strchr(address, ':') != NULL ? TRI_YES : lookup_has(record, "aaaa");
    }
}

static enum tri secure(const struct json *tlsa)
{
    const struct json *dnssec = json_get(tlsa, "dnssec");

    if (json_is(dnssec, "secure"))
        return TRI_YES;
    return json_is(dnssec, "insecure") || json_is(dnssec, "bogus") ? TRI_NO : TRI_UNKNOWN;
}

/* No alias, and in a zone without DNSSEC: nothing below it is secure, and a sender asks for no TLSA
 * records there (RFC 7672 §2.2), whatever became of the question. */
static bool is_unsigned(const struct json *record)
{
    const struct json *lookup = json_get(record, "lookup");

    return json_is(json_get(lookup, "dnssec"), "insecure") && json_get(lookup, "aliases") == NULL;
}

static void see_tlsa(struct sight *s, const struct json *record)
{
    const struct json *tlsa = json_get(record, "tlsa");
    const struct json *records = json_get(tlsa, "records");
    enum outcome o = outcome_of(tlsa, "outcome", OUTCOME_TIMEOUT);

    /* OK also where all are too short to be shown as text: then none is usable. */
    if (o == OUTCOME_OK) {
        s->tlsa = TRI_YES;
        s->tlsa_secure = secure(tlsa);
        s->tlsa_records = records;
        s->tlsa_useless = json_get_int(tlsa, "usable", -1) == 0;
        s->base = json_get_string(tlsa, "base");
    } else {
        s->tlsa = nothing(o);
        s->tlsa_secure =
            json_is(json_get(tlsa, "dnssec"), "bogus") || is_unsigned(record) ? TRI_NO : s->tlsa;
    }
}

void sight_read(const struct json *record, struct sight *s)
{
    enum outcome o = outcome_of(record, "outcome", OUTCOME_TIMEOUT);

    memset(s, 0, sizeof(*s));
    see_address(s, record, o);
    see_conversation(s, record, o);
    s->faults = tls_faults_of_host(record);
    if (s->address == TRI_YES)
        see_tlsa(s, record);
    else
        s->tlsa = s->tlsa_secure = s->address;
    if (s->tlsa_useless) /* whatever the host shows */
        decide(s, HOST_DANE, TRI_NO);
    if (s->chain != NULL && !stamp_parse(json_get_string(record, "time"), &s->seen))
        s->chain = NULL;
}
