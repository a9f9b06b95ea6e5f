/* policy_fact: what one record of policies.jsonl.zst says of how far a sender comes, and why no
 * further. Pure. */
#ifndef MXC_OUTPUT_POLICY_FACT_H
#define MXC_OUTPUT_POLICY_FACT_H

#include <stdint.h>

#include "scanner/base/json_read.h"
#include "scanner/base/outcome.h"
#include "scanner/base/violation.h"

#define POLICY_STEPS(X) /* in the order in which a sender takes them */ \
    X(DNS, "dns")                                                       \
    X(CONNECT, "connect")                                               \
    X(TLS, "tls")                                                       \
    X(HTTP, "http")                                                     \
    X(SYNTAX, "syntax")                                                 \
    X(DONE, "done")

enum policy_step {
#define X(id, name) POLICY_##id,
    POLICY_STEPS(X)
#undef X
        POLICY_STEP_COUNT
};

struct policy_fact {
    uint8_t step;        /* enum policy_step: where it ended; DNS too where that is unreadable */
    uint8_t outcome;     /* enum outcome; TIMEOUT where it is unreadable */
    uint16_t status;     /* of HTTP; 0: none came */
    uint16_t tls_faults; /* of the certificate, at any step behind the handshake */
    struct violations violations;
};

void policy_fact_read(const struct json *record, struct policy_fact *f);

#endif
