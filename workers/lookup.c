#include "workers/lookup.h"

#include <string.h>

#include "scanner/base/address.h"

static bool tells_dnssec(enum outcome o)
{
    return o == OUTCOME_OK || o == OUTCOME_NODATA || o == OUTCOME_NXDOMAIN || o == OUTCOME_SERVFAIL;
}

void lookup_write(struct json_writer *w, const struct dns_answer *a)
{
    json_write_string(w, "outcome", outcome_name(a->outcome));
    if (tells_dnssec(a->outcome))
        json_write_string(w, "dnssec", dnssec_name(a->dnssec));
    lookup_write_aliases(w, a);
}

void lookup_write_aliases(struct json_writer *w, const struct dns_answer *a)
{
    if (a->alias_count > 0)
        json_write_strings(w, "aliases", a->aliases, a->alias_count);
}

static bool read_address(struct address *a, const struct dns_rdata *r)
{
    if (r->len != 4 && r->len != 16)
        return false;
    memset(a, 0, sizeof(*a));
    a->family = r->len == 4 ? 4 : 6;
    memcpy(a->bytes, r->data, r->len);
    return true;
}

size_t lookup_addresses(const struct dns_answer *a, struct arena *arena, struct address **out)
{
    size_t count = 0;

    *out = arena_array(arena, a->record_count, sizeof(**out));
    for (size_t i = 0; i < a->record_count; i++)
        count += read_address(&(*out)[count], &a->records[i]);
    return count;
}

static bool opted_out(const struct contact *c, const struct dns_answer *a)
{
    for (size_t i = 0; a != NULL && i < a->alias_count; i++)
        if (contact_name_refused(c, a->aliases[i]))
            return true;
    return false;
}

enum outcome lookup_judge(const struct contact *c, const char *name, const struct dns_answer *a,
                          const struct dns_answer *aaaa, const struct address *address)
{
    if (opted_out(c, a) || opted_out(c, aaaa))
        return OUTCOME_OPTED_OUT;
    return contact_judge(c, name, address);
}

void lookup_write_address_texts(struct json_writer *w, const struct dns_answer *a)
{
    char text[ADDRESS_TEXT_SIZE];
    struct address address;

    for (size_t i = 0; i < a->record_count; i++) {
        if (!read_address(&address, &a->records[i]))
            continue;
        address_print(&address, text);
        json_write_string(w, NULL, text);
    }
}

void lookup_write_addresses(struct json_writer *w, const struct dns_answer *a)
{
    if (a->record_count == 0)
        return;
    json_open_array(w, "addresses");
    lookup_write_address_texts(w, a);
    json_close_array(w);
}

bool lookup_is_empty(const struct dns_answer *a)
{
    return a->outcome == OUTCOME_NODATA || a->outcome == OUTCOME_NXDOMAIN ||
           a->outcome == OUTCOME_CNAME_LOOP || a->outcome == OUTCOME_BAD_NAME;
}

bool lookup_has_no_name(const struct dns_answer *a)
{
    return (a->outcome == OUTCOME_NXDOMAIN && a->alias_count == 0) ||
           a->outcome == OUTCOME_BAD_NAME;
}
