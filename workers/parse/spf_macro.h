/* spf_macro: the name that a domain-spec stands for, as far as it can be told without a message
 * (RFC 7208 §7). %{d} and %{o} are known: the domain whose record this is, and the one that was
 * asked about first, for a sender of that domain is who the record is for. What a message brings
 * (s, l, i, p, v, h) is not. Pure. */
#ifndef MXC_PARSE_SPF_MACRO_H
#define MXC_PARSE_SPF_MACRO_H

#include "scanner/base/arena.h"
#include "workers/parse/bytes.h"

/* spec passed spf_domain_spec(); domain and origin are names as below. The name in the arena: lower
 * case, no trailing dot, at most 253 bytes by dropping labels on the left (§7.3), each backslash
 * doubled as in a master file; it may still be none that can be asked for. NULL: it takes a
 * message. */
const char *spf_macro_expand(struct bytes spec, const char *domain, const char *origin,
                             struct arena *arena);

#endif
