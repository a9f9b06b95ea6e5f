/* outcome: the closed list of what can become of a lookup, a connection or a job. A name here goes
 * to records and CSV, so the list is append only. The third column is 1 where asking again later
 * may give another answer; the fourth says it for `--help` and documentation. */
#ifndef MXC_BASE_OUTCOME_H
#define MXC_BASE_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#define OUTCOMES(X)                                                                                \
    X(OK, "ok", 0, "an answer with data, or a conversation to its end")                            \
    X(NODATA, "nodata", 0, "the name exists, without this type (RFC 2308 §2.2)")                   \
    X(NXDOMAIN, "nxdomain", 0, "the name does not exist, nor anything below it (RFC 8020)")        \
    X(SERVFAIL, "servfail", 1, "the resolver could not find out")                                  \
    X(REFUSED, "refused", 1, "the resolver will not answer us")                                    \
    X(FORMERR, "formerr", 1, "the server does not understand the query")                           \
    X(NOTIMP, "notimp", 1, "the server does not implement the query")                              \
    X(RCODE, "rcode", 1, "another response code")                                                  \
    X(TIMEOUT, "timeout", 1, "no answer in time")                                                  \
    X(MALFORMED, "malformed", 1, "an answer that cannot be read")                                  \
    X(CNAME_LOOP, "cname-loop", 0, "aliases that lead back, or more than 16 of them")              \
    X(BAD_NAME, "bad-name", 0, "not a name that can be asked for")                                 \
    X(NO_ADDRESS, "no-address", 0, "the host has neither A nor AAAA")                              \
    X(SPECIAL_ADDRESS, "special-address", 0,                                                       \
      "private, loopback or otherwise special: not contacted")                                     \
    X(OPTED_OUT, "opted-out", 0, "on the opt-out list: not contacted")                             \
    X(NOT_PROBED, "not-probed", 0, "left out by a setting or for want of IPv6 here")               \
    X(CONNECTION_REFUSED, "connection-refused", 1, "the port is closed")                           \
    X(UNREACHABLE, "unreachable", 1, "no route to the address")                                    \
    X(RESET, "reset", 1, "the peer reset the connection")                                          \
    X(CLOSED, "closed", 1, "the peer closed before it had answered")                               \
    X(BLOCKED, "blocked", 1, "a 421 or 554 greeting: you, now")                                    \
    X(SMTP_TRANSIENT, "smtp-transient", 1, "a 4xx reply where 2xx was due (RFC 5321 §4.2.1)")      \
    X(SMTP_PERMANENT, "smtp-permanent", 0, "a 5xx reply where 2xx was due (RFC 5321 §4.2.1)")      \
    X(NOT_SMTP, "not-smtp", 0, "what was sent can never be an SMTP reply")                         \
    X(REPLY_TOO_LONG, "reply-too-long", 0, "a reply of more than 64 KiB")                          \
    X(STARTTLS_ABSENT, "starttls-absent", 0, "EHLO (or HELO) worked and STARTTLS is not offered")  \
    X(STARTTLS_DECLINED, "starttls-declined", 0, "offered, then refused: not 220, not 4xx")        \
    X(STARTTLS_INJECTION, "starttls-injection", 0, "plaintext behind the reply to STARTTLS")       \
    X(TLS_FAILED, "tls-failed", 0, "the handshake failed")                                         \
    X(NO_TLS, "no-tls", 0, "what answered does not speak TLS")                                     \
    X(CERTIFICATE, "certificate", 0, "the certificate does not verify or match the name")          \
    X(HTTP_STATUS, "http-status", 0, "an HTTP status other than 200 (RFC 8461 §3.3)")              \
    X(HTTP_REDIRECT, "http-redirect", 0, "a redirect, which must not be followed (RFC 8461 §3.3)") \
    X(HTTP_FAILED, "http-failed", 0, "not an HTTP conversation")                                   \
    X(TOO_LARGE, "too-large", 0, "a body of more than 64 KiB")                                     \
    X(SYNTAX, "syntax", 0, "it was fetched and breaks the grammar")                                \
    X(NETWORK_DOWN, "network-down", 1, "the network failed on our side")                           \
    X(QUARANTINED, "quarantined", 0, "the job twice ended its worker, and is left alone")          \
    X(SKIPPED, "skipped", 0, "a stage that this run excludes")

enum outcome {
#define X(id, name, again, text) OUTCOME_##id,
    OUTCOMES(X)
#undef X
        OUTCOME_COUNT
};

const char *outcome_name(enum outcome o);
const char *outcome_text(enum outcome o);
bool outcome_again(enum outcome o);                                /* worth a retry */
bool outcome_parse(const char *name, size_t len, enum outcome *o); /* false: not in the list */

/* What DNSSEC says of an RRset (RFC 4033 §5), as a trusted validating resolver tells us. */
#define DNSSEC_STATES(X)              \
    X(INDETERMINATE, "indeterminate") \
    X(SECURE, "secure")               \
    X(INSECURE, "insecure")           \
    X(BOGUS, "bogus")

enum dnssec {
#define X(id, name) DNSSEC_##id,
    DNSSEC_STATES(X)
#undef X
        DNSSEC_COUNT
};
const char *dnssec_name(enum dnssec d);
bool dnssec_parse(const char *name, size_t len, enum dnssec *d);

/* What is said of a protocol at a domain. Unknown is never absent. */
#define VERDICTS(X)       \
    X(UNKNOWN, "unknown") \
    X(ABSENT, "absent")   \
    X(VALID, "valid")     \
    X(INVALID, "invalid")

enum verdict {
#define X(id, name) VERDICT_##id,
    VERDICTS(X)
#undef X
        VERDICT_COUNT
};
const char *verdict_name(enum verdict v);
bool verdict_parse(const char *name, size_t len, enum verdict *v);

#endif
