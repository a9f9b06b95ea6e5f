/* resolver_check: before a run begins, which of its resolvers are fit for a census. Each is asked
 * for the NS of the root, and for a name that cannot exist; blocking, without a loop. */
#ifndef MXC_WORKERS_DNS_RESOLVER_CHECK_H
#define MXC_WORKERS_DNS_RESOLVER_CHECK_H

#include "workers/dns/resolver_list.h"

enum resolver_fault {
    RESOLVER_FIT,
    RESOLVER_SILENT,        /* no answer, nor one to the name that cannot exist */
    RESOLVER_REFUSES,       /* REFUSED: it does not serve us */
    RESOLVER_FAILS,         /* any other answer that is none, such as SERVFAIL */
    RESOLVER_LIES,          /* has something for a name that cannot exist */
    RESOLVER_NO_EDNS,       /* fit, but others know EDNS: it would cost TCP for every long answer */
    RESOLVER_NO_VALIDATION, /* fit, but others validate: what is secure would be a matter of chance
                             */
};
const char *resolver_fault_text(enum resolver_fault f); /* "does not answer" */

struct resolver_verdict {
    struct resolver_place place;
    enum resolver_fault fault;
    bool edns, validates; /* of those that answer */
};
struct resolver_survey {
    struct resolver_verdict *items; /* owned; as in the list */
    size_t count, fit;
    bool validating; /* the fit ones are */
};

/* Waits until all have answered, at most timeout_ms. */
void resolver_survey(struct resolver_survey *s, const struct resolver_list *list,
                     unsigned timeout_ms);
void resolver_survey_free(struct resolver_survey *s);

#endif
