/* report: what became of the queries of a worker, resolver by resolver, as text; and the sum of the
 * reports of all workers. A report counts from the worker's beginning: a later one of the same
 * worker replaces the earlier, so that one told twice or lost does no harm. */
#ifndef MXC_WORKERS_DNS_REPORT_H
#define MXC_WORKERS_DNS_REPORT_H

#include "scanner/base/buf.h"
#include "workers/dns/engine.h"

/* {"drops":0,"resolvers":[{"resolver":"192.0.2.1","sent":7,…,"rtt":[BUCKET,COUNT,…]},…]} */
void report_write(const struct dns_engine *e, struct buf *out);

struct report_row {
    char resolver[RESOLVER_TEXT_SIZE];
    struct resolver_counts counts;
    struct rtt_histogram rtts;
};
struct report_sum {
    struct report_row *rows; /* owned; in the order in which they were first named */
    size_t count;
    uint64_t drops; /* answers that kernels dropped for want of receive buffer */
};

/* The row of this resolver, made if there is none. Lives until the next call. */
struct report_row *report_row(struct report_sum *sum, const char *resolver);
bool report_add(struct report_sum *sum, const char *text, size_t len); /* false: no report */
void report_free(struct report_sum *sum);

#endif
