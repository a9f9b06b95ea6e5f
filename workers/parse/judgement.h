/* judgement: from the records of a name to the JSON members that say what is thought of them:
 * "verdict", "violations" (left out when there are none) and the fields of that protocol, in that
 * order. The domain stage, `mxcensus judge` and a judgement of old records again all write through
 * here, so that they write the very same. The caller opens the object and writes what it knows
 * itself: outcome, dnssec, txt. */
#ifndef MXC_PARSE_JUDGEMENT_H
#define MXC_PARSE_JUDGEMENT_H

#include "scanner/base/arena.h"
#include "scanner/base/json_write.h"
#include "scanner/base/outcome.h"
#include "workers/parse/bytes.h"
#include "workers/parse/dmarc_walk.h"
#include "workers/parse/mx_set.h"
#include "workers/parse/spf_tree.h"
#include "workers/parse/sts_policy.h"

struct judgement {
    const char *kind;   /* "mta-sts": what a person types */
    const char *member; /* "mta_sts": of a record */
    const char *prefix; /* "_mta-sts.": before the domain; a selector comes before dkim's */
    enum verdict (*write)(struct json_writer *w, const struct bytes *records, size_t count,
                          struct arena *arena); /* records: TXT strings; RDATA where scan is */
    /* Presentation form to RDATA in the arena, for kinds that are not TXT (NULL for those that
     * are). False when it is none; *rdata is then judged as a malformed record. */
    bool (*scan)(struct bytes text, struct arena *arena, struct bytes *rdata);
    const char *const *fields; /* that write may write behind the violations; ends with NULL */
};

/* spf, dmarc, dkim, mta-sts, tls-rpt, bimi, caa, tlsa; NULL if kind is none of them. */
const struct judgement *judgement_find(const char *kind);
const struct judgement *judgement_at(size_t i); /* the same in order; NULL behind the last */
/* Is a member of this name the judgement's: its verdict, violations or fields. */
bool judgement_owns(const struct judgement *j, const char *key);

/* The functions of that table. count 0 writes "verdict":"absent". Arena: for what the call needs
 * meanwhile. Return the verdict written. */
enum verdict judgement_write_spf(struct json_writer *w, const struct bytes *txts, size_t count,
                                 struct arena *arena);
enum verdict judgement_write_dmarc(struct json_writer *w, const struct bytes *txts, size_t count,
                                   struct arena *arena);
enum verdict judgement_write_dkim(struct json_writer *w, const struct bytes *txts, size_t count,
                                  struct arena *arena);
enum verdict judgement_write_mta_sts(struct json_writer *w, const struct bytes *txts, size_t count,
                                     struct arena *arena);
enum verdict judgement_write_tls_rpt(struct json_writer *w, const struct bytes *txts, size_t count,
                                     struct arena *arena);
enum verdict judgement_write_bimi(struct json_writer *w, const struct bytes *txts, size_t count,
                                  struct arena *arena);
enum verdict judgement_write_caa(struct json_writer *w, const struct bytes *rdatas, size_t count,
                                 struct arena *arena);
enum verdict judgement_write_tlsa(struct json_writer *w, const struct bytes *rdatas, size_t count,
                                  struct arena *arena);

/* The same of a record with what it leads to; NULL: as if that were well. judgement_write_spf()
 * tells what it leads to where it leads to nothing. unknown: a failed lookup may hide a fault. */
enum verdict judgement_write_spf_tree(struct json_writer *w, const struct spf *r,
                                      const struct spf_tree *t);

/* "tag", "policy" and "t" of the policy that applies; nothing where none does. */
void judgement_write_dmarc_policy(struct json_writer *w, const struct dmarc_effective *e);

/* "verdict" alone, for what could not be found out. */
void judgement_write_verdict(struct json_writer *w, enum verdict verdict);
/* "violations":[names in table order], nothing when there are none. */
void judgement_write_violations(struct json_writer *w, const struct violations *vs);
/* "verdict", "violations" and "hosts" of a set that is null or has hosts. */
void judgement_write_mx(struct json_writer *w, const struct mx_set *s);
/* "violations", "mode", "max_age", "mx" of a policy body: the verdict is the fetch's. */
void judgement_write_policy(struct json_writer *w, const struct sts_policy *p);

#endif
