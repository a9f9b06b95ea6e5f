/* behaviours: every way in which a host of the simulated Internet answers, as one table. A
 * behaviour is what a host does differently; whatever a row leaves out is what a good SMTP server
 * does. In texts, '$' stands for the host's name. */
#ifndef MXC_PEER_BEHAVIOURS_H
#define MXC_PEER_BEHAVIOURS_H

#include <stdbool.h>
#include <stddef.h>

enum then {
    GO_ON,
    CLOSE,
    RESET,
    HOLD,
    FLOOD
}; /* FLOOD: send `flood` for ever, or flood_bytes of it */

enum handshake { TLS_SERVE, TLS_RESET, TLS_CLOSE, TLS_SILENCE, TLS_GARBAGE, TLS_ALERT, TLS_HTTP };

enum https { HTTPS_ANSWER, HTTPS_CLOSE, HTTPS_DRIP, HTTPS_ENDLESS };

struct behaviour {
    const char *name;
    bool blackhole;          /* its SYNs go unanswered */
    bool direct;             /* TLS from the first byte, on any port (port 443 always is) */
    enum then opening;       /* before a byte is sent */
    const char *greeting;    /* default "220 $ BANNER" */
    enum then greeted;       /* after the greeting */
    bool half_line;          /* the greeting lacks its end */
    const char *flood;       /* what FLOOD repeats */
    size_t flood_bytes;      /* 0: for ever */
    const char *ehlo, *helo; /* replies; default: accepted */
    enum then ehlo_done, ehlo_tls_done;
    const char *offer;    /* keyword that stands for STARTTLS; "": none */
    const char *starttls; /* reply to STARTTLS; default "220 2.0.0 Ready to start TLS" */
    const char *smuggled; /* in the same segment behind that reply */
    enum handshake handshake;
    int tls_version; /* the only one; 0: 1.0 to 1.3 */
    enum https https;
    bool lower_case;
    unsigned tarpit_ms;      /* before each reply */
    unsigned piece, pace_ms; /* send `piece` bytes each pace_ms; 0: all at once */
};

/* The row of "NAME" or "NAME=MS"; *ms is MS, or -1. NULL when there is none. */
const struct behaviour *behaviour_find(const char *text, long *ms);
void behaviours_list(void); /* names, one a line, to standard output */

#endif
