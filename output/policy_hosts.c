#include "output/policy_hosts.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "output/index.h"
#include "output/management.h"
#include "output/share.h"
#include "scanner/base/csv.h"
#include "scanner/base/memory.h"

#define FIRST_CHUNK 16384
#define OWN "(own name)"
#define OTHERS "(other)"

/* What is counted of a target, in the order of the columns. */
enum count { DOMAINS, VALID, FAILED, UNKNOWN, ENFORCING, IN_TEST, OF_NONE, COUNTS };

struct target {
    struct index_entry entry;
    enum management management;
    uint64_t counts[COUNTS];
    char name[];
};

struct policy_hosts {
    pthread_mutex_t lock;
    uint64_t list_domains;
    struct arena arena;
    struct index targets;
    uint64_t own[COUNTS], all[COUNTS];
};

struct policy_hosts *policy_hosts_new(uint64_t list_domains)
{
    struct policy_hosts *p = memory_alloc(sizeof(*p));

    p->list_domains = list_domains;
    pthread_mutex_init(&p->lock, NULL);
    arena_init(&p->arena, FIRST_CHUNK);
    index_init(&p->targets);
    return p;
}

void policy_hosts_free(struct policy_hosts *p)
{
    if (p == NULL)
        return;
    index_free(&p->targets);
    arena_free(&p->arena);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static struct target *target_of(struct policy_hosts *p, const struct joined *d)
{
    const char *name = d->policy->runner->name;
    size_t len = strlen(name);
    struct target *t = (struct target *)index_find(&p->targets, name, len);

    if (t == NULL) {
        t = arena_alloc(&p->arena, sizeof(*t) + len + 1);
        memcpy(t->name, name, len);
        t->management = management_of_policy(d, p->list_domains);
        index_add(&p->targets, &t->entry, t->name, len);
    }
    return t;
}

static void count(uint64_t counts[COUNTS], const struct join_policy *policy)
{
    static const int modes[] = {
        [STS_MODE_NONE] = OF_NONE, [STS_MODE_TESTING] = IN_TEST, [STS_MODE_ENFORCE] = ENFORCING
    };

    counts[DOMAINS]++;
    if (policy->verdict == VERDICT_UNKNOWN)
        counts[UNKNOWN]++;
    else
        counts[policy->verdict == VERDICT_VALID ? VALID : FAILED]++;
    if (policy->verdict == VERDICT_VALID && policy->mode != STS_MODE_UNREADABLE)
        counts[modes[policy->mode]]++;
}

void policy_hosts_count(struct policy_hosts *p, const struct joined *d)
{
    if (d->policy == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    count(d->policy->runner != NULL ? target_of(p, d)->counts : p->own, d->policy);
    count(p->all, d->policy);
    pthread_mutex_unlock(&p->lock);
}

/* ---- written ---- */

static int by_size(const void *a, const void *b)
{
    const struct target *x = *(struct target *const *)a, *y = *(struct target *const *)b;

    if (x->counts[DOMAINS] != y->counts[DOMAINS])
        return x->counts[DOMAINS] > y->counts[DOMAINS] ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* The cells behind rank, target and management. */
static void write_counts(struct csv_writer *w, const struct policy_hosts *p,
                         const uint64_t counts[COUNTS])
{
    csv_uint(w, counts[DOMAINS]);
    csv_double(w, share_ratio(counts[DOMAINS], p->all[DOMAINS]), SHARE_DIGITS);
    for (int i = VALID; i < COUNTS; i++)
        csv_uint(w, counts[i]);
    csv_end_row(w);
}

static void write_target(struct csv_writer *w, const struct policy_hosts *p, const struct target *t,
                         size_t rank)
{
    csv_uint(w, rank);
    csv_string(w, t->name);
    csv_string(w, management_name(t->management));
    write_counts(w, p, t->counts);
}

/* A row of what has no rank, unless there is none of it. */
static void write_rest(struct csv_writer *w, const struct policy_hosts *p, const char *name,
                       const char *management, const uint64_t counts[COUNTS])
{
    if (counts[DOMAINS] == 0)
        return;
    csv_string(w, NULL);
    csv_string(w, name);
    csv_string(w, management);
    write_counts(w, p, counts);
}

static void write_header(struct csv_writer *w)
{
    static const char *const names[] = { "rank",    "target",  "management", "domains",
                                         "share",   "valid",   "failed",     "unknown",
                                         "enforce", "testing", "none" };

    csv_strings(w, names, sizeof(names) / sizeof(names[0]));
    csv_end_row(w);
}

void policy_hosts_write(const struct policy_hosts *p, size_t top, struct buf *csv)
{
    struct target **order = (struct target **)index_sorted(&p->targets, by_size);
    uint64_t others[COUNTS] = { 0 };
    struct csv_writer w;

    csv_writer_init(&w, csv);
    write_header(&w);
    for (size_t i = 0; i < p->targets.count; i++) {
        if (i < top)
            write_target(&w, p, order[i], i + 1);
        for (int c = 0; i >= top && c < COUNTS; c++)
            others[c] += order[i]->counts[c];
    }
    write_rest(&w, p, OTHERS, NULL, others);
    write_rest(&w, p, OWN, management_name(MANAGEMENT_SELF), p->own);
    free(order);
}
