/* tlsa: TLSA records (RFC 6698 §2.1) and what SMTP can use of them (RFC 7672). Pure. */
#ifndef MXC_PARSE_TLSA_H
#define MXC_PARSE_TLSA_H

#include <stdint.h>

#include "scanner/base/arena.h"
#include "scanner/base/buf.h"
#include "scanner/base/outcome.h"
#include "scanner/base/violation.h"
#include "workers/parse/bytes.h"

struct tlsa {
    uint8_t usage, selector, matching;
    struct bytes data; /* certificate association data, in the input */
};

/* One record from RDATA. False when it is shorter than its three numbers and a byte of data. */
bool tlsa_parse(const uint8_t *rdata, size_t len, struct tlsa *t);
void tlsa_print(const struct tlsa *t, struct buf *out); /* appends "3 1 1 abcdef…" */
/* From that text (white space inside the hexadecimal allowed, RFC 6698 §2.2) back to RDATA in the
 * arena. False when it is none. */
bool tlsa_scan(struct bytes text, struct arena *arena, struct bytes *rdata);

/* Usable for SMTP: usage DANE-TA(2) or DANE-EE(3), selector 0 or 1, matching 0, 1 or 2, and data of
 * the length that the hash has (RFC 7672 §3.1). What is wrong otherwise is added to *why. */
bool tlsa_usable(const struct tlsa *t, struct violations *why);

struct tlsa_set {
    enum verdict verdict;         /* VALID: at least one is usable. ABSENT: no record */
    struct violations violations; /* of all; of unusable ones they are notes */
    size_t usable;
};
void tlsa_judge(const struct bytes *rdatas, size_t count, struct tlsa_set *s);

#endif
