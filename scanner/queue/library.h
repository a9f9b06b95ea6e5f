/* library: the text of mxcensus_v1.lua, compiled in. */
#ifndef MXC_QUEUE_LIBRARY_H
#define MXC_QUEUE_LIBRARY_H

extern const char library_text[]; /* NUL-terminated */

#endif
