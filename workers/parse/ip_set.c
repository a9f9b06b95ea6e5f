#include "workers/parse/ip_set.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static ip_number number_of(const uint8_t *address, size_t len)
{
    ip_number n = 0;

    for (size_t i = 0; i < len; i++)
        n = n << 8 | address[i];
    return n;
}

static struct ip_range network(ip_number n, unsigned host_bits)
{
    ip_number hosts = host_bits < 128 ? ((ip_number)1 << host_bits) - 1 : ~(ip_number)0;

    return (struct ip_range){ n & ~hosts, n | hosts };
}

struct ip_range ip_range4(const uint8_t address[4], unsigned bits)
{
    return network(number_of(address, 4), 32 - bits);
}

struct ip_range ip_range6(const uint8_t address[16], unsigned bits)
{
    return network(number_of(address, 16), 128 - bits);
}

static void grow(struct ip_set *s, struct arena *arena)
{
    size_t room = s->room > 0 ? 2 * s->room : 16;
    struct ip_range *ranges = arena_array(arena, room, sizeof(*ranges));

    if (s->count > 0)
        memcpy(ranges, s->ranges, s->count * sizeof(*ranges));
    s->ranges = ranges;
    s->room = room;
}

void ip_set_add(struct ip_set *s, struct arena *arena, struct ip_range range)
{
    if (s->count == s->room)
        grow(s, arena);
    s->ranges[s->count++] = range;
}

static int by_first(const void *a, const void *b)
{
    const struct ip_range *x = a, *y = b;

    return x->first < y->first ? -1 : x->first > y->first;
}

static bool is_tidy(const struct ip_set *s)
{
    for (size_t i = 1; i < s->count; i++)
        if (s->ranges[i].first <= s->ranges[i - 1].last ||
            s->ranges[i].first - s->ranges[i - 1].last == 1)
            return false;
    return true;
}

/* Sort, and join what overlaps or touches. */
static void tidy(struct ip_set *s)
{
    size_t kept = 0;

    if (is_tidy(s))
        return;
    qsort(s->ranges, s->count, sizeof(*s->ranges), by_first);
    for (size_t i = 1; i < s->count; i++) {
        struct ip_range *last = &s->ranges[kept];

        if (s->ranges[i].first > last->last && s->ranges[i].first - last->last > 1)
            s->ranges[++kept] = s->ranges[i];
        else if (s->ranges[i].last > last->last)
            last->last = s->ranges[i].last;
    }
    s->count = kept + 1;
}

/* What of the range is in no range of except from *at on; *at moves behind those that are passed.
 */
static void add_rest(struct ip_set *s, struct arena *arena, struct ip_range range,
                     const struct ip_set *except, size_t *at)
{
    for (size_t i = *at; i < except->count && except->ranges[i].first <= range.last; i++) {
        struct ip_range hole = except->ranges[i];

        if (hole.last < range.first) {
            *at = i + 1;
            continue;
        }
        if (hole.first > range.first)
            ip_set_add(s, arena, (struct ip_range){ range.first, hole.first - 1 });
        if (hole.last >= range.last)
            return;
        range.first = hole.last + 1;
    }
    ip_set_add(s, arena, range);
}

void ip_set_add_set(struct ip_set *s, struct arena *arena, struct ip_set *other,
                    struct ip_set *except)
{
    size_t at = 0;

    if (except->count > 0) { /* hardly ever */
        tidy(other);
        tidy(except);
    }
    for (size_t i = 0; i < other->count; i++)
        add_rest(s, arena, other->ranges[i], except, &at);
}

uint64_t ip_set_count(struct ip_set *s, unsigned host_bits)
{
    uint64_t count = 0;
    ip_number behind = 0; /* the first network that is not counted yet */

    tidy(s);
    for (size_t i = 0; i < s->count; i++) {
        ip_number first = s->ranges[i].first >> host_bits, last = s->ranges[i].last >> host_bits;

        if (first < behind)
            first = behind;
        if (first <= last)
            count += (uint64_t)(last - first + 1);
        behind = last + 1;
    }
    return count;
}
