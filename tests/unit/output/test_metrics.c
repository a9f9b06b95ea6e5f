/* Metrics: each row is a domain record, and what a metric says of it, given the hosts and policies
 * below. */
#include "output/metrics.h"

#include "tests/unit/check.h"

#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define SHA_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define SHA_D "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"

#define HOST(name, address, rest)                         \
    "{\"v\":1,\"host\":\"" name "\",\"address\":" address \
    ",\"time\":\"2026-11-24T12:00:00Z\",\"lookup\":{\"a\":\"ok\",\"aaaa\":\"nodata\"}," rest "}"
#define TLS(version, chain, verdict, match)                                                     \
    "\"outcome\":\"ok\",\"starttls\":\"offered\",\"ehlo_tls\":[\"SIZE\"],\"tls\":{\"version\":" \
    "\"" version "\",\"chain\":[\"" chain "\"],\"pkix\":{\"verdict\":\"" verdict                \
    "\"},\"name_match\":" match "}"
/* Whose name servers give no answer for TLSA. */
#define MUTE(name, dnssec, aliases)                                            \
    "{\"v\":1,\"host\":\"" name                                                \
    "\",\"address\":\"127.64.0.18\",\"outcome\":\"timeout\",\"lookup\":"       \
    "{\"a\":\"ok\",\"aaaa\":\"nodata\",\"dnssec\":\"" dnssec "\"" aliases "}," \
    "\"tlsa\":{\"outcome\":\"servfail\",\"dnssec\":\"indeterminate\"}}"
#define NO_TLSA "\"tlsa\":{\"outcome\":\"nxdomain\",\"dnssec\":\"secure\"},"

static const struct {
    enum kind kind;
    const char *record;
} world[] = {
    { KIND_MX,
      HOST("good.test", "\"127.64.0.1\"", NO_TLSA TLS("TLSv1.3", SHA_A, "valid", "true")) },
    { KIND_MX, HOST("old.test", "\"127.64.0.2\"", NO_TLSA TLS("TLSv1.1", SHA_B, "valid", "true")) },
    { KIND_MX,
      HOST("ancient.test", "\"127.64.0.16\"", NO_TLSA TLS("TLSv1", SHA_B, "valid", "true")) },
    { KIND_MX,
      HOST("name.test", "\"127.64.0.3\"", NO_TLSA TLS("TLSv1.2", SHA_A, "valid", "false")) },
    { KIND_MX,
      HOST("self.test", "\"127.64.0.4\"",
           NO_TLSA "\"outcome\":\"ok\",\"starttls\":\"offered\",\"requiretls\":true,"
                   "\"ehlo_tls\":[\"REQUIRETLS\"],\"tls\":{\"version\":\"TLSv1.3\",\"chain\":"
                   "[\"" SHA_C "\"],\"pkix\":{\"verdict\":\"invalid\",\"errors\":[\"expired\","
                   "\"self-signed\"]},\"name_match\":true}") },
    { KIND_MX, HOST("plain.test", "\"127.64.0.5\"",
                    NO_TLSA "\"outcome\":\"starttls-absent\",\"starttls\":\"absent\"") },
    { KIND_MX, HOST("declined.test", "\"127.64.0.6\"",
                    NO_TLSA "\"outcome\":\"starttls-declined\",\"starttls\":\"offered\"") },
    { KIND_MX,
      HOST("dead.test", "\"127.64.0.7\"",
           NO_TLSA "\"outcome\":\"timeout\",\"step\":\"connect\",\"starttls\":\"unknown\"") },
    { KIND_MX, HOST("blocked.test", "\"127.64.0.8\"",
                    "\"outcome\":\"blocked\",\"step\":\"banner\",\"starttls\":\"unknown\"") },
    /* two addresses: one answers, the other is not probed, and one that does otherwise */
    { KIND_MX,
      HOST("dual.test", "\"127.64.0.9\"", NO_TLSA TLS("TLSv1.3", SHA_D, "valid", "true")) },
    { KIND_MX, HOST("dual.test", "\"fd64:6d78::9\"",
                    NO_TLSA "\"outcome\":\"not-probed\",\"step\":\"address\"") },
    { KIND_MX,
      HOST("split.test", "\"127.64.0.10\"", NO_TLSA TLS("TLSv1.3", SHA_A, "valid", "true")) },
    { KIND_MX, HOST("split.test", "\"127.64.0.11\"",
                    NO_TLSA "\"outcome\":\"starttls-absent\",\"starttls\":\"absent\"") },
    { KIND_MX,
      HOST("cut.test", "\"127.64.0.12\"",
           NO_TLSA "\"outcome\":\"ok\",\"starttls\":\"offered\",\"tls\":{\"version\":\"TLSv1.3\","
                   "\"chain\":[\"" SHA_A "\"],\"pkix\":{\"verdict\":\"unknown\"},"
                   "\"name_match\":true}") },
    { KIND_MX, "{\"v\":1,\"host\":\"none.test\",\"address\":null,\"outcome\":\"no-address\"}" },
    { KIND_MX, "{\"v\":1,\"host\":\"lost.test\",\"address\":null,\"outcome\":\"servfail\"}" },
    { KIND_MX, "{\"v\":1,\"host\":\"poison.test\",\"address\":null,\"outcome\":\"quarantined\"}" },
    { KIND_MX,
      HOST("tlsa.test", "\"127.64.0.13\"",
           "\"tlsa\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"records\":[\"3 1 1 " SHA_A "\"],"
           "\"usable\":1},\"outcome\":\"timeout\"") },
    { KIND_MX,
      HOST("useless.test", "\"127.64.0.17\"",
           "\"tlsa\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"records\":[\"1 1 1 " SHA_A "\"],"
           "\"usable\":0},\"outcome\":\"timeout\"") },
    { KIND_MX,
      HOST("loose.test", "\"127.64.0.14\"",
           "\"tlsa\":{\"outcome\":\"ok\",\"dnssec\":\"insecure\",\"records\":[\"3 1 1 00\"]},"
           "\"outcome\":\"timeout\"") },
    { KIND_MX, HOST("bogus.test", "\"127.64.0.15\"",
                    "\"tlsa\":{\"outcome\":\"servfail\",\"dnssec\":\"bogus\"},"
                    "\"outcome\":\"timeout\"") },
    { KIND_MX, MUTE("unsigned.test", "insecure", "") },
    { KIND_MX, MUTE("signed.test", "secure", "") },
    { KIND_MX, MUTE("alias.test", "insecure", ",\"aliases\":[\"unsigned.test\"]") },
    { KIND_CERTS, "{\"v\":1,\"sha256\":\"" SHA_A "\",\"not_after\":\"2027-06-01T00:00:00Z\"}" },
    { KIND_CERTS, "{\"v\":1,\"sha256\":\"" SHA_B "\",\"not_after\":\"2026-12-24T12:00:00Z\"}" },
    { KIND_CERTS, "{\"v\":1,\"sha256\":\"" SHA_C "\",\"not_after\":\"2026-11-24T11:59:59Z\"}" },
    { KIND_POLICIES,
      "{\"v\":1,\"domain\":\"enforce.test\",\"verdict\":\"valid\",\"mode\":\"enforce\","
      "\"mx\":[\"other.test\",\"*.test\"]}" },
    { KIND_POLICIES,
      "{\"v\":1,\"domain\":\"narrow.test\",\"verdict\":\"valid\",\"mode\":\"enforce\","
      "\"mx\":[\"mx.narrow.test\"]}" },
    { KIND_POLICIES,
      "{\"v\":1,\"domain\":\"testing.test\",\"verdict\":\"valid\",\"mode\":\"testing\","
      "\"mx\":[\"*.test\"]}" },
    { KIND_POLICIES, "{\"v\":1,\"domain\":\"broken.test\",\"verdict\":\"invalid\",\"mode\":"
                     "\"enforce\",\"mx\":[\"*.test\"]}" },
    { KIND_POLICIES, "{\"v\":1,\"domain\":\"away.test\",\"verdict\":\"absent\"}" },
    { KIND_POLICIES, "{\"v\":1,\"domain\":\"none.test\",\"verdict\":\"valid\",\"mode\":\"none\"}" },
    { KIND_POLICIES, "{\"v\":1,\"domain\":\"slow.test\",\"verdict\":\"unknown\"}" },
};

#define TXT(member, verdict, rest) \
    "{\"domain\":\"x.test\",\"" member "\":{\"verdict\":\"" verdict "\"" rest "}}"
#define COVERED(verdict, rest) \
    TXT("dmarc", "absent", ",\"effective\":{\"verdict\":\"" verdict "\"" rest "}")
#define MX(kind, rest) "{\"domain\":\"x.test\",\"mx\":{\"kind\":\"" kind "\"" rest "}}"
#define H(host) "{\"preference\":10,\"host\":\"" host "\"}"
#define HOSTS(list) MX("hosts", ",\"outcome\":\"ok\",\"dnssec\":\"secure\",\"hosts\":[" list "]")
#define INSECURE(list) \
    MX("hosts", ",\"outcome\":\"ok\",\"dnssec\":\"insecure\",\"hosts\":[" list "]")
#define STS(domain, verdict, host)                                   \
    "{\"domain\":\"" domain "\",\"mta_sts\":{\"verdict\":\"" verdict \
    "\"},\"mx\":{\"kind\":\"hosts\",\"outcome\":\"ok\",\"hosts\":[" H(host) "]}}"
#define STS2(domain, host, other)                                                                \
    "{\"domain\":\"" domain "\",\"mta_sts\":{\"verdict\":\"valid\"},\"mx\":{\"kind\":\"hosts\"," \
    "\"outcome\":\"ok\",\"hosts\":[" H(host) "," H(other) "]}}"
#define FIVE(spf, dkim, dmarc, sts, rpt)                                                        \
    "{\"domain\":\"enforce.test\",\"spf\":{\"verdict\":\"" spf "\"},\"dkim\":{\"node\":\"" dkim \
    "\"},\"dmarc\":{\"verdict\":\"" dmarc "\"},\"mta_sts\":{\"verdict\":\"" sts                 \
    "\"},\"tls_rpt\":{\"verdict\":\"" rpt "\"}}"
#define EXISTS(exists, kind, list)                                                              \
    "{\"domain\":\"x.test\",\"exists\":\"" exists "\",\"mx\":{\"kind\":\"" kind "\",\"hosts\":" \
    "[" list "]}}"
#define NS(outcome, hosts)                                                                         \
    "{\"exists\":\"yes\",\"mx\":{\"kind\":\"null\"},\"ns\":{\"outcome\":\"" outcome "\"" hosts "}" \
    "}"
#define QUARANTINED "{\"domain\":\"x.test\",\"exists\":\"unknown\",\"outcome\":\"quarantined\"}"
#define YES TRI_YES
#define NO TRI_NO
#define HUH TRI_UNKNOWN

static const struct {
    const char *metric, *record;
    enum tri wanted;
} rows[] = {
    { "all", QUARANTINED, YES },
    { "exists", "{\"exists\":\"yes\"}", YES },
    { "exists", "{\"exists\":\"no\"}", NO },
    { "exists", "{\"exists\":\"unknown\"}", HUH },
    { "mx", HOSTS(H("none.test") "," H("good.test")), YES },
    { "mx", HOSTS(H("dead.test")), YES }, /* an address is enough */
    { "mx", HOSTS(H("none.test")), NO },
    { "mx", HOSTS(H("none.test") "," H("lost.test")), HUH },
    { "mx", HOSTS(H("poison.test")), HUH },
    { "mx", HOSTS(H("never-seen.test")), HUH },
    { "mx", HOSTS("{\"host\":\"good.test\",\"violation\":\"mx-target-address\"}"), NO },
    { "mx", MX("null", ""), NO },
    { "mx", MX("none", ""), NO },
    { "mx", MX("implicit", ""), NO },
    { "mx", MX("unknown", ""), HUH },
    { "mx", QUARANTINED, HUH },
    { "not_parked", EXISTS("yes", "hosts", H("good.test")), YES },
    { "not_parked", EXISTS("yes", "hosts", H("park-mx.above.com")), NO },
    { "not_parked", EXISTS("yes", "hosts", H("good.test") "," H("a.h-email.net")), NO },
    { "not_parked", EXISTS("yes", "hosts", H("xh-email.net")), YES }, /* a suffix is whole labels */
    { "not_parked", EXISTS("yes", "null", ""), YES },
    { "not_parked", NS("ok", ",\"hosts\":[\"ns.example.org\",\"ns1.sedoparking.com\"]"), NO },
    { "not_parked", NS("ok", ",\"hosts\":[\"ns.example.org\"]"), YES },
    { "not_parked", NS("servfail", ""), HUH },
    { "not_parked", NS("nodata", ""), YES },
    { "not_parked", EXISTS("no", "none", ""), NO },
    { "not_parked", EXISTS("yes", "unknown", ""), HUH },
    { "not_parked", QUARANTINED, HUH },

    { "spf_present", TXT("spf", "valid", ""), YES },
    { "spf_present", TXT("spf", "invalid", ""), YES },
    { "spf_present", TXT("spf", "absent", ""), NO },
    { "spf_present", TXT("spf", "unknown", ""), HUH },
    { "spf_present", TXT("spf", "unknown", ",\"outcome\":\"ok\""), YES },
    { "spf_present", TXT("spf", "unknown", ",\"outcome\":\"timeout\""), HUH },
    { "spf_valid", TXT("spf", "unknown", ",\"outcome\":\"ok\""), HUH },
    { "spf_present", QUARANTINED, HUH },
    { "spf_valid", TXT("spf", "valid", ""), YES },
    { "spf_valid", TXT("spf", "invalid", ""), NO },
    { "spf_valid", TXT("spf", "absent", ""), NO },
    { "spf_valid", TXT("spf", "unknown", ""), HUH },
    { "spf_enforcing", TXT("spf", "valid", ",\"all\":\"fail\""), YES },
    { "spf_enforcing", TXT("spf", "valid", ",\"all\":\"softfail\""), YES },
    { "spf_enforcing", TXT("spf", "valid", ",\"all\":\"neutral\""), NO },
    { "spf_enforcing", TXT("spf", "valid", ",\"all\":\"pass\""), NO },
    { "spf_enforcing", TXT("spf", "valid", ""), NO },
    { "spf_enforcing", TXT("spf", "valid", ",\"redirect\":\"y.test\""), HUH },
    { "spf_enforcing", TXT("spf", "valid", ",\"all\":\"fail\",\"redirect\":\"y.test\""), YES },
    { "spf_enforcing", TXT("spf", "invalid", ",\"redirect\":\"y.test\""), NO },
    { "spf_enforcing", TXT("spf", "invalid", ",\"all\":\"fail\""), NO },
    { "spf_enforcing", TXT("spf", "unknown", ""), HUH },
    { "spf_enforcing", TXT("spf", "unknown", ",\"all\":\"fail\""), HUH },
    { "spf_enforcing", TXT("spf", "unknown", ",\"all\":\"neutral\""), NO },
    { "spf_enforcing", TXT("spf", "unknown", ",\"redirect\":\"y.test\""), HUH },
    { "spf_strict", TXT("spf", "unknown", ",\"all\":\"softfail\""), NO },
    { "spf_open", TXT("spf", "unknown", ",\"all\":\"fail\",\"effective_all\":\"fail\""), NO },
    { "spf_open", TXT("spf", "unknown", ",\"all\":\"pass\""), HUH },
    { "spf_enforcing",
      TXT("spf", "valid", ",\"redirect\":\"y.test\",\"effective_all\":\"softfail\""), YES },
    { "spf_enforcing",
      TXT("spf", "valid", ",\"redirect\":\"y.test\",\"effective_all\":\"neutral\""), NO },
    { "spf_strict", TXT("spf", "valid", ",\"redirect\":\"y.test\",\"effective_all\":\"fail\""),
      YES },
    { "spf_open", TXT("spf", "valid", ",\"redirect\":\"y.test\",\"effective_all\":\"pass\""), YES },
    { "spf_strict", TXT("spf", "valid", ",\"all\":\"fail\""), YES },
    { "spf_strict", TXT("spf", "valid", ",\"all\":\"softfail\""), NO },
    { "spf_strict", TXT("spf", "valid", ",\"redirect\":\"y.test\""), HUH },
    { "spf_open", TXT("spf", "valid", ",\"all\":\"pass\""), YES },
    { "spf_open", TXT("spf", "valid", ",\"all\":\"neutral\""), NO },
    { "spf_open", TXT("spf", "invalid", ",\"all\":\"pass\""), NO },
    { "dmarc_present", TXT("dmarc", "invalid", ""), YES },
    { "dmarc_valid", TXT("dmarc", "invalid", ""), NO },
    { "dmarc_enforcing", TXT("dmarc", "valid", ",\"p\":\"quarantine\""), YES },
    { "dmarc_enforcing", TXT("dmarc", "valid", ",\"p\":\"reject\",\"t\":\"y\""), YES },
    { "dmarc_enforcing", TXT("dmarc", "valid", ",\"p\":\"none\""), NO },
    { "dmarc_enforcing", TXT("dmarc", "invalid", ",\"p\":\"reject\""), NO },
    { "dmarc_enforcing", TXT("dmarc", "unknown", ""), HUH },
    { "dmarc_reject", TXT("dmarc", "valid", ",\"p\":\"reject\""), YES },
    { "dmarc_reject", TXT("dmarc", "valid", ",\"p\":\"quarantine\""), NO },
    { "dmarc_none", TXT("dmarc", "valid", ",\"p\":\"none\""), YES },
    { "dmarc_none", TXT("dmarc", "valid", ",\"p\":\"reject\""), NO },
    { "dmarc_none", TXT("dmarc", "absent", ""), NO },
    { "dmarc_effective", TXT("dmarc", "valid", ",\"p\":\"reject\",\"t\":\"y\""), YES },
    { "dmarc_effective", TXT("dmarc", "valid", ",\"p\":\"quarantine\",\"t\":\"n\""), YES },
    { "dmarc_effective", TXT("dmarc", "valid", ",\"p\":\"quarantine\",\"t\":\"y\""), NO },
    { "dmarc_effective", TXT("dmarc", "valid", ",\"p\":\"none\""), NO },
    { "dmarc_effective", TXT("dmarc", "invalid", ",\"p\":\"reject\""), NO },
    { "dmarc_effective", TXT("dmarc", "unknown", ""), HUH },
    { "dmarc_reported", TXT("dmarc", "valid", ",\"rua\":[\"mailto:a@b.test\"]"), YES },
    { "dmarc_reported", TXT("dmarc", "valid", ""), NO },
    { "dmarc_reported", TXT("dmarc", "unknown", ""), HUH },
    { "dkim_node", "{\"dkim\":{\"node\":\"yes\"}}", YES },
    { "dkim_node", "{\"dkim\":{\"node\":\"no\"}}", NO },
    { "dkim_node", "{\"dkim\":{\"node\":\"unknown\"}}", HUH },
    { "dkim_node", QUARANTINED, HUH },
    { "dkim_key", "{\"dkim\":{\"node\":\"yes\",\"key\":\"yes\"}}", YES },
    { "dkim_key", "{\"dkim\":{\"node\":\"yes\",\"key\":\"no\"}}", NO },
    { "dkim_key", "{\"dkim\":{\"node\":\"yes\",\"key\":\"unknown\"}}", HUH },
    { "dkim_key", "{\"dkim\":{\"node\":\"yes\"}}", HUH },
    { "dkim_control", "{\"dkim\":{\"node\":\"no\",\"control\":true}}", YES },
    { "dkim_control", "{\"dkim\":{\"node\":\"no\"}}", NO },
    { "dkim_control", QUARANTINED, HUH },
    { "dkim_control_missed", "{\"dkim\":{\"key\":\"yes\",\"control\":true}}", YES },
    { "dkim_control_missed", "{\"dkim\":{\"key\":\"yes\"}}", NO },
    { "dkim_control_missed", "{\"dkim\":{\"key\":\"no\",\"control\":true}}", NO },
    { "dkim_control_missed", "{\"dkim\":{\"key\":\"no\",\"control\":true,\"unanswered\":1}}", HUH },
    { "dkim_control_missed", QUARANTINED, HUH },
    { "dmarc_covered", COVERED("valid", ",\"policy\":\"none\""), YES },
    { "dmarc_covered", COVERED("invalid", ""), NO },
    { "dmarc_covered", COVERED("absent", ""), NO },
    { "dmarc_covered", COVERED("unknown", ""), HUH },
    { "dmarc_covered", TXT("dmarc", "valid", ""), HUH },
    { "dmarc_covered_enforcing", COVERED("valid", ",\"policy\":\"reject\""), YES },
    { "dmarc_covered_enforcing", COVERED("valid", ",\"policy\":\"quarantine\""), YES },
    { "dmarc_covered_enforcing", COVERED("valid", ",\"policy\":\"none\""), NO },
    { "dmarc_covered_enforcing", COVERED("absent", ""), NO },
    { "dmarc_covered_enforcing", COVERED("unknown", ""), HUH },
    { "caa_present", TXT("caa", "invalid", ""), YES },
    { "caa_present", TXT("caa", "absent", ""), NO },
    { "caa_valid", TXT("caa", "valid", ""), YES },
    { "caa_valid", TXT("caa", "invalid", ""), NO },
    { "caa_valid", TXT("caa", "unknown", ""), HUH },
    { "tls_rpt_present", TXT("tls_rpt", "invalid", ""), YES },
    { "tls_rpt_valid", TXT("tls_rpt", "valid", ""), YES },
    { "tls_rpt_valid", TXT("tls_rpt", "invalid", ""), NO },
    { "bimi_present", TXT("bimi", "valid", ""), YES },
    { "bimi_valid", TXT("bimi", "absent", ""), NO },

    { "sts_record_present", TXT("mta_sts", "invalid", ""), YES },
    { "sts_record_valid", TXT("mta_sts", "invalid", ""), NO },
    { "sts_policy_valid", STS("enforce.test", "valid", "good.test"), YES },
    { "sts_policy_valid", STS("enforce.test", "invalid", "good.test"), YES },
    { "sts_policy_valid", STS("enforce.test", "absent", "good.test"), NO },
    { "sts_policy_valid", STS("enforce.test", "unknown", "good.test"), HUH },
    { "sts_policy_valid", STS("broken.test", "valid", "good.test"), NO },
    { "sts_policy_valid", STS("away.test", "valid", "good.test"), NO },
    { "sts_policy_valid", STS("slow.test", "valid", "good.test"), HUH },
    { "sts_policy_valid", STS("no-policy-record.test", "valid", "good.test"), HUH },
    { "sts_policy_testing", STS("testing.test", "valid", "good.test"), YES },
    { "sts_policy_testing", STS("enforce.test", "valid", "good.test"), NO },
    { "sts_policy_testing", STS("slow.test", "valid", "good.test"), HUH },
    { "sts_policy_enforce", STS("enforce.test", "valid", "good.test"), YES },
    { "sts_policy_enforce", STS("broken.test", "valid", "good.test"), NO },
    { "sts_policy_none", STS("none.test", "valid", "good.test"), YES },
    { "sts_policy_none", STS("enforce.test", "valid", "good.test"), NO },
    { "sts_deliverable", STS("enforce.test", "valid", "good.test"), YES },
    { "sts_deliverable", STS("enforce.test", "valid", "split.test"), YES }, /* one address does */
    { "sts_deliverable", STS("enforce.test", "invalid", "good.test"), NO },
    { "sts_deliverable", STS("enforce.test", "valid", "name.test"), NO },
    { "sts_deliverable", STS("enforce.test", "valid", "plain.test"), NO },
    { "sts_deliverable", STS("enforce.test", "valid", "dead.test"), HUH },
    { "sts_deliverable", STS("enforce.test", "valid", "a.b.test"), NO }, /* "*." is one label */
    { "sts_deliverable", STS("enforce.test", "valid", "never-seen.test"), HUH },
    { "sts_deliverable", STS("narrow.test", "valid", "good.test"), NO },
    { "sts_deliverable", STS("narrow.test", "valid", "dead.test"), NO },
    { "sts_deliverable", STS("testing.test", "valid", "good.test"), NO },
    { "sts_deliverable", STS("slow.test", "valid", "good.test"), HUH },
    { "sts_deliverable", STS("slow.test", "valid", "name.test"), HUH }, /* its names are unknown */
    { "sts_deliverable", STS("no-policy-record.test", "valid", "good.test"), HUH },
    { "sts_deliverable", STS("enforce.test", "valid", "old.test"), NO }, /* TLS 1.1 */
    { "sts_delivery_all", STS("enforce.test", "valid", "good.test"), YES },
    { "sts_delivery_none", STS("enforce.test", "valid", "good.test"), NO },
    { "sts_delivery_all", STS("testing.test", "valid", "good.test"), YES },
    { "sts_delivery_none", STS("testing.test", "valid", "good.test"), NO },
    { "sts_delivery_all", STS("none.test", "valid", "good.test"), NO },
    { "sts_delivery_none", STS("none.test", "valid", "good.test"), NO },
    { "sts_delivery_all", STS("broken.test", "valid", "good.test"), NO },
    { "sts_delivery_none", STS("broken.test", "valid", "good.test"), NO },
    { "sts_delivery_all", STS("enforce.test", "invalid", "good.test"), NO },
    { "sts_delivery_none", STS("enforce.test", "invalid", "good.test"), NO },
    { "sts_delivery_all", STS("enforce.test", "valid", "plain.test"), NO },
    { "sts_delivery_none", STS("enforce.test", "valid", "plain.test"), YES },
    { "sts_delivery_all", STS("testing.test", "valid", "old.test"), NO },
    { "sts_delivery_none", STS("testing.test", "valid", "old.test"), YES },
    { "sts_delivery_all", STS("enforce.test", "valid", "dead.test"), HUH },
    { "sts_delivery_none", STS("enforce.test", "valid", "dead.test"), HUH },
    { "sts_delivery_all", STS("enforce.test", "valid", "none.test"), NO },
    { "sts_delivery_none", STS("enforce.test", "valid", "none.test"), NO },
    { "sts_delivery_all", STS2("enforce.test", "good.test", "plain.test"), NO },
    { "sts_delivery_none", STS2("enforce.test", "good.test", "plain.test"), NO },
    { "sts_delivery_all", STS2("enforce.test", "good.test", "none.test"), YES },
    { "sts_delivery_none", STS2("enforce.test", "good.test", "none.test"), NO },
    { "sts_delivery_all", STS2("enforce.test", "good.test", "dead.test"), HUH },
    { "sts_delivery_none", STS2("enforce.test", "good.test", "dead.test"), NO },
    { "sts_delivery_all", STS2("enforce.test", "plain.test", "dead.test"), NO },
    { "sts_delivery_none", STS2("enforce.test", "plain.test", "dead.test"), HUH },
    { "sts_delivery_all", STS2("enforce.test", "plain.test", "a.b.test"), NO },
    { "sts_delivery_none", STS2("enforce.test", "plain.test", "a.b.test"), YES },
    { "sts_delivery_all", STS("slow.test", "valid", "good.test"), HUH },
    { "sts_delivery_none", STS("slow.test", "valid", "good.test"), HUH },
    { "sts_tls_rpt_present", FIVE("absent", "no", "absent", "invalid", "valid"), YES },
    { "sts_tls_rpt_present", FIVE("valid", "yes", "valid", "valid", "absent"), NO },
    { "sts_tls_rpt_present", FIVE("valid", "yes", "valid", "absent", "unknown"), NO },
    { "sts_tls_rpt_present", FIVE("valid", "yes", "valid", "unknown", "valid"), HUH },
    { "five_present", FIVE("valid", "yes", "invalid", "invalid", "valid"), YES },
    { "five_present", FIVE("valid", "no", "valid", "valid", "valid"), NO },
    { "five_present", FIVE("unknown", "yes", "valid", "valid", "valid"), HUH },
    { "five_present", FIVE("unknown", "yes", "absent", "valid", "valid"), NO },
    { "five_present", FIVE("valid", "yes", "valid", "valid", "absent"), NO },
    { "five_valid", FIVE("valid", "yes", "valid", "valid", "valid"), YES },
    { "five_valid", FIVE("invalid", "yes", "valid", "valid", "valid"), NO },
    { "five_valid", FIVE("valid", "yes", "valid", "invalid", "valid"), NO },
    { "five_valid", FIVE("valid", "unknown", "valid", "valid", "valid"), HUH },
    { "five_valid", FIVE("valid", "yes", "invalid", "valid", "valid"), NO },
    { "five_valid", FIVE("valid", "yes", "valid", "valid", "invalid"), NO },

    { "null_mx", MX("null", ""), YES },
    { "null_mx", MX("hosts", ""), NO },
    { "null_mx", MX("unknown", ""), HUH },
    { "implicit_mx", MX("implicit", ""), YES },
    { "implicit_mx", MX("none", ""), NO },
    { "implicit_mx", QUARANTINED, HUH },
    { "mx_present", MX("hosts", ""), YES },
    { "mx_present", MX("implicit", ""), NO },
    { "mx_present", MX("unknown", ""), HUH },
    { "mx_dangling_some", HOSTS(H("good.test") "," H("none.test")), YES },
    { "mx_dangling_some", HOSTS(H("good.test")), NO },
    { "mx_dangling_some", HOSTS(H("good.test") "," H("lost.test")), HUH },
    { "mx_dangling_some", MX("null", ""), NO },
    { "dnssec", HOSTS(H("good.test")), YES },
    { "dnssec", INSECURE(H("good.test")), NO },
    { "dnssec", MX("none", ",\"outcome\":\"nxdomain\",\"dnssec\":\"secure\""), YES },
    { "dnssec", MX("hosts", ",\"outcome\":\"ok\",\"dnssec\":\"indeterminate\""), HUH },
    { "dnssec", MX("unknown", ",\"outcome\":\"timeout\""), HUH },
    { "dnssec", MX("unknown", ",\"outcome\":\"servfail\",\"dnssec\":\"bogus\""), NO },
    { "dnssec_bogus", MX("unknown", ",\"outcome\":\"servfail\",\"dnssec\":\"bogus\""), YES },
    { "dnssec_bogus", INSECURE(H("good.test")), NO },
    { "mx_dnssec", HOSTS(H("good.test")), YES },
    { "mx_dnssec", INSECURE(H("good.test")), NO },
    { "mx_dnssec", MX("null", ",\"outcome\":\"ok\",\"dnssec\":\"secure\""), YES },
    { "mx_dnssec", MX("hosts", ",\"outcome\":\"ok\",\"dnssec\":\"indeterminate\""), HUH },
    { "mx_dnssec", MX("unknown", ",\"outcome\":\"servfail\",\"dnssec\":\"bogus\""), NO },
    { "mx_dnssec", MX("unknown", ",\"outcome\":\"timeout\""), HUH },
    { "mx_dnssec", MX("none", ",\"outcome\":\"nxdomain\",\"dnssec\":\"secure\""), NO },

    { "starttls_all", HOSTS(H("good.test") "," H("declined.test")), YES },
    { "starttls_all", HOSTS(H("good.test") "," H("plain.test")), NO },
    { "starttls_all", HOSTS(H("good.test") "," H("dead.test")), HUH },
    { "starttls_all", HOSTS(H("dead.test") "," H("plain.test")), NO },
    { "starttls_all", HOSTS(H("good.test") "," H("none.test")), YES }, /* receives nothing */
    { "starttls_all", HOSTS(H("good.test") "," H("lost.test")), HUH },
    { "starttls_all", HOSTS(H("none.test")), NO },
    { "starttls_all", HOSTS(H("lost.test")), HUH },
    { "starttls_all", HOSTS(H("never-seen.test")), HUH },
    { "starttls_all", HOSTS(H("dual.test")), YES }, /* its other address was not probed */
    { "starttls_all", HOSTS(H("split.test")), NO },
    { "starttls_all", HOSTS(H("blocked.test")), HUH },
    { "starttls_all", MX("null", ""), NO },
    { "starttls_all", MX("implicit", ""), NO },
    { "starttls_all", MX("unknown", ""), HUH },
    { "starttls_all", HOSTS(H("good.test") ",{\"host\":\"10.0.0.1\",\"violation\":\"x\"}"), YES },
    { "starttls_some", HOSTS(H("plain.test") "," H("good.test")), YES },
    { "starttls_some", HOSTS(H("split.test")), YES },
    { "starttls_some", HOSTS(H("plain.test")), NO },
    { "starttls_some", HOSTS(H("plain.test") "," H("dead.test")), HUH },
    { "starttls_some", HOSTS(H("plain.test") "," H("none.test")), NO },
    { "starttls_some", HOSTS(H("good.test") "," H("dead.test")), YES },
    { "starttls_none", HOSTS(H("plain.test")), YES },
    { "starttls_none", HOSTS(H("plain.test") "," H("good.test")), NO },
    { "starttls_none", HOSTS(H("plain.test") "," H("dead.test")), HUH },
    { "starttls_none", HOSTS(H("split.test")), NO },
    { "starttls_none", HOSTS(H("none.test")), NO }, /* no usable MX */
    { "starttls_none", MX("null", ""), NO },
    { "starttls_none", MX("unknown", ""), HUH },
    { "mx_cert_valid_all", HOSTS(H("good.test") "," H("name.test")), YES },
    { "mx_cert_valid_all", HOSTS(H("self.test")), NO },
    { "mx_cert_valid_all", HOSTS(H("plain.test")), NO },
    { "mx_cert_valid_all", HOSTS(H("declined.test")), NO },
    { "mx_cert_valid_all", HOSTS(H("dead.test")), HUH },
    { "mx_cert_valid_all", HOSTS(H("cut.test")), HUH },
    { "mx_cert_valid_some", HOSTS(H("self.test") "," H("name.test")), YES },
    { "mx_cert_valid_some", HOSTS(H("self.test")), NO },
    { "mx_cert_match_all", HOSTS(H("good.test") "," H("dual.test")), YES },
    { "mx_cert_match_all", HOSTS(H("good.test") "," H("name.test")), NO },
    { "mx_cert_match_all", HOSTS(H("self.test")), NO },
    { "mx_cert_match_all", HOSTS(H("cut.test")), HUH },
    { "mx_cert_match_some", HOSTS(H("good.test") "," H("name.test")), YES },
    { "mx_cert_match_some", HOSTS(H("name.test")), NO },
    { "mx_cert_match_some", HOSTS(H("name.test") "," H("dead.test")), HUH },
    { "mx_cert_self_signed_some", HOSTS(H("good.test") "," H("self.test")), YES },
    { "mx_cert_self_signed_some", HOSTS(H("good.test") "," H("plain.test")), NO },
    { "mx_cert_self_signed_some", HOSTS(H("cut.test")), HUH },
    { "mx_cert_expired_some", HOSTS(H("good.test") "," H("self.test")), YES },
    { "mx_cert_expired_some", HOSTS(H("good.test") "," H("plain.test")), NO },
    { "mx_cert_expired_some", HOSTS(H("cut.test")), HUH },
    { "mx_cert_expiring_some", HOSTS(H("old.test")), YES }, /* in 30 days to the second */
    { "mx_cert_expiring_some", HOSTS(H("good.test")), NO },
    { "mx_cert_expiring_some", HOSTS(H("self.test")), NO },  /* expired already */
    { "mx_cert_expiring_some", HOSTS(H("dual.test")), HUH }, /* its certificate was not recorded */
    { "tls13_all", HOSTS(H("good.test") "," H("self.test")), YES },
    { "tls13_all", HOSTS(H("good.test") "," H("old.test")), NO },
    { "tls13_all", HOSTS(H("plain.test")), NO },
    { "tls13_some", HOSTS(H("old.test") "," H("good.test")), YES },
    { "tls13_some", HOSTS(H("old.test")), NO },
    { "tls12_some", HOSTS(H("name.test")), YES },
    { "tls12_some", HOSTS(H("good.test")), NO },
    { "tls11_some", HOSTS(H("old.test")), YES },
    { "tls11_some", HOSTS(H("good.test") "," H("dead.test")), HUH },
    { "tls10_some", HOSTS(H("ancient.test")), YES },
    { "tls10_some", HOSTS(H("old.test")), NO },
    { "tls_legacy_some", HOSTS(H("ancient.test")), YES },
    { "tls_legacy_some", HOSTS(H("good.test") "," H("old.test")), YES },
    { "tls_legacy_some", HOSTS(H("name.test")), NO },
    { "tls_legacy_some", HOSTS(H("dead.test")), HUH },
    { "requiretls_all", HOSTS(H("self.test")), YES },
    { "requiretls_all", HOSTS(H("self.test") "," H("good.test")), NO },
    { "requiretls_all", HOSTS(H("cut.test")), HUH }, /* no reply to EHLO inside TLS */
    { "requiretls_some", HOSTS(H("self.test") "," H("good.test")), YES },
    { "requiretls_some", HOSTS(H("good.test")), NO },
    { "ipv6_all", HOSTS(H("dual.test")), YES },
    { "ipv6_all", HOSTS(H("dual.test") "," H("good.test")), NO },
    { "ipv6_all", HOSTS(H("dual.test") "," H("none.test")), YES },
    { "ipv6_all", HOSTS(H("none.test")), NO },
    { "ipv6_some", HOSTS(H("good.test") "," H("dual.test")), YES },
    { "ipv6_some", HOSTS(H("good.test")), NO },
    { "ipv6_some", HOSTS(H("none.test")), NO },
    { "ipv6_some", HOSTS(H("lost.test")), HUH },
    { "dane_present", HOSTS(H("good.test") "," H("loose.test")), YES },
    { "dane_present", HOSTS(H("good.test")), NO },
    { "dane_present", HOSTS(H("bogus.test")), HUH },
    { "dane_present", HOSTS(H("blocked.test")), HUH }, /* was not asked */
    { "dane_secure", HOSTS(H("tlsa.test") "," H("none.test")), YES },
    { "dane_secure", INSECURE(H("tlsa.test")), NO },
    { "dane_secure", HOSTS(H("tlsa.test") "," H("good.test")), NO },
    { "dane_secure", HOSTS(H("tlsa.test") "," H("loose.test")), NO },
    { "dane_secure", HOSTS(H("bogus.test")), NO },
    { "dane_present", HOSTS(H("unsigned.test")), HUH },
    { "dane_secure", HOSTS(H("tlsa.test") "," H("unsigned.test")), NO }, /* a sender does not ask */
    { "dane_valid", HOSTS(H("tlsa.test") "," H("unsigned.test")), NO },
    { "dane_secure", HOSTS(H("signed.test")), HUH },
    { "dane_secure", HOSTS(H("alias.test")), HUH }, /* the alias itself may be secure */
    { "dane_secure", HOSTS(H("tlsa.test") "," H("blocked.test")), HUH },
    { "dane_present", HOSTS(H("useless.test")), YES },
    { "dane_secure", HOSTS(H("useless.test")), YES },
    { "dane_valid", HOSTS(H("tlsa.test")), HUH },   /* its chain was not seen */
    { "dane_valid", HOSTS(H("useless.test")), NO }, /* whatever that is (RFC 7672 section 2.2) */
    { "dane_valid", HOSTS(H("good.test")), NO },
    { "dane_valid", INSECURE(H("tlsa.test")), NO },
};

static const struct metric *any_find(const char *id)
{
    for (int p = 0; p < POPULATION_COUNT; p++)
        if (strcmp(populations[p].id, id) == 0)
            return &populations[p];
    return metric_find(id);
}

static struct join *grow_world(struct arena *arena)
{
    struct join *j = join_new();

    for (size_t i = 0; i < sizeof(world) / sizeof(world[0]); i++) {
        const struct json *record = json_parse(arena, world[i].record, strlen(world[i].record));

        CHECK(record != NULL, "%s", world[i].record);
        join_take(j, world[i].kind, record);
    }
    join_seal(j);
    return j;
}

static void test_rows(const struct join *j, struct arena *arena)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct json *record = json_parse(arena, rows[i].record, strlen(rows[i].record));
        const struct metric *m = any_find(rows[i].metric);
        enum tri got;

        CHECK(record != NULL && m != NULL, "%s: %s", rows[i].metric, rows[i].record);
        if (record == NULL || m == NULL)
            continue;
        got = metric_judge(m, join_view(j, arena, record));
        CHECK(got == rows[i].wanted, "%s is %s and not %s: %s", rows[i].metric, tri_name(got),
              tri_name(rows[i].wanted), rows[i].record);
    }
}

/* No metric is left without a row, none has two names, each says what it means. */
static void test_table(void)
{
    for (size_t i = 0; i < metric_count; i++) {
        bool has_row = false;

        for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
            has_row = has_row || strcmp(rows[r].metric, metrics[i].id) == 0;
        CHECK(has_row, "%s has no row", metrics[i].id);
        CHECK(metric_find(metrics[i].id) == &metrics[i], "%s stands twice", metrics[i].id);
        CHECK(metrics[i].meaning[0] != '\0' && metrics[i].source[0] != '\0', "%s", metrics[i].id);
    }
    CHECK(metric_find("no-such-metric") == NULL, "found");
}

int main(void)
{
    struct arena arena;
    struct join *j;

    arena_init(&arena, 4096);
    j = grow_world(&arena);
    test_rows(j, &arena);
    test_table();
    join_free(j);
    arena_free(&arena);
    return check_report();
}
