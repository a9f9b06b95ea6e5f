#include "workers/dns/resolver_check.h"

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner/base/memory.h"
#include "scanner/base/timing.h"
#include "workers/dns/answer.h"
#include "workers/dns/query.h"
#include "workers/dns/wire_name.h"

enum {
    TRIES = 3,
    AGAIN_MS = 1000,
    BUFFER = 8 << 20,
    MESSAGE = 4096,
    IDS = 65536,
    LABEL = 20, /* letters that nobody has registered */
};

enum { ROOT, NOWHERE, QUESTIONS }; /* what each is asked */

/* One question to one resolver. */
struct errand {
    uint64_t due_ms;
    uint16_t id;
    uint8_t tries;
    bool plain, done;
    uint8_t rcode;
    bool authentic, edns, data, heard; /* heard: rcode and data hold something */
};
struct suspect {
    struct resolver_place place;
    struct errand errands[QUESTIONS];
};
struct check {
    struct suspect *suspects;
    size_t count, open;   /* open: errands not done */
    uint32_t owners[IDS]; /* of an ID: 0, or 1 + number of the errand, over all suspects */
    int sockets[2];       /* IPv4, IPv6; -1: none */
    uint64_t now_ms;
    uint8_t names[QUESTIONS][WIRE_NAME_MAX];
    size_t name_lens[QUESTIONS];
};
static const uint16_t types[QUESTIONS] = { [ROOT] = DNS_NS, [NOWHERE] = DNS_A };

const char *resolver_fault_text(enum resolver_fault f)
{
    static const char *const texts[] = {
        [RESOLVER_FIT] = "",
        [RESOLVER_SILENT] = "does not answer",
        [RESOLVER_REFUSES] = "refuses to serve us (REFUSED)",
        [RESOLVER_FAILS] = "cannot resolve what every resolver can",
        [RESOLVER_LIES] = "does not say NXDOMAIN of a name that cannot exist",
        [RESOLVER_NO_EDNS] = "does not know EDNS, as others do",
        [RESOLVER_NO_VALIDATION] = "does not validate DNSSEC, as others do",
    };

    return texts[f];
}

/* ---- asking ---- */

static void draw_id(struct check *c, struct errand *e, uint32_t owner)
{
    c->owners[e->id] = c->owners[e->id] == owner ? 0 : c->owners[e->id];
    do
        e->id = (uint16_t)randombytes_uniform(IDS);
    while (c->owners[e->id] != 0);
    c->owners[e->id] = owner;
}

static void ask(struct check *c, size_t i, unsigned q)
{
    struct suspect *s = &c->suspects[i];
    struct errand *e = &s->errands[q];
    struct sockaddr_storage to;
    socklen_t to_len = address_sockaddr(&s->place.address, s->place.port, &to);
    uint8_t query[QUERY_SIZE_MAX];
    size_t len;

    draw_id(c, e, (uint32_t)(i * QUESTIONS + q + 1));
    len = query_build(query, e->id, c->names[q], c->name_lens[q], types[q],
                      e->plain ? 0 : QUERY_EDNS);
    sendto(c->sockets[s->place.address.family == 4 ? 0 : 1], query, len, 0,
           (const struct sockaddr *)&to, to_len);
    e->tries++;
    e->due_ms = c->now_ms + AGAIN_MS;
}

static void finish(struct check *c, struct errand *e)
{
    e->done = true;
    c->open--;
}

/* ---- answers ---- */

/* An OPT record (RFC 6891 §6.1.1) behind the question and the records in front. */
static bool has_opt(const uint8_t *data, size_t len, const struct answer_head *h)
{
    struct wire_message m = { data, len, WIRE_ALLOWANCE };
    unsigned records = h->answers + (unsigned)h->authorities + h->additionals;
    size_t at = wire_name_skip(&m, 12);

    for (at = at == 0 ? 0 : at + 4; records > 0 && at != 0; records--) {
        at = wire_name_skip(&m, at);
        if (at == 0 || at + 10 > len)
            return false;
        if (data[at] == 0 && data[at + 1] == 41)
            return true;
        at += 10U + ((size_t)data[at + 8] << 8 | data[at + 9]);
    }
    return false;
}

static bool complains(uint8_t rcode) /* FORMERR, NOTIMP: perhaps of EDNS */
{
    return rcode == 1 || rcode == 4;
}

static void on_answer(struct check *c, struct errand *e, const struct answer_head *h,
                      const uint8_t *data, size_t len)
{
    e->heard = true;
    e->rcode = h->rcode;
    e->data = h->answers > 0;
    e->authentic = h->authentic;
    e->edns = !e->plain && has_opt(data, len, h);
    if (complains(h->rcode) && !e->plain) {
        e->plain = true;
        e->due_ms = 0;
    } else if (h->rcode == 0 || h->rcode == 3 || e->tries == TRIES) {
        finish(c, e);
    }
}

static bool comes_from(const struct resolver_place *p, const struct sockaddr_storage *from)
{
    uint16_t port = from->ss_family == AF_INET ? ((const struct sockaddr_in *)from)->sin_port
                                               : ((const struct sockaddr_in6 *)from)->sin6_port;
    struct address address;

    address_from_sockaddr(&address, (const struct sockaddr *)from);
    return ntohs(port) == p->port && address_equal(&address, &p->address);
}

static void on_message(struct check *c, const struct sockaddr_storage *from, const uint8_t *data,
                       size_t len)
{
    struct answer_head head;
    struct suspect *s;
    struct errand *e;
    uint32_t owner;
    unsigned q;

    if (!answer_head(data, len, &head) || (owner = c->owners[head.id]) == 0)
        return;
    s = &c->suspects[(owner - 1) / QUESTIONS];
    q = (owner - 1) % QUESTIONS;
    e = &s->errands[q];
    if (!e->done && comes_from(&s->place, from) &&
        ((complains(head.rcode) && head.questions == 0) ||
         answer_asks(data, len, c->names[q], c->name_lens[q], types[q])))
        on_answer(c, e, &head, data, len);
}

static void receive(struct check *c, int wait_ms)
{
    struct pollfd polls[2] = { { c->sockets[0], POLLIN, 0 }, { c->sockets[1], POLLIN, 0 } };
    struct sockaddr_storage from;
    uint8_t data[MESSAGE];

    if (poll(polls, 2, wait_ms) <= 0)
        return;
    memset(&from, 0, sizeof(from));
    for (unsigned k = 0; k < 2; k++) {
        socklen_t from_len = sizeof(from);
        ssize_t n;

        while (polls[k].revents != 0 && (n = recvfrom(polls[k].fd, data, sizeof(data), MSG_DONTWAIT,
                                                      (struct sockaddr *)&from, &from_len)) >= 0) {
            on_message(c, &from, data, (size_t)n);
            from_len = sizeof(from);
        }
    }
}

/* ---- rounds ---- */

/* Whatever is due is asked, and what was asked often enough is done. Answers are read meanwhile. */
static void round_of(struct check *c)
{
    for (size_t i = 0; i < c->count; i++) {
        for (unsigned q = 0; q < QUESTIONS; q++) {
            struct errand *e = &c->suspects[i].errands[q];

            if (e->done || e->due_ms > c->now_ms)
                continue;
            if (e->tries < TRIES)
                ask(c, i, q);
            else
                finish(c, e);
        }
        if (i % 64 == 63)
            receive(c, 0);
    }
}

static void open_socket(struct check *c, unsigned k)
{
    int size = BUFFER;

    c->sockets[k] = socket(k == 0 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (c->sockets[k] >= 0 &&
        setsockopt(c->sockets[k], SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
        setsockopt(c->sockets[k], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/* The root, and a name under com that cannot exist. */
static void choose_names(struct check *c)
{
    char text[LABEL + sizeof(".com")];

    for (unsigned i = 0; i < LABEL; i++)
        text[i] = (char)('a' + randombytes_uniform(26));
    strcpy(text + LABEL, ".com");
    c->name_lens[ROOT] = wire_name_parse(".", c->names[ROOT]);
    c->name_lens[NOWHERE] = wire_name_parse(text, c->names[NOWHERE]);
}

static void ask_all(struct check *c, unsigned timeout_ms)
{
    uint64_t end = timing_monotonic_ms() + timeout_ms;

    c->open = c->count * QUESTIONS;
    while (c->open > 0 && (c->now_ms = timing_monotonic_ms()) < end) {
        round_of(c);
        if (c->open > 0)
            receive(c, 10);
    }
}

/* ---- verdicts ---- */

static enum resolver_fault fault_of(const struct errand *root, const struct errand *nowhere)
{
    if (!root->heard || !nowhere->heard)
        return RESOLVER_SILENT;
    if (root->rcode == 5 || nowhere->rcode == 5)
        return RESOLVER_REFUSES;
    if (root->rcode != 0 || !root->data || (nowhere->rcode != 0 && nowhere->rcode != 3))
        return RESOLVER_FAILS;
    return nowhere->rcode == 3 ? RESOLVER_FIT : RESOLVER_LIES;
}

/* What some of the fit ones can, all that are asked must. */
static void leave_out(struct resolver_survey *s, bool edns, bool validates)
{
    for (size_t i = 0; i < s->count; i++) {
        struct resolver_verdict *v = &s->items[i];

        if (v->fault == RESOLVER_FIT && validates && !v->validates)
            v->fault = v->edns ? RESOLVER_NO_VALIDATION : RESOLVER_NO_EDNS;
        else if (v->fault == RESOLVER_FIT && edns && !v->edns)
            v->fault = RESOLVER_NO_EDNS;
        s->fit += v->fault == RESOLVER_FIT;
    }
    s->validating = validates;
}

static void judge(struct resolver_survey *s, const struct check *c)
{
    bool edns = false, validates = false;

    for (size_t i = 0; i < s->count; i++) {
        const struct errand *root = &c->suspects[i].errands[ROOT];
        struct resolver_verdict *v = &s->items[i];

        v->place = c->suspects[i].place;
        v->fault = fault_of(root, &c->suspects[i].errands[NOWHERE]);
        v->edns = root->edns;
        v->validates = root->authentic;
        edns = edns || (v->fault == RESOLVER_FIT && v->edns);
        validates = validates || (v->fault == RESOLVER_FIT && v->validates);
    }
    leave_out(s, edns, validates);
}

void resolver_survey(struct resolver_survey *s, const struct resolver_list *list,
                     unsigned timeout_ms)
{
    struct check *c = memory_alloc(sizeof(*c));

    _Static_assert(RESOLVERS_MAX * QUESTIONS < IDS - 1000, "an ID is soon found");
    memset(s, 0, sizeof(*s));
    s->count = c->count = list->count;
    s->items = memory_alloc(s->count * sizeof(*s->items));
    c->suspects = memory_alloc(c->count * sizeof(*c->suspects));
    for (size_t i = 0; i < c->count; i++)
        c->suspects[i].place = list->items[i];
    choose_names(c);
    for (unsigned k = 0; k < 2; k++)
        open_socket(c, k);
    ask_all(c, timeout_ms);
    judge(s, c);
    for (unsigned k = 0; k < 2; k++)
        if (c->sockets[k] >= 0)
            close(c->sockets[k]);
    free(c->suspects);
    free(c);
}

void resolver_survey_free(struct resolver_survey *s)
{
    free(s->items);
    memset(s, 0, sizeof(*s));
}
