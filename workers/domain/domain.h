/* domain: the dns stage in parts. A record of domains.jsonl has members; each is a row of the table
 * in stage.c and a file here. A member first proceeds, which is to ask what it still has to know,
 * and in the end writes itself.
 *
 * Questions are asked in waves. Once the MX answer is there, every member proceeds; when all that
 * was asked is answered, every member proceeds again, for what follows from the answers; when
 * nobody asks any more, the record is written. A member's proceed is therefore called several times
 * and reads top to bottom: ask, return where the answer is not there yet, go on. */
#ifndef MXC_WORKERS_DOMAIN_H
#define MXC_WORKERS_DOMAIN_H

#include "scanner/base/json_write.h"
#include "workers/dns/engine.h"
#include "workers/job.h"
#include "workers/parse/bytes.h"
#include "workers/parse/mx_set.h"

struct domain;

struct domain_member {
    const char *name;                                                 /* in the record */
    void (*proceed)(struct domain *d, const struct domain_member *m); /* NULL: asks nothing */
    void (*write)(struct domain *d, const struct domain_member *m, struct json_writer *w);

    /* Of members that are the TXT records of one name (text.h). */
    const char *prefix; /* before the domain */
    enum verdict (*judge)(struct json_writer *w, const struct bytes *txts, size_t count,
                          struct arena *arena);
    bool (*keep)(struct bytes txt); /* which strings are of interest; NULL: all */
};

#define DOMAIN_BUCKETS 32

struct domain_question {
    struct domain *domain;
    struct domain_question *next, *in_bucket;
    const char *name;
    uint32_t hash;
    uint16_t type;
    const struct dns_answer *answer; /* NULL: not yet */
};

struct domain {
    struct job *job;
    const char *name;
    struct domain_question *questions, **last;       /* in the order asked */
    struct domain_question *buckets[DOMAIN_BUCKETS]; /* the same, to be found */
    unsigned question_count;
    unsigned waiting; /* for so many things before the next wave */

    const struct dns_answer *mx_answer;
    struct dns_answer no_name;  /* of what need not be asked, because the name does not exist */
    struct mx_set mx;           /* empty unless mx_kind is "hosts" or "null" */
    const char *mx_kind;        /* set when its member is written */
    struct domain_spf *spf;     /* spf.c: NULL until its record is there */
    struct domain_dmarc *dmarc; /* dmarc.c, likewise */
    struct report_targets *report_targets;
    struct domain_dkim *dkim; /* dkim.c: NULL unless selectors are asked for */
    enum verdict sts;         /* of the MTA-STS record; set when its member is written */
};

/* The answer to a question, or NULL when it is asked now or was before and is not answered yet. The
 * same question is asked once, whoever needs it. */
const struct dns_answer *domain_ask(struct domain *d, const char *name, uint16_t type);
/* The same for prefix and the domain's name. Where MX said NXDOMAIN it is not asked: the answer is
 * that nothing is there (RFC 8020). */
const struct dns_answer *domain_ask_below(struct domain *d, const char *prefix, uint16_t type);

/* The same for what many domains ask: once in the worker (workers/shared_answers.h). */
const struct dns_answer *domain_ask_shared(struct domain *d, const char *name, uint16_t type);

#endif
