#include "output/sts_errors.h"

#include <stdio.h>
#include <stdlib.h>

#include "output/delivery.h"
#include "output/judges.h"
#include "output/share.h"
#include "output/term.h"
#include "output/tls_fault.h"
#include "scanner/base/csv.h"
#include "scanner/base/memory.h"

#define NAME_MAX_SIZE 64

enum component {
    RECORD,
    POLICY_HOST, /* one for each step of policy_fact */
    MX_CERTIFICATE = POLICY_HOST + POLICY_DONE,
    MX_POLICY,
    COMPONENT_COUNT
};

/* An error is a number: a violation as it is, and behind them: */
enum {
    CODE_OUTCOME = VIOLATION_COUNT,
    CODE_NEARNESS = CODE_OUTCOME + OUTCOME_COUNT,
    CODE_FAULT = CODE_NEARNESS + MX_NEARNESS_COUNT,
    CODE_STATUS = CODE_FAULT + TLS_FAULT_COUNT, /* of HTTP, up to 999 */
    CODE_ANY = CODE_STATUS + 1000,
    CODE_KNOWN, /* not an error, but: it is known whether there is any, or it is not */
    CODE_UNKNOWN,
    CODE_COUNT
};

struct counts {
    uint64_t domains[COMPONENT_COUNT][CODE_COUNT][MANAGEMENT_COUNT];
};

struct sts_errors {
    uint64_t list_domains;
    struct counts *counts[RECORDS_THREADS_MAX]; /* NULL: that thread met none */
};

struct sts_errors *sts_errors_new(uint64_t list_domains)
{
    struct sts_errors *e = memory_alloc(sizeof(*e));

    e->list_domains = list_domains;
    return e;
}

void sts_errors_free(struct sts_errors *e)
{
    for (unsigned t = 0; e != NULL && t < RECORDS_THREADS_MAX; t++)
        free(e->counts[t]);
    free(e);
}

/* ---- what is wrong with one domain ---- */

/* A domain in hand: where its errors are counted. */
struct hand {
    struct counts *counts;
    enum management management;
};

static void tell(const struct hand *h, int component, int code)
{
    h->counts->domains[component][code][h->management]++;
}

/* Every fault of a set, each once. */
static bool tell_violations(const struct hand *h, int component, const struct violations *vs)
{
    bool any = false;

    for (int v = 0; v < VIOLATION_COUNT; v++) {
        if (!violations_have(vs, (enum violation)v) || violation_is_note((enum violation)v))
            continue;
        tell(h, component, v);
        any = true;
    }
    return any;
}

static bool tell_faults(const struct hand *h, int component, uint16_t faults)
{
    for (int f = 0; f < TLS_FAULT_COUNT; f++)
        if (faults & TLS_FAULT_BIT(f))
            tell(h, component, CODE_FAULT + f);
    return faults != 0;
}

static enum tri look_at_record(const struct hand *h, const struct joined *d)
{
    const struct json *list = json_get(d->protocols[PROTOCOL_MTA_STS], "violations");
    struct violations vs = { { 0 } };
    enum violation v;

    for (const struct json *n = json_first(list); n != NULL; n = n->next)
        if (json_string(n) != NULL && violation_parse(n->string, n->len, &v))
            violations_add(&vs, v);
    return tri_of(tell_violations(h, RECORD, &vs));
}

static enum tri look_at_policy(const struct hand *h, const struct joined *d, enum policy_step step)
{
    enum tri past = delivery_is_past(d, step);
    int component = POLICY_HOST + (int)step;
    const struct policy_fact *f;

    if (past != TRI_NO)
        return tri_not(past);
    f = &d->policy->fact;
    if (f->step != step) /* the sender stopped before: this one it does not meet */
        return TRI_NO;
    if (f->outcome == OUTCOME_HTTP_STATUS)
        tell(h, component, CODE_STATUS + f->status);
    else if (!(f->outcome == OUTCOME_CERTIFICATE && tell_faults(h, component, f->tls_faults)) &&
             !(f->outcome == OUTCOME_SYNTAX && tell_violations(h, component, &f->violations)))
        tell(h, component, CODE_OUTCOME + f->outcome);
    return TRI_YES;
}

static enum tri look_at_certificates(const struct hand *h, const struct joined *d)
{
    uint16_t faults;
    enum tri any = delivery_has_faults(d, &faults);

    tell_faults(h, MX_CERTIFICATE, faults);
    return any;
}

static enum tri look_at_names(const struct hand *h, const struct joined *d, struct arena *arena)
{
    unsigned missed = 0;

    if (delivery_is_bound(d) == TRI_UNKNOWN)
        return TRI_UNKNOWN;
    for (size_t i = 0; i < d->host_count; i++)
        if (join_host_has_address(d->hosts[i].seen) == TRI_YES)
            missed |= 1U << delivery_nearness(d->policy, d->hosts[i].name, arena);
    missed &= ~(1U << MX_NEAR_MATCH);
    for (int n = 0; n < MX_NEARNESS_COUNT; n++)
        if (missed & 1U << n)
            tell(h, MX_POLICY, CODE_NEARNESS + n);
    if (missed != 0)
        return TRI_YES;
    return delivery_names_all(d) == TRI_UNKNOWN ? TRI_UNKNOWN : TRI_NO;
}

static void close_component(const struct hand *h, int component, enum tri any)
{
    tell(h, component, any == TRI_UNKNOWN ? CODE_UNKNOWN : CODE_KNOWN);
    if (any == TRI_YES)
        tell(h, component, CODE_ANY);
}

void sts_errors_count(struct sts_errors *e, unsigned thread, const struct joined *d,
                      struct arena *arena)
{
    enum verdict record = d->verdicts[PROTOCOL_MTA_STS];
    struct hand h = { .management = management_of_policy(d, e->list_domains) };

    if ((record != VERDICT_VALID && record != VERDICT_INVALID) ||
        judge_usable_mx(d, &populations[POPULATION_MX]) != TRI_YES)
        return;
    if (e->counts[thread] == NULL)
        e->counts[thread] = memory_alloc(sizeof(struct counts));
    h.counts = e->counts[thread];
    close_component(&h, RECORD, look_at_record(&h, d));
    for (int s = POLICY_DNS; s < POLICY_DONE; s++)
        close_component(&h, POLICY_HOST + s, look_at_policy(&h, d, (enum policy_step)s));
    close_component(&h, MX_CERTIFICATE, look_at_certificates(&h, d));
    if (delivery_is_bound(d) != TRI_NO)
        close_component(&h, MX_POLICY, look_at_names(&h, d, arena));
}

/* ---- the file ---- */

static const struct {
    const char *name, *errors;
} components[COMPONENT_COUNT] = {
    [RECORD] = { "record", "violations of the record" },
    [POLICY_HOST + POLICY_DNS] = { "policy-dns", "why the policy host has no address: an outcome" },
    [POLICY_HOST + POLICY_CONNECT] = { "policy-tcp", "why it takes no connection: an outcome" },
    [POLICY_HOST + POLICY_TLS] = { "policy-tls", "faults of its certificate; else an outcome" },
    [POLICY_HOST + POLICY_HTTP] = { "policy-http", "status-404 and its like; else an outcome" },
    [POLICY_HOST + POLICY_SYNTAX] = { "policy-syntax", "violations of the policy" },
    [MX_CERTIFICATE] = { "mx-certificate", "faults of a mail host's certificate and TLS" },
    [MX_POLICY] = { "mx-policy", "of a mail host that the policy does not name, how its nearest "
                                 "pattern misses it" },
};

static const char *code_name(int code, char text[NAME_MAX_SIZE])
{
    if (code == CODE_ANY)
        return "any";
    if (code < CODE_OUTCOME)
        return violation_name((enum violation)code);
    if (code < CODE_NEARNESS)
        return outcome_name((enum outcome)(code - CODE_OUTCOME));
    if (code < CODE_FAULT)
        return mx_nearness_name((enum mx_nearness)(code - CODE_NEARNESS));
    if (code < CODE_STATUS)
        return tls_fault_name((enum tls_fault)(code - CODE_FAULT));
    snprintf(text, NAME_MAX_SIZE, "status-%d", code - CODE_STATUS);
    return text;
}

/* MANAGEMENT_COUNT: of all. */
static uint64_t sum(const struct sts_errors *e, int component, int code, int management)
{
    uint64_t n = 0;

    for (unsigned t = 0; t < RECORDS_THREADS_MAX; t++)
        for (int m = 0; e->counts[t] != NULL && m < MANAGEMENT_COUNT; m++)
            if (management == MANAGEMENT_COUNT || m == management)
                n += e->counts[t]->domains[component][code][m];
    return n;
}

static void write_row(const struct sts_errors *e, struct csv_writer *w, int component, int code,
                      int management)
{
    uint64_t n = sum(e, component, code, management);
    uint64_t known = sum(e, component, CODE_KNOWN, management);
    char text[NAME_MAX_SIZE];

    csv_string(w, components[component].name);
    csv_string(w, code_name(code, text));
    csv_string(w, management_name_or_all(management));
    csv_uint(w, n);
    csv_uint(w, known);
    csv_uint(w, sum(e, component, CODE_UNKNOWN, management));
    csv_double(w, share_ratio(n, known), SHARE_DIGITS);
    csv_end_row(w);
}

static void write_error(const struct sts_errors *e, struct csv_writer *w, int component, int code)
{
    write_row(e, w, component, code, MANAGEMENT_COUNT);
    for (int m = 0; m < MANAGEMENT_COUNT; m++)
        write_row(e, w, component, code, m);
}

void sts_errors_write(const struct sts_errors *e, struct buf *csv)
{
    static const char *const header[] = { "component",   "error",   "management", "domains",
                                          "denominator", "unknown", "share" };
    struct csv_writer w;

    csv_writer_init(&w, csv);
    csv_strings(&w, header, sizeof(header) / sizeof(header[0]));
    csv_end_row(&w);
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        write_error(e, &w, c, CODE_ANY);
        for (int code = 0; code < CODE_ANY; code++)
            if (sum(e, c, code, MANAGEMENT_COUNT) > 0)
                write_error(e, &w, c, code);
    }
}

static void explain_nearnesses(struct buf *out)
{
    buf_string(out, "\nHow the nearest pattern of a policy misses a mail host.\n");
    for (int n = MX_NEAR_MATCH + 1; n < MX_NEARNESS_COUNT; n++)
        term_explain(out, mx_nearness_name((enum mx_nearness)n),
                     mx_nearness_text((enum mx_nearness)n), "IMC 2025");
}

static void explain_outcomes(struct buf *out)
{
    buf_string(out, "\nOutcomes, there and in timeline.csv.\n");
    for (int o = 0; o < OUTCOME_COUNT; o++)
        term_explain(out, outcome_name((enum outcome)o), outcome_text((enum outcome)o), "");
}

static void explain_violations(struct buf *out)
{
    buf_string(out, "\nViolations, as records have them. A note makes nothing invalid.\n");
    for (int v = 0; v < VIOLATION_COUNT; v++)
        term_explain(out, violation_name((enum violation)v),
                     violation_is_note((enum violation)v) ? "note" : "fault",
                     violation_source((enum violation)v));
}

void sts_errors_explain(struct buf *out)
{
    buf_string(out,
               "\nComponents of sts_errors.csv, and what their errors are. A domain counts once "
               "for each,\nand once under any; of the policy host only the step counts at "
               "which a sender stops.\n");
    for (int c = 0; c < COMPONENT_COUNT; c++)
        term_explain(out, components[c].name, components[c].errors, "");
    buf_string(out, "\nFaults of a certificate and its TLS, there and in mx_certs.csv.\n");
    tls_faults_explain(out);
    explain_nearnesses(out);
    explain_outcomes(out);
    explain_violations(out);
}
