/* mx_record: the members of a record of mx.jsonl, from what was found. The mailhost stage opens and
 * closes the object. */
#ifndef MXC_WORKERS_MX_RECORD_H
#define MXC_WORKERS_MX_RECORD_H

#include "scanner/base/arena.h"
#include "scanner/base/json_write.h"
#include "workers/dns/engine.h"
#include "workers/probe.h"

/* "lookup": outcomes of both, the DNSSEC state of what they gave, aliases. */
void mx_record_lookup(struct json_writer *w, const struct dns_answer *a,
                      const struct dns_answer *aaaa);
/* The weaker of the answers that gave data; where none did, of all that have a state. */
enum dnssec mx_record_dnssec(const struct dns_answer *a, const struct dns_answer *aaaa);
/* "tlsa", found at base, with what SMTP can use of it. Arena: for what the call needs meanwhile. */
void mx_record_tlsa(struct json_writer *w, const struct dns_answer *tlsa, const char *base,
                    struct arena *arena);
/* "outcome" to "after_tls": a conversation. */
void mx_record_probe(struct json_writer *w, const struct probe_result *r);

#endif
