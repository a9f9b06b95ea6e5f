#include "output/providers.h"

#include <stdlib.h>
#include <string.h>

#include "output/curated.h"
#include "output/index.h"
#include "output/share.h"
#include "scanner/base/csv.h"
#include "scanner/base/memory.h"

#define FIRST_CHUNK 16384

static const char *const asked[] = { "spf_valid",         "dmarc_enforcing",
                                     "dkim_node",         "sts_record_present",
                                     "sts_policy_valid",  "sts_policy_enforce",
                                     "tls_rpt_valid",     "sts_tls_rpt_present",
                                     "mx_cert_match_all", "dane_valid" };
#define ASKED_COUNT (sizeof(asked) / sizeof(asked[0]))

static const size_t largest[] = { 10, 25, 50, 100 };

/* What a domain says in which an operator's own mail lives. */
struct own {
    struct index_entry entry;
    bool seen;
    uint8_t answers[ASKED_COUNT]; /* enum tri */
    char domain[];
};

/* An operator by its name; several may have one own domain, and it is looked up by that. */
struct named {
    struct index_entry entry;
    struct own *own;
};

struct providers {
    struct arena arena;
    struct index domains, names;
    size_t metrics[ASKED_COUNT]; /* places in the table */
};

static struct own *own_of(struct providers *p, const char *domain)
{
    size_t len = strlen(domain);
    struct own *o = (struct own *)index_find(&p->domains, domain, len);

    if (o == NULL) {
        o = arena_alloc(&p->arena, sizeof(*o) + len + 1);
        memcpy(o->domain, domain, len);
        index_add(&p->domains, &o->entry, o->domain, len);
    }
    return o;
}

static void take_host(void *context, const struct join_host *h)
{
    struct providers *p = context;
    const struct curated_operator *curated = curated_operator(h->name);
    size_t len = strlen(h->runner);
    struct named *n;

    if (index_find(&p->names, h->runner, len) != NULL)
        return;
    n = arena_alloc(&p->arena, sizeof(*n));
    n->own = own_of(p, curated != NULL ? curated->domain : h->runner);
    index_add(&p->names, &n->entry, h->runner, len);
}

struct providers *providers_new(const struct join *j)
{
    struct providers *p = memory_alloc(sizeof(*p));

    arena_init(&p->arena, FIRST_CHUNK);
    index_init(&p->domains);
    index_init(&p->names);
    for (size_t i = 0; i < ASKED_COUNT; i++)
        p->metrics[i] = (size_t)(metric_find(asked[i]) - metrics);
    join_hosts_each(j, take_host, p);
    return p;
}

void providers_free(struct providers *p)
{
    if (p == NULL)
        return;
    index_free(&p->domains);
    index_free(&p->names);
    arena_free(&p->arena);
    free(p);
}

/* A domain stands once in a list: no other thread writes to the same entry. */
void providers_count(struct providers *p, const struct joined *d)
{
    struct own *o = (struct own *)index_find(&p->domains, d->domain, strlen(d->domain));

    if (o == NULL)
        return;
    for (size_t i = 0; i < ASKED_COUNT; i++)
        o->answers[i] = (uint8_t)metric_judge(&metrics[p->metrics[i]], d);
    o->seen = true;
}

static const struct own *own_find(const struct providers *p, const char *operator)
{
    struct named *n = (struct named *)index_find(&p->names, operator, strlen(operator));

    return n != NULL ? n->own : NULL;
}

/* ---- written ---- */

/* Domains with an operator, whoever it is. */
static uint64_t domains_operated(const struct groups *g)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < groups_count(g, FAMILY_OPERATOR); i++)
        sum += groups_domains(g, FAMILY_OPERATOR, i);
    return sum;
}

static void write_customers(struct csv_writer *w, const struct share *s)
{
    csv_uint(w, s->numerator);
    csv_uint(w, s->denominator);
    csv_uint(w, s->unknown);
    csv_double(w, s->share, SHARE_DIGITS);
    csv_double(w, s->low, SHARE_DIGITS);
    csv_double(w, s->high, SHARE_DIGITS);
    csv_end_row(w);
}

/* The rows of one operator, its share being that of `all` domains; the others together have no rank
 * and no domain of their own. */
static void write_operator(struct csv_writer *w, const struct providers *p,
                           const struct adoption *a, const struct adoption_group *g, size_t i,
                           uint64_t all)
{
    const struct groups *families = adoption_families(a);
    bool others = i >= groups_chosen(families, FAMILY_OPERATOR);
    const struct own *own = others ? NULL : own_find(p, g->text);
    uint64_t domains = groups_domains(families, FAMILY_OPERATOR, i);

    for (size_t m = 0; m < ASKED_COUNT; m++) {
        struct share s = adoption_share(p->metrics[m], POPULATION_ALL, g);

        if (others)
            csv_string(w, NULL);
        else
            csv_uint(w, i + 1);
        csv_string(w, g->text);
        csv_uint(w, domains);
        csv_double(w, share_ratio(domains, all), SHARE_DIGITS);
        csv_string(w, own != NULL ? own->domain : NULL);
        csv_string(w, asked[m]);
        csv_string(w, own != NULL && own->seen ? tri_name((enum tri)own->answers[m]) : NULL);
        write_customers(w, &s);
    }
}

void providers_write(const struct providers *p, const struct adoption *a, struct buf *out)
{
    static const char *const names[] = { "rank",        "operator", "domains",   "share",
                                         "own_domain",  "metric",   "own",       "numerator",
                                         "denominator", "unknown",  "customers", "low",
                                         "high" };
    size_t count, i = 0;
    const struct adoption_group *groups = adoption_groups(a, &count);
    uint64_t all = domains_operated(adoption_families(a));
    struct csv_writer w;

    csv_writer_init(&w, out);
    csv_strings(&w, names, sizeof(names) / sizeof(names[0]));
    csv_end_row(&w);
    for (size_t g = 0; g < count; g++)
        if (groups[g].kind == GROUP_OPERATOR)
            write_operator(&w, p, a, &groups[g], i++, all);
}

static struct share largest_share(const struct providers *p, const struct adoption *a, size_t n,
                                  size_t metric)
{
    const struct groups *families = adoption_families(a);
    struct tally t = { 0 };

    for (size_t i = 0; i < n; i++) {
        const struct own *own = own_find(p, groups_text(families, FAMILY_OPERATOR, i));

        tally_count(&t, TRI_YES,
                    own != NULL && own->seen ? (enum tri)own->answers[metric] : TRI_UNKNOWN);
    }
    return share_of(&t);
}

void providers_write_largest(const struct providers *p, const struct adoption *a, struct buf *out)
{
    static const char *const names[] = { "largest", "metric", "numerator", "denominator",
                                         "unknown", "share",  "low",       "high" };
    size_t chosen = groups_chosen(adoption_families(a), FAMILY_OPERATOR);
    struct csv_writer w;

    csv_writer_init(&w, out);
    csv_strings(&w, names, sizeof(names) / sizeof(names[0]));
    csv_end_row(&w);
    for (size_t i = 0; i < sizeof(largest) / sizeof(largest[0]) && largest[i] <= chosen; i++) {
        for (size_t m = 0; m < ASKED_COUNT; m++) {
            struct share s = largest_share(p, a, largest[i], m);

            csv_uint(&w, largest[i]);
            csv_string(&w, asked[m]);
            write_customers(&w, &s);
        }
    }
}
