/* query: the one shape of message that we send. A template with the name, type and ID put in
 * (0.01 µs, where a library that builds it anew takes 1.0 to 1.4). Pure. */
#ifndef MXC_WORKERS_DNS_QUERY_H
#define MXC_WORKERS_DNS_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "workers/dns/wire_name.h"

#define QUERY_SIZE_MAX (12 + WIRE_NAME_MAX + 4 + 11)
#define QUERY_UDP_SIZE 1232 /* of EDNS: no fragments on any path (DNS Flag Day 2020) */

enum query_flag {
    QUERY_EDNS = 1,
    QUERY_CD = 2, /* checking disabled: the data, though it be bogus (RFC 4035 §3.2.2) */
};

/* RD and AD are set. AD=1 without DO asks a validating resolver for its verdict alone, without
 * the signatures (RFC 6840 §5.7): a fourth of the bytes. The message's length. */
size_t query_build(uint8_t out[QUERY_SIZE_MAX], uint16_t id, const uint8_t *name, size_t name_len,
                   uint16_t type, unsigned flags);

#endif
