/* engine: asks recursive resolvers, asynchronously, for any number of questions at once. One engine in a worker
 * serves all three stages. Matching, retransmission, truncation to TCP, EDNS fallback and the choice of resolver are
 * its own affair: a question ends in exactly one answer. */
#ifndef MXC_WORKERS_DNS_ENGINE_H
#define MXC_WORKERS_DNS_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "scanner/base/arena.h"
#include "scanner/base/outcome.h"
#include "scanner/base/settings.h"

enum { DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6, DNS_PTR = 12, DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28, DNS_TLSA = 52, DNS_CAA = 257 };

struct dns_rdata {
    const uint8_t *data; /* wire form; a name inside it is uncompressed */
    uint16_t len;
};
struct dns_answer {
    enum outcome outcome;        /* OK, NODATA, NXDOMAIN, SERVFAIL, REFUSED, FORMERR, NOTIMP, RCODE, TIMEOUT, MALFORMED, CNAME_LOOP, BAD_NAME */
    enum dnssec dnssec;          /* of the RRset, or of its denial */
    uint32_t ttl;                /* smallest of the RRset */
    const char *const *aliases;  /* CNAME targets in order, lower case, no trailing dot */
    size_t alias_count;
    const struct dns_rdata *records; /* of the type asked for, in the order received */
    size_t record_count;
};

/* answer, and all in it, lives in the arena given with the question. Never called from inside dns_ask(). */
typedef void dns_answer_cb(void *context, const struct dns_answer *answer);

struct dns_engine *dns_engine_new(uv_loop_t *loop, const struct settings *settings, const char **error);
void dns_engine_close(struct dns_engine *e); /* questions in flight are dropped; closes its handles, run the loop once more */

/* name: text, no trailing dot; escapes \DDD and \X as in master files (RFC 1035 §5.1). Copied. */
void dns_ask(struct dns_engine *e, struct arena *arena, const char *name, uint16_t type, dns_answer_cb *cb, void *context);

#endif
