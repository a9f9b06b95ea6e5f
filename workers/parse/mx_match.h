/* mx_match: does a pattern of an MTA-STS policy match an MX host (RFC 8461 §4.1). "*." in front
 * stands for exactly one label; all else is compared without regard to case. A trailing dot of the
 * host is dropped, one of the pattern is not: the grammar has none, and so it matches nothing. */
#ifndef MXC_PARSE_MX_MATCH_H
#define MXC_PARSE_MX_MATCH_H

#include "workers/parse/bytes.h"

bool mx_match(struct bytes pattern, struct bytes host);

#endif
