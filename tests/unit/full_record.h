/* full_record: a domain's record as the dns stage writes it, and the jobs that follow from it: the
 * same bytes whether the stage makes them of answers, or the recovery of a lost queue of this
 * record. */
#ifndef MXC_TESTS_FULL_RECORD_H
#define MXC_TESTS_FULL_RECORD_H

#define FULL_RECORD(attempts)                                                                      \
    "{\"v\":1,\"domain\":\"good.test\",\"rank\":12,\"input\":{\"sector\":\"bank\"},\"time\":"      \
    "\"T\","                                                                                       \
    "\"worker\":\"w\",\"vantage\":\"here\",\"attempts\":" attempts                                 \
    ",\"exists\":\"yes\",\"questions\":11,"                                                        \
    "\"mx\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"ttl\":300,\"kind\":\"hosts\","             \
    "\"verdict\":\"invalid\",\"violations\":[\"mx-target-address\"],\"hosts\":["                   \
    "{\"preference\":5,\"host\":\"192.0.2.1\",\"violation\":\"mx-target-address\"},"               \
    "{\"preference\":10,\"host\":\"a.good.test\"},{\"preference\":20,\"host\":\"b.good.test\"}]}," \
    "\"ns\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"hosts\":[\"a.ns.test\",\"b.ns.test\"]},"   \
    "\"spf\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"txt\":[\"v=spf1 ip4:192.0.2.0/24 "        \
    "-all\"],"                                                                                     \
    "\"verdict\":\"valid\",\"all\":\"fail\",\"lookup_terms\":0,\"lookups\":0,\"void_lookups\":0,"  \
    "\"effective_all\":\"fail\",\"authorised\":{\"ip4\":256,\"ip6_48\":0}},"                       \
    "\"dmarc\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"txt\":[\"v=DMARC1; p=reject\"],"        \
    "\"verdict\":\"valid\",\"p\":\"reject\","                                                      \
    "\"effective\":{\"verdict\":\"valid\",\"domain\":\"good.test\",\"tag\":\"p\","                 \
    "\"policy\":\"reject\"}},"                                                                     \
    "\"mta_sts\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"aliases\":[\"sts.provider.test\"],"   \
    "\"txt\":[\"v=STSv1; id=2024;\"],\"verdict\":\"valid\",\"id\":\"2024\"},"                      \
    "\"tls_rpt\":{\"outcome\":\"ok\",\"dnssec\":\"secure\","                                       \
    "\"txt\":[\"v=TLSRPTv1; rua=mailto:t@good.test\"],\"verdict\":\"valid\","                      \
    "\"rua\":[\"mailto:t@good.test\"]},"                                                           \
    "\"bimi\":{\"outcome\":\"nodata\",\"dnssec\":\"secure\",\"verdict\":\"absent\"},"              \
    "\"dkim\":{\"outcome\":\"nodata\",\"dnssec\":\"secure\",\"node\":\"yes\","                     \
    "\"key\":\"no\",\"asked\":0},\"wildcard\":{\"outcome\":\"nxdomain\",\"dnssec\":\"secure\"},"   \
    "\"caa\":{\"outcome\":\"nxdomain\",\"dnssec\":\"secure\",\"verdict\":\"absent\"}}"

#define FULL_RECORD_HOST_A "{\"host\":\"a.good.test\"}"
#define FULL_RECORD_HOST_B "{\"host\":\"b.good.test\"}"
#define FULL_RECORD_POLICY \
    "{\"domain\":\"good.test\",\"aliases_of_record\":[\"sts.provider.test\"]}"

#endif
