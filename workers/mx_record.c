#include "workers/mx_record.h"

#include "workers/lookup.h"
#include "workers/parse/judgement.h"
#include "workers/parse/tlsa.h"

static bool tells_dnssec(const struct dns_answer *a)
{
    return a->outcome == OUTCOME_OK || a->outcome == OUTCOME_SERVFAIL ||
           a->outcome == OUTCOME_NODATA || a->outcome == OUTCOME_NXDOMAIN;
}

/* Bogus counts least: it says that somebody lied, or that nobody can tell. */
static int strength(enum dnssec d)
{
    static const int strengths[DNSSEC_COUNT] = {
        [DNSSEC_BOGUS] = 0,
        [DNSSEC_INDETERMINATE] = 1,
        [DNSSEC_INSECURE] = 2,
        [DNSSEC_SECURE] = 3,
    };

    return strengths[d];
}

static bool any_dnssec(const struct dns_answer *a, const struct dns_answer *aaaa)
{
    return tells_dnssec(a) || tells_dnssec(aaaa);
}

enum dnssec mx_record_dnssec(const struct dns_answer *a, const struct dns_answer *aaaa)
{
    if ((a->outcome == OUTCOME_OK) != (aaaa->outcome == OUTCOME_OK))
        return a->outcome == OUTCOME_OK ? a->dnssec : aaaa->dnssec;
    if (tells_dnssec(a) != tells_dnssec(aaaa))
        return tells_dnssec(a) ? a->dnssec : aaaa->dnssec;
    return strength(a->dnssec) < strength(aaaa->dnssec) ? a->dnssec : aaaa->dnssec;
}

static bool leads_nowhere(const struct dns_answer *a)
{
    return a->outcome == OUTCOME_NXDOMAIN || a->outcome == OUTCOME_CNAME_LOOP;
}

/* What is wrong with the name as the target of an MX. */
static struct violations violations_of(const struct dns_answer *a, const struct dns_answer *aaaa)
{
    struct violations vs = { 0 };

    if (a->alias_count > 0 || aaaa->alias_count > 0)
        violations_add(&vs, VIOLATION_MX_TARGET_ALIAS);
    if (a->outcome == OUTCOME_OK || aaaa->outcome == OUTCOME_OK)
        return vs;
    if (leads_nowhere(a) || leads_nowhere(aaaa))
        violations_add(&vs, VIOLATION_MX_TARGET_MISSING);
    else if (a->outcome == OUTCOME_NODATA && aaaa->outcome == OUTCOME_NODATA)
        violations_add(&vs, VIOLATION_MX_TARGET_NO_ADDRESS);
    return vs;
}

void mx_record_lookup(struct json_writer *w, const struct dns_answer *a,
                      const struct dns_answer *aaaa)
{
    struct violations vs = violations_of(a, aaaa);

    json_open_object(w, "lookup");
    json_write_string(w, "a", outcome_name(a->outcome));
    json_write_string(w, "aaaa", outcome_name(aaaa->outcome));
    if (any_dnssec(a, aaaa))
        json_write_string(w, "dnssec", dnssec_name(mx_record_dnssec(a, aaaa)));
    lookup_write_aliases(w, a->alias_count > 0 ? a : aaaa);
    judgement_write_violations(w, &vs);
    json_close_object(w);
}

/* Those of the records that are long enough to have a text; nothing where none is. */
static void write_tlsa_records(struct json_writer *w, const struct dns_answer *tlsa)
{
    struct buf text;
    struct tlsa t;
    size_t written = 0;

    buf_init(&text, BUF_NO_CEILING);
    for (size_t i = 0; i < tlsa->record_count; i++) {
        if (!tlsa_parse(tlsa->records[i].data, tlsa->records[i].len, &t))
            continue;
        if (written++ == 0)
            json_open_array(w, "records");
        buf_reset(&text);
        tlsa_print(&t, &text);
        json_write_bytes(w, NULL, text.data, text.len);
    }
    if (written > 0)
        json_close_array(w);
    buf_free(&text);
}

/* What SMTP can use of them; unknown where they could not be had. */
static void write_tlsa_verdict(struct json_writer *w, const struct dns_answer *tlsa,
                               struct arena *arena)
{
    struct bytes *rdatas = arena_array(arena, tlsa->record_count, sizeof(*rdatas));

    if (tlsa->outcome != OUTCOME_OK && !lookup_is_empty(tlsa)) {
        judgement_write_verdict(w, VERDICT_UNKNOWN);
        return;
    }
    for (size_t i = 0; i < tlsa->record_count; i++)
        rdatas[i] = (struct bytes){ (const char *)tlsa->records[i].data, tlsa->records[i].len };
    judgement_write_tlsa(w, rdatas, tlsa->record_count, arena);
}

void mx_record_tlsa(struct json_writer *w, const struct dns_answer *tlsa, const char *base,
                    struct arena *arena)
{
    json_open_object(w, "tlsa");
    lookup_write(w, tlsa);
    write_tlsa_records(w, tlsa);
    json_write_string(w, "base", base);
    write_tlsa_verdict(w, tlsa, arena);
    json_close_object(w);
}

static void write_lines(struct json_writer *w, const char *key, const struct probe_lines *l)
{
    if (!l->known)
        return;
    json_open_array(w, key);
    for (size_t i = 0; i < l->count; i++)
        json_write_bytes(w, NULL, l->lines[i].data, l->lines[i].len);
    json_close_array(w);
}

static void write_tls(struct json_writer *w, const struct probe_result *r)
{
    json_open_object(w, "tls");
    if (r->sni != NULL)
        json_write_string(w, "sni", r->sni);
    tls_facts_write(&r->tls, w);
    chain_write(&r->chain, w);
    json_close_object(w);
}

/* Where EHLO inside TLS came to nothing, though STARTTLS worked. */
static void write_after_tls(struct json_writer *w, const struct probe_result *r)
{
    if (r->after_tls == OUTCOME_OK)
        return;
    json_open_object(w, "after_tls");
    json_write_string(w, "outcome", outcome_name(r->after_tls));
    if (r->after_tls_code != 0)
        json_write_int(w, "code", r->after_tls_code);
    json_close_object(w);
}

void mx_record_probe(struct json_writer *w, const struct probe_result *r)
{
    static const char *const starttls[] = {
        [PROBE_STARTTLS_UNKNOWN] = "unknown",
        [PROBE_STARTTLS_OFFERED] = "offered",
        [PROBE_STARTTLS_ABSENT] = "absent",
    };

    json_write_string(w, "outcome", outcome_name(r->outcome));
    json_write_string(w, "step", r->step);
    if (r->banner.len > 0)
        json_write_bytes(w, "banner", r->banner.data, r->banner.len);
    write_lines(w, "ehlo", &r->ehlo);
    json_write_string(w, "starttls", starttls[r->starttls]);
    if (r->code != 0)
        json_write_int(w, "code", r->code);
    if (r->tls_tried)
        write_tls(w, r);
    write_lines(w, "ehlo_tls", &r->ehlo_tls);
    if (r->ehlo_tls.known)
        json_write_bool(w, "requiretls", r->requiretls);
    write_after_tls(w, r);
}
