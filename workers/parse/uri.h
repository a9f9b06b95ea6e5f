/* uri: is it a URI (RFC 3986), in the shape that reporting and location tags use. Pure. */
#ifndef MXC_PARSE_URI_H
#define MXC_PARSE_URI_H

#include "workers/parse/bytes.h"

/* Scheme, ":", and at least one byte of what RFC 3986 allows, "%" only before two hexadecimal
 * digits. Of mailto: an address with "@" inside (RFC 6068 §2); of http and https: "//" and a host.
 */
bool uri_valid(struct bytes text);
bool uri_has_scheme(struct bytes text, const char *scheme); /* in any case; without ":" */

#endif
