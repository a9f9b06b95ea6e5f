/* answer_json: definite answers of the DNS kept in a job that comes back, so that they are never
 * asked for again. One object an answer:
 *   {"q":"spf","o":"ok","d":"secure","t":300,"c":["alias",…],"r":["RDATA in hexadecimal",…]}
 * Members that say nothing (no alias, no record, TTL 0) are left out. Reading gives back what was
 * written, byte for byte. */
#ifndef MXC_WORKERS_ANSWER_JSON_H
#define MXC_WORKERS_ANSWER_JSON_H

#include "scanner/base/json_write.h"
#include "workers/dns/engine.h"

/* question: the name by which the stage knows it. */
void answer_json_write(struct json_writer *w, const char *question, const struct dns_answer *a);

/* The answer to question among answers (an array, may be NULL), in the arena. NULL when there is
 * none, or when it cannot be read: it is then asked for again. */
const struct dns_answer *answer_json_find(const struct json *answers, const char *question,
                                          struct arena *arena);

#endif
