/* dkim_key: the public key in "p=" of a DKIM key record. Pure, and without a library: of a key's
 * mathematics only its length is of interest. */
#ifndef MXC_PARSE_DKIM_KEY_H
#define MXC_PARSE_DKIM_KEY_H

#include "scanner/base/arena.h"
#include "workers/parse/bytes.h"

enum dkim_key_type { DKIM_KEY_RSA, DKIM_KEY_ED25519, DKIM_KEY_UNKNOWN };

const char *dkim_key_name(enum dkim_key_type type); /* of k=; NULL for UNKNOWN */
enum dkim_key_type dkim_key_find(struct bytes name);

/* Bits of the key, or 0 when text is not base64 of such a key. White space may stand anywhere (RFC
 * 6376 §3.2, base64string).
 * RSA: DER of a SubjectPublicKeyInfo (RFC 5280 §4.1), which all publish, or of the bare
 * RSAPublicKey (RFC 8017 §A.1.1), which RFC 6376 names; bits are those of the modulus.
 * Ed25519: the 32 bytes themselves (RFC 8463 §4), 256 bits. */
unsigned dkim_key_bits(enum dkim_key_type type, struct bytes text, struct arena *arena);

#endif
