#include "workers/domain/wildcard.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "workers/domain/text.h"
#include "workers/lookup.h"

/* One label below the domain; a name further down may have something between that ends a wildcard.
 */
static const char *const prefixes[] = { "_dmarc.", "_mta-sts.", "_domainkey." };

void wildcard_label(const char *domain, char label[32])
{
    static const unsigned char key[] = "mxcensus wildcard name";
    unsigned char hash[crypto_generichash_BYTES_MIN];
    char digits[2 * 8 + 1];

    crypto_generichash(hash, sizeof(hash), (const unsigned char *)domain, strlen(domain), key,
                       sizeof(key) - 1);
    sodium_bin2hex(digits, sizeof(digits), hash, 8);
    snprintf(label, 32, "_mxcensus-%s", digits);
}

/* False too while an answer is awaited. */
static bool is_possible(struct domain *d)
{
    bool exists = false;

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        const struct dns_answer *a = domain_ask_below(d, prefixes[i], DNS_TXT);

        if (a == NULL || lookup_has_no_name(a))
            return false;
        exists |= text_is_definite(a);
    }
    return exists;
}

/* NULL where it is not asked for, or not answered yet. */
static const struct dns_answer *answer(struct domain *d)
{
    char label[32], prefix[40];

    if (!is_possible(d))
        return NULL;
    wildcard_label(d->name, label);
    snprintf(prefix, sizeof(prefix), "%s.", label);
    return domain_ask_below(d, prefix, DNS_TXT);
}

void wildcard_proceed(struct domain *d, const struct domain_member *m)
{
    (void)m;
    answer(d);
}

void wildcard_write(struct domain *d, const struct domain_member *m, struct json_writer *w)
{
    const struct dns_answer *a = answer(d);
    struct bytes *texts;
    size_t count;

    if (a == NULL)
        return;
    json_open_object(w, m->name);
    lookup_write(w, a);
    count = text_strings(a, NULL, &d->job->arena, &texts);
    text_write_strings(w, texts, count);
    json_close_object(w);
}

/* ---- what it shows ---- */

static size_t count_of(const struct dns_answer *a, const struct dns_rdata *r)
{
    size_t count = 0;

    for (size_t i = 0; i < a->record_count; i++)
        count += a->records[i].len == r->len && memcmp(a->records[i].data, r->data, r->len) == 0;
    return count;
}

bool wildcard_same(const struct dns_answer *a, const struct dns_answer *b)
{
    if (a->outcome != b->outcome || a->alias_count != b->alias_count ||
        a->record_count != b->record_count)
        return false;
    for (size_t i = 0; i < a->alias_count; i++)
        if (strcmp(a->aliases[i], b->aliases[i]) != 0)
            return false;
    for (size_t i = 0; i < a->record_count; i++)
        if (count_of(a, &a->records[i]) != count_of(b, &a->records[i]))
            return false;
    return true;
}

bool wildcard_shows(struct domain *d, const struct dns_answer *a)
{
    const struct dns_answer *w = answer(d);

    return w != NULL && text_is_definite(w) && !lookup_has_no_name(w) && wildcard_same(w, a);
}

void wildcard_write_mark(struct domain *d, const struct dns_answer *a, struct json_writer *w)
{
    if (wildcard_shows(d, a))
        json_write_bool(w, "wildcard", true);
}
