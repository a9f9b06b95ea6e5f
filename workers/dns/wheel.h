/* wheel: timers by the thousand, set and stopped in constant time; nearly all of them are stopped
 * by an answer before they are due. Microseconds of the monotonic clock; a timer is due up to 4 ms
 * late. */
#ifndef MXC_WORKERS_DNS_WHEEL_H
#define MXC_WORKERS_DNS_WHEEL_H

#include <stdint.h>

#define WHEEL_SLOTS 8192U /* of 4.096 ms: 33 s; one further off is set again when it comes up */

struct wheel_timer {
    struct wheel_timer *previous, *next; /* NULL while not set */
    uint64_t tick;
};
struct wheel {
    struct wheel_timer slots[WHEEL_SLOTS]; /* rings */
    uint64_t occupied[WHEEL_SLOTS / 64];
    uint64_t now; /* tick */
    unsigned count;
};

void wheel_init(struct wheel *w, uint64_t now_us);
void wheel_set(struct wheel *w, struct wheel_timer *t, uint64_t due_us); /* set or not before */
void wheel_stop(struct wheel *w, struct wheel_timer *t);
/* Take out one timer that is due; NULL when there is none. */
struct wheel_timer *wheel_due(struct wheel *w, uint64_t now_us);
/* When the next slot with timers comes up; UINT64_MAX without any. */
uint64_t wheel_next_us(const struct wheel *w);

#endif
