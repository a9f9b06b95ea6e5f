/* join: the three kinds of observation brought together, domain by domain. First the records of MX
 * hosts, policies and certificates are taken into tables, then each domain record is seen with its
 * hosts and its policy. The joined view is never stored. Memory grows with the tables: about 140
 * bytes a host, a policy and its patterns; until they are sealed also 110 bytes a certificate that
 * an MX host showed, and 32 an address that showed one. */
#ifndef MXC_OUTPUT_JOIN_H
#define MXC_OUTPUT_JOIN_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "output/index.h"
#include "output/policy_fact.h"
#include "output/records.h"
#include "output/tri.h"
#include "scanner/base/arena.h"
#include "scanner/base/json_read.h"
#include "scanner/base/outcome.h"
#include "workers/parse/sts_policy.h"

/* What the addresses of an MX host show. Each is yes or no for an address from which a definite
 * answer came; the others (not probed, timeout, refused, blocked ...) are left out. */
#define HOST_TRAITS(X)                                                                          \
    X(STARTTLS)    /* the reply to EHLO lists STARTTLS */                                       \
    X(CERT_VALID)  /* handshake, and the chain verifies; no when TLS is definitely not had */   \
    X(CERT_MATCH)  /* it verifies, and the name matches */                                      \
    X(SELF_SIGNED) /* the leaf is signed by itself */                                           \
    X(EXPIRED)     /* the chain is past its time */                                             \
    X(EXPIRING)    /* the leaf is good when seen and expires within 30 days */                  \
    X(TLS13)       /* TLS 1.3 was negotiated */                                                 \
    X(TLS12)                                                                                    \
    X(TLS11)                                                                                    \
    X(TLS10)                                                                                    \
    X(TLS_LEGACY) /* a version below TLS 1.2 was negotiated */                                  \
    X(REQUIRETLS) /* EHLO inside TLS lists REQUIRETLS */                                        \
    X(SENDABLE)   /* TLS 1.2 or later, the chain verifies, the name matches (RFC 8461 §4.2) */ \
    X(DANE)       /* a usable TLSA record of the host matches its chain; see join_host_dane */

enum host_trait {
#define X(id) HOST_##id,
    HOST_TRAITS(X)
#undef X
        HOST_TRAIT_COUNT
};

struct join_leaf;

/* When a host's addresses, or a policy, were seen; both 0: no record says. */
struct join_span {
    time_t first, last;
};

struct join_host {
    struct index_entry entry;
    uint16_t yes, no;    /* bits of host_trait: an address showed it so */
    uint8_t address;     /* enum tri: has it an address */
    uint8_t ipv6;        /* enum tri: has it an IPv6 address */
    uint8_t tlsa;        /* enum tri: are there TLSA records */
    uint16_t faults;     /* bits of tls_fault: an address showed it */
    uint8_t tlsa_secure; /* enum tri: are there, and are they secure */
    struct join_span seen;
    bool tlsa_useless;           /* there are TLSA records, and SMTP can use none */
    bool parking;                /* names that it serves are parked */
    const char *runner;          /* who runs it */
    struct join_leaf *ta_leaves; /* good under usage 2 but for the name: it may be the next hop's */
    char name[];
};

/* Who runs policy hosts: the registrable domain at the end of their aliases. */
struct join_operator {
    struct index_entry entry;
    uint64_t domains; /* that it serves the policies of */
    char name[];
};

struct join_policy {
    struct index_entry entry;
    struct join_operator *runner; /* NULL: no alias leads away from the domain's own name */
    struct join_span seen;
    struct policy_fact fact;
    enum verdict verdict;
    enum sts_mode mode;
    unsigned pattern_count;
    const char *patterns; /* one after another, each with its NUL */
    char domain[];
};

struct joined_host {
    const char *name;
    const struct join_host *seen; /* NULL: not recorded, or too long before or after */
    int64_t skew;                 /* seconds between domain and host, at most; -1: not known */
};

/* Members of a domain record, found once for all metrics. */
#define PROTOCOLS(X)      \
    X(MX, "mx")           \
    X(NS, "ns")           \
    X(SPF, "spf")         \
    X(DMARC, "dmarc")     \
    X(DKIM, "dkim")       \
    X(MTA_STS, "mta_sts") \
    X(TLS_RPT, "tls_rpt") \
    X(BIMI, "bimi")       \
    X(CAA, "caa")

enum protocol {
#define X(id, name) PROTOCOL_##id,
    PROTOCOLS(X)
#undef X
        PROTOCOL_COUNT
};

struct joined {
    const struct json *record;
    const char *domain;
    const char *runner;                           /* of the first MX host; NULL: it has none */
    const struct json *protocols[PROTOCOL_COUNT]; /* NULL: not in the record */
    enum verdict verdicts[PROTOCOL_COUNT];        /* unknown where there is none */
    enum tri has_hosts;                           /* the MX is of kind "hosts" */
    const struct join_policy *policy;             /* NULL: none was recorded, or see skew */
    int64_t policy_skew;                          /* as of a host */
    const struct joined_host *hosts; /* MX hosts to be followed, the most preferred first */
    size_t host_count;
};

struct join;

struct join *join_new(void);
void join_free(struct join *j);

/* Take one record of KIND_POLICIES, KIND_MX or KIND_CERTS; any thread may. Certificates come after
 * the hosts that showed them: only what those need is kept. */
void join_take(struct join *j, enum kind kind, const struct json *record);
/* All are taken: judge what needs several of them. From here on the join is only read. */
void join_seal(struct join *j);

/* Every MX host, in no order. */
void join_hosts_each(const struct join *j, void (*take)(void *context, const struct join_host *h),
                     void *context);

/* The joined view of a domain record, in the arena. */
struct joined *join_view(const struct join *j, struct arena *arena, const struct json *record);

/* "All" over the addresses of a host that gave a definite answer, and "some" of them; unknown when
 * none did, and for NULL. */
enum tri join_host_all(const struct join_host *h, enum host_trait t);
enum tri join_host_some(const struct join_host *h, enum host_trait t);
/* "All" of HOST_DANE, where a certificate under usage 2 may also have the name of the next-hop
 * domain d (RFC 7672 §3.2.2). */
enum tri join_host_dane(const struct join_host *h, const struct joined *d);

/* The same in a word, with why it is not to be had. */
#define DANE_STANDINGS(X) /* name goes to exports */                                      \
    X(UNKNOWN, "unknown", "records of which it is unknown whether they match")            \
    X(NONE, "none", "no TLSA record")                                                     \
    X(INSECURE, "insecure", "TLSA records without DNSSEC, which count for nothing")       \
    X(USELESS, "unusable",                                                                \
      "TLSA records, none of which SMTP can use: TLS is demanded, and no authentication") \
    X(FAILS, "fails", "TLSA records, and no usable one matches what the host shows")      \
    X(MATCHES, "matches", "a usable TLSA record matches what the host shows")

enum dane_standing {
#define X(id, name, text) DANE_##id,
    DANE_STANDINGS(X)
#undef X
        DANE_STANDING_COUNT
};
const char *dane_standing_name(enum dane_standing s);
const char *dane_standing_text(enum dane_standing s);
enum dane_standing join_host_dane_standing(const struct join_host *h, const struct joined *d);
enum tri join_host_has_address(const struct join_host *h); /* unknown for NULL */

/* Read all files of a run but the domains into a join, sealed. NULL after one line on standard
 * error when one cannot be read; *sound is false when something of them is lost. */
struct join *join_read(const char *run_dir, unsigned threads, bool *sound);

struct join_options {
    int64_t max_skew; /* seconds; what was seen farther from a domain is unknown; -1: no limit */
    /* Of any thread, each record; or NULL. */
    void (*watch)(void *context, enum kind kind, const struct json *record);
    void *context;
};
struct join *join_read_with(const char *run_dir, unsigned threads, const struct join_options *o,
                            bool *sound);

#endif
