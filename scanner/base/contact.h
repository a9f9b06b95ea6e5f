/* contact: whom this run may connect to: no special address but those allowed, and nobody who opted
 * out.
 *
 * An opt-out file has a line each: a domain, which stands for itself and all names below it, or an
 * address or range (192.0.2.0/24, 2001:db8::/32; the first holds for its v4-mapped, NAT64 and 6to4
 * forms as well). # begins a comment. */
#ifndef MXC_BASE_CONTACT_H
#define MXC_BASE_CONTACT_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/base/address.h"
#include "scanner/base/outcome.h"

struct contact {
    struct address_ranges allow;  /* special addresses that may be contacted all the same */
    struct address_ranges refuse; /* that opted out */
    char **names;                 /* that opted out; sorted, owned */
    size_t name_count;
};

/* allow: as --allow-addresses has it; opt_out: a path, "" for none. NULL, or what is wrong: what,
 * where, in text that lives until the next call. Free c in both cases. */
const char *contact_open(struct contact *c, const char *allow, const char *opt_out);
void contact_free(struct contact *c);

/* The name, or one above it, opted out. name is clean (scanner/base/name.h). */
bool contact_name_refused(const struct contact *c, const char *name);
/* OUTCOME_OK, OUTCOME_SPECIAL_ADDRESS or OUTCOME_OPTED_OUT: may this address be contacted under
 * this name. */
enum outcome contact_judge(const struct contact *c, const char *name, const struct address *a);

#endif
