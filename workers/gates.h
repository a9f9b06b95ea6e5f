/* gates: how many connections go at once to one address, one network (IPv4 /24, IPv6 /48) and one
 * operator (the registrable domain of the MX host), in the whole run, and who waits for one of them
 * to end. Connections pass the gates from the narrow to the wide and wait in order, so that who
 * waits at a wide gate holds back nobody but its own neighbours.
 *
 * A cap is divided evenly among the workers of the run, each of which has one connection at least:
 * so the caps hold together where they are not smaller than the number of workers. Shares need no
 * word with others before a connection, hold while Redis is away, and come back with a worker's
 * end; leases of single connections would cost a round trip for each host (most gates see one
 * connection a run), and would have to outlive the longest conversation whenever a worker dies.
 * When a worker joins, what it may begin is over the cap by its share until the others have heard
 * of it, with their next beat. */
#ifndef MXC_WORKERS_GATES_H
#define MXC_WORKERS_GATES_H

#include <stdbool.h>

#include "scanner/base/address.h"
#include "scanner/base/settings.h"

enum gate_kind { GATE_ADDRESS, GATE_NETWORK, GATE_OPERATOR, GATE_KINDS };

struct gate;
struct gates;
struct gate_pass;
typedef void gate_open_cb(struct gate_pass *p);

/* Of one connection; its owner's. */
struct gate_pass {
    struct gate_pass *next; /* while it waits */
    struct gate *gates[GATE_KINDS];
    unsigned passed; /* of these */
    gate_open_cb *open;
};

/* Caps are --per-address, --per-network and --per-operator. Until gates_share() tells how many
 * share them, one connection passes a gate at once. */
struct gates *gates_new(const struct settings *s);
void gates_free(struct gates *g); /* passes that wait are the caller's as before */
void gates_share(struct gates *g, unsigned workers); /* that the run has */

/* open(p) when all gates are passed: from inside this call, or from gates_leave() of another. */
void gates_enter(struct gates *g, struct gate_pass *p, const struct address *a, const char *host,
                 gate_open_cb *open);
/* What was opened has ended. */
void gates_leave(struct gates *g, struct gate_pass *p);

#endif
