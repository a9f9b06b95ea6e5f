/* utf8: which bytes of a stranger are text (RFC 3629). */
#ifndef MXC_BASE_UTF8_H
#define MXC_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the UTF-8 sequence at s, of at most len (>= 1); 0 if it is none. */
size_t utf8_length(const uint8_t *s, size_t len);
/* The same for a sequence that may be shown; 0 also for a control character (C0, DEL, C1), which a
 * terminal may obey. Whoever shows the first byte of none as \xNN and goes on behind it shows
 * nothing that is obeyed. */
size_t utf8_length_shown(const uint8_t *s, size_t len);

#endif
