/* recursor: who answers the workers of this machine: those resolvers of --resolver that are fit. */
#ifndef MXC_SCANNER_RECURSOR_H
#define MXC_SCANNER_RECURSOR_H

#include <stdbool.h>

#include "scanner/base/settings.h"
#include "workers/dns/resolver_check.h"

struct recursor {
    struct resolver_survey survey; /* of all that were named */
    char *resolvers;               /* the fit ones, in the words of --resolver */
};

/* Ask all of them, for 5 s or dns_timeout at most; one line for each that is left out, with the
 * reason. An exit status: EXIT_RESOLVER, and a line on standard error, when none is left. Close r
 * in both cases. */
int recursor_open(struct recursor *r, const struct settings *s);
void recursor_close(struct recursor *r);

/* Put the addresses of its files into --resolver: workers elsewhere have no such files. An exit
 * status, with a line on standard error where it is not EXIT_OK. */
int recursor_read_files(struct settings *s, struct arena *arena);

#endif
