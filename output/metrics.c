#include "output/metrics.h"

#include <string.h>

#include "output/judges.h"

/* Words used below. A record of a protocol is "present" when its verdict is valid or invalid. "MX
 * hosts" are the targets without violation of a domain whose MX is of kind "hosts"; a domain with a
 * null MX, an implicit MX or none has none, and then every metric of hosts is no. "All MX hosts"
 * are those that have an address; a domain none of whose hosts has one is no. What a host shows is
 * what its addresses show, those left out from which no definite answer came (not probed, special,
 * timeout, refused, reset, blocked, a 4xx or 5xx instead of EHLO's reply, not SMTP): "all MX hosts"
 * are all such addresses of all such hosts, "some MX host" is one address of one host, and a host
 * with an address but no definite answer is unknown. A host that definitely has no TLS (STARTTLS
 * absent, declined or with bytes injected behind it, a failed handshake) has no certificate, no
 * version, no keyword inside TLS. */

const struct metric populations[POPULATION_COUNT] = {
    [POPULATION_ALL] = { .id = "all",
                         .meaning = "every domain that was accepted from the list",
                         .source = "",
                         .judge = judge_everyone,
                         .label = "all domains" },
    [POPULATION_EXISTS] = { .id = "exists",
                            .meaning = "the name exists in the DNS (no: NXDOMAIN)",
                            .source = "RFC 8020",
                            .judge = judge_exists,
                            .label = "domains that exist" },
    [POPULATION_MX] = { .id = "mx",
                        .meaning = "usable MX: not null, and at least one target without violation "
                                   "has an address",
                        .source = "RFC 5321 section 5.1, RFC 7505",
                        .judge = judge_usable_mx,
                        .label = "domains with a usable MX" },
    [POPULATION_NOT_PARKED] = { .id = "not_parked",
                                .meaning = "the name exists, and neither its name servers nor its "
                                           "MX hosts are those of a known parking service "
                                           "(datasets/parking.csv)",
                                .source = "Zirngibl et al., TMA 2022",
                                .judge = judge_not_parked,
                                .label = "domains that are not parked" },
};

const struct metric metrics[] = {
    { .id = "spf_present",
      .meaning = "there is an SPF record, good or bad",
      .source = "RFC 7208 section 4.5",
      .judge = judge_present,
      .protocol = PROTOCOL_SPF },
    { .id = "spf_valid",
      .meaning = "there is exactly one SPF record and it is without fault",
      .source = "RFC 7208 section 4",
      .judge = judge_valid,
      .protocol = PROTOCOL_SPF,
      .label = "SPF valid",
      .headline = POPULATION_MX },
    { .id = "spf_enforcing",
      .meaning = "SPF is valid and ends in -all or ~all, here or behind a redirect",
      .source = "RFC 7208 sections 5.1 and 6.1",
      .judge = judge_spf_enforcing,
      .protocol = PROTOCOL_SPF,
      .field = "effective_all",
      .values = { "fail", "softfail" },
      .label = "SPF -all or ~all",
      .headline = POPULATION_MX },
    { .id = "spf_strict",
      .meaning = "SPF is valid and ends in -all, here or behind a redirect",
      .source = "RFC 7208 sections 5.1 and 6.1",
      .judge = judge_spf_enforcing,
      .protocol = PROTOCOL_SPF,
      .field = "effective_all",
      .values = { "fail" } },
    { .id = "spf_open",
      .meaning = "SPF is valid and lets everybody send (+all), here or behind a redirect",
      .source = "RFC 7208 sections 5.1 and 6.1",
      .judge = judge_spf_enforcing,
      .protocol = PROTOCOL_SPF,
      .field = "effective_all",
      .values = { "pass" } },
    { .id = "dmarc_present",
      .meaning = "there is a DMARC record at the domain itself, good or bad",
      .source = "RFC 9989 section 4.10",
      .judge = judge_present,
      .protocol = PROTOCOL_DMARC },
    { .id = "dmarc_valid",
      .meaning = "there is exactly one DMARC record at the domain itself and it is without fault",
      .source = "RFC 9989 section 4.10",
      .judge = judge_valid,
      .protocol = PROTOCOL_DMARC,
      .label = "DMARC valid",
      .headline = POPULATION_MX },
    { .id = "dmarc_none",
      .meaning = "DMARC is valid and its p is none: mail is watched, not stopped",
      .source = "RFC 9989 section 4.7",
      .judge = judge_valid_with,
      .protocol = PROTOCOL_DMARC,
      .field = "p",
      .values = { "none" } },
    { .id = "dmarc_enforcing",
      .meaning = "DMARC is valid and its p is quarantine or reject, whatever t says",
      .source = "RFC 9989 section 4.7",
      .judge = judge_valid_with,
      .protocol = PROTOCOL_DMARC,
      .field = "p",
      .values = { "quarantine", "reject" },
      .label = "DMARC quarantine or reject",
      .headline = POPULATION_MX },
    { .id = "dmarc_reject",
      .meaning = "DMARC is valid and its p is reject, whatever t says",
      .source = "RFC 9989 section 4.7",
      .judge = judge_valid_with,
      .protocol = PROTOCOL_DMARC,
      .field = "p",
      .values = { "reject" } },
    { .id = "dmarc_effective",
      .meaning =
          "DMARC is valid and stops mail that fails: p is reject, or quarantine without t=y, "
          "which takes each down by one",
      .source = "RFC 9989 section 4.7",
      .judge = judge_dmarc_effective,
      .protocol = PROTOCOL_DMARC },
    { .id = "dmarc_reported",
      .meaning = "DMARC is valid and asks for aggregate reports (rua)",
      .source = "RFC 9989 section 4.7",
      .judge = judge_valid_having,
      .protocol = PROTOCOL_DMARC,
      .field = "rua" },
    { .id = "dmarc_covered",
      .meaning = "a DMARC policy applies to the domain: its own, or that of an ancestor which the "
                 "tree walk finds",
      .source = "RFC 9989 section 4.10",
      .judge = judge_dmarc_covered,
      .protocol = PROTOCOL_DMARC },
    { .id = "dmarc_covered_enforcing",
      .meaning = "the DMARC policy that applies to the domain, its own or an ancestor's, is "
                 "quarantine or reject, whatever t says",
      .source = "RFC 9989 section 4.10",
      .judge = judge_dmarc_covered,
      .protocol = PROTOCOL_DMARC,
      .values = { "quarantine", "reject" } },
    { .id = "dkim_node",
      .meaning = "_domainkey.DOMAIN is not NXDOMAIN, so that a DKIM key may be below it",
      .source = "RFC 6376 section 3.6.2.1, RFC 8020",
      .judge = judge_field,
      .protocol = PROTOCOL_DKIM,
      .field = "node",
      .values = { "yes" },
      .label = "DKIM node",
      .headline = POPULATION_MX },
    { .id = "dkim_key",
      .meaning = "a DKIM key that is valid and not revoked stands at a selector of the list: a "
                 "lower bound of the domains that have one",
      .source = "RFC 6376 section 3.6.1",
      .judge = judge_field,
      .protocol = PROTOCOL_DKIM,
      .field = "key",
      .values = { "yes" },
      .label = "DKIM key, at least",
      .headline = POPULATION_MX },
    { .id = "dkim_control",
      .meaning = "_domainkey.DOMAIN is NXDOMAIN, and the domain is one of the hundredth that was "
                 "asked for the selectors all the same",
      .source = "RFC 8020",
      .judge = judge_dkim_control,
      .protocol = PROTOCOL_DKIM },
    { .id = "dkim_control_missed",
      .meaning = "such a domain has a key at a selector of the list: divided by dkim_control, the "
                 "error of not asking below a name that does not exist",
      .source = "RFC 8020",
      .judge = judge_dkim_missed,
      .protocol = PROTOCOL_DKIM },
    { .id = "sts_record_present",
      .meaning = "there is an MTA-STS record, good or bad",
      .source = "RFC 8461 section 3.1",
      .judge = judge_present,
      .protocol = PROTOCOL_MTA_STS,
      .label = "MTA-STS record",
      .headline = POPULATION_MX },
    { .id = "sts_record_valid",
      .meaning = "there is exactly one MTA-STS record and it is without fault",
      .source = "RFC 8461 section 3.1",
      .judge = judge_valid,
      .protocol = PROTOCOL_MTA_STS },
    { .id = "sts_policy_valid",
      .meaning =
          "there is an MTA-STS record, good or bad, and the policy is served by a host with a "
          "good certificate, with status 200 and without fault",
      .source = "RFC 8461 sections 3.2 and 3.3",
      .judge = judge_policy_valid,
      .label = "MTA-STS policy valid",
      .headline = POPULATION_MX },
    { .id = "sts_policy_none",
      .meaning = "the policy is valid and its mode is none",
      .source = "RFC 8461 section 5",
      .judge = judge_policy_mode,
      .mode = MODE_NONE },
    { .id = "sts_policy_testing",
      .meaning = "the policy is valid and its mode is testing",
      .source = "RFC 8461 section 5",
      .judge = judge_policy_mode,
      .mode = MODE_TESTING },
    { .id = "sts_policy_enforce",
      .meaning = "the policy is valid and its mode is enforce",
      .source = "RFC 8461 section 5",
      .judge = judge_policy_mode,
      .mode = MODE_ENFORCE,
      .label = "MTA-STS enforce",
      .headline = POPULATION_MX },
    { .id = "sts_deliverable",
      .meaning =
          "record and policy are valid, its mode is enforce, and an address of an MX host that "
          "the policy names has TLS 1.2 or later with a certificate that verifies and matches",
      .source = "RFC 8461 sections 4 and 5",
      .judge = judge_deliverable,
      .mode = MODE_ENFORCE,
      .label = "MTA-STS enforce, deliverable",
      .headline = POPULATION_MX },
    { .id = "sts_delivery_all",
      .meaning = "record and policy are valid, its mode is enforce or testing, and a sender that "
                 "honours it can deliver to all MX hosts: the policy names each, and an address of "
                 "it has TLS 1.2 or later with a certificate that verifies and matches",
      .source = "RFC 8461 sections 4 and 5",
      .judge = judge_delivery_all,
      .label = "MTA-STS delivers to all MX",
      .headline = POPULATION_MX },
    { .id = "sts_delivery_none",
      .meaning = "record and policy are valid, its mode is enforce or testing, the MX is usable, "
                 "and a sender that honours it can deliver to no MX host",
      .source = "RFC 8461 sections 4 and 5",
      .judge = judge_delivery_none },
    { .id = "tls_rpt_present",
      .meaning = "there is a TLS-RPT record, good or bad",
      .source = "RFC 8460 section 3",
      .judge = judge_present,
      .protocol = PROTOCOL_TLS_RPT },
    { .id = "tls_rpt_valid",
      .meaning = "there is exactly one TLS-RPT record and it is without fault",
      .source = "RFC 8460 section 3",
      .judge = judge_valid,
      .protocol = PROTOCOL_TLS_RPT,
      .label = "TLS-RPT valid",
      .headline = POPULATION_MX },
    { .id = "five_present",
      .meaning = "SPF, DMARC, MTA-STS and TLS-RPT each have a record and there is a DKIM node",
      .source = "RFC 7208, 6376, 9989, 8461, 8460",
      .judge = judge_five_present,
      .label = "all five present",
      .headline = POPULATION_MX },
    { .id = "five_valid",
      .meaning =
          "SPF, DMARC, TLS-RPT, the MTA-STS record and its policy are valid and there is a DKIM "
          "node",
      .source = "RFC 7208, 6376, 9989, 8461, 8460",
      .judge = judge_five_valid,
      .label = "all five valid",
      .headline = POPULATION_MX },
    { .id = "bimi_present",
      .meaning = "there is a BIMI record of the default selector, good or bad",
      .source = "draft-brand-indicators-for-message-identification section 4",
      .judge = judge_present,
      .protocol = PROTOCOL_BIMI },
    { .id = "bimi_valid",
      .meaning = "there is exactly one BIMI record of the default selector and it is without fault",
      .source = "draft-brand-indicators-for-message-identification section 4",
      .judge = judge_valid,
      .protocol = PROTOCOL_BIMI,
      .label = "BIMI valid",
      .headline = POPULATION_MX },
    { .id = "caa_present",
      .meaning = "there are CAA records, good or bad, at the domain or at an ancestor",
      .source = "RFC 8659 section 3",
      .judge = judge_present,
      .protocol = PROTOCOL_CAA,
      .label = "CAA",
      .headline = POPULATION_EXISTS },
    { .id = "caa_valid",
      .meaning = "there are CAA records, and they are without fault",
      .source = "RFC 8659 section 4",
      .judge = judge_valid,
      .protocol = PROTOCOL_CAA },
    { .id = "mx_present",
      .meaning = "there are MX records that name hosts",
      .source = "RFC 5321 section 5.1",
      .judge = judge_field,
      .protocol = PROTOCOL_MX,
      .field = "kind",
      .values = { "hosts" } },
    { .id = "null_mx",
      .meaning = "the domain says that it takes no mail (\"MX 0 .\")",
      .source = "RFC 7505",
      .judge = judge_field,
      .protocol = PROTOCOL_MX,
      .field = "kind",
      .values = { "null" },
      .label = "null MX",
      .headline = POPULATION_EXISTS },
    { .id = "implicit_mx",
      .meaning = "no MX, but an address: mail goes to the domain itself",
      .source = "RFC 5321 section 5.1",
      .judge = judge_field,
      .protocol = PROTOCOL_MX,
      .field = "kind",
      .values = { "implicit" },
      .label = "implicit MX",
      .headline = POPULATION_EXISTS },
    { .id = "mx_dangling_some",
      .meaning = "some MX host has no address",
      .source = "RFC 5321 section 5.1",
      .judge = judge_dangling },
    { .id = "dnssec",
      .meaning = "DNSSEC proves the answer for the MX records, be it that there are none",
      .source = "RFC 4033 section 5",
      .judge = judge_dnssec,
      .values = { "secure" },
      .label = "signed (DNSSEC)",
      .headline = POPULATION_EXISTS },
    { .id = "dnssec_bogus",
      .meaning = "the answer for the MX records fails DNSSEC validation",
      .source = "RFC 4033 section 5",
      .judge = judge_dnssec,
      .values = { "bogus" } },
    { .id = "mx_dnssec",
      .meaning = "there are MX records and DNSSEC proves them",
      .source = "RFC 4033 section 5, RFC 7672 section 2.2.1",
      .judge = judge_mx_secure,
      .label = "MX records secure (DNSSEC)",
      .headline = POPULATION_MX },
    { .id = "starttls_all",
      .meaning = "all MX hosts list STARTTLS in their reply to EHLO",
      .source = "RFC 3207 section 4",
      .judge = judge_all_hosts,
      .trait = HOST_STARTTLS,
      .label = "STARTTLS at all MX hosts",
      .headline = POPULATION_MX },
    { .id = "starttls_some",
      .meaning = "some MX host lists STARTTLS in its reply to EHLO",
      .source = "RFC 3207 section 4",
      .judge = judge_some_host,
      .trait = HOST_STARTTLS },
    { .id = "starttls_none",
      .meaning = "there is a usable MX, and no MX host lists STARTTLS in its reply to EHLO",
      .source = "RFC 3207 section 4",
      .judge = judge_no_host,
      .trait = HOST_STARTTLS },
    { .id = "mx_cert_valid_all",
      .meaning = "all MX hosts show a certificate that verifies up to the trust store",
      .source = "RFC 5280 section 6, RFC 8461 section 4.2",
      .judge = judge_all_hosts,
      .trait = HOST_CERT_VALID },
    { .id = "mx_cert_valid_some",
      .meaning = "some MX host shows a certificate that verifies up to the trust store",
      .source = "RFC 5280 section 6, RFC 8461 section 4.2",
      .judge = judge_some_host,
      .trait = HOST_CERT_VALID },
    { .id = "mx_cert_match_all",
      .meaning = "all MX hosts show a certificate that verifies and has the host's name",
      .source = "RFC 8461 section 4.2",
      .judge = judge_all_hosts,
      .trait = HOST_CERT_MATCH,
      .label = "good certificate, all MX hosts",
      .headline = POPULATION_MX },
    { .id = "mx_cert_match_some",
      .meaning = "some MX host shows a certificate that verifies and has the host's name",
      .source = "RFC 8461 section 4.2",
      .judge = judge_some_host,
      .trait = HOST_CERT_MATCH },
    { .id = "mx_cert_self_signed_some",
      .meaning = "some MX host shows a leaf certificate that is signed by itself",
      .source = "RFC 5280 section 3.2",
      .judge = judge_some_host,
      .trait = HOST_SELF_SIGNED },
    { .id = "mx_cert_expired_some",
      .meaning = "some MX host shows a chain that is past its time",
      .source = "RFC 5280 section 4.1.2.5",
      .judge = judge_some_host,
      .trait = HOST_EXPIRED },
    { .id = "mx_cert_expiring_some",
      .meaning = "some MX host shows a leaf certificate that had not expired when it was seen, and "
                 "expires within 30 days of that",
      .source = "RFC 5280 section 4.1.2.5",
      .judge = judge_some_host,
      .trait = HOST_EXPIRING },
    { .id = "tls13_all",
      .meaning = "all MX hosts negotiate TLS 1.3",
      .source = "RFC 8446",
      .judge = judge_all_hosts,
      .trait = HOST_TLS13,
      .label = "TLS 1.3 at all MX hosts",
      .headline = POPULATION_MX },
    { .id = "tls13_some",
      .meaning = "some MX host negotiates TLS 1.3 with a client that offers all versions",
      .source = "RFC 8446",
      .judge = judge_some_host,
      .trait = HOST_TLS13 },
    { .id = "tls12_some",
      .meaning = "some MX host negotiates TLS 1.2 with a client that offers all versions",
      .source = "RFC 5246",
      .judge = judge_some_host,
      .trait = HOST_TLS12 },
    { .id = "tls11_some",
      .meaning = "some MX host negotiates TLS 1.1 with a client that offers all versions",
      .source = "RFC 4346, RFC 8996",
      .judge = judge_some_host,
      .trait = HOST_TLS11 },
    { .id = "tls10_some",
      .meaning = "some MX host negotiates TLS 1.0 with a client that offers all versions",
      .source = "RFC 2246, RFC 8996",
      .judge = judge_some_host,
      .trait = HOST_TLS10 },
    { .id = "tls_legacy_some",
      .meaning = "some MX host negotiates a version below TLS 1.2 with a client that offers all",
      .source = "RFC 8996",
      .judge = judge_some_host,
      .trait = HOST_TLS_LEGACY },
    { .id = "dane_present",
      .meaning = "some MX host has TLSA records, secure or not",
      .source = "RFC 7672 section 2.2",
      .judge = judge_tlsa },
    { .id = "dane_secure",
      .meaning = "DNSSEC proves the MX records and, for all MX hosts, TLSA records",
      .source = "RFC 7672 section 2.2",
      .judge = judge_dane_secure },
    { .id = "dane_valid",
      .meaning =
          "dane_secure, and all MX hosts show a chain that a usable TLSA record (usage 2 or 3) "
          "matches",
      .source = "RFC 7672 section 3",
      .judge = judge_dane_valid,
      .label = "DANE valid",
      .headline = POPULATION_MX },
    { .id = "requiretls_all",
      .meaning = "all MX hosts list REQUIRETLS in their reply to EHLO inside TLS",
      .source = "RFC 8689 section 2",
      .judge = judge_all_hosts,
      .trait = HOST_REQUIRETLS },
    { .id = "requiretls_some",
      .meaning = "some MX host lists REQUIRETLS in its reply to EHLO inside TLS",
      .source = "RFC 8689 section 2",
      .judge = judge_some_host,
      .trait = HOST_REQUIRETLS },
    { .id = "ipv6_some",
      .meaning = "some MX host has an IPv6 address, probed or not",
      .source = "RFC 3596",
      .judge = judge_ipv6,
      .label = "some MX host has IPv6",
      .headline = POPULATION_MX },
    { .id = "ipv6_all",
      .meaning = "all MX hosts have an IPv6 address, probed or not",
      .source = "RFC 3596",
      .judge = judge_ipv6_all },
};
const size_t metric_count = sizeof(metrics) / sizeof(metrics[0]);

_Static_assert(sizeof(metrics) / sizeof(metrics[0]) <= METRICS_MAX, "METRICS_MAX is too small");

const struct metric *metric_find(const char *id)
{
    for (size_t i = 0; i < metric_count; i++)
        if (strcmp(metrics[i].id, id) == 0)
            return &metrics[i];
    return NULL;
}

const char *tri_name(enum tri t)
{
    static const char *const names[TRI_COUNT] = {
        [TRI_NO] = "no", [TRI_YES] = "yes", [TRI_UNKNOWN] = "unknown"
    };

    return names[t];
}

#define EXPLAINED_COLUMNS 72

/* Words, broken into lines behind a margin. */
static void explain_words(struct buf *out, const char *text)
{
    size_t column = EXPLAINED_COLUMNS;

    while (*text != '\0') {
        size_t len = strcspn(text, " ");

        if (column + len >= EXPLAINED_COLUMNS) {
            buf_string(out, "\n       ");
            column = 0;
        }
        buf_byte(out, ' ');
        buf_append(out, text, len);
        column += len + 1;
        text += len + (text[len] == ' ');
    }
}

static void explain_row(struct buf *out, const struct metric *m)
{
    buf_printf(out, "\n  %s", m->id);
    explain_words(out, m->meaning);
    if (m->source[0] != '\0')
        buf_printf(out, "\n        [%s]", m->source);
    if (m->judge != judge_everyone && m->label != NULL && m->headline != POPULATION_ALL)
        buf_printf(out, "\n        in the table: of %s", populations[m->headline].label);
    buf_byte(out, '\n');
}

void metrics_explain(struct buf *out)
{
    buf_string(out, "Populations. Every metric is counted in each of them.\n");
    for (int p = 0; p < POPULATION_COUNT; p++)
        explain_row(out, &populations[p]);
    buf_string(out, "\nMetrics. A record is present when it is valid or invalid; a host that could "
                    "not be\nasked is unknown, not without.\n");
    for (size_t i = 0; i < metric_count; i++)
        explain_row(out, &metrics[i]);
}
