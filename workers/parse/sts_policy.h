/* sts_policy: the body of https://mta-sts.DOMAIN/.well-known/mta-sts.txt (RFC 8461 §3.2). Pure;
 * patterns point into the body, their array is the arena's.
 * Lines end in LF or CRLF; the first of a repeated field counts, mx alone may repeat. */
#ifndef MXC_PARSE_STS_POLICY_H
#define MXC_PARSE_STS_POLICY_H

#include <stdint.h>

#include "scanner/base/arena.h"
#include "scanner/base/outcome.h"
#include "scanner/base/violation.h"
#include "workers/parse/bytes.h"

#define STS_MAX_AGE_MAX 31557600 /* seconds, about a year */
#define STS_MAX_AGE_SHORT 86400  /* below it a sender forgets the policy between two mails */

enum sts_mode { STS_MODE_UNREADABLE, STS_MODE_NONE, STS_MODE_TESTING, STS_MODE_ENFORCE };

struct sts_policy {
    enum verdict verdict; /* VALID or INVALID: a body is there */
    struct violations violations;
    enum sts_mode mode; /* UNREADABLE: missing or none of the three */
    bool has_max_age;   /* a number could be read, be it too large */
    uint64_t max_age;   /* seconds; at most 10 digits */
    struct bytes *mx;   /* every pattern as written, malformed ones too */
    size_t mx_count;
};

void sts_policy_judge(const char *body, size_t len, struct arena *arena, struct sts_policy *p);
/* The media type of a Content-Type: without its parameters and the white space around it. */
struct bytes sts_policy_media_type(struct bytes content_type);
/* Add the note where that is not "text/plain", in any case (§3.2); "" is none at all. */
void sts_policy_judge_media_type(struct sts_policy *p, struct bytes content_type);
const char *sts_mode_name(enum sts_mode mode); /* NULL for UNREADABLE */

#endif
