/* Caps, on a clock of our own: never more than they allow over any time, and hardly less. */
#include "workers/dns/rate.h"

#include "tests/unit/check.h"
#include "workers/dns/resolver.h"

#define SECOND 1000000

static const struct {
    double limit;
    uint64_t step_us; /* between two looks at it */
    unsigned seconds;
} rows[] = {
    { 0.5, 1000, 60 }, { 1, 1000, 30 },   { 10, 333, 30 },     { 100, 1000, 10 },
    { 1000, 100, 5 },  { 1000, 5000, 5 }, { 100000, 1000, 2 }, { 7, 5000, 30 },
};

static double burst_of(double limit)
{
    return limit / 50 > 1 ? limit / 50 : 1;
}

static void test_rate(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rate r = { .limit = rows[i].limit, .filled_us = 5 };
        double most = rows[i].limit * rows[i].seconds, sent = 0;

        for (uint64_t now = 5; now < 5 + (uint64_t)rows[i].seconds * SECOND; now += rows[i].step_us)
            for (; rate_allows(&r, now); sent++)
                rate_take(&r);
        CHECK(sent <= most + burst_of(rows[i].limit), "%g: %g in %u s", rows[i].limit, sent,
              rows[i].seconds);
        CHECK(sent >= 0.97 * most - 1, "%g: only %g in %u s", rows[i].limit, sent, rows[i].seconds);
    }
}

static void test_none(void)
{
    struct rate r = { 0 };

    for (unsigned i = 0; i < 1000; i++) {
        CHECK(rate_allows(&r, 0), "no limit");
        rate_take(&r);
    }
}

/* What had to be sent all the same is made up for. */
static void test_debt(void)
{
    struct rate r = { .limit = 10 };

    for (unsigned i = 0; i < 10; i++)
        rate_take(&r);
    CHECK(!rate_allows(&r, SECOND), "ten are paid in a second");
    CHECK(rate_allows(&r, SECOND + SECOND / 10), "and then the next");
}

/* How many queries a resolver takes in so many seconds when each is answered at once. */
static unsigned sent_to(const char *address, double qps, unsigned seconds)
{
    struct resolver_place place = { .port = 53 };
    struct resolver r;
    unsigned sent = 0;

    address_parse(&place.address, address);
    resolver_init(&r, &place, false, 1);
    resolver_cap(&r, qps);
    for (uint64_t now = 1; now < (uint64_t)seconds * SECOND; now += 1000) {
        for (unsigned i = 0; i < 10 && resolver_ready(&r, now); i++, sent++) {
            resolver_sent(&r);
            resolver_answered(&r, now, 500, false, false);
        }
    }
    return sent;
}

static void test_resolver(void)
{
    static const struct {
        const char *address;
        bool capped;
    } addresses[] = {
        { "192.0.2.1", true },  { "10.0.0.1", true },     { "2001:db8::1", true },
        { "127.0.0.1", false }, { "127.64.0.53", false }, { "::1", false },
    };

    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        unsigned sent = sent_to(addresses[i].address, 500, 4);

        CHECK(addresses[i].capped ? sent >= 1950 && sent <= 2010 : sent == 40000, "%s: %u",
              addresses[i].address, sent);
    }
    CHECK(sent_to("192.0.2.1", 0, 1) == 10000, "no cap");
}

/* So many answers and refusals, one as evenly spread as the other. */
static void hear(struct resolver *r, uint64_t *now_us, uint64_t us, unsigned good, unsigned refused)
{
    unsigned count = good + refused;

    for (unsigned i = 1; i <= count; i++) {
        resolver_sent(r);
        resolver_answered(r, *now_us + i * us / count, 50000, false,
                          i * refused / count > (i - 1) * refused / count);
    }
    *now_us += us;
}

/* A limiter that lets a burst through seems to serve more than it does. The cut to that is too
 * small, and what is refused after it is not lost on the way. */
static void test_burst(void)
{
    struct resolver_place place = { .port = 53 };
    struct resolver r;
    uint64_t now = 1;

    address_parse(&place.address, "192.0.2.1");
    resolver_init(&r, &place, false, now);
    hear(&r, &now, SECOND / 5, 600, 60);
    CHECK(r.bears.limit > 2500, "the burst is taken for what it serves: %g", r.bears.limit);
    hear(&r, &now, 2 * SECOND / 5, 800, 280);
    CHECK(r.bears.limit <= 2000, "then what it serves is: %g", r.bears.limit);
    /* Where that does not help either, the share is the path's own. */
    hear(&r, &now, 2 * SECOND / 5, 720, 252);
    CHECK(r.tolerance > 0.3 && r.bears.limit > 1500, "%g at most: %g", r.tolerance, r.bears.limit);
}

int main(void)
{
    test_rate();
    test_none();
    test_debt();
    test_resolver();
    test_burst();
    return check_report();
}
