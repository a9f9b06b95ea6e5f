/* dmarc: the TXT record of _dmarc.DOMAIN (RFC 9989). The tree walk is the caller's. Pure; texts
 * point into the input, arrays are the arena's. Only tags that are present and valid have a value.
 */
#ifndef MXC_PARSE_DMARC_H
#define MXC_PARSE_DMARC_H

#include "scanner/base/arena.h"
#include "scanner/base/outcome.h"
#include "scanner/base/violation.h"
#include "workers/parse/bytes.h"

enum dmarc_policy { DMARC_UNSET, DMARC_NONE, DMARC_QUARANTINE, DMARC_REJECT };

struct dmarc {
    enum verdict verdict;
    struct violations violations;
    enum dmarc_policy p;      /* as effective: NONE where a valid rua makes up for it (§4.10.1) */
    enum dmarc_policy sp, np; /* and then UNSET */
    char adkim, aspf;         /* 'r', 's', or 0 */
    char t;                   /* 'y', 'n', or 0 */
    char psd;                 /* 'y', 'n', 'u', or 0 */
    struct bytes fo;          /* as written: "1:d" */
    struct bytes *rua, *ruf;  /* valid URIs only, without an obsolete "!10m" */
    size_t rua_count, ruf_count;
};

/* The first tag is v, its value exactly "DMARC1"; else the record is discarded (§4.7). */
bool dmarc_is_record(struct bytes txt);
void dmarc_judge(const struct bytes *txts, size_t count, struct arena *arena, struct dmarc *r);
const char *dmarc_policy_name(enum dmarc_policy p); /* NULL for UNSET */

#endif
