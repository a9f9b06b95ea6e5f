/* utf8: is it UTF-8 (RFC 3629 §4: no overlong form, no surrogate, nothing past U+10FFFF). Pure. */
#ifndef MXC_PARSE_UTF8_H
#define MXC_PARSE_UTF8_H

#include "workers/parse/bytes.h"

bool utf8_valid(struct bytes text);

#endif
