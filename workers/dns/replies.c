#include "workers/dns/replies.h"

#include "workers/dns/tries.h"

enum {
    REFUSED_WAIT = 200000, /* before one that refused is asked again; doubled each time */
    REFUSALS_MAX = 4,
};

static bool another_left(const struct dns_engine *e, const struct question *q)
{
    for (size_t i = 0; i < e->resolvers.count; i++) {
        bool tried = e->resolvers.items[i].quarantined;

        for (unsigned k = 0; k < q->try_count && !tried; k++)
            tried = q->tries[k].resolver == i;
        if (!tried)
            return true;
    }
    return false;
}

/* A second resolver must say it too; then it is asked whether the validation alone is to blame. */
static void on_servfail(struct dns_engine *e, struct question *q, struct resolver *r)
{
    r->counts.servfail++;
    q->so_far = OUTCOME_SERVFAIL;
    if (++q->servfails == 1 && another_left(e, q)) {
        tries_again(e, q);
    } else if (r->trusted && q->try_count < TRIES_MAX) {
        q->phase = PHASE_CHECK;
        tries_same(e, q, r);
    } else {
        engine_finish_bare(e, q, OUTCOME_SERVFAIL, DNSSEC_INDETERMINATE);
    }
}

/* Says something of the resolver: the others are asked, and then those again that usually serve. */
static void on_refused(struct dns_engine *e, struct question *q, struct resolver *r)
{
    if (q->so_far == OUTCOME_TIMEOUT)
        q->so_far = OUTCOME_REFUSED;
    q->refusals++;
    if (q->try_count < TRIES_MAX && another_left(e, q))
        tries_again(e, q);
    else if (q->try_count < TRIES_MAX && q->refusals < REFUSALS_MAX && resolver_serves(r))
        tries_wait(e, q, (uint64_t)REFUSED_WAIT << q->refusals);
    else
        engine_finish_bare(e, q, q->so_far, DNSSEC_INDETERMINATE);
}

/* Once more elsewhere, for what no resolver should say. */
static void on_failure(struct dns_engine *e, struct question *q, enum outcome o)
{
    q->so_far = o;
    if (q->failures++ == 0)
        tries_again(e, q);
    else
        engine_finish_bare(e, q, q->so_far, DNSSEC_INDETERMINATE);
}

/* FORMERR, NOTIMP and the like: EDNS may be what it does not understand (RFC 6891 §7). */
static void on_complaint(struct dns_engine *e, struct question *q, struct resolver *r,
                         const struct try *t, enum outcome o)
{
    if (t->edns) {
        resolver_edns(r, false);
        q->plain = true;
        tries_same(e, q, r);
    } else {
        on_failure(e, q, o);
    }
}

static void on_definite(struct dns_engine *e, struct question *q, const struct resolver *r,
                        bool authentic, bool in_time, struct dns_answer *a)
{
    if (r->trusted)
        a->dnssec = authentic ? DNSSEC_SECURE : DNSSEC_INSECURE;
    engine_finish(e, q, a, in_time);
}

static bool definite(enum outcome o)
{
    return o == OUTCOME_OK || o == OUTCOME_NODATA || o == OUTCOME_NXDOMAIN ||
           o == OUTCOME_CNAME_LOOP;
}

/* The reply to CD=1: is there an answer, which validation alone had kept back? */
static void on_checked(struct dns_engine *e, struct question *q, uint8_t rcode)
{
    bool answered = rcode == 0 || rcode == 3;

    engine_finish_bare(e, q, OUTCOME_SERVFAIL, answered ? DNSSEC_BOGUS : DNSSEC_INDETERMINATE);
}

static void on_truncated(struct dns_engine *e, struct question *q, struct resolver *r)
{
    r->counts.truncated++;
    if (q->phase != PHASE_UDP)
        return; /* a late one; the timer runs for what was asked since */
    q->phase = PHASE_TCP;
    tries_same(e, q, r);
}

static void on_malformed(struct dns_engine *e, struct question *q, struct resolver *r)
{
    r->counts.malformed++;
    on_failure(e, q, OUTCOME_MALFORMED);
}

static void on_whole(struct dns_engine *e, struct try *t, const uint8_t *message, size_t len,
                     bool in_time, bool authentic)
{
    struct question *q = question_of_try(t);
    struct resolver *r = &e->resolvers.items[t->resolver];
    struct dns_answer *a = arena_alloc(q->arena, sizeof(*a));

    answer_read(message, len, q->name, q->name_len, q->type, q->arena, a);
    if (t->edns && (definite(a->outcome) || a->outcome == OUTCOME_SERVFAIL))
        resolver_edns(r, true);
    if (definite(a->outcome))
        on_definite(e, q, r, authentic, in_time, a);
    else if (a->outcome == OUTCOME_SERVFAIL)
        on_servfail(e, q, r);
    else if (a->outcome == OUTCOME_REFUSED)
        on_refused(e, q, r);
    else if (a->outcome == OUTCOME_MALFORMED)
        on_malformed(e, q, r);
    else
        on_complaint(e, q, r, t, a->outcome);
}

/* A message that is the answer to this try, by ID, sender and question. */
static void on_answer(struct dns_engine *e, struct try *t, const struct answer_head *head,
                      const uint8_t *message, size_t len)
{
    struct question *q = question_of_try(t);
    struct resolver *r = &e->resolvers.items[t->resolver];
    uint64_t rtt = e->now_us - t->sent_us;
    bool in_time = rtt < resolver_patience_us(r, 0);

    book_remove(&e->book, t);
    resolver_answered(r, e->now_us, rtt, t->expired, head->rcode == 5);
    if (t->check)
        on_checked(e, q, head->rcode);
    else if (head->truncated && t->channel < TCP_CHANNEL)
        on_truncated(e, q, r);
    else
        on_whole(e, t, message, len, in_time, head->authentic);
}

/* Some servers leave the question out of a complaint. */
static bool is_asked(const struct question *q, const struct answer_head *head,
                     const uint8_t *message, size_t len)
{
    if (head->questions == 0 && head->answers == 0)
        return head->rcode == 1 || head->rcode == 4;
    return answer_asks(message, len, q->name, q->name_len, q->type);
}

void replies_take(struct dns_engine *e, uint32_t channel, const struct sockaddr_storage *from,
                  const uint8_t *message, size_t len)
{
    struct answer_head head;
    struct try *t;

    if (!answer_head(message, len, &head) || (t = book_find(&e->book, channel, head.id)) == NULL) {
        e->totals.stray++;
        return;
    }
    if ((from != NULL && !resolver_is(&e->resolvers.items[t->resolver], from)) ||
        !is_asked(question_of_try(t), &head, message, len)) {
        e->totals.forged++;
        return;
    }
    on_answer(e, t, &head, message, len);
}
