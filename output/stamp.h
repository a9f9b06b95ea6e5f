/* stamp: the times that records hold, back to seconds. */
#ifndef MXC_OUTPUT_STAMP_H
#define MXC_OUTPUT_STAMP_H

#include <stdbool.h>
#include <time.h>

/* "2026-11-24T07:41:03Z" (RFC 3339, UTC, whole seconds). False when text is NULL or no such. */
bool stamp_parse(const char *text, time_t *t);

#endif
