/* rtt_histogram: round-trip times, by powers of two cut in sixteen: a quantile is exact to 6%. */
#ifndef MXC_WORKERS_DNS_RTT_HISTOGRAM_H
#define MXC_WORKERS_DNS_RTT_HISTOGRAM_H

#include <stdint.h>

#define RTT_BUCKETS 448 /* up to 2^31 µs */

struct rtt_histogram {
    uint64_t count;
    uint64_t buckets[RTT_BUCKETS];
};

void rtt_histogram_add(struct rtt_histogram *h, uint64_t rtt_us);
void rtt_histogram_add_bucket(struct rtt_histogram *h, uint64_t bucket, uint64_t count);
/* The time that the share q (0 to 1) of all is at or below; 0 when there is none. */
uint64_t rtt_histogram_quantile(const struct rtt_histogram *h, double q);

#endif
