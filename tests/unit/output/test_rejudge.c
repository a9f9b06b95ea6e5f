/* Records judged again: what the raw text says counts, what other names decided stays. */
#include "output/rejudge_record.h"
#include "tests/unit/check.h"

#define D(members) "{\"v\":1,\"domain\":\"d.test\"," members "}"
#define OK "\"outcome\":\"ok\",\"dnssec\":\"secure\","

#define ABOVE(verdict, policy)                                                           \
    "\"dmarc\":{\"outcome\":\"nxdomain\",\"verdict\":\"absent\",\"effective\":{" verdict \
    ",\"domain\":\"test\",\"txt\":[\"v=DMARC1; p=none; sp=quarantine; np=reject\"]" policy "}}"

static const struct row {
    enum kind kind;
    const char *was, *is; /* NULL: as it was */
} rows[] = {
    /* The text decides, whatever was thought of it, and what stands around it stays in its place.
     */
    { KIND_DOMAINS,
      D("\"rank\":7,\"mta_sts\":{" OK "\"txt\":[\"v=STSv1; id=1\"],\"verdict\":\"invalid\","
        "\"violations\":[\"sts-syntax\"],\"id\":\"x\"},\"bimi\":{\"outcome\":\"nxdomain\","
        "\"verdict\":\"valid\",\"l\":\"x\"}"),
      D("\"rank\":7,\"mta_sts\":{" OK "\"txt\":[\"v=STSv1; id=1\"],\"verdict\":\"valid\","
        "\"id\":\"1\"},\"bimi\":{\"outcome\":\"nxdomain\",\"verdict\":\"absent\"}") },
    { KIND_DOMAINS,
      D("\"dmarc\":{" OK "\"wildcard\":true,\"txt\":[\"v=DMARC1; p=none\"],\"verdict\":\"absent\","
        "\"effective\":{\"verdict\":\"valid\",\"policy\":\"reject\"},\"external\":[{\"x\":1}]}"),
      D("\"dmarc\":{" OK "\"wildcard\":true,\"txt\":[\"v=DMARC1; p=none\"],\"verdict\":\"valid\","
        "\"p\":\"none\",\"effective\":{\"verdict\":\"valid\",\"domain\":\"d.test\",\"tag\":\"p\","
        "\"policy\":\"none\"},\"external\":[{\"x\":1}]}") },
    /* What applies, of the record above that is named; np where the name is not there. */
    { KIND_DOMAINS, D("\"mx\":{\"outcome\":\"nodata\"}," ABOVE("\"verdict\":\"invalid\"", "")),
      D("\"mx\":{\"outcome\":\"nodata\"}," ABOVE("\"verdict\":\"valid\"",
                                                 ",\"tag\":\"sp\",\"policy\":\"quarantine\"")) },
    { KIND_DOMAINS, D("\"mx\":{\"outcome\":\"nxdomain\"}," ABOVE("\"verdict\":\"invalid\"", "")),
      D("\"mx\":{\"outcome\":\"nxdomain\"}," ABOVE("\"verdict\":\"valid\"",
                                                   ",\"tag\":\"np\",\"policy\":\"reject\"")) },
    /* Nothing of the way up is in the record. */
    { KIND_DOMAINS,
      D("\"dmarc\":{\"outcome\":\"nxdomain\",\"verdict\":\"absent\",\"effective\":{\"verdict\":"
        "\"unknown\"}}"),
      NULL },
    { KIND_DOMAINS,
      D("\"tls_rpt\":{" OK "\"txt\":[\"\\u00ff\\u001b\",\"v=TLSRPTv1; rua=mailto:a@b.c\"],"
        "\"verdict\":\"unknown\"}"),
      D("\"tls_rpt\":{" OK "\"txt\":[\"\\u00ff\\u001b\",\"v=TLSRPTv1; rua=mailto:a@b.c\"],"
        "\"verdict\":\"valid\",\"rua\":[\"mailto:a@b.c\"]}") },
    /* What could not be had, or is not all there, stays as it is. */
    { KIND_DOMAINS,
      D("\"spf\":{\"outcome\":\"servfail\",\"dnssec\":\"bogus\",\"verdict\":\"unknown\"}"), NULL },
    { KIND_DOMAINS,
      D("\"spf\":{" OK "\"txt\":[\"v=spf1 -all\"],\"txt_cut\":true,\"verdict\":\"invalid\"}"),
      NULL },
    { KIND_DOMAINS, D("\"exists\":\"unknown\",\"outcome\":\"quarantined\""), NULL },
    { KIND_DOMAINS,
      D("\"mx\":{" OK "\"verdict\":\"invalid\",\"hosts\":[]},\"ns\":{" OK "\"hosts\":[]}"), NULL },
    /* Where SPF led to is kept, with its faults, as long as an evaluation begins. */
    { KIND_DOMAINS,
      D("\"spf\":{" OK "\"txt\":[\"v=spf1 include:a.b foo=1 -all\"],\"verdict\":\"invalid\","
        "\"violations\":[\"spf-include-none\"],\"all\":\"pass\",\"lookups\":1,\"void_lookups\":1,"
        "\"effective_all\":\"fail\",\"unfollowed\":[\"%{i}\"]}"),
      D("\"spf\":{" OK "\"txt\":[\"v=spf1 include:a.b foo=1 -all\"],\"verdict\":\"invalid\","
        "\"violations\":[\"spf-include-none\",\"spf-modifier-unknown\"],\"all\":\"fail\","
        "\"includes\":[\"a.b\"],\"lookup_terms\":1,\"lookups\":1,\"void_lookups\":1,"
        "\"effective_all\":\"fail\",\"unfollowed\":[\"%{i}\"]}") },
    { KIND_DOMAINS,
      D("\"spf\":{" OK "\"txt\":[\"v=spf1 a include:a.b ~all\"],\"verdict\":\"unknown\",\"all\":"
        "\"softfail\",\"includes\":[\"a.b\"],\"lookup_terms\":2,\"effective_all\":\"softfail\","
        "\"unresolved\":[\"a.b\"]}"),
      NULL },
    { KIND_DOMAINS,
      D("\"spf\":{" OK "\"txt\":[\"v=spf1 a ~all\"],\"verdict\":\"valid\",\"all\":\"softfail\","
        "\"lookup_terms\":1,\"lookups\":1,\"void_lookups\":0,\"effective_all\":\"softfail\","
        "\"authorised\":{\"ip4\":2,\"ip6_48\":1,\"approximate\":true}}"),
      NULL },
    { KIND_DOMAINS,
      D("\"spf\":{" OK
        "\"txt\":[\"v=spf1 a ipv4:x ~all\"],\"verdict\":\"valid\",\"all\":\"softfail\","
        "\"lookup_terms\":1,\"lookups\":1,\"void_lookups\":0,\"effective_all\":\"softfail\"}"),
      D("\"spf\":{" OK "\"txt\":[\"v=spf1 a ipv4:x ~all\"],\"verdict\":\"invalid\",\"violations\":["
        "\"spf-term-unknown\"],\"all\":\"softfail\",\"lookup_terms\":1}") },
    { KIND_DOMAINS, /* it had no such members yet, and leads nowhere */
      D("\"spf\":{" OK "\"txt\":[\"v=spf1 -all\"],\"verdict\":\"valid\",\"all\":\"fail\"}"),
      D("\"spf\":{" OK "\"txt\":[\"v=spf1 -all\"],\"verdict\":\"valid\",\"all\":\"fail\","
        "\"lookup_terms\":0,\"lookups\":0,\"void_lookups\":0,\"effective_all\":\"fail\","
        "\"authorised\":{\"ip4\":0,\"ip6_48\":0}}") },
    /* DKIM: each key, and whether one is to sign with. */
    { KIND_DOMAINS,
      D("\"dkim\":{\"outcome\":\"nodata\",\"node\":\"yes\",\"key\":\"yes\",\"asked\":2,\"keys\":[{"
        "\"selector\":\"s1\"," OK
        "\"txt\":[\"v=DKIM1; p=\"],\"verdict\":\"invalid\",\"k\":\"x\"}]}"),
      D("\"dkim\":{\"outcome\":\"nodata\",\"node\":\"yes\",\"key\":\"no\",\"asked\":2,\"keys\":[{"
        "\"selector\":\"s1\"," OK "\"txt\":[\"v=DKIM1; p=\"],\"verdict\":\"valid\",\"k\":\"rsa\","
        "\"revoked\":true}]}") },
    /* CAA and TLSA from their text. */
    { KIND_DOMAINS,
      D("\"caa\":{" OK "\"found_at\":\"test\",\"records\":[\"0 issue \\\"ca.example\\\"\"],"
        "\"verdict\":\"invalid\",\"iodef\":[\"x\"]}"),
      D("\"caa\":{" OK "\"found_at\":\"test\",\"records\":[\"0 issue \\\"ca.example\\\"\"],"
        "\"verdict\":\"valid\",\"issue\":[\"ca.example\"]}") },
    { KIND_MX,
      "{\"v\":1,\"host\":\"m.test\",\"tlsa\":{" OK "\"records\":[\"0 0 0 ab\"],\"base\":\"m.test\","
      "\"verdict\":\"valid\",\"usable\":1},\"outcome\":\"ok\",\"tls\":{\"verdict\":\"x\"}}",
      "{\"v\":1,\"host\":\"m.test\",\"tlsa\":{" OK "\"records\":[\"0 0 0 ab\"],\"base\":\"m.test\","
      "\"verdict\":\"invalid\",\"violations\":[\"tlsa-usage-unusable\",\"tlsa-none-usable\"],"
      "\"usable\":0},\"outcome\":\"ok\",\"tls\":{\"verdict\":\"x\"}}" },
    /* A policy: its body decides the outcome only where nothing failed before it. */
    { KIND_POLICIES,
      D("\"outcome\":\"ok\",\"step\":\"done\",\"http\":{\"status\":200,\"media_type\":\"text/"
        "plain\"},"
        "\"body\":\"x\\n\",\"verdict\":\"valid\",\"mode\":\"none\",\"mx\":[\"y\"]"),
      D("\"outcome\":\"syntax\",\"step\":\"syntax\",\"http\":{\"status\":200,\"media_type\":\"text/"
        "plain\"},"
        "\"body\":\"x\\n\",\"verdict\":\"invalid\",\"violations\":[\"policy-prose\"]") },
    { KIND_POLICIES,
      D("\"outcome\":\"certificate\",\"step\":\"tls\",\"http\":{\"status\":200},\"body\":\"version:"
        " "
        "STSv1\\nmode: none\\nmax_age: 86400\\n\",\"verdict\":\"invalid\",\"mode\":\"enforce\""),
      D("\"outcome\":\"certificate\",\"step\":\"tls\",\"http\":{\"status\":200},\"body\":\"version:"
        " "
        "STSv1\\nmode: none\\nmax_age: 86400\\n\",\"verdict\":\"invalid\",\"violations\":["
        "\"policy-media-type\"],\"mode\":\"none\",\"max_age\":86400") },
    { KIND_POLICIES,
      D("\"outcome\":\"http-status\",\"step\":\"http\",\"http\":{\"status\":404},\"body\":\"gone\","
        "\"verdict\":\"invalid\""),
      NULL },
    { KIND_CERTS, "{\"v\":1,\"sha256\":\"ab\",\"names\":[\"\\u00ff\\u0000\"],\"scts\":0}", NULL },
};

static void check(const struct row *row, const char *record, const char *wanted)
{
    struct json_writer w;
    struct arena arena;
    struct buf out;
    const struct json *tree;

    arena_init(&arena, 512);
    buf_init(&out, BUF_NO_CEILING);
    json_writer_init(&w, &out);
    tree = json_parse_bytes(&arena, record, strlen(record));
    CHECK(tree != NULL, "%s", record);
    if (tree != NULL)
        rejudge_record(&w, row->kind, tree, &arena);
    CHECK(out.len == strlen(wanted) && memcmp(out.data, wanted, out.len) == 0,
          "%s\n  gave %.*s\n  want %s", record, (int)out.len, out.data, wanted);
    buf_free(&out);
    arena_free(&arena);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *is = rows[i].is != NULL ? rows[i].is : rows[i].was;

        check(&rows[i], rows[i].was, is);
        check(&rows[i], is, is); /* and nothing changes the second time */
    }
    return check_report();
}
