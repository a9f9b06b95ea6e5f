#include "output/funnel.h"

#include <stdlib.h>

#include "output/delivery.h"
#include "output/judges.h"
#include "output/share.h"
#include "output/term.h"
#include "scanner/base/csv.h"
#include "scanner/base/memory.h"

/* ---- the steps ---- */

struct step {
    const char *name, *meaning, *source;
    enum tri (*passes)(const struct joined *d, const struct step *s);
    enum policy_step at; /* of a policy: the step that must be behind it */
    bool split;          /* by who runs the policy host */
};

static enum tri has_mx(const struct joined *d, const struct step *s)
{
    (void)s;
    return judge_usable_mx(d, &populations[POPULATION_MX]);
}

static enum tri has_record(const struct joined *d, const struct step *s)
{
    enum verdict v = d->verdicts[PROTOCOL_MTA_STS];

    (void)s;
    return v == VERDICT_UNKNOWN ? TRI_UNKNOWN : tri_of(v != VERDICT_ABSENT);
}

static enum tri has_valid_record(const struct joined *d, const struct step *s)
{
    (void)s;
    return tri_of(d->verdicts[PROTOCOL_MTA_STS] == VERDICT_VALID);
}

static enum tri policy_is_past(const struct joined *d, const struct step *s)
{
    return delivery_is_past(d, s->at);
}

static enum tri policy_binds(const struct joined *d, const struct step *s)
{
    (void)s;
    return delivery_is_bound(d);
}

static enum tri certificates_are_good(const struct joined *d, const struct step *s)
{
    (void)s;
    return delivery_trusts_all(d);
}

static enum tri policy_names_all(const struct joined *d, const struct step *s)
{
    (void)s;
    return delivery_names_all(d);
}

static const struct step steps[] = {
    { "mx", "the domain has a usable MX", "RFC 5321 §5.1", .passes = has_mx },
    { "record", "a record of MTA-STS is there, valid or not", "RFC 8461 §3.1",
      .passes = has_record },
    { "record-valid", "that record is without fault", "RFC 8461 §3.1", .passes = has_valid_record,
      .split = true },
    { "policy-dns", "the policy host has an address", "RFC 8461 §3.3", .passes = policy_is_past,
      .at = POLICY_DNS, .split = true },
    { "policy-tcp", "it takes a connection", "RFC 8461 §3.3", .passes = policy_is_past,
      .at = POLICY_CONNECT, .split = true },
    { "policy-tls", "TLS comes about, with a certificate that verifies and has the host's name",
      "RFC 8461 §3.3", .passes = policy_is_past, .at = POLICY_TLS, .split = true },
    { "policy-http", "the answer is a policy: status 200, no redirect, no larger than 64 KiB",
      "RFC 8461 §3.3", .passes = policy_is_past, .at = POLICY_HTTP, .split = true },
    { "policy-syntax", "the policy is without fault", "RFC 8461 §3.2", .passes = policy_is_past,
      .at = POLICY_SYNTAX, .split = true },
    { "policy-mode", "its mode is enforce or testing", "RFC 8461 §5", .passes = policy_binds,
      .split = true },
    { "mx-certificate",
      "every mail host that has an address offers STARTTLS with TLS 1.2 or later and a "
      "certificate that verifies and has its name",
      "RFC 8461 §4.2", .passes = certificates_are_good, .split = true },
    { "mx-policy", "the policy names every mail host that has an address", "RFC 8461 §4.1",
      .passes = policy_names_all, .split = true },
};
#define STEP_COUNT (sizeof(steps) / sizeof(steps[0]))

/* ---- the counts ---- */

struct funnel {
    uint64_t list_domains;
    uint64_t counts[RECORDS_THREADS_MAX][STEP_COUNT][MANAGEMENT_COUNT][TRI_COUNT];
};

struct funnel *funnel_new(uint64_t list_domains)
{
    struct funnel *f = memory_alloc(sizeof(*f));

    f->list_domains = list_domains;
    return f;
}

void funnel_free(struct funnel *f)
{
    free(f);
}

void funnel_count(struct funnel *f, unsigned thread, const struct joined *d)
{
    enum management m = management_of_policy(d, f->list_domains);
    enum tri passed = TRI_YES;

    for (size_t i = 0; i < STEP_COUNT && passed == TRI_YES; i++) {
        passed = steps[i].passes(d, &steps[i]);
        f->counts[thread][i][m][passed]++;
    }
}

/* MANAGEMENT_COUNT: of all. */
static uint64_t sum(const struct funnel *f, size_t step, int management, enum tri passed)
{
    uint64_t n = 0;

    for (unsigned t = 0; t < RECORDS_THREADS_MAX; t++)
        for (int m = 0; m < MANAGEMENT_COUNT; m++)
            if (management == MANAGEMENT_COUNT || m == management)
                n += f->counts[t][step][m][passed];
    return n;
}

static void write_row(const struct funnel *f, struct csv_writer *w, size_t step, int management)
{
    uint64_t passed = sum(f, step, management, TRI_YES), failed = sum(f, step, management, TRI_NO);
    uint64_t unknown = sum(f, step, management, TRI_UNKNOWN);

    csv_string(w, steps[step].name);
    csv_string(w, management_name_or_all(management));
    csv_uint(w, passed + failed + unknown);
    csv_uint(w, passed);
    csv_uint(w, failed);
    csv_uint(w, unknown);
    csv_double(w, share_ratio(passed, passed + failed), SHARE_DIGITS);
    csv_end_row(w);
}

void funnel_write(const struct funnel *f, struct buf *csv)
{
    static const char *const header[] = { "step",   "management", "entered", "passed",
                                          "failed", "unknown",    "share" };
    struct csv_writer w;

    csv_writer_init(&w, csv);
    csv_strings(&w, header, sizeof(header) / sizeof(header[0]));
    csv_end_row(&w);
    for (size_t s = 0; s < STEP_COUNT; s++) {
        write_row(f, &w, s, MANAGEMENT_COUNT);
        for (int m = 0; steps[s].split && m < MANAGEMENT_COUNT; m++)
            write_row(f, &w, s, m);
    }
}

void funnel_explain(struct buf *out)
{
    buf_string(out,
               "\nSteps of sts_funnel.csv. A domain enters one when it has passed all before.\n");
    for (size_t i = 0; i < STEP_COUNT; i++)
        term_explain(out, steps[i].name, steps[i].meaning, steps[i].source);
}
