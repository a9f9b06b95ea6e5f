/* mx_pattern: what is wrong with an mx pattern of a policy: ["*."] Domain (RFC 8461 §3.2). Pure. */
#ifndef MXC_PARSE_MX_PATTERN_H
#define MXC_PARSE_MX_PATTERN_H

#include "scanner/base/violation.h"
#include "workers/parse/bytes.h"

/* Adds the most telling fault of a pattern that is none, and the note on one that looks like an
 * address. */
void mx_pattern_judge(struct bytes pattern, struct violations *vs);

#endif
