/* resolver_check: before a run begins, does at least one of its resolvers answer. */
#ifndef MXC_WORKERS_DNS_RESOLVER_CHECK_H
#define MXC_WORKERS_DNS_RESOLVER_CHECK_H

#include "scanner/base/settings.h"

/* Asks for the NS of the root, of all of them, in a loop of its own, until the first answer or for
 * 5 s or dns_timeout. EXIT_OK, or EXIT_RESOLVER with one line on standard error. */
int resolver_check(const struct settings *settings);

#endif
