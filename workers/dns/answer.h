/* answer: what a DNS message says to a question. Pure: bytes in, struct out; no clock, no sockets.
 * Every byte is a stranger's. */
#ifndef MXC_WORKERS_DNS_ANSWER_H
#define MXC_WORKERS_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/arena.h"
#include "scanner/base/outcome.h"

enum {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_TLSA = 52,
    DNS_CAA = 257
};

#define DNS_ALIASES_MAX 16

struct dns_rdata {
    const uint8_t *data; /* wire form; a name inside it is uncompressed */
    uint16_t len;
};
struct dns_answer {
    enum outcome outcome;       /* OK, NODATA, NXDOMAIN, SERVFAIL, REFUSED, FORMERR, NOTIMP, RCODE,
                                 * TIMEOUT, MALFORMED, CNAME_LOOP, BAD_NAME */
    enum dnssec dnssec;         /* of the RRset, or of its denial */
    uint32_t ttl;               /* smallest of the RRset; 0 without one */
    const char *const *aliases; /* CNAME targets in order, lower case, no trailing dot */
    size_t alias_count;
    const struct dns_rdata *records; /* of the type asked for, in the order received */
    size_t record_count;
};

/* The header (RFC 1035 §4.1.1). */
struct answer_head {
    uint16_t id, questions, answers, authorities, additionals;
    uint8_t rcode; /* its lower four bits; the others are in OPT */
    bool truncated, authentic;
};

/* False unless it is a response to a standard query. */
bool answer_head(const uint8_t *message, size_t len, struct answer_head *head);

/* Is its question ours (one question, in any case), byte for byte where we asked it. */
bool answer_asks(const uint8_t *message, size_t len, const uint8_t *name, size_t name_len,
                 uint16_t type);

/* Read a response whose question has been checked. name is the question's; what is kept is copied
 * to the arena. Sets all of *a but dnssec; MALFORMED when a part of it cannot be read or when none
 * of its answers is to the question. */
void answer_read(const uint8_t *message, size_t len, const uint8_t *name, size_t name_len,
                 uint16_t type, struct arena *arena, struct dns_answer *a);

#endif
