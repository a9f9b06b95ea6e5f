#include "scanner/base/timing.h"

#include <stdio.h>
#include <sys/resource.h>

uint64_t timing_monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t timing_monotonic_ms(void)
{
    return timing_monotonic_us() / 1000;
}

uint64_t timing_cpu_us(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

void timing_stamp(char out[TIMING_STAMP_SIZE], time_t wall)
{
    struct tm utc;

    gmtime_r(&wall, &utc);
    snprintf(out, TIMING_STAMP_SIZE, "%04d", utc.tm_year + 1900); /* %Y is "1" in the year 1 */
    strftime(out + 4, TIMING_STAMP_SIZE - 4, "-%m-%dT%H:%M:%SZ", &utc);
}

void timing_stamp_now(char out[TIMING_STAMP_SIZE])
{
    timing_stamp(out, time(NULL));
}
