#include "output/join.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "output/curated.h"
#include "output/dane.h"
#include "output/join_tables.h"
#include "output/operator.h"
#include "output/sight.h"
#include "output/stamp.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"
#include "scanner/base/name.h"

#define SHA256_BYTES 32
#define EXPIRES_SOON ((time_t)30 * 86400) /* seconds */
#define FIRST_CHUNK 65536

struct cert {
    struct index_entry entry;
    char sha256[SHA256_BYTES];
    bool known;  /* its record was read: not_after holds */
    bool wanted; /* in a chain that is to be judged by DANE */
    time_t not_after;
    X509 *x509; /* NULL unless wanted and readable */
};

/* A leaf and a host, until the certificate is known. */
struct leaf_case {
    struct leaf_case *next;
    struct join_host *host;
    struct cert *leaf;
    time_t seen;
};

/* A chain and the TLSA records of its host, until all certificates are known. */
struct chain_case {
    struct chain_case *next;
    struct join_host *host;
    const char *base, **records;
    size_t record_count;
    struct cert **chain; /* the leaf first */
    size_t chain_len;
    time_t seen;
};

struct join *join_new(void)
{
    struct join *j = memory_alloc(sizeof(*j));

    j->max_skew = -1;
    pthread_mutex_init(&j->lock, NULL);
    index_init(&j->hosts);
    index_init(&j->policies);
    index_init(&j->operators);
    index_init(&j->certs);
    arena_init(&j->arena, FIRST_CHUNK);
    arena_init(&j->pending, FIRST_CHUNK);
    return j;
}

static void forget_leaves(struct join_host *h)
{
    for (struct join_leaf *l = h->ta_leaves; l != NULL; l = l->next)
        X509_free(l->x509);
}

static void forget_certs(struct join *j)
{
    for (size_t i = 0; i < j->certs.bucket_count; i++)
        for (struct index_entry *e = j->certs.buckets[i]; e != NULL; e = e->next)
            X509_free(((struct cert *)e)->x509);
    index_free(&j->certs);
    index_init(&j->certs);
    arena_free(&j->pending);
    j->leaves = NULL;
    j->chains = NULL;
}

void join_free(struct join *j)
{
    if (j == NULL)
        return;
    forget_certs(j);
    index_free(&j->certs);
    for (size_t i = 0; i < j->hosts.bucket_count; i++)
        for (struct index_entry *e = j->hosts.buckets[i]; e != NULL; e = e->next)
            forget_leaves((struct join_host *)e);
    index_free(&j->hosts);
    index_free(&j->policies);
    index_free(&j->operators);
    arena_free(&j->arena);
    pthread_mutex_destroy(&j->lock);
    free(j);
}

/* ---- certificates ---- */

static bool hex_digest(const struct json *n, char digest[SHA256_BYTES])
{
    static const char digits[] = "0123456789abcdef";

    if (json_string(n) == NULL || n->len != 2 * SHA256_BYTES)
        return false;
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        const char *high = strchr(digits, n->string[2 * i]),
                   *low = strchr(digits, n->string[2 * i + 1]);

        if (high == NULL || low == NULL || *high == '\0' || *low == '\0')
            return false;
        digest[i] = (char)((high - digits) << 4 | (low - digits));
    }
    return true;
}

static struct cert *cert_of(struct join *j, const struct json *sha256)
{
    char digest[SHA256_BYTES];
    struct cert *c;

    if (!hex_digest(sha256, digest))
        return NULL;
    c = (struct cert *)index_find(&j->certs, digest, sizeof(digest));
    if (c == NULL) {
        c = arena_alloc(&j->pending, sizeof(*c));
        memcpy(c->sha256, digest, sizeof(digest));
        index_add(&j->certs, &c->entry, c->sha256, sizeof(c->sha256));
    }
    return c;
}

static X509 *x509_read(const struct json *der)
{
    const unsigned char *p;
    unsigned char *bytes;
    X509 *x509 = NULL;
    int len;

    if (json_string(der) == NULL)
        return NULL;
    bytes = memory_alloc(der->len / 4 * 3 + 3);
    len = EVP_DecodeBlock(bytes, (const unsigned char *)der->string, (int)der->len);
    p = bytes;
    if (len > 0) /* the padding counts as zeros behind the certificate */
        x509 = d2i_X509(NULL, &p, len);
    free(bytes);
    return x509;
}

static void take_cert(struct join *j, const struct json *record)
{
    char digest[SHA256_BYTES];
    struct cert *c;
    X509 *x509 = NULL;
    bool wanted;

    if (!hex_digest(json_get(record, "sha256"), digest))
        return;
    pthread_mutex_lock(&j->lock);
    c = (struct cert *)index_find(&j->certs, digest, sizeof(digest));
    wanted = c != NULL && c->wanted && c->x509 == NULL;
    pthread_mutex_unlock(&j->lock);
    if (c == NULL)
        return; /* shown by policy hosts only */
    if (wanted)
        x509 = x509_read(json_get(record, "der"));
    pthread_mutex_lock(&j->lock);
    c->known = stamp_parse(json_get_string(record, "not_after"), &c->not_after);
    if (c->x509 == NULL)
        c->x509 = x509;
    else
        X509_free(x509);
    pthread_mutex_unlock(&j->lock);
}

/* ---- times ---- */

static void span_take(struct join_span *s, const struct json *record)
{
    time_t t;

    if (!stamp_parse(json_get_string(record, "time"), &t))
        return;
    if (s->first == 0 || t < s->first)
        s->first = t;
    if (t > s->last)
        s->last = t;
}

/* ---- policies ---- */

static enum sts_mode mode_of(const struct json *record)
{
    const struct json *mode = json_get(record, "mode");

    for (enum sts_mode m = STS_MODE_NONE; m <= STS_MODE_ENFORCE; m++)
        if (json_is(mode, sts_mode_name(m)))
            return m;
    return STS_MODE_UNREADABLE;
}

static void patterns_keep(struct join *j, struct join_policy *p, const struct json *mx)
{
    size_t size = 0;
    char *to;

    for (const struct json *n = json_first(mx); n != NULL; n = n->next)
        size += json_string(n) != NULL ? strlen(n->string) + 1 : 0;
    p->patterns = to = arena_alloc(&j->arena, size);
    for (const struct json *n = json_first(mx); n != NULL; n = n->next) {
        if (json_string(n) == NULL)
            continue;
        to = stpcpy(to, n->string) + 1;
        p->pattern_count++;
    }
}

/* One more domain for it. An alias within the domain's own name delegates nothing. */
static struct join_operator *policy_operator(struct join *j, const char *domain,
                                             const struct json *name)
{
    struct join_operator *o;

    if (json_string(name) == NULL || strcmp(name->string, name_registrable(domain)) == 0)
        return NULL;
    o = (struct join_operator *)index_find(&j->operators, name->string, name->len);
    if (o == NULL) {
        o = arena_alloc(&j->arena, sizeof(*o) + name->len + 1);
        memcpy(o->name, name->string, name->len);
        index_add(&j->operators, &o->entry, o->name, name->len);
    }
    o->domains++;
    return o;
}

static void take_policy(struct join *j, const struct json *record)
{
    const struct json *domain = json_get(record, "domain"), *verdict = json_get(record, "verdict");
    struct join_policy *p;

    if (json_string(domain) == NULL)
        return;
    pthread_mutex_lock(&j->lock);
    if (index_find(&j->policies, domain->string, domain->len) == NULL) {
        p = arena_alloc(&j->arena, sizeof(*p) + domain->len + 1);
        memcpy(p->domain, domain->string, domain->len);
        if (json_string(verdict) == NULL ||
            !verdict_parse(verdict->string, verdict->len, &p->verdict))
            p->verdict = VERDICT_UNKNOWN;
        p->mode = mode_of(record);
        p->runner = policy_operator(j, p->domain, json_get(record, "operator"));
        span_take(&p->seen, record);
        policy_fact_read(record, &p->fact);
        patterns_keep(j, p, json_get(record, "mx"));
        index_add(&j->policies, &p->entry, p->domain, domain->len);
    }
    pthread_mutex_unlock(&j->lock);
}

/* ---- hosts ---- */

static struct join_host *host_of(struct join *j, const struct json *name)
{
    struct join_host *h = (struct join_host *)index_find(&j->hosts, name->string, name->len);

    if (h == NULL) {
        h = arena_alloc(&j->arena, sizeof(*h) + name->len + 1);
        memcpy(h->name, name->string, name->len);
        h->address = h->ipv6 = h->tlsa = h->tlsa_secure = TRI_NO;
        h->runner = operator_of(h->name);
        h->parking = curated_is_parking_mx(h->name);
        index_add(&j->hosts, &h->entry, h->name, name->len);
    }
    return h;
}

static void leaf_wait(struct join *j, struct join_host *h, const struct sight *s)
{
    struct cert *leaf = cert_of(j, json_first(s->chain));
    struct leaf_case *c;

    if (leaf == NULL)
        return;
    c = arena_alloc(&j->pending, sizeof(*c));
    *c = (struct leaf_case){ .next = j->leaves, .host = h, .leaf = leaf, .seen = s->seen };
    j->leaves = c;
}

static void chain_wait(struct join *j, struct join_host *h, const struct sight *s)
{
    struct chain_case *c = arena_alloc(&j->pending, sizeof(*c));

    c->host = h;
    c->seen = s->seen;
    c->base = s->base != NULL ? arena_strdup(&j->pending, s->base) : NULL;
    c->records = arena_array(&j->pending, s->tlsa_records != NULL ? s->tlsa_records->len : 0,
                             sizeof(*c->records));
    for (const struct json *n = json_first(s->tlsa_records); n != NULL; n = n->next)
        if (json_string(n) != NULL)
            c->records[c->record_count++] = arena_strdup(&j->pending, n->string);
    c->chain = arena_array(&j->pending, s->chain->len, sizeof(struct cert *));
    for (const struct json *n = json_first(s->chain); n != NULL; n = n->next) {
        struct cert *cert = cert_of(j, n);

        if (cert == NULL)
            return; /* nothing can be said of such a chain */
        cert->wanted = true;
        c->chain[c->chain_len++] = cert;
    }
    c->next = j->chains;
    j->chains = c;
}

static void take_host(struct join *j, const struct json *record)
{
    const struct json *name = json_get(record, "host");
    struct join_host *h;
    struct sight s;

    if (json_string(name) == NULL)
        return;
    sight_read(record, &s);
    pthread_mutex_lock(&j->lock);
    h = host_of(j, name);
    h->yes |= s.yes;
    h->no |= s.no;
    h->faults |= s.faults;
    span_take(&h->seen, record);
    h->address = (uint8_t)tri_or(h->address, s.address);
    h->ipv6 = (uint8_t)tri_or(h->ipv6, s.ipv6);
    h->tlsa = (uint8_t)tri_or(h->tlsa, s.tlsa);
    h->tlsa_secure = (uint8_t)tri_or(h->tlsa_secure, s.tlsa_secure);
    h->tlsa_useless = h->tlsa_useless || s.tlsa_useless;
    if (json_first(s.chain) != NULL) {
        leaf_wait(j, h, &s);
        if (s.tlsa == TRI_YES && !s.tlsa_useless)
            chain_wait(j, h, &s);
    }
    pthread_mutex_unlock(&j->lock);
}

void join_take(struct join *j, enum kind kind, const struct json *record)
{
    if (kind == KIND_MX)
        take_host(j, record);
    else if (kind == KIND_POLICIES)
        take_policy(j, record);
    else if (kind == KIND_CERTS)
        take_cert(j, record);
}

/* ---- what needs several records ---- */

static void leaf_judge(const struct leaf_case *c)
{
    bool good, soon;

    if (!c->leaf->known)
        return;
    good = c->leaf->not_after >= c->seen;
    soon = c->leaf->not_after - c->seen <= EXPIRES_SOON;
    if (good && soon)
        c->host->yes |= BIT(HOST_EXPIRING);
    else
        c->host->no |= BIT(HOST_EXPIRING);
}

static STACK_OF(X509) * chain_of(const struct chain_case *c)
{
    STACK_OF(X509) *chain = sk_X509_new_null();

    for (size_t i = 0; i < c->chain_len; i++)
        if (c->chain[i]->x509 != NULL)
            sk_X509_push(chain, c->chain[i]->x509);
    return chain;
}

static void leaf_keep(struct join *j, struct join_host *h, X509 *x509)
{
    struct join_leaf *l = arena_alloc(&j->arena, sizeof(*l));

    X509_up_ref(x509);
    *l = (struct join_leaf){ .next = h->ta_leaves, .x509 = x509 };
    h->ta_leaves = l;
}

static void chain_judge(struct join *j, struct dane *d, const struct chain_case *c,
                        struct arena *arena)
{
    struct join_host *h = c->host;
    struct dane_case of = { .base = c->base != NULL ? c->base : h->name,
                            .records = c->records,
                            .record_count = c->record_count,
                            .leaf = c->chain[0]->x509,
                            .seen = c->seen };

    if (of.leaf == NULL)
        return; /* its record is lost or cannot be read: unknown */
    of.chain = chain_of(c);
    switch (dane_judge(d, &of, arena)) {
    case DANE_YES:
        h->yes |= BIT(HOST_DANE);
        break;
    case DANE_NO:
        h->no |= BIT(HOST_DANE);
        break;
    case DANE_OTHER_NAME:
        leaf_keep(j, h, of.leaf);
        break;
    }
    sk_X509_free(of.chain);
}

void join_seal(struct join *j)
{
    struct dane *d = j->chains != NULL ? dane_new() : NULL;
    struct arena arena;

    arena_init(&arena, FIRST_CHUNK);
    for (const struct leaf_case *c = j->leaves; c != NULL; c = c->next)
        leaf_judge(c);
    for (const struct chain_case *c = j->chains; c != NULL; c = c->next) {
        chain_judge(j, d, c, &arena);
        arena_reset(&arena);
    }
    arena_free(&arena);
    dane_free(d);
    forget_certs(j);
}

void join_hosts_each(const struct join *j, void (*take)(void *context, const struct join_host *h),
                     void *context)
{
    for (size_t i = 0; i < j->hosts.bucket_count; i++)
        for (struct index_entry *e = j->hosts.buckets[i]; e != NULL; e = e->next)
            take(context, (struct join_host *)e);
}

/* ---- a run ---- */

struct taking {
    struct join *join;
    const struct join_options *options;
    enum kind kind;
};

static void take(void *context, unsigned thread, const struct json *record)
{
    const struct taking *t = context;

    (void)thread;
    if (t->options->watch != NULL)
        t->options->watch(t->options->context, t->kind, record);
    join_take(t->join, t->kind, record);
}

struct join *join_read(const char *run_dir, unsigned threads, bool *sound)
{
    const struct join_options o = { .max_skew = -1 };

    return join_read_with(run_dir, threads, &o, sound);
}

struct join *join_read_with(const char *run_dir, unsigned threads, const struct join_options *o,
                            bool *sound)
{
    static const enum kind order[] = { KIND_POLICIES, KIND_MX, KIND_CERTS };
    struct join *j = join_new();

    j->max_skew = o->max_skew;
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        struct taking t = { j, o, order[i] };
        struct records_report report;
        int error = records_read(run_dir, t.kind, threads, take, &t, &report);

        if (error != 0) {
            log_error("%s/%s.jsonl.zst: cannot be read: %s", run_dir, kind_name(t.kind),
                      strerror(-error));
            join_free(j);
            return NULL;
        }
        *sound = records_sound(run_dir, t.kind, &report) && *sound;
    }
    join_seal(j);
    return j;
}
