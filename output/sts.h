/* sts: the three files on MTA-STS, counted together domain by domain. */
#ifndef MXC_OUTPUT_STS_H
#define MXC_OUTPUT_STS_H

#include "output/join.h"
#include "scanner/base/buf.h"

struct sts;

struct sts *sts_new(uint64_t list_domains);
void sts_free(struct sts *s);
/* Any thread, each with its number. Arena: of the view, for what the call needs meanwhile. */
void sts_count(struct sts *s, unsigned thread, const struct joined *d, struct arena *arena);

void sts_write_funnel(const struct sts *s, struct buf *csv);   /* sts_funnel.csv */
void sts_write_errors(const struct sts *s, struct buf *csv);   /* sts_errors.csv */
void sts_write_mx_certs(const struct sts *s, struct buf *csv); /* mx_certs.csv */
void sts_explain(struct buf *out);                             /* what the names in them mean */

#endif
