/* ehlo: what a server says it can do, in its 250 reply to EHLO (RFC 5321 §4.1.1.1). The first line
 * is a greeting and never a keyword. Pure; lines point into the reply, their array is the arena's.
 */
#ifndef MXC_PARSE_EHLO_H
#define MXC_PARSE_EHLO_H

#include "scanner/base/arena.h"
#include "workers/parse/smtp_reply.h"

struct ehlo {
    bool starttls;       /* RFC 3207 §2: the whole keyword, in any case */
    bool requiretls;     /* RFC 8689 §2 */
    struct bytes *lines; /* each keyword with its parameters, as sent; empty lines left out */
    size_t count;
};

void ehlo_parse(const struct smtp_reply *r, struct arena *arena, struct ehlo *e);

#endif
