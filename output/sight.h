/* sight: what one record of mx.jsonl.zst, of a host and an address, says of the host. Pure. */
#ifndef MXC_OUTPUT_SIGHT_H
#define MXC_OUTPUT_SIGHT_H

#include <stdint.h>
#include <time.h>

#include "output/join.h"

struct sight {
    uint16_t yes, no; /* bits of host_trait that this address decides by itself */
    uint16_t faults;  /* bits of tls_fault */
    enum tri address, ipv6, tlsa, tlsa_secure;
    bool tlsa_useless;        /* there are TLSA records, and SMTP can use none (RFC 7672 §2.2) */
    const struct json *chain; /* handshake worked: sha256 of each certificate; else NULL */
    const struct json *tlsa_records; /* to be judged against that chain; NULL: none */
    const char *base;                /* of the TLSA records; NULL: the host */
    time_t seen;
};

void sight_read(const struct json *record, struct sight *s);

#endif
