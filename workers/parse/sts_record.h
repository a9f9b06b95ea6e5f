/* sts_record: the TXT record of _mta-sts.DOMAIN (RFC 8461 §3.1). Pure; id points into the input.
 *
 * Where several TXT records stand at the name, those that do not begin "v=STSv1;" are discarded
 * first, and exactly one must remain. Where one stands alone, the grammar decides ("v=STSv1 ;
 * id=1" is within it). A record that is evidently meant as one (begins "v=sts" in any case) while
 * no proper one is there gives INVALID with sts-version; else it is ABSENT. */
#ifndef MXC_PARSE_STS_RECORD_H
#define MXC_PARSE_STS_RECORD_H

#include "scanner/base/outcome.h"
#include "scanner/base/violation.h"
#include "workers/parse/bytes.h"

struct sts_record {
    enum verdict verdict; /* never UNKNOWN */
    struct violations violations;
    struct bytes id; /* empty unless present and 1 to 32 letters and digits */
};

void sts_record_judge(const struct bytes *txts, size_t count, struct sts_record *r);

#endif
