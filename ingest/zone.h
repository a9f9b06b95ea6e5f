/* zone: the delegated names of a zone in master file format (RFC 1035 §5.1), as registries give it
 * out: one record a line, or an SOA over several. The owners of NS records are its domains; its
 * apex is not. */
#ifndef MXC_INGEST_ZONE_H
#define MXC_INGEST_ZONE_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/base/name.h"

struct zone {
    char origin[2 * NAME_SIZE], owner[2 * NAME_SIZE], apex[2 * NAME_SIZE],
        told[2 * NAME_SIZE]; /* as written, NUL-terminated */
    unsigned depth;          /* of parentheses */
};

enum zone_find {
    ZONE_NOTHING,
    ZONE_NAME,
    ZONE_DIRECTIVE /* $INCLUDE, $GENERATE: names that we do not see */
};

bool zone_is_record(const char *line,
                    size_t len); /* does it look like one: OWNER [TTL] [CLASS] TYPE … */

/* One line. ZONE_NAME: z->told is the owner of an NS record, another than the last. */
enum zone_find zone_line(struct zone *z, const char *line, size_t len);

#endif
