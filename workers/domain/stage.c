/* The dns stage: a domain's records asked for, judged and written down (one line of
 * domains.jsonl.zst), and the jobs that follow from them. MX goes first: where it says that the
 * name does not exist, nothing below it does (RFC 8020) and all other questions are saved. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "scanner/queue/follow_up.h"
#include "workers/answer_json.h"
#include "workers/domain/dkim.h"
#include "workers/domain/dmarc.h"
#include "workers/domain/domain.h"
#include "workers/domain/caa.h"
#include "workers/domain/mx.h"
#include "workers/domain/nameservers.h"
#include "workers/domain/spf.h"
#include "workers/domain/text.h"
#include "workers/domain/wildcard.h"
#include "workers/lookup.h"
#include "workers/parse/judgement.h"
#include "workers/parse/spf.h"
#include "workers/record.h"
#include "workers/shared_answers.h"
#include "workers/worker.h"

/* In the order of the record. */
static const struct domain_member members[] = {
    { .name = "mx", .write = mx_write },
    { .name = "a", .proceed = a_proceed, .write = a_write },
    { .name = "aaaa", .proceed = aaaa_proceed, .write = aaaa_write },
    { .name = "ns", .proceed = nameservers_proceed, .write = nameservers_write },
    { .name = "spf",
      .proceed = spf_proceed,
      .write = spf_write,
      .prefix = "",
      .keep = spf_resembles },
    { .name = "dmarc",
      .proceed = dmarc_proceed,
      .write = dmarc_write,
      .prefix = "_dmarc.",
      .judge = judgement_write_dmarc },
    { .name = "mta_sts",
      .proceed = text_proceed,
      .write = text_write_sts,
      .prefix = "_mta-sts.",
      .judge = judgement_write_mta_sts },
    { .name = "tls_rpt",
      .proceed = text_proceed,
      .write = text_write,
      .prefix = "_smtp._tls.",
      .judge = judgement_write_tls_rpt },
    { .name = "bimi",
      .proceed = text_proceed,
      .write = text_write,
      .prefix = "default._bimi.",
      .judge = judgement_write_bimi },
    { .name = "dkim", .proceed = dkim_proceed, .write = dkim_write },
    { .name = "wildcard", .proceed = wildcard_proceed, .write = wildcard_write },
    { .name = "caa", .proceed = caa_proceed, .write = caa_write },
};
enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

static void go_on(struct domain *d);

/* ---- asking ---- */

static uint32_t hash_of(const char *name, uint16_t type)
{
    uint32_t h = 2166136261U ^ type; /* FNV-1a */

    for (; *name != '\0'; name++)
        h = (h ^ (uint8_t)*name) * 16777619U;
    return h;
}

static struct domain_question *find(const struct domain *d, const char *name, uint16_t type,
                                    uint32_t hash)
{
    struct domain_question *q = d->buckets[hash % DOMAIN_BUCKETS];

    while (q != NULL && (q->hash != hash || q->type != type || strcmp(q->name, name) != 0))
        q = q->in_bucket;
    return q;
}

static struct domain_question *add(struct domain *d, const char *name, uint16_t type, uint32_t hash)
{
    struct domain_question *q = arena_alloc(&d->job->arena, sizeof(*q));

    *q = (struct domain_question){
        .domain = d, .name = arena_strdup(&d->job->arena, name), .hash = hash, .type = type
    };
    q->in_bucket = d->buckets[hash % DOMAIN_BUCKETS];
    d->buckets[hash % DOMAIN_BUCKETS] = q;
    *d->last = q;
    d->last = &q->next;
    d->question_count++;
    return q;
}

/* By which a job that comes back knows a question. */
static void print_key(char key[600], const char *name, uint16_t type)
{
    snprintf(key, 600, "%u %s", type, name);
}

static const struct dns_answer *known_before(const struct domain *d, const char *name,
                                             uint16_t type)
{
    const struct json *answers = json_get(d->job->input, "answers");
    char key[600];

    if (answers == NULL)
        return NULL;
    print_key(key, name, type);
    return answer_json_find(answers, key, &d->job->arena);
}

/* Called by the loop, never from inside proceed; it may end the job. */
static void on_answer(void *context, const struct dns_answer *answer)
{
    struct domain_question *q = context;
    struct domain *d = q->domain;
    struct job *j = d->job;

    q->answer = answer;
    job_in_hand(j);
    if (--d->waiting == 0)
        go_on(d);
    else
        job_put_down(j);
}

/* NULL where all that is left is to wait for on_answer(). */
static const struct dns_answer *dispatch(struct domain *d, struct domain_question *q, bool shared)
{
    struct worker *w = d->job->worker;
    struct arena *arena = &d->job->arena;

    if (shared)
        return shared_answers_ask(w->shared, arena, q->name, q->type, on_answer, q);
    dns_ask(w->dns, arena, q->name, q->type, on_answer, q);
    return NULL;
}

static const struct dns_answer *ask(struct domain *d, const char *name, uint16_t type, bool shared)
{
    uint32_t hash = hash_of(name, type);
    struct domain_question *q = find(d, name, type, hash);

    if (q != NULL)
        return q->answer;
    q = add(d, name, type, hash);
    q->answer = known_before(d, name, type);
    if (q->answer == NULL)
        q->answer = dispatch(d, q, shared);
    if (q->answer == NULL)
        d->waiting++;
    return q->answer;
}

const struct dns_answer *domain_ask(struct domain *d, const char *name, uint16_t type)
{
    return ask(d, name, type, false);
}

const struct dns_answer *domain_ask_shared(struct domain *d, const char *name, uint16_t type)
{
    return ask(d, name, type, true);
}

const struct dns_answer *domain_ask_below(struct domain *d, const char *prefix, uint16_t type)
{
    size_t before = strlen(prefix), len = strlen(d->name);
    char name[512];

    if (lookup_has_no_name(d->mx_answer))
        return &d->no_name;
    assert(before + len < sizeof(name)); /* a domain has 253 bytes, a selector 100 */
    memcpy(name, prefix, before);
    memcpy(name + before, d->name, len);
    name[before + len] = '\0';
    return domain_ask(d, name, type);
}

void domain_start(struct job *j)
{
    struct domain *d = arena_alloc(&j->arena, sizeof(*d));

    d->job = j;
    d->name = json_get_string(j->input, "domain");
    d->last = &d->questions;
    d->no_name.outcome = OUTCOME_NXDOMAIN;
    go_on(d);
}

/* ---- the record ---- */

/* Any answer at the name itself tells; data outweighs a denial, which some servers give for a type
 * that they do not know. */
static const char *existence(const struct domain *d)
{
    const char *exists = "unknown";

    for (const struct domain_question *q = d->questions; q != NULL; q = q->next) {
        assert(q->answer != NULL); /* or this were not the end, here and below */
        if (strcmp(q->name, d->name) != 0)
            continue;
        if (lookup_has_no_name(q->answer))
            exists = "no";
        else if (q->answer->outcome == OUTCOME_OK || lookup_is_empty(q->answer))
            return "yes";
    }
    return exists;
}

static void write_record(struct domain *d, struct json_writer *w)
{
    record_open(w, d->job);
    record_stamp(w, d->job);
    json_write_string(w, "exists", existence(d));
    json_write_int(w, "questions", d->question_count);
    for (size_t i = 0; i < MEMBERS; i++)
        members[i].write(d, &members[i], w);
    json_close_object(w);
}

/* ---- what follows ---- */

static void follow_host(struct domain *d, const char *host, struct buf *text)
{
    buf_reset(text);
    follow_up_host(text, host);
    job_follow_host(d->job, host, text->data, text->len);
}

static void follow_hosts(struct domain *d, struct buf *text)
{
    struct mx_choice choice = { .all = strcmp(d->job->worker->settings->mx_hosts, "all") == 0 };

    for (size_t i = 0; i < d->mx.count; i++) {
        const struct mx_host *h = &d->mx.hosts[i];

        if (!h->faulty && mx_choice_takes(&choice, h->preference))
            follow_host(d, h->host, text);
    }
    if (d->job->worker->settings->implicit_mx && strcmp(d->mx_kind, "implicit") == 0)
        follow_host(d, d->name, text);
}

static void follow_policy(struct domain *d, struct buf *text)
{
    const struct dns_answer *a;

    if (d->sts != VERDICT_VALID && d->sts != VERDICT_INVALID)
        return;
    a = domain_ask_below(d, "_mta-sts.", DNS_TXT);
    buf_reset(text);
    follow_up_policy(text, d->name, a->aliases, a->alias_count);
    job_follow_policy(d->job, text->data, text->len);
}

/* ---- the end ---- */

static bool wants_retry(const struct domain *d)
{
    for (const struct domain_question *q = d->questions; q != NULL; q = q->next) {
        assert(q->answer != NULL);
        if (outcome_again(q->answer->outcome))
            return record_may_retry(d->job);
    }
    return false;
}

static void delay(struct domain *d, struct buf *text)
{
    struct json_writer w;
    char key[600];

    json_writer_init(&w, text);
    record_open_again(&w, d->job);
    json_open_array(&w, "answers");
    for (const struct domain_question *q = d->questions; q != NULL; q = q->next) {
        assert(q->answer != NULL);
        if (outcome_again(q->answer->outcome))
            continue;
        print_key(key, q->name, q->type);
        answer_json_write(&w, key, q->answer);
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

/* ---- the waves ---- */

static void proceed(struct domain *d)
{
    d->no_name.dnssec = d->mx_answer->dnssec;
    for (size_t i = 0; i < MEMBERS; i++)
        if (members[i].proceed != NULL)
            members[i].proceed(d, &members[i]);
}

static void go_on(struct domain *d)
{
    d->mx_answer = domain_ask(d, d->name, DNS_MX);
    if (d->mx_answer != NULL)
        proceed(d);
    if (d->waiting == 0)
        conclude(d);
    else
        job_put_down(d->job);
}
