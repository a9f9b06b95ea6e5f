/* bimi: the TXT record of default._bimi.DOMAIN (draft-brand-indicators-for-message-identification
 * §4). Pure; texts point into the input. "l=" and "a=" both empty is a valid refusal to take part.
 */
#ifndef MXC_PARSE_BIMI_H
#define MXC_PARSE_BIMI_H

#include "scanner/base/outcome.h"
#include "scanner/base/violation.h"
#include "workers/parse/bytes.h"

struct bimi {
    enum verdict verdict;
    struct violations violations;
    bool has_l, has_a; /* the tag is present and valid, be it empty */
    struct bytes l, a; /* https URIs */
};

void bimi_judge(const struct bytes *txts, size_t count, struct bimi *r);

#endif
