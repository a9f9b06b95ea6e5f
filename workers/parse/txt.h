/* txt: the text of a TXT record (RFC 1035 §3.3.14): its character-strings joined without a gap, as
 * SPF (RFC 7208 §3.3), DMARC, MTA-STS (RFC 8461 §3.1) and the others want it. */
#ifndef MXC_PARSE_TXT_H
#define MXC_PARSE_TXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/arena.h"
#include "workers/parse/bytes.h"

/* rdata[0..len) is RDATA without its length. One string points into rdata; more are joined in the
 * arena. Empty strings count for nothing. At most 65,279 bytes come out, for RDLENGTH has 16 bits.
 * False when there is no string at all or a string passes the end: *text is then empty. */
bool txt_join(const uint8_t *rdata, size_t len, struct arena *arena, struct bytes *text);

/* Which of a name's texts are a protocol's: how many, the last of them, and whether one was meant
 * to be one, as far as its beginning tells, and is none. */
struct txt_choice {
    size_t found;
    struct bytes record; /* empty where none was found */
    bool misspelt;
};
struct txt_choice txt_choose(const struct bytes *txts, size_t count,
                             bool (*is_record)(struct bytes txt),
                             bool (*is_misspelt)(struct bytes txt));

#endif
