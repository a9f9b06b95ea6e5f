/* Timers: each comes up once, not early and soon; stopped ones never. And the histogram. */
#include "workers/dns/wheel.h"

#include <stddef.h>

#include "tests/unit/check.h"
#include "workers/dns/rtt_histogram.h"

#define MS UINT64_C(1000)
#define SECOND UINT64_C(1000000)

enum { LATE = 8192 }; /* two ticks */

static struct wheel wheel;

struct row {
    struct wheel_timer timer;
    uint64_t due;
    bool stopped, came;
};

/* Let time pass in steps; check each that comes up. */
static void run(struct row *rows, unsigned count, uint64_t from, uint64_t to, uint64_t step)
{
    for (uint64_t now = from; now <= to; now += step) {
        struct wheel_timer *t;

        while ((t = wheel_due(&wheel, now)) != NULL) {
            struct row *r = (struct row *)t;

            CHECK(!r->came && !r->stopped, "row %td", r - rows);
            CHECK(now >= r->due, "row %td: early: %lu < %lu", r - rows, now, r->due);
            CHECK(now <= r->due + LATE + step, "row %td: late: %lu, due %lu", r - rows, now,
                  r->due);
            r->came = true;
        }
        CHECK(wheel_next_us(&wheel) > now, "next is past: %lu", now);
    }
    for (unsigned i = 0; i < count; i++)
        CHECK(rows[i].came != rows[i].stopped, "row %u", i);
}

static void test_order(void)
{
    static struct row rows[2000];
    uint64_t start = 987654321, seed = 42;

    wheel_init(&wheel, start);
    CHECK(wheel_next_us(&wheel) == UINT64_MAX, "empty");
    for (unsigned i = 0; i < 2000; i++) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        rows[i].due = start + seed % (100000 * MS); /* thrice round the wheel */
        wheel_set(&wheel, &rows[i].timer, rows[i].due);
    }
    for (unsigned i = 0; i < 2000; i += 3) {
        wheel_stop(&wheel, &rows[i].timer);
        wheel_stop(&wheel, &rows[i].timer); /* twice does no harm */
        rows[i].stopped = true;
    }
    for (unsigned i = 1; i < 2000; i += 9) { /* set anew */
        rows[i].due += 1000 * MS;
        wheel_set(&wheel, &rows[i].timer, rows[i].due);
    }
    run(rows, 2000, start, start + 101500 * MS, 3 * MS);
    CHECK(wheel.count == 0 && wheel_next_us(&wheel) == UINT64_MAX, "%u left", wheel.count);
}

static void test_past_and_leap(void)
{
    struct row rows[2] = { { .due = 5000000 }, { .due = 60 * SECOND } };

    wheel_init(&wheel, 10000000);
    wheel_set(&wheel, &rows[0].timer, rows[0].due); /* due before it was set */
    CHECK(wheel_due(&wheel, 10000000) == NULL, "not in the same tick");
    CHECK(wheel_due(&wheel, 10000000 + LATE) == &rows[0].timer, "in the next");
    wheel_set(&wheel, &rows[1].timer, rows[1].due);
    CHECK(wheel_due(&wheel, 500 * SECOND) == &rows[1].timer, "after a long sleep");
    CHECK(wheel_due(&wheel, 500 * SECOND) == NULL, "once");
}

static void test_histogram(void)
{
    static struct rtt_histogram h;

    CHECK(rtt_histogram_quantile(&h, 0.5) == 0, "empty");
    for (uint64_t i = 1; i <= 100000; i++)
        rtt_histogram_add(&h, i);
    for (unsigned q = 1; q <= 100; q++) {
        double exact = q * 1000.0, got = (double)rtt_histogram_quantile(&h, q / 100.0);

        CHECK(got > exact * 0.94 && got < exact * 1.06, "%u%%: %.0f", q, got);
    }
    for (uint64_t i = 0; i < 20; i++) {
        static struct rtt_histogram one;

        memset(&one, 0, sizeof(one));
        rtt_histogram_add(&one, i);
        CHECK(rtt_histogram_quantile(&one, 0.5) == i, "%lu", i);
    }
    rtt_histogram_add(&h, UINT64_MAX);
    CHECK(rtt_histogram_quantile(&h, 1) > 1000000000, "the last bucket takes all");
}

int main(void)
{
    test_order();
    test_past_and_leap();
    test_histogram();
    return check_report();
}
