/* spf_text: the pieces of an SPF term (RFC 7208 §12): domain-spec, macro-string, prefix lengths,
 * networks. Pure. */
#ifndef MXC_PARSE_SPF_TEXT_H
#define MXC_PARSE_SPF_TEXT_H

#include <stdint.h>

#include "scanner/base/violation.h"
#include "workers/parse/bytes.h"

/* Prefix lengths (§5.3, §5.6); 32 and 128 where none stands. */
struct spf_lengths {
    uint8_t four, six;
};

/* macro-string (§7.1). The letters c, r and t are for explanations alone (§7.2). */
bool spf_macro_string(struct bytes text, bool explanation);

/* domain-spec (§7.1). False: *why is SPF_DOMAIN_INVALID or SPF_MACRO_INVALID. */
bool spf_domain_spec(struct bytes text, enum violation *why);

/* Cut dual-cidr-length (§5.3) off the end of *text: all of "/24", "//64", "/24//64" or nothing.
 * False when a length is missing, out of range or has a leading zero; it is cut all the same. */
bool spf_cut_dual_cidr(struct bytes *text, struct spf_lengths *lengths);

/* ip4-network ["/" length] and ip6-network ["/" length] (§5.6): the address, of ip4 its first four
 * bytes, and the length of its family. False: *why says which part. */
bool spf_ip4(struct bytes text, uint8_t address[16], struct spf_lengths *lengths,
             enum violation *why);
bool spf_ip6(struct bytes text, uint8_t address[16], struct spf_lengths *lengths,
             enum violation *why);

#endif
