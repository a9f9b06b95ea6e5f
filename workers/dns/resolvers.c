#include "workers/dns/resolvers.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"

enum { PICKS = 4 };

bool resolvers_init(struct resolvers *rs, const struct settings *settings, const char *conf,
                    uint64_t now_us, char error[RESOLVERS_ERROR_SIZE])
{
    struct resolver_list list;

    memset(rs, 0, sizeof(*rs));
    rs->random = now_us | 1;
    if (!resolver_list_read(&list, settings->resolver, conf, error))
        return false;
    rs->items = memory_alloc(list.count * sizeof(*rs->items));
    for (; rs->count < list.count; rs->count++)
        resolver_init(&rs->items[rs->count], &list.items[rs->count], settings->trust_ad, now_us);
    resolver_list_free(&list);
    return true;
}

void resolvers_free(struct resolvers *rs)
{
    free(rs->items);
    memset(rs, 0, sizeof(*rs));
}

static size_t random_below(struct resolvers *rs, size_t n)
{
    rs->random ^= rs->random << 13; /* xorshift64 */
    rs->random ^= rs->random >> 7;
    rs->random ^= rs->random << 17;
    return (size_t)(rs->random % n);
}

static bool was_tried(const struct resolvers *rs, const struct resolver *r, const uint16_t *tried,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (&rs->items[tried[i]] == r)
            return true;
    return false;
}

/* A silent one whose time has come. */
static struct resolver *choose_probe(struct resolvers *rs, uint64_t now_us)
{
    struct resolver *found = NULL;

    if (now_us < rs->probe_us)
        return NULL;
    for (size_t i = 0; i < rs->count && found == NULL; i++)
        if (rs->items[i].quarantined && resolver_ready(&rs->items[i], now_us))
            found = &rs->items[i];
    if (found == NULL)
        rs->probe_us = now_us + 50000; /* look again then */
    return found;
}

static double load_of(const struct resolver *r)
{
    return r->in_flight / r->window;
}

/* The least loaded of a few at random. */
static struct resolver *choose_fresh(struct resolvers *rs, uint64_t now_us, const uint16_t *tried,
                                     size_t tried_count, size_t picks)
{
    size_t first = random_below(rs, rs->count);
    struct resolver *best = NULL;

    for (size_t i = 0; i < rs->count && picks > 0; i++) {
        struct resolver *r = &rs->items[(first + i) % rs->count];

        if (r->quarantined || was_tried(rs, r, tried, tried_count) || !resolver_ready(r, now_us))
            continue;
        picks--;
        if (best == NULL || load_of(r) < load_of(best))
            best = r;
    }
    return best;
}

struct resolver *resolvers_choose(struct resolvers *rs, uint64_t now_us, const uint16_t *tried,
                                  size_t tried_count)
{
    struct resolver *r = tried_count == 0 ? choose_probe(rs, now_us) : NULL;

    if (r == NULL)
        r = choose_fresh(rs, now_us, tried, tried_count, PICKS);
    if (r == NULL && tried_count > 0)
        r = choose_fresh(rs, now_us, NULL, 0, PICKS);
    if (r == NULL && tried_count > 0)
        r = choose_probe(rs, now_us);
    return r;
}

bool resolvers_all_silent(const struct resolvers *rs)
{
    for (size_t i = 0; i < rs->count; i++)
        if (!rs->items[i].quarantined)
            return false;
    return true;
}
