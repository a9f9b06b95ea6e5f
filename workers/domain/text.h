/* text: the members that are the TXT records of one name: "spf", "dmarc", "mta_sts", "tls_rpt",
 * "bimi". prefix, judge and keep of the row say which and how. */
#ifndef MXC_WORKERS_DOMAIN_TEXT_H
#define MXC_WORKERS_DOMAIN_TEXT_H

#include "workers/domain/domain.h"

void text_proceed(struct domain *d, const struct domain_member *m);
void text_write(struct domain *d, const struct domain_member *m, struct json_writer *w);
void text_write_sts(struct domain *d, const struct domain_member *m, struct json_writer *w);
/* What stands in such a member, into an object that is open. */
enum verdict text_write_members(struct domain *d, const struct domain_member *m,
                                struct json_writer *w);

/* The strings of a TXT answer that are of interest (keep; NULL: all), an array in the arena. */
size_t text_strings(const struct dns_answer *a, bool (*keep)(struct bytes txt), struct arena *arena,
                    struct bytes **out);
/* "txt", as many of them as a record keeps, and "txt_cut" where that is not all. */
void text_write_strings(struct json_writer *w, const struct bytes *texts, size_t count);
/* Says the answer for sure what stands at the name, or that nothing does. */
bool text_is_definite(const struct dns_answer *a);

#endif
