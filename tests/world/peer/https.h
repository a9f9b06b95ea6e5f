/* https: what a policy host answers behind TLS. nginx plays those that are well; these are the
 * others. */
#ifndef MXC_PEER_HTTPS_H
#define MXC_PEER_HTTPS_H

#include "tests/world/peer/behaviours.h"
#include "tests/world/peer/channel.h"

extern const char https_plain[]; /* what is said without TLS */

/* Queue the whole answer. body: a file's path, served as text/plain; NULL: 404. */
void https_answer(struct channel *c, enum https kind, const char *body);

#endif
