/* domain: the domain name in a cell of a list: as it is, or with what people leave around it. */
#ifndef MXC_INGEST_DOMAIN_H
#define MXC_INGEST_DOMAIN_H

#include <stddef.h>

#include "scanner/base/name.h"

/* The clean name (scanner/base/name.h) in cell[0..len): white space, quotes, a URL's scheme, user,
 * port, path and an e-mail address's local part are dropped. A name that is clean already costs one
 * pass over its bytes. Sets *out_len on NAME_OK. A top label of digits alone is an address, or none
 * at all: NAME_ADDRESS. */
enum name_fault domain_clean(const char *cell, size_t len, char out[NAME_SIZE], size_t *out_len);

#endif
