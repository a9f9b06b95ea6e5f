/* timing: clocks. Timers run on the monotonic clock; the wall clock only stamps records. */
#ifndef MXC_BASE_TIMING_H
#define MXC_BASE_TIMING_H

#include <stdint.h>
#include <time.h>

#define TIMING_STAMP_SIZE 21 /* "2026-11-24T07:41:03Z" */

uint64_t timing_monotonic_ms(void);
uint64_t timing_monotonic_us(void);
uint64_t timing_cpu_us(void); /* user and system time of this process */
void timing_stamp(char out[TIMING_STAMP_SIZE], time_t wall); /* RFC 3339, UTC */
void timing_stamp_now(char out[TIMING_STAMP_SIZE]);

#endif
