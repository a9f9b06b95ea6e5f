/* judges: how a row of the table of metrics is answered for one domain. Pure. */
#ifndef MXC_OUTPUT_JUDGES_H
#define MXC_OUTPUT_JUDGES_H

#include "output/metrics.h"

typedef enum tri judge_fn(const struct joined *d, const struct metric *m);

/* Of a protocol: there is a record (verdict valid or invalid); it is valid; it is valid and the
 * field is one of the values. */
judge_fn judge_present, judge_valid, judge_valid_with;
/* A field of a member is one of the values; unknown where it is missing or says so. */
judge_fn judge_field;
/* Valid, and the field is there. */
judge_fn judge_valid_having;
judge_fn judge_spf_enforcing, judge_dmarc_effective;
/* The policy that applies to the domain, be it an ancestor's: there is one; it is one of the
 * values. A domain of the control of DKIM pruning; one that has a key all the same. */
judge_fn judge_dmarc_covered, judge_dkim_control, judge_dkim_missed;
judge_fn judge_policy_valid, judge_policy_mode, judge_deliverable;
judge_fn judge_delivery_all, judge_delivery_none;
judge_fn judge_sts_tls_rpt_present, judge_five_present, judge_five_valid;

/* The domain's MX, and a trait of its hosts. */
judge_fn judge_everyone, judge_exists, judge_usable_mx, judge_not_parked;
judge_fn judge_dnssec, judge_mx_secure;
judge_fn judge_all_hosts, judge_some_host, judge_no_host, judge_dangling;
judge_fn judge_ipv6, judge_ipv6_all, judge_tlsa, judge_dane_secure, judge_dane_valid;

#endif
