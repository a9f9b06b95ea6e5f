/* dns_script: what a resolver of the tests does to a question, said by the first label of its name
 * (the table below). dns_server.h brings the question and takes the answer away. */
#ifndef MXC_TESTS_DNS_SCRIPT_H
#define MXC_TESTS_DNS_SCRIPT_H

#include <stdlib.h>
#include <uv.h>

#include "tests/unit/workers/dns_message.h"

struct server {
    uv_loop_t *loop;
    uv_udp_t udp;
    uv_udp_t other, neighbour; /* forgers: another port; the same port of another address */
    uv_tcp_t tcp;
    uint16_t port;
    bool dead, refuses, no_edns, ad, refuses_tcp; /* of UDP; of TCP: resets each connection */
    bool honest;                                  /* com has no names */
    bool ignores_edns;                            /* answers, without an OPT of its own */
    unsigned fails;                               /* so many times SERVFAIL, then not any more */
    unsigned drip_ms; /* TCP: between any two bytes of an answer; 0: none */
    double loss;
    unsigned delay_min_ms, delay_max_ms;
    double limit, tokens; /* queries a second that it serves; 0: all */
    bool limit_refuses;   /* the rest are refused, not dropped */
    uint64_t limit_at;
    unsigned queries, tcp_queries, connections, with_edns, with_cd, dropped;
    uint32_t random;
    struct seen {
        char name[256];
        unsigned count;
    } seen[64];
    struct message reply;
    uint8_t inbox[65536];
};

struct server_query {
    char name[256]; /* lower case */
    unsigned type;
    bool edns, cd, tcp;
    const uint8_t *data;
    size_t len;
    unsigned count; /* times that this name was asked here, this one included */
};

static inline uint32_t server_random(struct server *s)
{
    s->random = s->random * 1664525U + 1013904223U;
    return s->random >> 8;
}

static inline bool server_parse(struct server *s, const uint8_t *data, size_t len, bool tcp,
                                struct server_query *q)
{
    size_t at = 12, to = 0;

    if (len < 17)
        return false;
    while (at < len && data[at] != 0) {
        for (unsigned i = 0; i < data[at] && at + 1 + i < len; i++)
            q->name[to++] = (char)(data[at + 1 + i] |
                                   (data[at + 1 + i] >= 'A' && data[at + 1 + i] <= 'Z' ? 0x20 : 0));
        q->name[to++] = '.';
        at += 1U + data[at];
    }
    q->name[to > 0 ? to - 1 : 0] = '\0';
    q->type = (unsigned)data[at + 1] << 8 | data[at + 2];
    q->edns = data[11] != 0;
    q->cd = data[3] & 0x10;
    q->tcp = tcp;
    q->data = data;
    q->len = len;
    q->count = 0;
    for (struct seen *n = s->seen; n < s->seen + 64; n++) {
        if (n->count > 0 && strcmp(n->name, q->name) != 0)
            continue;
        strcpy(n->name, q->name);
        q->count = ++n->count;
        break;
    }
    return true;
}

/* ---- what it answers, by the first label ---- */

static inline void server_good(struct message *m, const struct server_query *q, const char *owner)
{
    if (q->type == 1)
        message_rr(m, SECTION_ANSWER, owner, 1, 300, "\xc0\0\2\1", 4);
    else if (q->type == 2)
        message_rr(m, SECTION_ANSWER, owner, 2, 300, "\1a\0", 3);
    else if (q->type == 15)
        message_mx(m, owner, 10, "mx.test");
    else if (q->type == 16)
        message_txt(m, owner, 100);
    else
        message_soa(m);
}

static inline void server_empty(struct message *m, const struct server_query *q)
{
    (void)q;
    message_soa(m);
}

static inline void server_alias(struct message *m, const struct server_query *q)
{
    message_alias(m, "@", "target.test");
    server_good(m, q, "target.test");
}

static inline void server_dangling(struct message *m, const struct server_query *q)
{
    (void)q;
    message_alias(m, "@", "target.test");
    message_soa(m);
}

static inline void server_itself(struct message *m, const struct server_query *q)
{
    message_alias(m, "@", q->name);
}

/* Back to where it came from, by way of another. */
static inline void server_ring(struct message *m, const struct server_query *q)
{
    (void)q;
    message_alias(m, "@", "target.test");
    message_alias(m, "target.test", "@");
}

static inline void server_many(struct message *m, const struct server_query *q)
{
    char host[32];

    if (!q->tcp) {
        m->data[2] |= 0x02;
        return;
    }
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(host, sizeof(host), "mx%u.test", i);
        message_mx(m, "@", i, host);
    }
}

static inline void server_long(struct message *m, const struct server_query *q)
{
    if (q->tcp)
        message_txt(m, "@", 64000);
    else
        m->data[2] |= 0x02;
}

static inline void server_by_tcp(struct message *m, const struct server_query *q)
{
    if (q->tcp)
        server_good(m, q, "@");
    else
        m->data[2] |= 0x02;
}

static inline void server_past(struct message *m, const struct server_query *q)
{
    server_good(m, q, "@");
    m->len--;
}

static inline void server_loop(struct message *m, const struct server_query *q)
{
    size_t at = m->len;

    server_good(m, q, "@");
    message_put16(m, at, 0xc000 | (unsigned)at);
}

static inline void server_beside(struct message *m, const struct server_query *q)
{
    server_good(m, q, "elsewhere.test");
}

static inline void server_whole(struct message *m, const struct server_query *q)
{
    server_good(m, q, "@");
}

static const struct server_behaviour {
    const char *label;
    unsigned rcode;
    void (*fill)(struct message *m, const struct server_query *q);
} server_behaviours[] = {
    { "ok", 0, server_whole },          { "nodata", 0, server_empty },
    { "nx", 3, server_empty },          { "alias", 0, server_alias },
    { "aliasend", 0, server_dangling }, { "aliasnx", 3, server_dangling },
    { "itself", 0, server_itself },     { "ring", 0, server_ring },
    { "many", 0, server_many },         { "long", 0, server_long },
    { "tcpforged", 0, server_by_tcp },  { "past", 0, server_past },
    { "loop", 0, server_loop },         { "beside", 0, server_beside },
    { "servfail", 2, server_empty },    { "refused", 5, server_empty },
    { "formerr", 1, server_empty },     { "notimp", 4, server_empty },
    { "rcode9", 9, server_empty },
};

static inline bool server_is(const struct server_query *q, const char *label)
{
    size_t len = strlen(label);

    return strncmp(q->name, label, len) == 0 && (q->name[len] == '.' || q->name[len] == '\0');
}

static inline void server_reply(struct server *s, const struct server_query *q, unsigned rcode,
                                void (*fill)(struct message *, const struct server_query *))
{
    message_respond(&s->reply, q->data, q->len, rcode);
    if (s->ad)
        s->reply.data[3] |= 0x20;
    if (fill != NULL)
        fill(&s->reply, q);
    if (q->edns && !s->ignores_edns)
        message_rr(&s->reply, SECTION_ADDITIONAL, "", 41, 0, "", 0);
}

/* The reply is in s->reply. False: it stays silent. */
static inline bool server_judge(struct server *s, const struct server_query *q)
{
    if (s->refuses) {
        server_reply(s, q, 5, NULL);
    } else if (s->fails > 0) {
        s->fails--;
        server_reply(s, q, 2, NULL);
    } else if (s->honest && strstr(q->name, ".com") != NULL) {
        server_reply(s, q, 3, server_empty);
    } else if (q->edns && (s->no_edns || server_is(q, "noedns") || server_is(q, "noquestion"))) {
        server_reply(s, q, 1, NULL);
        s->reply.data[11] = 0; /* and has no OPT of its own */
        s->reply.len = server_is(q, "noquestion") ? 12 : s->reply.len - 11;
        if (s->reply.len == 12)
            s->reply.data[5] = 0;
    } else if (server_is(q, "bogus")) {
        server_reply(s, q, q->cd ? 0 : 2, q->cd ? server_whole : server_empty);
    } else if (server_is(q, "silent") || (server_is(q, "lost1") && q->count == 1)) {
        return false;
    } else {
        const struct server_behaviour *b = server_behaviours;

        for (size_t i = 0; i < sizeof(server_behaviours) / sizeof(*b); i++)
            if (server_is(q, server_behaviours[i].label))
                b = &server_behaviours[i];
        server_reply(s, q, b->rcode, b->fill);
    }
    return true;
}

#endif
