#include "output/timeline.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "output/index.h"
#include "scanner/base/csv.h"
#include "scanner/base/memory.h"

#define FIRST_CHUNK 16384
#define HOUR_LEN 13 /* of "2026-11-24T13" */

static const char *const stages[KIND_COUNT] = {
    [KIND_DOMAINS] = "dns", [KIND_POLICIES] = "policy", [KIND_MX] = "starttls"
};

/* Seconds between a domain and what is joined with it, up to; beyond the last without a bound. */
static const int64_t bounds[] = { 60, 600, 3600, 21600, 86400, 604800 };
#define BOUNDS (sizeof(bounds) / sizeof(bounds[0]))

enum pair { PAIR_POLICY, PAIR_MX, PAIR_COUNT };

struct hour {
    struct index_entry entry;
    uint64_t records;
    char key[]; /* hour, stage, worker and outcome, a NUL behind each: their order is that of the
                   file */
};

struct timeline {
    pthread_mutex_t lock;
    struct arena arena;
    struct index hours;
    uint64_t skews[PAIR_COUNT][BOUNDS + 1];
};

struct timeline *timeline_new(void)
{
    struct timeline *t = memory_alloc(sizeof(*t));

    pthread_mutex_init(&t->lock, NULL);
    arena_init(&t->arena, FIRST_CHUNK);
    index_init(&t->hours);
    return t;
}

void timeline_free(struct timeline *t)
{
    if (t == NULL)
        return;
    index_free(&t->hours);
    arena_free(&t->arena);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static void key_add(struct buf *key, const char *text, size_t max)
{
    if (text != NULL)
        buf_append(key, text, strnlen(text, max));
    buf_byte(key, '\0');
}

/* The outcome of a domain is that of its MX lookup, unless nobody worked on it. */
static const char *outcome_of(enum kind kind, const struct json *record)
{
    const char *outcome = json_get_string(record, "outcome");

    if (outcome == NULL && kind == KIND_DOMAINS)
        outcome = json_get_string(json_get(record, "mx"), "outcome");
    return outcome;
}

void timeline_take(struct timeline *t, enum kind kind, const struct json *record)
{
    struct hour *h;
    struct buf key;

    if (stages[kind] == NULL)
        return;
    buf_init(&key, BUF_NO_CEILING);
    key_add(&key, json_get_string(record, "time"), HOUR_LEN);
    key_add(&key, stages[kind], SIZE_MAX);
    key_add(&key, json_get_string(record, "worker"), SIZE_MAX);
    key_add(&key, outcome_of(kind, record), SIZE_MAX);
    pthread_mutex_lock(&t->lock);
    h = (struct hour *)index_find(&t->hours, key.data, key.len);
    if (h == NULL) {
        h = arena_alloc(&t->arena, sizeof(*h) + key.len);
        memcpy(h->key, key.data, key.len);
        index_add(&t->hours, &h->entry, h->key, key.len);
    }
    h->records++;
    pthread_mutex_unlock(&t->lock);
    buf_free(&key);
}

static void skew_count(struct timeline *t, enum pair pair, int64_t skew)
{
    size_t i = 0;

    if (skew < 0)
        return;
    while (i < BOUNDS && skew > bounds[i])
        i++;
    __atomic_fetch_add(&t->skews[pair][i], 1, __ATOMIC_RELAXED);
}

void timeline_join(struct timeline *t, const struct joined *d)
{
    skew_count(t, PAIR_POLICY, d->policy_skew);
    for (size_t i = 0; i < d->host_count; i++)
        skew_count(t, PAIR_MX, d->hosts[i].skew);
}

/* ---- written ---- */

static int by_key(const void *a, const void *b)
{
    const struct hour *x = *(struct hour *const *)a, *y = *(struct hour *const *)b;
    size_t len = x->entry.key_len < y->entry.key_len ? x->entry.key_len : y->entry.key_len;

    return memcmp(x->key, y->key, len);
}

static void write_hour(struct csv_writer *w, const struct hour *h)
{
    struct buf hour;
    const char *at = h->key;

    buf_init(&hour, BUF_NO_CEILING);
    buf_string(&hour, at);
    if (hour.len > 0)
        buf_string(&hour, ":00:00Z");
    csv_bytes(w, hour.data, hour.len);
    buf_free(&hour);
    for (int i = 0; i < 3; i++)
        csv_string(w, at += strlen(at) + 1);
    csv_uint(w, h->records);
    csv_end_row(w);
}

void timeline_write(const struct timeline *t, struct buf *out)
{
    static const char *const names[] = { "hour", "stage", "worker", "outcome", "records" };
    struct hour **order = (struct hour **)index_sorted(&t->hours, by_key);
    struct csv_writer w;

    csv_writer_init(&w, out);
    csv_strings(&w, names, sizeof(names) / sizeof(names[0]));
    csv_end_row(&w);
    for (size_t i = 0; i < t->hours.count; i++)
        write_hour(&w, order[i]);
    free(order);
}

void timeline_write_skew(const struct timeline *t, struct buf *out)
{
    static const char *const names[] = { "joined", "seconds_to", "pairs" };
    static const char *const pairs[] = { [PAIR_POLICY] = "policy", [PAIR_MX] = "mx" };
    struct csv_writer w;

    csv_writer_init(&w, out);
    csv_strings(&w, names, sizeof(names) / sizeof(names[0]));
    csv_end_row(&w);
    for (int p = 0; p < PAIR_COUNT; p++) {
        for (size_t i = 0; i <= BOUNDS; i++) {
            csv_string(&w, pairs[p]);
            if (i < BOUNDS)
                csv_uint(&w, (uint64_t)bounds[i]);
            else
                csv_string(&w, NULL);
            csv_uint(&w, t->skews[p][i]);
            csv_end_row(&w);
        }
    }
}
