/* domain_text: is it a domain name as SMTP writes one (RFC 5321 §4.1.2: Domain). Pure. */
#ifndef MXC_PARSE_DOMAIN_TEXT_H
#define MXC_PARSE_DOMAIN_TEXT_H

#include "workers/parse/bytes.h"

/* Labels of letters, digits and inner hyphens, 1 to 63 bytes each and 253 in all, no trailing
 * dot. One label alone and an all-numeric one are within that grammar. */
bool domain_text_valid(struct bytes text);

#endif
