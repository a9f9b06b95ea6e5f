/* lookup: what every record says of an answer of the DNS: "outcome", "dnssec" where there is one to
 * tell, and "aliases" where there are any. */
#ifndef MXC_WORKERS_LOOKUP_H
#define MXC_WORKERS_LOOKUP_H

#include "scanner/base/address.h"
#include "scanner/base/contact.h"
#include "scanner/base/json_write.h"
#include "workers/dns/engine.h"

/* Members into an object that is open. */
void lookup_write(struct json_writer *w, const struct dns_answer *a);
/* "aliases", or nothing. */
void lookup_write_aliases(struct json_writer *w, const struct dns_answer *a);
/* "addresses" of an A or AAAA answer, or nothing. */
void lookup_write_addresses(struct json_writer *w, const struct dns_answer *a);
/* The same as elements of an array that is open. */
void lookup_write_address_texts(struct json_writer *w, const struct dns_answer *a);
/* The addresses of such an answer, an array in the arena; returns how many. */
size_t lookup_addresses(const struct dns_answer *a, struct arena *arena, struct address **out);

/* contact_judge() of an address of name, to which these answers led (NULL: was not asked). A name
 * on their way, or at its end, that opted out counts too: who is at the address belongs to it,
 * whatever name was asked for. */
enum outcome lookup_judge(const struct contact *c, const char *name, const struct dns_answer *a,
                          const struct dns_answer *aaaa, const struct address *address);

/* Says for sure that there is nothing: no data, no such name, aliases that lead nowhere, or a name
 * that cannot be, of more than 255 octets (RFC 1035 §2.3.4). */
bool lookup_is_empty(const struct dns_answer *a);
/* The name asked for does not exist, nor anything below it (RFC 8020), or cannot. Behind an alias
 * it is the target that does not exist. */
bool lookup_has_no_name(const struct dns_answer *a);

#endif
