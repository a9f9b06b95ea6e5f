#include "workers/dns/resolvers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"

enum { PICKS = 4 };
#define SEPARATORS ", \t\r\n"

static bool parse_port(const char *text, uint16_t *port)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    *port = (uint16_t)n;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && n > 0 && n <= UINT16_MAX;
}

/* "ADDR" or "ADDR#PORT". */
static bool parse_item(char *item, struct address *address, uint16_t *port)
{
    char *hash = strchr(item, '#');

    *port = RESOLVER_PORT;
    if (hash != NULL)
        *hash = '\0';
    return (hash == NULL || parse_port(hash + 1, port)) && address_parse(address, item);
}

static void add(struct resolvers *rs, const struct address *address, uint16_t port, bool trust_ad,
                uint64_t now_us)
{
    for (size_t i = 0; i < rs->count; i++)
        if (rs->items[i].port == port && address_equal(&rs->items[i].address, address))
            return;
    rs->items = memory_grow(rs->items, rs->count + 1, sizeof(*rs->items));
    resolver_init(&rs->items[rs->count++], address, port, trust_ad, now_us);
}

static bool add_list(struct resolvers *rs, const struct settings *s, uint64_t now_us,
                     char error[RESOLVERS_ERROR_SIZE])
{
    char *list = memory_strdup(s->resolver), *rest = list, *item;
    bool good = true;

    while (good && (item = strsep(&rest, SEPARATORS)) != NULL) {
        struct address address;
        uint16_t port;
        char text[64];

        if (*item == '\0')
            continue;
        snprintf(text, sizeof(text), "%s", item);
        good = parse_item(item, &address, &port);
        if (good)
            add(rs, &address, port, s->trust_ad, now_us);
        else
            snprintf(error, RESOLVERS_ERROR_SIZE,
                     "--resolver: \"%s\" is no address, nor ADDRESS#PORT", text);
    }
    free(list);
    return good;
}

/* resolv.conf(5). A scope ("fe80::1%eth0") is beyond us and skipped. */
static bool add_conf(struct resolvers *rs, const struct settings *s, const char *conf,
                     uint64_t now_us, char error[RESOLVERS_ERROR_SIZE])
{
    FILE *f = fopen(conf, "re");
    char line[512];

    if (f == NULL) {
        snprintf(error, RESOLVERS_ERROR_SIZE, "cannot read %s: %s; name a resolver by --resolver",
                 conf, strerror(errno));
        return false;
    }
    while (fgets(line, sizeof(line), f) != NULL) {
        char text[64];
        struct address address;

        if (sscanf(line, " nameserver %63s", text) == 1 && address_parse(&address, text))
            add(rs, &address, RESOLVER_PORT, s->trust_ad, now_us);
    }
    fclose(f);
    return true;
}

bool resolvers_init(struct resolvers *rs, const struct settings *settings, const char *conf,
                    uint64_t now_us, char error[RESOLVERS_ERROR_SIZE])
{
    bool listed = settings->resolver[strspn(settings->resolver, SEPARATORS)] != '\0';

    memset(rs, 0, sizeof(*rs));
    rs->random = now_us | 1;
    if (listed ? !add_list(rs, settings, now_us, error)
               : !add_conf(rs, settings, conf, now_us, error)) {
        resolvers_free(rs);
        return false;
    }
    if (rs->count == 0)
        snprintf(error, RESOLVERS_ERROR_SIZE, "%s names no resolver; name one by --resolver", conf);
    return rs->count > 0;
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
