/* caa: CAA records (RFC 8659): who may issue certificates for a domain, and, by RFC 9495, S/MIME
 * ones. The climb to the parents (§3) is the caller's. Pure; texts point into the input, arrays are
 * the arena's. */
#ifndef MXC_PARSE_CAA_H
#define MXC_PARSE_CAA_H

#include <stdint.h>

#include "scanner/base/arena.h"
#include "scanner/base/buf.h"
#include "scanner/base/outcome.h"
#include "scanner/base/violation.h"
#include "workers/parse/bytes.h"

struct caa {
    uint8_t flags;      /* bit 7: critical */
    struct bytes tag;   /* in any case */
    struct bytes value; /* any bytes */
};

/* One record from RDATA (§4.1). False where its tag is empty, passes the end, or is not letters and
 * digits. */
bool caa_parse(const uint8_t *rdata, size_t len, struct caa *c);
/* Appends the presentation form (§4.1.1): 0 issue "ca.example; x=y". The value is quoted; bytes
 * that are not printable become \DDD. */
void caa_print(const struct caa *c, struct buf *out);
/* From that text, the value quoted or not, back to RDATA in the arena. False when it is none. */
bool caa_scan(struct bytes text, struct arena *arena, struct bytes *rdata);

/* The names of one property. Present with none: nobody may issue. */
struct caa_issuers {
    bool present;
    struct bytes *names; /* as written */
    size_t count;
};

struct caa_set {
    enum verdict verdict;
    struct violations violations;
    struct caa_issuers issue, issuewild, issuemail;
    struct bytes *iodef; /* valid URLs */
    size_t iodef_count;
};
void caa_judge(const struct bytes *rdatas, size_t count, struct arena *arena, struct caa_set *s);

#endif
