/* recursor: who answers the workers of this machine: those resolvers of --resolver that are fit,
 * or, for "--resolver spawn", an Unbound of its own. */
#ifndef MXC_SCANNER_RECURSOR_H
#define MXC_SCANNER_RECURSOR_H

#include <stdbool.h>

#include "scanner/base/settings.h"
#include "workers/dns/resolver_check.h"

struct recursor {
    struct resolver_survey survey; /* of all that were named */
    char *resolvers;               /* the fit ones, in the words of --resolver */
    const struct settings *settings;
    struct unbound *unbound; /* NULL: none of its own */
};

/* Ask all of them, for 5 s or dns_timeout at most; one line for each that is left out, with the
 * reason. Of one's own it only looks whether it can be started. An exit status: EXIT_RESOLVER, and
 * a line on standard error, when none is left. Close r in both cases; s must outlive it. */
int recursor_open(struct recursor *r, const struct settings *s);
/* Start one's own, if it is to be, in this directory, and ask it. Before it nobody can be asked. */
int recursor_start(struct recursor *r, const char *directory);
void recursor_tend(struct recursor *r); /* restart it if it died: several times a second */
void recursor_close(struct recursor *r);

/* Put the addresses of its files into --resolver: workers elsewhere have no such files. An exit
 * status, with a line on standard error where it is not EXIT_OK. */
int recursor_read_files(struct settings *s, struct arena *arena);

#endif
