#include "workers/dns/wheel.h"

#include <stddef.h>

enum { TICK_BITS = 12 };

static unsigned slot_of(uint64_t tick)
{
    return (unsigned)(tick % WHEEL_SLOTS);
}

void wheel_init(struct wheel *w, uint64_t now_us)
{
    for (unsigned i = 0; i < WHEEL_SLOTS; i++)
        w->slots[i].previous = w->slots[i].next = &w->slots[i];
    for (unsigned i = 0; i < WHEEL_SLOTS / 64; i++)
        w->occupied[i] = 0;
    w->now = now_us >> TICK_BITS;
    w->count = 0;
}

void wheel_set(struct wheel *w, struct wheel_timer *t, uint64_t due_us)
{
    uint64_t tick = (due_us >> TICK_BITS) + 1;
    uint64_t at = tick;
    struct wheel_timer *ring;

    wheel_stop(w, t);
    if (at <= w->now)
        at = w->now + 1;
    if (at - w->now >= WHEEL_SLOTS)
        at = w->now + WHEEL_SLOTS - 1;
    ring = &w->slots[slot_of(at)];
    t->tick = tick;
    t->next = ring;
    t->previous = ring->previous;
    ring->previous->next = t;
    ring->previous = t;
    w->occupied[slot_of(at) / 64] |= 1ULL << slot_of(at) % 64;
    w->count++;
}

void wheel_stop(struct wheel *w, struct wheel_timer *t)
{
    if (t->next == NULL)
        return;
    if (t->next == t->previous) /* the ring's head alone remains */
        w->occupied[(t->next - w->slots) / 64] &= ~(1ULL << (t->next - w->slots) % 64);
    t->previous->next = t->next;
    t->next->previous = t->previous;
    t->next = t->previous = NULL;
    w->count--;
}

/* Ticks from the present one to the next slot with timers, itself included; WHEEL_SLOTS: none. */
static unsigned distance(const struct wheel *w)
{
    unsigned start = slot_of(w->now), passed = 0;

    while (w->count > 0 && passed < WHEEL_SLOTS) {
        unsigned slot = (start + passed) % WHEEL_SLOTS;
        uint64_t word = w->occupied[slot / 64] >> slot % 64;

        if (word != 0) {
            passed += (unsigned)__builtin_ctzll(word);
            return passed < WHEEL_SLOTS ? passed : WHEEL_SLOTS;
        }
        passed += 64 - slot % 64;
    }
    return WHEEL_SLOTS;
}

struct wheel_timer *wheel_due(struct wheel *w, uint64_t now_us)
{
    uint64_t now = now_us >> TICK_BITS;

    for (;;) {
        unsigned ahead = distance(w);
        struct wheel_timer *t;

        if (w->count == 0 || w->now + ahead > now) {
            w->now = now > w->now ? now : w->now;
            return NULL;
        }
        w->now += ahead;
        t = w->slots[slot_of(w->now)].next;
        wheel_stop(w, t);
        if (t->tick <= w->now)
            return t;
        wheel_set(w, t, (t->tick - 1) << TICK_BITS);
    }
}

uint64_t wheel_next_us(const struct wheel *w)
{
    return w->count == 0 ? UINT64_MAX : (w->now + distance(w)) << TICK_BITS;
}
