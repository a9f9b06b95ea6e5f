#include "workers/dns/rtt_histogram.h"

/* Below 16 each value has its bucket; from there on the four bits behind the highest choose. */
static unsigned bucket_of(uint64_t us)
{
    unsigned bits = us < 16 ? 0 : 63U - (unsigned)__builtin_clzll(us);
    unsigned bucket =
        bits == 0 ? (unsigned)us : (bits - 3) * 16 + (unsigned)(us >> (bits - 4) & 15);

    return bucket < RTT_BUCKETS ? bucket : RTT_BUCKETS - 1;
}

static uint64_t middle_of(unsigned bucket)
{
    unsigned bits = bucket / 16 + 3;
    uint64_t low, width;

    if (bucket < 16)
        return bucket;
    width = 1ULL << (bits - 4);
    low = (16ULL + bucket % 16) * width;
    return low + width / 2;
}

void rtt_histogram_add(struct rtt_histogram *h, uint64_t rtt_us)
{
    h->count++;
    h->buckets[bucket_of(rtt_us)]++;
}

void rtt_histogram_add_bucket(struct rtt_histogram *h, uint64_t bucket, uint64_t count)
{
    if (bucket >= RTT_BUCKETS)
        return;
    h->count += count;
    h->buckets[bucket] += count;
}

uint64_t rtt_histogram_quantile(const struct rtt_histogram *h, double q)
{
    uint64_t below = 0;

    for (unsigned i = 0; i < RTT_BUCKETS; i++) {
        below += h->buckets[i];
        if (below > 0 && (double)below >= q * (double)h->count)
            return middle_of(i);
    }
    return 0;
}
