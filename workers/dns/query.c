#include "workers/dns/query.h"

#include <string.h>

enum { RD = 0x01, AD = 0x20, CD = 0x10 }; /* of bytes 2, 3 and 3 */

static const uint8_t header[12] = { 0, 0, RD, AD, 0, 1, 0, 0, 0, 0, 0, 0 };
static const uint8_t opt[11] = { 0, 0, 41, QUERY_UDP_SIZE >> 8, QUERY_UDP_SIZE & 0xff, 0, 0, 0,
                                 0, 0, 0 };

size_t query_build(uint8_t out[QUERY_SIZE_MAX], uint16_t id, const uint8_t *name, size_t name_len,
                   uint16_t type, unsigned flags)
{
    uint8_t *to = out + sizeof(header);

    memcpy(out, header, sizeof(header));
    out[0] = (uint8_t)(id >> 8);
    out[1] = (uint8_t)id;
    if (flags & QUERY_CD)
        out[3] |= CD;
    memcpy(to, name, name_len);
    to += name_len;
    *to++ = (uint8_t)(type >> 8);
    *to++ = (uint8_t)type;
    *to++ = 0;
    *to++ = 1; /* IN */
    if (flags & QUERY_EDNS) {
        out[11] = 1;
        memcpy(to, opt, sizeof(opt));
        to += sizeof(opt);
    }
    return (size_t)(to - out);
}
