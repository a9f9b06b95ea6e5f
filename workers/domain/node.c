#include "workers/domain/node.h"

#include "workers/lookup.h"

static const struct dns_answer *node(struct domain *d)
{
    return domain_ask_below(d, "_domainkey.", DNS_TXT);
}

void node_proceed(struct domain *d, const struct domain_member *m)
{
    (void)m;
    node(d);
}

void node_write(struct domain *d, const struct domain_member *m, struct json_writer *w)
{
    const struct dns_answer *a = node(d);

    json_open_object(w, m->name);
    lookup_write(w, a);
    json_write_string(w, "node",
                      lookup_has_no_name(a)                            ? "no"
                      : a->outcome == OUTCOME_OK || lookup_is_empty(a) ? "yes"
                                                                       : "unknown");
    json_close_object(w);
}
