/* Stamps: RFC 3339 wants four digits of a year, which strangers' certificates choose. */
#include "scanner/base/timing.h"

#include "tests/unit/check.h"

static const struct {
    time_t wall;
    const char *stamp;
} rows[] = {
    { 0, "1970-01-01T00:00:00Z" },
    { 1795504863, "2026-11-24T07:21:03Z" },
    { 253402300799, "9999-12-31T23:59:59Z" },
    { -1, "1969-12-31T23:59:59Z" },
    { -30610224001, "0999-12-31T23:59:59Z" },
    { -62135596800, "0001-01-01T00:00:00Z" },
    { -62167219200, "0000-01-01T00:00:00Z" },
};

int main(void)
{
    char stamp[TIMING_STAMP_SIZE];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        timing_stamp(stamp, rows[i].wall);
        CHECK(strcmp(stamp, rows[i].stamp) == 0, "%s, not %s", stamp, rows[i].stamp);
    }
    return check_report();
}
