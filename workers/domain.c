/* The dns stage: a domain's records asked for, judged and written down (one line of
 * domains.jsonl.zst), and the jobs that follow from them. MX goes first: where it says that the
 * name does not exist, nothing below it does (RFC 8020) and seven questions are saved. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "workers/answer_json.h"
#include "workers/job.h"
#include "workers/lookup.h"
#include "workers/parse/judgement.h"
#include "workers/parse/spf.h"
#include "workers/parse/txt.h"
#include "workers/record.h"
#include "workers/worker.h"

#define TXT_STRINGS_MAX 16 /* of a name, kept in the record */
#define TXT_BYTES_MAX 8192

enum { MX, A, AAAA, SPF, DMARC, MTA_STS, TLS_RPT, BIMI, DKIM, QUESTIONS };
enum need { ALWAYS, WITHOUT_MX, WHERE_NAME_EXISTS };

struct domain;
struct question {
    const char *member, *prefix;
    uint16_t type;
    enum need need;
    void (*write)(struct domain *d, struct json_writer *w, const struct question *q,
                  const struct dns_answer *a); /* what follows the lookup in its member */
    enum verdict (*judge)(struct json_writer *w, const struct bytes *txts, size_t count,
                          struct arena *arena);
    bool (*keep)(struct bytes txt); /* which strings are of interest; NULL: all */
};

struct slot {
    struct domain *domain;
    const struct dns_answer *answer; /* NULL: not asked, or not answered yet */
};

struct domain {
    struct job *job;
    const char *name;
    unsigned waiting;
    struct slot slots[QUESTIONS];
    struct dns_answer no_name; /* of what was not asked because the name does not exist */
    struct mx_set mx;
    const char *mx_kind;
    enum verdict sts;
};

static void write_mx(struct domain *, struct json_writer *, const struct question *,
                     const struct dns_answer *);
static void write_addresses(struct domain *, struct json_writer *, const struct question *,
                            const struct dns_answer *);
static void write_text(struct domain *, struct json_writer *, const struct question *,
                       const struct dns_answer *);
static void write_node(struct domain *, struct json_writer *, const struct question *,
                       const struct dns_answer *);

/* In the order of the record. */
static const struct question questions[QUESTIONS] = {
    [MX] = { "mx", "", DNS_MX, ALWAYS, write_mx, NULL, NULL },
    [A] = { "a", "", DNS_A, WITHOUT_MX, write_addresses, NULL, NULL },
    [AAAA] = { "aaaa", "", DNS_AAAA, WITHOUT_MX, write_addresses, NULL, NULL },
    [SPF] = { "spf", "", DNS_TXT, WHERE_NAME_EXISTS, write_text, judgement_write_spf,
              spf_resembles },
    [DMARC] = { "dmarc", "_dmarc.", DNS_TXT, WHERE_NAME_EXISTS, write_text, judgement_write_dmarc,
                NULL },
    [MTA_STS] = { "mta_sts", "_mta-sts.", DNS_TXT, WHERE_NAME_EXISTS, write_text,
                  judgement_write_mta_sts, NULL },
    [TLS_RPT] = { "tls_rpt", "_smtp._tls.", DNS_TXT, WHERE_NAME_EXISTS, write_text,
                  judgement_write_tls_rpt, NULL },
    [BIMI] = { "bimi", "default._bimi.", DNS_TXT, WHERE_NAME_EXISTS, write_text,
               judgement_write_bimi, NULL },
    [DKIM] = { "dkim", "_domainkey.", DNS_TXT, WHERE_NAME_EXISTS, write_node, NULL, NULL },
};

static void conclude(struct domain *d);

/* ---- asking ---- */

/* Decided once the MX answer is there. */
static bool is_needed(const struct domain *d, size_t q)
{
    const struct dns_answer *mx = d->slots[MX].answer;

    assert(mx != NULL);
    switch (questions[q].need) {
    case WITHOUT_MX:
        return mx->outcome == OUTCOME_NODATA;
    case WHERE_NAME_EXISTS:
        return !lookup_has_no_name(mx);
    default:
        return true;
    }
}

static void on_answer(void *context, const struct dns_answer *answer);

static void ask(struct domain *d, size_t q)
{
    char name[512];

    snprintf(name, sizeof(name), "%s%s", questions[q].prefix, d->name);
    d->waiting++;
    dns_ask(d->job->worker->dns, &d->job->arena, name, questions[q].type, on_answer, &d->slots[q]);
}

static void ask_rest(struct domain *d)
{
    for (size_t q = 0; q < QUESTIONS; q++)
        if (d->slots[q].answer == NULL && is_needed(d, q))
            ask(d, q);
}

static void on_answer(void *context, const struct dns_answer *answer)
{
    struct slot *s = context;
    struct domain *d = s->domain;
    struct job *j = d->job;

    job_in_hand(j);
    s->answer = answer;
    d->waiting--;
    if (s == &d->slots[MX])
        ask_rest(d);
    if (d->waiting == 0)
        conclude(d);
    else
        job_put_down(j);
}

void domain_start(struct job *j)
{
    struct domain *d = arena_alloc(&j->arena, sizeof(*d));
    const struct json *answers = json_get(j->input, "answers");

    d->job = j;
    d->name = json_get_string(j->input, "domain");
    for (size_t q = 0; q < QUESTIONS; q++) {
        d->slots[q].domain = d;
        d->slots[q].answer = answer_json_find(answers, questions[q].member, &j->arena);
    }
    if (d->slots[MX].answer == NULL)
        ask(d, MX);
    else
        ask_rest(d);
    if (d->waiting == 0)
        conclude(d);
}

/* ---- members ---- */

static const char *kind_without_mx(const struct domain *d)
{
    const struct dns_answer *a = d->slots[A].answer, *aaaa = d->slots[AAAA].answer;

    if (a->outcome == OUTCOME_OK || aaaa->outcome == OUTCOME_OK)
        return "implicit";
    return lookup_is_empty(a) && lookup_is_empty(aaaa) ? "none" : "unknown";
}

static const char *kind_with_mx(const struct domain *d)
{
    return d->mx.verdict == VERDICT_ABSENT ? "unknown" : d->mx.null ? "null" : "hosts";
}

static void judge_mx(struct domain *d, const struct dns_answer *mx)
{
    struct bytes *rdatas = arena_array(&d->job->arena, mx->record_count, sizeof(*rdatas));

    for (size_t i = 0; i < mx->record_count; i++)
        rdatas[i] = (struct bytes){ (const char *)mx->records[i].data, mx->records[i].len };
    mx_set_judge(rdatas, mx->record_count, &d->job->arena, &d->mx);
}

static void write_mx(struct domain *d, struct json_writer *w, const struct question *q,
                     const struct dns_answer *mx)
{
    (void)q;
    if (mx->outcome == OUTCOME_OK) {
        judge_mx(d, mx);
        d->mx_kind = kind_with_mx(d);
        json_write_int(w, "ttl", mx->ttl);
    } else if (mx->outcome == OUTCOME_NODATA) {
        d->mx_kind = kind_without_mx(d);
    } else {
        d->mx_kind = mx->outcome == OUTCOME_NXDOMAIN ? "none" : "unknown";
    }
    json_write_string(w, "kind", d->mx_kind);
    if (mx->outcome == OUTCOME_OK && d->mx.verdict != VERDICT_ABSENT)
        judgement_write_mx(w, &d->mx);
    else
        judgement_write_verdict(w, strcmp(d->mx_kind, "unknown") == 0 ? VERDICT_UNKNOWN
                                                                      : VERDICT_ABSENT);
}

static void write_addresses(struct domain *d, struct json_writer *w, const struct question *q,
                            const struct dns_answer *a)
{
    (void)d;
    (void)q;
    lookup_write_addresses(w, a);
}

/* The strings of interest, an array in the arena. */
static size_t texts_of(struct domain *d, const struct question *q, const struct dns_answer *a,
                       struct bytes **out)
{
    struct bytes *texts = arena_array(&d->job->arena, a->record_count, sizeof(*texts));
    size_t count = 0;

    for (size_t i = 0; i < a->record_count; i++)
        if (txt_join(a->records[i].data, a->records[i].len, &d->job->arena, &texts[count]) &&
            (q->keep == NULL || q->keep(texts[count])))
            count++;
    *out = texts;
    return count;
}

static void write_strings(struct json_writer *w, const struct bytes *texts, size_t count)
{
    size_t kept = 0, bytes = 0;

    if (count == 0)
        return;
    json_open_array(w, "txt");
    for (; kept < count && kept < TXT_STRINGS_MAX; kept++) {
        bytes += texts[kept].len;
        if (bytes > TXT_BYTES_MAX)
            break;
        json_write_bytes(w, NULL, texts[kept].data, texts[kept].len);
    }
    json_close_array(w);
    if (kept < count)
        json_write_bool(w, "txt_cut", true);
}

static void write_text(struct domain *d, struct json_writer *w, const struct question *q,
                       const struct dns_answer *a)
{
    struct bytes *texts = NULL;
    size_t count = texts_of(d, q, a, &texts);
    enum verdict verdict = VERDICT_UNKNOWN;

    write_strings(w, texts, count);
    if (a->outcome == OUTCOME_OK || lookup_is_empty(a))
        verdict = q->judge(w, texts, count, &d->job->arena);
    else
        judgement_write_verdict(w, verdict);
    if (q == &questions[MTA_STS])
        d->sts = verdict;
}

/* Where _domainkey exists there may be selectors below it; where it does not there are none. */
static void write_node(struct domain *d, struct json_writer *w, const struct question *q,
                       const struct dns_answer *a)
{
    (void)d;
    (void)q;
    json_write_string(w, "node",
                      lookup_has_no_name(a)                            ? "no"
                      : a->outcome == OUTCOME_OK || lookup_is_empty(a) ? "yes"
                                                                       : "unknown");
}

/* ---- the record ---- */

/* Any answer at the name itself tells; data outweighs a denial, which some servers give for a type
 * that they do not know. */
static const char *existence(const struct domain *d)
{
    const char *exists = "unknown";

    for (size_t q = 0; q < QUESTIONS; q++) {
        const struct dns_answer *a = d->slots[q].answer;

        if (a == NULL || questions[q].prefix[0] != '\0')
            continue;
        if (lookup_has_no_name(a))
            exists = "no";
        else if (a->outcome == OUTCOME_OK || lookup_is_empty(a))
            return "yes";
    }
    return exists;
}

static void write_member(struct domain *d, struct json_writer *w, size_t q)
{
    const struct dns_answer *a = d->slots[q].answer;

    if (a == NULL && questions[q].need == WITHOUT_MX)
        return;
    if (a == NULL)
        a = &d->no_name;
    json_open_object(w, questions[q].member);
    lookup_write(w, a);
    questions[q].write(d, w, &questions[q], a);
    json_close_object(w);
}

static void write_record(struct domain *d, struct json_writer *w)
{
    d->no_name.outcome = OUTCOME_NXDOMAIN;
    d->no_name.dnssec = d->slots[MX].answer->dnssec;
    record_open(w, d->job);
    record_stamp(w, d->job);
    json_write_string(w, "exists", existence(d));
    for (size_t q = 0; q < QUESTIONS; q++)
        write_member(d, w, q);
    json_close_object(w);
}

/* ---- what follows ---- */

static void follow_host(struct domain *d, const char *host, struct buf *text)
{
    struct json_writer w;

    buf_reset(text);
    json_writer_init(&w, text);
    json_open_object(&w, NULL);
    json_write_string(&w, "host", host);
    json_close_object(&w);
    job_follow_host(d->job, host, text->data, text->len);
}

static void follow_hosts(struct domain *d, struct buf *text)
{
    for (size_t i = 0; i < d->mx.count; i++)
        if (!d->mx.hosts[i].faulty)
            follow_host(d, d->mx.hosts[i].host, text);
    if (d->job->worker->settings->implicit_mx && strcmp(d->mx_kind, "implicit") == 0)
        follow_host(d, d->name, text);
}

static void follow_policy(struct domain *d, struct buf *text)
{
    struct json_writer w;

    if (d->sts != VERDICT_VALID && d->sts != VERDICT_INVALID)
        return;
    buf_reset(text);
    json_writer_init(&w, text);
    json_open_object(&w, NULL);
    json_write_string(&w, "domain", d->name);
    lookup_write_aliases(&w, "aliases_of_record", d->slots[MTA_STS].answer);
    json_close_object(&w);
    job_follow_policy(d->job, text->data, text->len);
}

/* ---- the end ---- */

static bool wants_retry(const struct domain *d)
{
    for (size_t q = 0; q < QUESTIONS; q++)
        if (d->slots[q].answer != NULL && outcome_again(d->slots[q].answer->outcome))
            return record_may_retry(d->job);
    return false;
}

static void delay(struct domain *d, struct buf *text)
{
    struct json_writer w;

    json_writer_init(&w, text);
    record_open_again(&w, d->job);
    json_open_array(&w, "answers");
    for (size_t q = 0; q < QUESTIONS; q++) {
        const struct dns_answer *a = d->slots[q].answer;

        if (a != NULL && !outcome_again(a->outcome))
            answer_json_write(&w, questions[q].member, a);
    }
    json_close_array(&w);
    json_close_object(&w);
    job_delay(d->job, text->data, text->len);
}

static void finish(struct domain *d, struct buf *text)
{
    struct json_writer w;

    json_writer_init(&w, text);
    write_record(d, &w);
    job_record(d->job, KIND_DOMAINS, text->data, text->len);
    follow_hosts(d, text);
    follow_policy(d, text);
    job_finish(d->job);
}

static void conclude(struct domain *d)
{
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    if (wants_retry(d))
        delay(d, &text);
    else
        finish(d, &text);
    buf_free(&text);
}
