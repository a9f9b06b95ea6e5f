/* tls_rpt: the TXT record of _smtp._tls.DOMAIN (RFC 8460 §3). Pure; URIs point into the input,
 * their array is the arena's. Selection among several TXT records as for sts_record.h. */
#ifndef MXC_PARSE_TLS_RPT_H
#define MXC_PARSE_TLS_RPT_H

#include "scanner/base/arena.h"
#include "scanner/base/outcome.h"
#include "scanner/base/violation.h"
#include "workers/parse/bytes.h"

struct tls_rpt {
    enum verdict verdict;
    struct violations violations;
    struct bytes *rua; /* valid URIs only, of all rua fields */
    size_t rua_count;
};

void tls_rpt_judge(const struct bytes *txts, size_t count, struct arena *arena, struct tls_rpt *r);

#endif
