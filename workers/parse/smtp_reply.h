/* smtp_reply: parse one SMTP reply, single- or multi-line (RFC 5321 §4.2).
 * Pure: reads buf[0..len), allocates nothing, does no I/O. A line ends in CRLF, or in a bare LF,
 * which some servers send; a bare CR is text. */
#ifndef MXC_PARSE_SMTP_REPLY_H
#define MXC_PARSE_SMTP_REPLY_H

#include <sys/types.h>

#include "workers/parse/bytes.h"

struct smtp_reply {
    int code;           /* 200 to 599 */
    unsigned lines;     /* at least 1 */
    struct bytes whole; /* all its bytes, line ends included; in buf */
    struct bytes text;  /* of the first line, without code and line end; in buf */
};

/* Returns bytes consumed; 0 if more are needed; -1 if it can never become a reply. Says so at the
 * first byte that decides, and more bytes never change that answer. Bytes behind the reply are the
 * caller's to judge, and so is a ceiling on the bytes it waits for. */
ssize_t smtp_reply_parse(const char *buf, size_t len, struct smtp_reply *r);
/* The same for one that comes piece by piece: *done, 0 at first, is how much of it was read in
 * whole lines by the calls before. Else a line a byte costs the square of its length. */
ssize_t smtp_reply_resume(const char *buf, size_t len, size_t *done, struct smtp_reply *r);

/* The text of each line in turn: start with *at = 0; false behind the last. */
bool smtp_reply_line(const struct smtp_reply *r, size_t *at, struct bytes *text);

#endif
