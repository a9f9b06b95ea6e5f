/* The policy stage: the policy file of a domain that has an MTA-STS record, found, fetched, judged
 * and written down (one line of policies.jsonl.zst), as RFC 8461 §3.3 has a sender do it: address,
 * connection, TLS, certificate, HTTP, syntax. The first that fails is the outcome; what lies behind
 * it is recorded as far as it can be seen. */
#include <stdio.h>

#include "scanner/base/name.h"
#include "workers/answer_json.h"
#include "workers/fetch.h"
#include "workers/job.h"
#include "workers/lookup.h"
#include "workers/parse/judgement.h"
#include "workers/record.h"
#include "workers/worker.h"

/* Addresses of a family, tried one after the other until one takes a connection. */
#define FAMILY_MAX 4

struct policy {
    struct job *job;
    char host[512];
    const struct dns_answer *a, *aaaa; /* NULL: not asked */
    struct address address;            /* tried, or the first that must not be; family 0: none */
    const struct fetch_result *fetch;  /* NULL: never came so far */
    enum outcome outcome;
    const char *step;
    struct sts_policy body; /* of fetch, where it has one */
};

static void conclude(struct policy *p);

/* ---- address ---- */

/* The answer that counts: the one with data (of two, that of A), else the one that leaves it open.
 */
static const struct dns_answer *lookup_of(const struct policy *p)
{
    if (p->aaaa == NULL || p->a->outcome == OUTCOME_OK)
        return p->a;
    if (p->aaaa->outcome == OUTCOME_OK || lookup_is_empty(p->a))
        return p->aaaa;
    return p->a;
}

static void fail(struct policy *p, const char *step, enum outcome outcome)
{
    p->step = step;
    p->outcome = outcome;
    conclude(p);
}

static void on_fetched(void *context, struct fetch_result *r);

static enum outcome may_contact(const struct policy *p, const struct address *a)
{
    return lookup_judge(&p->job->worker->contact, p->host, p->a, p->aaaa, a);
}

/* Those of an answer that may be connected to, behind the count that are in good already. Every
 * address of the answer is one of the policy host's, contacted or not. */
static size_t add_good(struct policy *p, const struct dns_answer *answer, struct address *good,
                       size_t count)
{
    const struct worker *w = p->job->worker;
    struct address *all;
    size_t all_count, most = count + FAMILY_MAX;

    if (answer == NULL)
        return count;
    all_count = lookup_addresses(answer, &p->job->arena, &all);
    if (all_count > 0 && p->address.family == 0)
        p->address = all[0];
    for (size_t i = 0; i < all_count && count < most; i++)
        if ((all[i].family == 4 || !w->settings->no_ipv6) && may_contact(p, &all[i]) == OUTCOME_OK)
            good[count++] = all[i];
    return count;
}

static void fetch(struct policy *p, const struct address *addresses, size_t count)
{
    fetch_start(p->job->worker->fetches, p->job, p->host, addresses, count, on_fetched, p);
    job_put_down(p->job);
}

static void contact(struct policy *p)
{
    struct address *good = arena_array(&p->job->arena, 2 * (size_t)FAMILY_MAX, sizeof(*good));
    size_t count = add_good(p, p->a, good, 0);

    count = add_good(p, p->aaaa, good, count);
    if (p->address.family == 0)
        fail(p, "dns", OUTCOME_MALFORMED);
    else if (count > 0)
        fetch(p, good, count);
    else if (may_contact(p, &p->address) != OUTCOME_OK)
        fail(p, "connect", may_contact(p, &p->address));
    else
        fail(p, "connect", OUTCOME_NOT_PROBED); /* IPv6 alone, which is off */
}

static void on_a(void *context, const struct dns_answer *answer);
static void on_aaaa(void *context, const struct dns_answer *answer);

/* The addresses of one family are known, those of the other may be had later. */
static bool one_is_open(const struct policy *p)
{
    return outcome_again(p->a->outcome) || (p->aaaa != NULL && outcome_again(p->aaaa->outcome));
}

/* One step further: ask for what is missing, or go on to the address. */
static void look_up(struct policy *p)
{
    struct job *j = p->job;
    const struct dns_answer *found;

    if (p->a == NULL) {
        dns_ask(j->worker->dns, &j->arena, p->host, DNS_A, on_a, p);
        job_put_down(j);
        return;
    }
    if (p->aaaa == NULL && p->a->outcome != OUTCOME_NXDOMAIN) {
        dns_ask(j->worker->dns, &j->arena, p->host, DNS_AAAA, on_aaaa, p);
        job_put_down(j);
        return;
    }
    found = lookup_of(p);
    if (found->outcome == OUTCOME_OK && one_is_open(p) && record_may_retry(j))
        fail(p, "dns", outcome_again(p->a->outcome) ? p->a->outcome : p->aaaa->outcome);
    else if (found->outcome == OUTCOME_OK)
        contact(p);
    else
        fail(p, "dns", found->outcome == OUTCOME_NODATA ? OUTCOME_NO_ADDRESS : found->outcome);
}

static void on_a(void *context, const struct dns_answer *answer)
{
    struct policy *p = context;

    job_in_hand(p->job);
    p->a = answer;
    look_up(p);
}

static void on_aaaa(void *context, const struct dns_answer *answer)
{
    struct policy *p = context;

    job_in_hand(p->job);
    p->aaaa = answer;
    look_up(p);
}

void policy_start(struct job *j)
{
    struct policy *p = arena_alloc(&j->arena, sizeof(*p));
    const struct json *answers = json_get(j->input, "answers");

    p->job = j;
    snprintf(p->host, sizeof(p->host), "mta-sts.%s", json_get_string(j->input, "domain"));
    p->a = answer_json_find(answers, "a", &j->arena);
    p->aaaa = answer_json_find(answers, "aaaa", &j->arena);
    look_up(p);
}

/* ---- what a sender makes of it ---- */

static bool certificate_is_bad(const struct chain *c)
{
    return c->pkix.verdict != VERDICT_VALID || !c->name_match;
}

/* The first failure in the order of the steps. */
static void judge(struct policy *p)
{
    const struct fetch_result *r = p->fetch;

    if (r->step > FETCH_TLS && certificate_is_bad(&r->chain)) {
        p->step = "tls";
        p->outcome = OUTCOME_CERTIFICATE;
    } else if (r->outcome != OUTCOME_OK) {
        p->step = fetch_step_name(r->step);
        p->outcome = r->outcome;
    } else if (p->body.verdict != VERDICT_VALID) {
        p->step = "syntax";
        p->outcome = OUTCOME_SYNTAX;
    } else {
        p->step = "done";
        p->outcome = OUTCOME_OK;
    }
}

static void on_fetched(void *context, struct fetch_result *r)
{
    struct policy *p = context;

    p->fetch = r;
    p->address = r->address;
    if (r->outcome == OUTCOME_OK) {
        sts_policy_judge(r->body.data, r->body.len, &p->job->arena, &p->body);
        sts_policy_judge_media_type(&p->body, bytes_of(r->media_type != NULL ? r->media_type : ""));
    }
    judge(p);
    conclude(p);
}

static enum verdict verdict_of(enum outcome o)
{
    switch (o) {
    case OUTCOME_OK:
        return VERDICT_VALID;
    case OUTCOME_NXDOMAIN:
    case OUTCOME_NO_ADDRESS:
        return VERDICT_ABSENT;
    case OUTCOME_NOT_PROBED:
    case OUTCOME_OPTED_OUT:
        return VERDICT_UNKNOWN;
    default:
        return outcome_again(o) ? VERDICT_UNKNOWN : VERDICT_INVALID;
    }
}

/* ---- the record ---- */

static void write_tls(const struct fetch_result *r, struct json_writer *w)
{
    if (r->tls.version == NULL && r->tls.alert < 0 && r->chain.count == 0)
        return;
    json_open_object(w, "tls");
    tls_facts_write(&r->tls, w);
    chain_write(&r->chain, w);
    json_close_object(w);
}

static void write_http(const struct fetch_result *r, struct json_writer *w)
{
    if (r->status == 0)
        return;
    json_open_object(w, "http");
    json_write_int(w, "status", r->status);
    if (r->media_type != NULL)
        json_write_string(w, "media_type", r->media_type);
    json_write_int(w, "size", (int64_t)r->size);
    if (r->redirect != NULL)
        json_write_string(w, "redirect", r->redirect);
    json_close_object(w);
}

/* Both families, and who runs the host where an alias leads to it. */
static void write_lookup(const struct policy *p, struct json_writer *w)
{
    const struct dns_answer *found = lookup_of(p);

    json_open_object(w, "lookup");
    lookup_write(w, found);
    json_write_string(w, "a", outcome_name(p->a->outcome));
    if (p->aaaa != NULL)
        json_write_string(w, "aaaa", outcome_name(p->aaaa->outcome));
    json_close_object(w);
    if (found->alias_count > 0)
        json_write_string(w, "operator", name_registrable(found->aliases[found->alias_count - 1]));
}

static void write_addresses(const struct policy *p, struct json_writer *w)
{
    if (p->a->record_count == 0 && (p->aaaa == NULL || p->aaaa->record_count == 0))
        return;
    json_open_array(w, "addresses");
    lookup_write_address_texts(w, p->a);
    if (p->aaaa != NULL)
        lookup_write_address_texts(w, p->aaaa);
    json_close_array(w);
}

static void write_found(const struct policy *p, struct json_writer *w)
{
    char text[ADDRESS_TEXT_SIZE];

    write_lookup(p, w);
    write_addresses(p, w);
    if (p->address.family != 0) {
        address_print(&p->address, text);
        json_write_string(w, "address", text);
    }
    if (p->fetch == NULL)
        return;
    json_write_int(w, "took_ms", (int64_t)p->fetch->took_ms);
    write_tls(p->fetch, w);
    write_http(p->fetch, w);
    if (p->fetch->outcome == OUTCOME_OK)
        json_write_bytes(w, "body", p->fetch->body.data, p->fetch->body.len);
}

static void write_record(const struct policy *p, struct json_writer *w)
{
    record_open(w, p->job);
    record_stamp(w, p->job);
    json_write_string(w, "host", p->host);
    json_write_string(w, "outcome", outcome_name(p->outcome));
    json_write_string(w, "step", p->step);
    write_found(p, w);
    judgement_write_verdict(w, verdict_of(p->outcome));
    if (p->fetch != NULL && p->fetch->outcome == OUTCOME_OK)
        judgement_write_policy(w, &p->body);
    json_close_object(w);
}

/* ---- the end ---- */

static void write_answers(const struct policy *p, struct json_writer *w)
{
    json_open_array(w, "answers");
    if (p->a != NULL && !outcome_again(p->a->outcome))
        answer_json_write(w, "a", p->a);
    if (p->aaaa != NULL && !outcome_again(p->aaaa->outcome))
        answer_json_write(w, "aaaa", p->aaaa);
    json_close_array(w);
}

static void delay(const struct policy *p, struct buf *text)
{
    struct json_writer w;

    json_writer_init(&w, text);
    record_open_again(&w, p->job);
    write_answers(p, &w);
    json_close_object(&w);
    job_delay(p->job, text->data, text->len);
}

static void finish(const struct policy *p, struct buf *text)
{
    struct json_writer w;

    json_writer_init(&w, text);
    write_record(p, &w);
    job_record(p->job, KIND_POLICIES, text->data, text->len);
    if (p->fetch != NULL)
        chain_hand_over(&p->fetch->chain, p->job);
    job_finish(p->job);
}

/* The server speaks of now (RFC 9110 §15.5.9 and §15.6, RFC 6585 §4). A sender has no policy of it
 * all the same (RFC 8461 §3.3): of the last attempt it is a failure like another status. */
static bool status_is_temporary(long status)
{
    return status == 408 || status == 429 || status / 100 == 5;
}

static bool may_retry(const struct policy *p)
{
    if (p->outcome == OUTCOME_HTTP_STATUS && p->fetch != NULL)
        return status_is_temporary(p->fetch->status) && record_may_retry(p->job);
    return record_may_retry_after(p->job, p->outcome);
}

static void conclude(struct policy *p)
{
    struct chain chain = { 0 };
    struct buf text;

    if (p->fetch != NULL)
        chain = p->fetch->chain; /* outlives the job's arena */
    buf_init(&text, BUF_NO_CEILING);
    if (may_retry(p))
        delay(p, &text);
    else
        finish(p, &text);
    buf_free(&text);
    chain_drop(&chain);
}
