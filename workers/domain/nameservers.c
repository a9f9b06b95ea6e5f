#include "workers/domain/nameservers.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/base/name.h"
#include "workers/dns/wire_name.h"
#include "workers/domain/climb.h"
#include "workers/lookup.h"

#define HOSTS_MAX 32 /* kept in the record */

/* The registrable domain costs a search: most domains are one, and have servers of their own. */
static bool find(struct domain *d, struct climb *c)
{
    const struct dns_answer *own = domain_ask_below(d, "", DNS_NS);
    bool below = own != NULL && lookup_is_empty(own) && !lookup_has_no_name(d->mx_answer);

    return climb(d, DNS_NS, below ? name_registrable(d->name) : d->name, c);
}

void nameservers_proceed(struct domain *d, const struct domain_member *m)
{
    struct climb c;

    (void)m;
    find(d, &c);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **hosts_of(const struct dns_answer *a, struct arena *arena)
{
    const char **hosts = arena_array(arena, a->record_count, sizeof(*hosts));
    char text[WIRE_NAME_TEXT_SIZE];

    for (size_t i = 0; i < a->record_count; i++) {
        size_t len = wire_name_print(a->records[i].data, text);

        hosts[i] = arena_strndup(arena, text, len);
    }
    qsort(hosts, a->record_count, sizeof(*hosts), by_name);
    return hosts;
}

static void write_hosts(struct json_writer *w, const struct dns_answer *a, struct arena *arena)
{
    const char **hosts = hosts_of(a, arena);

    if (a->record_count == 0)
        return;
    json_write_strings(w, "hosts", hosts,
                       a->record_count < HOSTS_MAX ? a->record_count : HOSTS_MAX);
}

void nameservers_write(struct domain *d, const struct domain_member *m, struct json_writer *w)
{
    struct climb c;

    find(d, &c);
    json_open_object(w, m->name);
    climb_write(&c, d, w);
    write_hosts(w, c.answer, &d->job->arena);
    json_close_object(w);
}
