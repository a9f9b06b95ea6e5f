/* The share of a run that could not be found out: what counts as that, and the percentage of a
 * command line. */
#include "output/unknown.h"

#include <math.h>

#include "scanner/base/exits.h"
#include "tests/unit/check.h"
#include "tests/unit/output/run.h"

static const struct {
    enum kind kind;
    const char *record;
    unsigned records, unknown;
} rows[] = {
    { KIND_DOMAINS, "{\"exists\":\"yes\",\"spf\":{\"outcome\":\"ok\",\"verdict\":\"valid\"}}", 1,
      0 },
    { KIND_DOMAINS, "{\"spf\":{\"outcome\":\"nodata\",\"verdict\":\"absent\"}}", 1, 0 },
    { KIND_DOMAINS, "{\"spf\":{\"outcome\":\"ok\",\"verdict\":\"unknown\"}}", 1, 1 },
    { KIND_DOMAINS, "{\"dkim\":{\"outcome\":\"servfail\",\"node\":\"unknown\"}}", 1, 1 },
    { KIND_DOMAINS, "{\"mx\":{\"verdict\":\"unknown\"},\"spf\":{\"verdict\":\"unknown\"}}", 1, 1 },
    { KIND_DOMAINS, "{\"input\":{\"outcome\":\"x\"},\"spf\":{\"verdict\":\"invalid\"}}", 1, 0 },
    { KIND_DOMAINS, "{\"exists\":\"unknown\",\"outcome\":\"quarantined\"}", 1, 1 },
    { KIND_POLICIES, "{\"outcome\":\"certificate\",\"verdict\":\"invalid\"}", 1, 0 },
    { KIND_POLICIES, "{\"outcome\":\"timeout\",\"verdict\":\"unknown\"}", 1, 1 },
    { KIND_POLICIES, "{\"outcome\":\"opted-out\",\"verdict\":\"unknown\"}", 0, 0 },
    { KIND_MX, "{\"outcome\":\"ok\",\"tlsa\":{\"outcome\":\"servfail\"}}", 1, 0 },
    { KIND_MX, "{\"outcome\":\"starttls-absent\"}", 1, 0 },
    { KIND_MX, "{\"outcome\":\"no-address\"}", 1, 0 },
    { KIND_MX, "{\"outcome\":\"timeout\"}", 1, 1 },
    { KIND_MX, "{\"outcome\":\"blocked\"}", 1, 1 },
    { KIND_MX, "{\"outcome\":\"quarantined\"}", 1, 1 },
    { KIND_MX, "{\"outcome\":\"not-probed\"}", 0, 0 },
    { KIND_MX, "{\"outcome\":\"skipped\"}", 0, 0 },
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static void test_records(void)
{
    struct arena arena;

    arena_init(&arena, 1024);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct unknown u = { 0 };

        unknown_add(&u, rows[i].kind, json_parse(&arena, rows[i].record, strlen(rows[i].record)));
        CHECK(u.records[rows[i].kind] == rows[i].records &&
                  u.unknown[rows[i].kind] == rows[i].unknown,
              "%s", rows[i].record);
    }
    arena_free(&arena);
}

static void test_share(void)
{
    struct unknown none = { 0 }, some = { .records = { 10, 4, 6 }, .unknown = { 1, 2, 2 } };

    CHECK(unknown_share(&none) == 0, "nothing is known of nothing: %f", unknown_share(&none));
    CHECK(fabs(unknown_share(&some) - 0.25) < 1e-9, "%f", unknown_share(&some));
}

static const struct {
    const char *text;
    double share; /* -1: refused */
} percentages[] = {
    { "5%", 0.05 }, { "5", 0.05 },       { "0", 0 },    { "100%", 1 }, { "2.5%", 0.025 },
    { "", -1 },     { "%", -1 },         { "-1%", -1 }, { "101", -1 }, { "5%%", -1 },
    { "five", -1 }, { "5 percent", -1 }, { "nan", -1 }, { "inf", -1 },
};

static void test_percentages(void)
{
    for (size_t i = 0; i < sizeof(percentages) / sizeof(percentages[0]); i++) {
        double share = -1;
        bool good = unknown_parse(percentages[i].text, &share);

        CHECK(good == (percentages[i].share >= 0), "%s", percentages[i].text);
        CHECK(fabs(share - percentages[i].share) < 1e-9, "%s: %f", percentages[i].text, share);
    }
}

/* One of four: at the limit is allowed, above is not. */
static void test_run(void)
{
    run_lines(KIND_DOMAINS, "{\"v\":1,\"spf\":{\"verdict\":\"valid\"}}\n"
                            "{\"v\":1,\"spf\":{\"verdict\":\"absent\"}}\n");
    run_lines(KIND_POLICIES, "");
    run_lines(KIND_MX, "{\"v\":1,\"outcome\":\"timeout\"}\n{\"v\":1,\"outcome\":\"ok\"}\n");
    CHECK(unknown_run(run_dir, 0.25, true) == EXIT_OK, "at the limit");
    CHECK(unknown_run(run_dir, 0.24, true) == EXIT_UNKNOWN, "above it");
    CHECK(unknown_run("/nonexistent", 1, true) == EXIT_OK, "nothing at all");
}

int main(void)
{
    run_make();
    test_records();
    test_share();
    test_percentages();
    test_run();
    run_remove();
    return check_report();
}
