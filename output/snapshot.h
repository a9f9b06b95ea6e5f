/* snapshot: the state of a domain in a run as a line of cells, so that two runs can be laid side by
 * side, partition by partition of their names, in memory that one partition needs. */
#ifndef MXC_OUTPUT_SNAPSHOT_H
#define MXC_OUTPUT_SNAPSHOT_H

#include <stdbool.h>
#include <stdio.h>

#define SNAPSHOT_PARTITIONS 64

/* The metrics whose yes and no are compared. */
#define SNAPSHOT_METRICS(X) \
    X("spf_present")        \
    X("dmarc_present")      \
    X("dmarc_enforcing")    \
    X("dkim_node")          \
    X("sts_record_present") \
    X("sts_policy_valid")   \
    X("tls_rpt_present")    \
    X("bimi_present")       \
    X("starttls_all")       \
    X("mx_cert_match_all")  \
    X("dane_valid")

/* Cells, each with a NUL: the domain, these, and 'y', 'n' or '?' for each metric in one. */
enum snapshot_cell {
    SNAPSHOT_DOMAIN,
    SNAPSHOT_ANSWERS,
    SNAPSHOT_MODE,     /* of a valid policy */
    SNAPSHOT_ID,       /* of the MTA-STS record */
    SNAPSHOT_PATTERNS, /* of the policy */
    SNAPSHOT_OPERATOR,
    SNAPSHOT_HOSTS,        /* MX hosts, in order */
    SNAPSHOT_CERTIFICATES, /* of those hosts: a digest of the leaves; empty: one showed none */
    SNAPSHOT_CELLS
};

extern const char *const snapshot_metrics[];
extern const size_t snapshot_metric_count;

struct snapshots {
    FILE *files[SNAPSHOT_PARTITIONS];
    bool whole; /* the run is finished, and nothing of it is lost */
};

/* Write those of a run into unlinked files; a line is its length (uint32_t) and its cells. An exit
 * status (scanner/base/exits.h). */
int snapshots_take(struct snapshots *s, const char *run_dir);
void snapshots_free(struct snapshots *s);

#endif
