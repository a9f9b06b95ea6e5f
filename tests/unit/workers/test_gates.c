/* The caps: who may go at once, who waits for whom, and in which order they go. */
#include "workers/gates.h"

#include "tests/unit/check.h"

#define PASSES 64

static struct settings settings;
static struct gate_pass passes[PASSES];
static unsigned opened[PASSES], open_count;

static void on_open(struct gate_pass *p)
{
    opened[open_count++] = (unsigned)(p - passes);
}

static void enter(struct gates *g, unsigned i, const char *address, const char *host)
{
    struct address a;

    address_parse(&a, address);
    gates_enter(g, &passes[i], &a, host, on_open);
}

static struct gates *begin(int64_t address, int64_t network, int64_t operator_, unsigned workers)
{
    struct gates *g;

    settings.per_address = address;
    settings.per_network = network;
    settings.per_operator = operator_;
    g = gates_new(&settings);
    if (workers > 0)
        gates_share(g, workers);
    open_count = 0;
    return g;
}

/* What a second connection has in common with a first, where one of each kind may go at once. */
static void test_what_is_common(void)
{
    static const struct {
        const char *address, *host, *other_address, *other_host;
        bool at_once;
    } rows[] = {
        { "192.0.2.1", "a.example", "192.0.2.1", "b.test", false },
        { "192.0.2.1", "a.example", "192.0.2.200", "b.test", false },
        { "192.0.2.1", "a.example", "192.0.3.1", "b.test", true },
        { "192.0.2.1", "mx.a.example", "198.51.100.1", "mx2.a.example", false },
        { "192.0.2.1", "mx.a.co.uk", "198.51.100.1", "mx.b.co.uk", true },
        { "192.0.2.1", "mx.a.co.uk", "198.51.100.1", "x.y.a.co.uk", false },
        { "2001:db8:1:2::1", "a.example", "2001:db8:1:3::1", "b.test", false },
        { "2001:db8:1:2::1", "a.example", "2001:db8:2:2::1", "b.test", true },
        { "32.1.13.184", "a.example", "2001:db8::1", "b.test", true }, /* the same first bytes */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct gates *g = begin(1, 1, 1, 1);

        enter(g, 0, rows[i].address, rows[i].host);
        enter(g, 1, rows[i].other_address, rows[i].other_host);
        CHECK(open_count == (rows[i].at_once ? 2 : 1), "%zu: %u", i, open_count);
        gates_leave(g, &passes[0]);
        CHECK(open_count == 2, "%zu: %u", i, open_count);
        gates_leave(g, &passes[1]);
        gates_free(g);
    }
}

static void test_order(void)
{
    struct gates *g = begin(2, 100, 100, 1);

    for (unsigned i = 0; i < 6; i++)
        enter(g, i, "192.0.2.1", "a.example");
    CHECK(open_count == 2, "%u", open_count);
    for (unsigned i = 0; i < 6; i++)
        gates_leave(g, &passes[i]);
    CHECK(open_count == 6, "%u", open_count);
    for (unsigned i = 0; i < open_count; i++)
        CHECK(opened[i] == i, "%u went as number %u", opened[i], i);
    gates_free(g);
}

/* Who waits for its operator keeps no stranger from the network, beyond the place it has there. */
static void test_narrow_before_wide(void)
{
    struct gates *g = begin(1, 3, 1, 1);

    enter(g, 0, "192.0.2.1", "mx1.a.example");
    enter(g, 1, "192.0.2.2", "mx2.a.example"); /* waits for the operator */
    enter(g, 2, "192.0.2.3", "mx.b.test");
    CHECK(open_count == 2 && opened[1] == 2, "%u", open_count);
    enter(g, 3, "192.0.2.4", "mx.c.test"); /* the fourth of its network */
    CHECK(open_count == 2, "%u", open_count);
    gates_leave(g, &passes[0]);
    CHECK(open_count == 4, "%u", open_count);
    gates_free(g);
}

/* Twelve of a run; what a worker has of them, one at least, and one before it knows. */
static void test_shares(void)
{
    static const struct {
        unsigned workers, go;
    } rows[] = { { 0, 1 }, { 1, 12 }, { 2, 6 }, { 5, 2 }, { 12, 1 }, { 40, 1 } };
    struct gates *g;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        g = begin(12, 100, 100, rows[i].workers);
        for (unsigned p = 0; p < 20; p++)
            enter(g, p, "192.0.2.1", "a.example");
        CHECK(open_count == rows[i].go, "%u workers: %u", rows[i].workers, open_count);
        gates_free(g);
    }
    g = begin(12, 100, 100, 4);
    for (unsigned p = 0; p < 20; p++)
        enter(g, p, "192.0.2.1", "a.example");
    gates_share(g, 2); /* two have ended */
    gates_leave(g, &passes[0]);
    CHECK(open_count == 7, "six go at once: %u", open_count);
    gates_share(g, 6); /* four have joined */
    for (unsigned p = 1; p < 5; p++)
        gates_leave(g, &passes[p]);
    CHECK(open_count == 7, "none goes while more than two do: %u", open_count);
    gates_leave(g, &passes[5]);
    CHECK(open_count == 8, "%u", open_count);
    gates_free(g);
}

int main(void)
{
    settings_default(&settings);
    test_what_is_common();
    test_order();
    test_narrow_before_wide();
    test_shares();
    return check_report();
}
