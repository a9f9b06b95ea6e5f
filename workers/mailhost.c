/* The starttls stage: a mail host's addresses, what DANE says of it, and a conversation with each
 * address (one line of mx.jsonl.zst an address). What is definite is kept when the job comes back:
 * answers of the DNS as they are, an address as the members of its record. */
#include <stdio.h>
#include <string.h>

#include "workers/answer_json.h"
#include "workers/job.h"
#include "workers/lookup.h"
#include "workers/mx_record.h"
#include "workers/probe.h"
#include "workers/record.h"
#include "workers/worker.h"

#define ADDRESSES_MAX 64 /* of a host that are probed; who has more gets its rest as not-probed */

/* TLSA_ALIAS: at the end of the host's aliases (RFC 7672 §2.2.2); TLSA: at the host itself. */
enum { A, AAAA, TLSA_ALIAS, TLSA, QUESTIONS };

static const struct {
    const char *name; /* by which a job keeps its answer */
    uint16_t type;
} questions[QUESTIONS] = {
    [A] = { "a", DNS_A },
    [AAAA] = { "aaaa", DNS_AAAA },
    [TLSA_ALIAS] = { "tlsa_alias", DNS_TLSA },
    [TLSA] = { "tlsa", DNS_TLSA },
};

struct mailhost;
struct slot {
    struct mailhost *mailhost;
    const struct dns_answer *answer; /* NULL: not asked, or not answered yet */
};

/* One address. */
struct visit {
    struct mailhost *mailhost;
    struct address address;
    bool called;          /* there was, or is, a conversation with it */
    struct chain chain;   /* of a final one, until the job ends */
    struct bytes members; /* of its record, without braces; empty: not final yet */
};
struct mailhost {
    struct job *job;
    const char *host;
    unsigned waiting; /* questions and conversations under way */
    struct slot slots[QUESTIONS];
    struct visit *visits;
    size_t visit_count, called; /* of these */
};

static void conclude(struct mailhost *m);

static const struct dns_answer *answer_of(const struct mailhost *m, int question)
{
    return m->slots[question].answer;
}

/* ---- addresses ---- */

static struct bytes keep(struct mailhost *m, const struct buf *object)
{
    /* Between its braces. */
    char *text = arena_strndup(&m->job->arena, object->data + 1, object->len - 2);

    return (struct bytes){ text, object->len - 2 };
}

/* What is found at this address is final. */
static void settle(struct visit *v, const struct probe_result *r)
{
    struct buf text;
    struct json_writer w;

    buf_init(&text, BUF_NO_CEILING);
    json_writer_init(&w, &text);
    json_open_object(&w, NULL);
    record_stamp(&w, v->mailhost->job);
    mx_record_probe(&w, r);
    json_close_object(&w);
    v->members = keep(v->mailhost, &text);
    v->chain = r->chain;
    buf_free(&text);
}

static void settle_unprobed(struct visit *v, enum outcome outcome)
{
    settle(v, &(struct probe_result){ .outcome = outcome, .step = "address" });
}

static void on_probed(void *context, struct probe_result *result)
{
    struct visit *v = context;
    struct mailhost *m = v->mailhost;
    struct job *j = m->job;

    if (record_may_retry_after(j, result->outcome))
        chain_drop(&result->chain);
    else
        settle(v, result);
    if (--m->waiting == 0)
        conclude(m);
    else
        job_put_down(j);
}

static size_t most_called(const struct settings *s)
{
    return strcmp(s->addresses, "one") == 0 ? 1 : ADDRESSES_MAX;
}

static void visit_start(struct visit *v)
{
    struct mailhost *m = v->mailhost;
    const struct worker *w = m->job->worker;
    enum outcome may =
        lookup_judge(&w->contact, m->host, answer_of(m, A), answer_of(m, AAAA), &v->address);

    if (may != OUTCOME_OK) {
        settle_unprobed(v, may);
    } else if (m->called >= most_called(w->settings) ||
               (v->address.family == 6 && w->settings->no_ipv6)) {
        settle_unprobed(v, OUTCOME_NOT_PROBED);
    } else {
        v->called = true;
        m->called++;
        m->waiting++;
        probe_start(w->probes, m->job, m->host, &v->address, on_probed, v);
    }
}

/* If it is final since an earlier attempt. */
static void visit_recall(struct visit *v)
{
    const struct json *n = json_first(json_get(v->mailhost->job->input, "records"));
    char text[ADDRESS_TEXT_SIZE];

    address_print(&v->address, text);
    for (; n != NULL; n = n->next) {
        const struct json *members = json_get(n, "members");

        if (!json_is(json_get(n, "address"), text) || json_string(members) == NULL)
            continue;
        v->members = (struct bytes){ members->string, members->len };
        v->called = json_get_bool(n, "called", false);
        v->mailhost->called += v->called;
        return;
    }
}

static void visits_add(struct mailhost *m, const struct dns_answer *answer)
{
    struct address *addresses;
    size_t count = lookup_addresses(answer, &m->job->arena, &addresses);

    for (size_t i = 0; i < count; i++) {
        size_t same = 0;

        while (same < m->visit_count && !address_equal(&m->visits[same].address, &addresses[i]))
            same++;
        if (same < m->visit_count)
            continue;
        m->visits[m->visit_count].mailhost = m;
        m->visits[m->visit_count++].address = addresses[i];
    }
}

/* ---- questions ---- */

static void on_answer(void *context, const struct dns_answer *answer);

static void ask(struct mailhost *m, int question, const char *name)
{
    m->waiting++;
    dns_ask(m->job->worker->dns, &m->job->arena, name, questions[question].type, on_answer,
            &m->slots[question]);
}

static void ask_tlsa(struct mailhost *m, int question, const char *base)
{
    char name[512];

    /* Always 25: the service is SMTP, wherever it listens in a test. */
    snprintf(name, sizeof(name), "_25._tcp.%s", base);
    ask(m, question, name);
}

/* The name at the end of the aliases, where all the way to it is secure; else NULL. */
static const char *secure_alias(const struct mailhost *m)
{
    const struct dns_answer *a = answer_of(m, A), *aaaa = answer_of(m, AAAA);
    const struct dns_answer *way = a->outcome == OUTCOME_OK ? a : aaaa;

    if (way->alias_count == 0 || mx_record_dnssec(a, aaaa) != DNSSEC_SECURE)
        return NULL;
    return way->aliases[way->alias_count - 1];
}

/* TLSA at the expanded name counts where it is secure, and while it may be: only where it is not
 * there does a sender go back to the host's own name. */
static bool alias_counts(const struct dns_answer *tlsa)
{
    return outcome_again(tlsa->outcome) ||
           (tlsa->outcome == OUTCOME_OK && tlsa->dnssec == DNSSEC_SECURE);
}

static void look_up_tlsa(struct mailhost *m)
{
    const char *alias = secure_alias(m);
    const struct dns_answer *at_alias = answer_of(m, TLSA_ALIAS);

    if (alias != NULL && at_alias == NULL)
        ask_tlsa(m, TLSA_ALIAS, alias);
    else if ((alias == NULL || !alias_counts(at_alias)) && answer_of(m, TLSA) == NULL)
        ask_tlsa(m, TLSA, m->host);
}

static void visit_all(struct mailhost *m)
{
    size_t room = answer_of(m, A)->record_count + answer_of(m, AAAA)->record_count;

    m->visits = arena_array(&m->job->arena, room, sizeof(*m->visits));
    visits_add(m, answer_of(m, A));
    visits_add(m, answer_of(m, AAAA));
    if (m->visit_count > 0)
        look_up_tlsa(m);
    for (size_t i = 0; i < m->visit_count; i++)
        visit_recall(&m->visits[i]);
    for (size_t i = 0; i < m->visit_count; i++)
        if (m->visits[i].members.len == 0)
            visit_start(&m->visits[i]);
}

static void on_answer(void *context, const struct dns_answer *answer)
{
    struct slot *s = context;
    struct mailhost *m = s->mailhost;
    struct job *j = m->job;

    job_in_hand(j);
    s->answer = answer;
    m->waiting--;
    if (s == &m->slots[TLSA_ALIAS])
        look_up_tlsa(m);
    else if (s != &m->slots[TLSA] && m->waiting == 0)
        visit_all(m);
    if (m->waiting == 0)
        conclude(m);
    else
        job_put_down(j);
}

void mailhost_start(struct job *j)
{
    struct mailhost *m = arena_alloc(&j->arena, sizeof(*m));
    const struct json *answers = json_get(j->input, "answers");

    m->job = j;
    m->host = json_get_string(j->input, "host");
    for (int q = 0; q < QUESTIONS; q++) {
        m->slots[q].mailhost = m;
        m->slots[q].answer = answer_json_find(answers, questions[q].name, &j->arena);
    }
    if (answer_of(m, A) == NULL)
        ask(m, A, m->host);
    if (answer_of(m, AAAA) == NULL)
        ask(m, AAAA, m->host);
    if (m->waiting == 0)
        visit_all(m);
    if (m->waiting == 0)
        conclude(m);
}

/* ---- records ---- */

/* Why there is no address. A name that does not exist has none of either kind (RFC 8020). */
static enum outcome without_address(const struct mailhost *m)
{
    enum outcome a = answer_of(m, A)->outcome, aaaa = answer_of(m, AAAA)->outcome;

    if (a == OUTCOME_NXDOMAIN || aaaa == OUTCOME_NXDOMAIN)
        return OUTCOME_NXDOMAIN;
    if (a == OUTCOME_OK || aaaa == OUTCOME_OK)
        return OUTCOME_MALFORMED; /* records, and not one of an address' length */
    if (a == OUTCOME_NODATA && aaaa == OUTCOME_NODATA)
        return OUTCOME_NO_ADDRESS;
    if (a == OUTCOME_NODATA || (!outcome_again(a) && outcome_again(aaaa)))
        return aaaa;
    return a;
}

static void write_tlsa(struct mailhost *m, struct json_writer *w)
{
    const struct dns_answer *at_alias = answer_of(m, TLSA_ALIAS), *at_host = answer_of(m, TLSA);
    const char *alias = secure_alias(m);

    if (alias != NULL && at_alias != NULL && alias_counts(at_alias))
        mx_record_tlsa(w, at_alias, alias, &m->job->arena);
    else if (at_host != NULL)
        mx_record_tlsa(w, at_host, m->host, &m->job->arena);
}

static void record_visit(struct mailhost *m, const struct visit *v, struct buf *text)
{
    char address[ADDRESS_TEXT_SIZE];
    struct json_writer w;

    buf_reset(text);
    json_writer_init(&w, text);
    address_print(&v->address, address);
    record_open(&w, m->job);
    json_write_string(&w, "address", address);
    buf_byte(text, ',');
    buf_append(text, v->members.data, v->members.len);
    mx_record_lookup(&w, answer_of(m, A), answer_of(m, AAAA));
    write_tlsa(m, &w);
    json_close_object(&w);
    job_record(m->job, KIND_MX, text->data, text->len);
}

static void record_without_address(struct mailhost *m, struct buf *text)
{
    struct json_writer w;

    json_writer_init(&w, text);
    record_open(&w, m->job);
    json_write_null(&w, "address");
    record_stamp(&w, m->job);
    json_write_string(&w, "outcome", outcome_name(without_address(m)));
    json_write_string(&w, "step", "address");
    mx_record_lookup(&w, answer_of(m, A), answer_of(m, AAAA));
    json_close_object(&w);
    job_record(m->job, KIND_MX, text->data, text->len);
}

static void finish(struct mailhost *m, struct buf *text)
{
    for (size_t i = 0; i < m->visit_count; i++)
        record_visit(m, &m->visits[i], text);
    if (m->visit_count == 0)
        record_without_address(m, text);
    job_finish(m->job);
}

/* ---- coming back ---- */

static bool is_open(const struct mailhost *m, int question)
{
    const struct dns_answer *a = answer_of(m, question);

    /* Of a name that does not exist, nothing is left open. */
    return a != NULL && outcome_again(a->outcome) &&
           !(m->visit_count == 0 && without_address(m) == OUTCOME_NXDOMAIN);
}

static bool wants_retry(const struct mailhost *m)
{
    for (int q = 0; q < QUESTIONS && record_may_retry(m->job); q++)
        if (is_open(m, q))
            return true;
    for (size_t i = 0; i < m->visit_count; i++)
        if (m->visits[i].members.len == 0) /* on_probed() left it for another attempt */
            return true;
    return false;
}

static void write_answers(struct mailhost *m, struct json_writer *w)
{
    json_open_array(w, "answers");
    for (int q = 0; q < QUESTIONS; q++)
        if (answer_of(m, q) != NULL && !outcome_again(answer_of(m, q)->outcome))
            answer_json_write(w, questions[q].name, answer_of(m, q));
    json_close_array(w);
}

static void write_final(struct mailhost *m, struct json_writer *w)
{
    char address[ADDRESS_TEXT_SIZE];

    json_open_array(w, "records");
    for (size_t i = 0; i < m->visit_count; i++) {
        const struct visit *v = &m->visits[i];

        if (v->members.len == 0)
            continue;
        address_print(&v->address, address);
        json_open_object(w, NULL);
        json_write_string(w, "address", address);
        json_write_bool(w, "called", v->called);
        json_write_bytes(w, "members", v->members.data, v->members.len);
        json_close_object(w);
    }
    json_close_array(w);
}

static void delay(struct mailhost *m, struct buf *text)
{
    struct json_writer w;

    json_writer_init(&w, text);
    record_open_again(&w, m->job);
    write_answers(m, &w);
    write_final(m, &w);
    json_close_object(&w);
    job_delay(m->job, text->data, text->len);
}

/* Certificates go with the attempt that saw them: a record that waits in the job is sure to follow.
 */
static void hand_over_chains(struct mailhost *m)
{
    for (size_t i = 0; i < m->visit_count; i++) {
        chain_hand_over(&m->visits[i].chain, m->job);
        chain_drop(&m->visits[i].chain);
    }
}

static void conclude(struct mailhost *m)
{
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    hand_over_chains(m);
    if (wants_retry(m))
        delay(m, &text);
    else
        finish(m, &text);
    buf_free(&text);
}
