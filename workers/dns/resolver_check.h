/* resolver_check: before a run begins, does at least one of its resolvers answer. */
#ifndef MXC_WORKERS_DNS_RESOLVER_CHECK_H
#define MXC_WORKERS_DNS_RESOLVER_CHECK_H

#include "scanner/base/settings.h"

/* Asks each resolver in turn for the NS of the root, in a loop of its own, for at most 5 s or
 * dns_timeout. EXIT_OK, or EXIT_RESOLVER with one line on standard error. */
int resolver_check(const struct settings *settings);

#endif
