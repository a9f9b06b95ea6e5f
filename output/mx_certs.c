#include "output/mx_certs.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "output/curated.h"
#include "output/delivery.h"
#include "output/judges.h"
#include "output/operator.h"
#include "output/share.h"
#include "output/term.h"
#include "output/tls_fault.h"
#include "scanner/base/csv.h"
#include "scanner/base/memory.h"
#include "scanner/base/name.h"

#define FIRST_CHUNK 65536

enum part { PART_MX, PART_RECORD, PART_ENFORCE, PART_COUNT };

/* What the hosts of a domain come to, and the faults behind it. */
enum finding {
    ALL_GOOD,
    SOME_GOOD,
    NONE_GOOD,
    FAULTS,
    FINDING_COUNT = FAULTS + TLS_FAULT_COUNT, /* those are the rows; behind them, in no share: */
    NOT_KNOWN = FINDING_COUNT,                /* which of the first three it is */
    FAULTS_NOT_KNOWN,                         /* whether there is any */
    COUNT_COUNT
};

struct counts {
    uint64_t domains; /* that have their most preferred host there */
    uint32_t findings[PART_COUNT][COUNT_COUNT];
};

struct mx_operator {
    struct index_entry entry;
    struct counts counts;
    char name[];
};

struct mx_certs {
    uint64_t list_domains;
    pthread_mutex_t lock;                   /* of all below */
    struct counts counts[MANAGEMENT_COUNT]; /* of those that need no threshold */
    struct index operators;                 /* of the others */
    struct arena arena;
};

struct mx_certs *mx_certs_new(uint64_t list_domains)
{
    struct mx_certs *c = memory_alloc(sizeof(*c));

    c->list_domains = list_domains;
    pthread_mutex_init(&c->lock, NULL);
    index_init(&c->operators);
    arena_init(&c->arena, FIRST_CHUNK);
    return c;
}

void mx_certs_free(struct mx_certs *c)
{
    if (c == NULL)
        return;
    index_free(&c->operators);
    arena_free(&c->arena);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* ---- one domain ---- */

static struct counts *operator_counts(struct mx_certs *c, const char *name)
{
    size_t len = strlen(name);
    struct mx_operator *o = (struct mx_operator *)index_find(&c->operators, name, len);

    if (o == NULL) {
        o = arena_alloc(&c->arena, sizeof(*o) + len + 1);
        memcpy(o->name, name, len);
        index_add(&c->operators, &o->entry, o->name, len);
    }
    return &o->counts;
}

/* Its own name, a name on the list, or an operator that the thresholds judge later. */
static struct counts *counts_of(struct mx_certs *c, const struct joined *d)
{
    const char *host = d->hosts[0].name;

    if (strcmp(name_registrable(host), name_registrable(d->domain)) == 0)
        return &c->counts[MANAGEMENT_SELF];
    if (curated_operator(host) != NULL)
        return &c->counts[MANAGEMENT_THIRD];
    return operator_counts(c, d->runner);
}

static enum finding finding_of(const struct joined *d)
{
    enum tri all = TRI_YES, some = TRI_NO;

    for (size_t i = 0; i < d->host_count; i++) {
        enum tri address = join_host_has_address(d->hosts[i].seen);
        enum tri good = tri_and(address, join_host_some(d->hosts[i].seen, HOST_SENDABLE));

        some = tri_or(some, good);
        all = tri_and(all, tri_or(good, tri_not(address)));
    }
    if (some == TRI_NO)
        return NONE_GOOD;
    if (some == TRI_YES && all != TRI_UNKNOWN)
        return all == TRI_YES ? ALL_GOOD : SOME_GOOD;
    return NOT_KNOWN;
}

static bool belongs(const struct joined *d, enum part part)
{
    enum verdict record = d->verdicts[PROTOCOL_MTA_STS];

    switch (part) {
    case PART_MX:
        return true;
    case PART_RECORD:
        return record == VERDICT_VALID || record == VERDICT_INVALID;
    default:
        return delivery_is_bound(d) == TRI_YES && d->policy->mode == STS_MODE_ENFORCE;
    }
}

void mx_certs_count(struct mx_certs *c, const struct joined *d)
{
    enum finding finding;
    struct counts *counts;
    bool faults_known;
    uint16_t faults;

    if (judge_usable_mx(d, &populations[POPULATION_MX]) != TRI_YES)
        return;
    finding = finding_of(d);
    faults_known = delivery_has_faults(d, &faults) != TRI_UNKNOWN;
    pthread_mutex_lock(&c->lock);
    counts = counts_of(c, d);
    counts->domains++;
    for (int part = 0; part < PART_COUNT; part++) {
        if (!belongs(d, (enum part)part))
            continue;
        counts->findings[part][finding]++;
        counts->findings[part][FAULTS_NOT_KNOWN] += !faults_known;
        for (int f = 0; f < TLS_FAULT_COUNT; f++)
            counts->findings[part][FAULTS + f] += (faults >> f & 1) != 0;
    }
    pthread_mutex_unlock(&c->lock);
}

/* ---- the file ---- */

struct sums {
    uint64_t findings[MANAGEMENT_COUNT + 1][PART_COUNT][COUNT_COUNT]; /* the last: of all */
};

static void add(struct sums *s, int management, const struct counts *c)
{
    for (int p = 0; p < PART_COUNT; p++)
        for (int f = 0; f < COUNT_COUNT; f++) {
            s->findings[management][p][f] += c->findings[p][f];
            s->findings[MANAGEMENT_COUNT][p][f] += c->findings[p][f];
        }
}

static void add_all(struct sums *s, const struct mx_certs *c)
{
    for (int m = 0; m < MANAGEMENT_COUNT; m++)
        add(s, m, &c->counts[m]);
    for (size_t i = 0; i < c->operators.bucket_count; i++)
        for (const struct index_entry *e = c->operators.buckets[i]; e != NULL; e = e->next) {
            const struct counts *counts = &((const struct mx_operator *)e)->counts;

            add(s, management_of_count(counts->domains, c->list_domains), counts);
        }
}

static const struct {
    const char *name, *meaning;
} findings[FAULTS] = {
    [ALL_GOOD] = { "all-good", "a sender that honours a policy can trust every mail host" },
    [SOME_GOOD] = { "some-good", "some of them" },
    [NONE_GOOD] = { "none-good", "none of them" },
};

static const char *finding_name(int finding)
{
    return finding < FAULTS ? findings[finding].name
                            : tls_fault_name((enum tls_fault)(finding - FAULTS));
}

static const struct {
    const char *name, *meaning;
} parts[PART_COUNT] = {
    [PART_MX] = { "mx", "domains with a usable MX" },
    [PART_RECORD] = { "sts_record", "of those, the ones with a record of MTA-STS" },
    [PART_ENFORCE] = { "sts_enforce",
                       "of those, the ones whose record and policy are valid and whose mode is "
                       "enforce" },
};

static void write_row(const struct sums *s, struct csv_writer *w, int part, int management,
                      int finding)
{
    const uint64_t *found = s->findings[management][part];
    uint64_t unknown = found[finding < FAULTS ? NOT_KNOWN : FAULTS_NOT_KNOWN];
    uint64_t known =
        found[ALL_GOOD] + found[SOME_GOOD] + found[NONE_GOOD] + found[NOT_KNOWN] - unknown;

    csv_string(w, parts[part].name);
    csv_string(w, management_name_or_all(management));
    csv_string(w, finding_name(finding));
    csv_uint(w, found[finding]);
    csv_uint(w, known);
    csv_uint(w, unknown);
    csv_double(w, share_ratio(found[finding], known), SHARE_DIGITS);
    csv_end_row(w);
}

void mx_certs_write(const struct mx_certs *c, struct buf *csv)
{
    static const char *const header[] = { "population",  "management", "finding", "domains",
                                          "denominator", "unknown",    "share" };
    struct sums s = { 0 };
    struct csv_writer w;

    add_all(&s, c);
    csv_writer_init(&w, csv);
    csv_strings(&w, header, sizeof(header) / sizeof(header[0]));
    csv_end_row(&w);
    for (int p = 0; p < PART_COUNT; p++)
        for (int m = 0; m <= MANAGEMENT_COUNT; m++)
            for (int f = 0; f < FINDING_COUNT; f++)
                write_row(&s, &w, p, (m + MANAGEMENT_COUNT) % (MANAGEMENT_COUNT + 1), f);
}

void mx_certs_explain(struct buf *out)
{
    buf_string(out, "\nPopulations of mx_certs.csv.\n");
    for (int p = 0; p < PART_COUNT; p++)
        term_explain(out, parts[p].name, parts[p].meaning, "");
    buf_string(out, "\nFindings of mx_certs.csv, and behind them the faults that were seen.\n");
    for (int f = 0; f < FAULTS; f++)
        term_explain(out, findings[f].name, findings[f].meaning, "RFC 8461 §4.2");
}
