/* unbound: a private recursive resolver, validating and tuned for a census, on a free port of
 * 127.0.0.1: started in a directory of the run, restarted should it die, ended with the run. */
#ifndef MXC_SCANNER_UNBOUND_H
#define MXC_SCANNER_UNBOUND_H

#include "scanner/base/settings.h"
#include "workers/dns/resolver_list.h"

struct unbound;

/* The program, or NULL where it is not installed. */
const char *unbound_program(void);

/* Write its configuration into directory, start it, and wait until it listens. NULL, with a
 * sentence in *error, if it does not. Of the settings: root_hints, trust_anchor, no_ipv6,
 * retry_delay, and allow_addresses: without that it asks no server at a private or loopback
 * address. */
struct unbound *unbound_start(const char *directory, const struct settings *s, const char **error);
void unbound_stop(struct unbound *u); /* NULL: none */

struct resolver_place unbound_place(const struct unbound *u);
/* Restart it, with back-off, if it died: call it several times a second. */
void unbound_tend(struct unbound *u);

#endif
