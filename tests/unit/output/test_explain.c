/* A run in words: what an SPF record costs and leads to, and what a sender that honours the policy
 * of MTA-STS could do. */
#include "output/explain.h"

#include "scanner/base/exits.h"
#include "tests/unit/check.h"
#include "tests/unit/output/run.h"

#define DOMAIN(rest) "{\"v\":1,\"domain\":\"a.test\",\"exists\":\"yes\"," rest "}\n"
#define SPF(rest) DOMAIN("\"spf\":{\"outcome\":\"ok\"," rest "}")
#define MX                                                                                         \
    "\"mx\":{\"outcome\":\"ok\",\"kind\":\"hosts\",\"hosts\":[{\"preference\":10,\"host\":\"mx.a." \
    "test\"},{\"preference\":20,\"host\":\"mx.b.test\"}]}"
#define STS DOMAIN(MX ",\"mta_sts\":{\"outcome\":\"ok\",\"verdict\":\"valid\",\"id\":\"1\"}")
#define POLICY(mode, mx)                                                                       \
    "{\"v\":1,\"domain\":\"a.test\",\"outcome\":\"ok\",\"verdict\":\"valid\",\"mode\":\"" mode \
    "\",\"mx\":[" mx "]}\n"
#define NO_POLICY(rest)                                                                            \
    "{\"v\":1,\"domain\":\"a.test\",\"host\":\"mta-sts.a.test\",\"verdict\":\"invalid\"," rest "}" \
    "\n"
#define HOST(host, rest) "{\"v\":1,\"host\":\"" host "\",\"address\":\"192.0.2.1\"," rest "}\n"
#define GOOD                                                                                   \
    "\"outcome\":\"ok\",\"starttls\":\"offered\",\"tls\":{\"version\":\"TLSv1.3\",\"chain\":[" \
    "\"a\"],\"pkix\":{\"verdict\":\"valid\"},\"name_match\":true}"
#define BARE "\"outcome\":\"starttls-absent\",\"starttls\":\"absent\""
#define TLSA(dnssec, usable)                            \
    "\"tlsa\":{\"outcome\":\"ok\",\"dnssec\":\"" dnssec \
    "\",\"records\":[\"3 1 1 ab\"],\"usable\":" usable "}"
#define ENDS GOOD ",\"after_tls\":{\"outcome\":\"closed\"}"
#define HOSTS HOST("mx.a.test", GOOD) HOST("mx.b.test", GOOD)

/* Records of a run, and a text that is told of them; none: it is not. */
static const struct {
    const char *domains, *policies, *hosts;
    const char *told, *untold;
} rows[] = {
    { SPF("\"verdict\":\"valid\",\"all\":\"softfail\",\"includes\":[\"b.test\",\"c.test\"],"
          "\"lookups\":4,\"void_lookups\":1,\"effective_all\":\"softfail\","
          "\"authorised\":{\"ip4\":1024,\"ip6_48\":2}"),
      "", "",
      "    4 of at most 10 lookups, 1 of at most 2 void\n"
      "    include b.test\n"
      "    include c.test\n"
      "    may send: 1024 IPv4 addresses, 2 IPv6 networks of 48 bits\n"
      "    the rest of the world: softfail\n",
      "takes a message" },
    { SPF("\"verdict\":\"valid\",\"redirect\":\"b.test\",\"lookups\":1,\"void_lookups\":0,"
          "\"effective_all\":\"fail\",\"authorised\":{\"ip4\":0,\"ip6_48\":0,"
          "\"approximate\":true},\"unfollowed\":[\"%{i}.b.test\"]"),
      "", "",
      "    redirect b.test\n"
      "    not followed, takes a message: %{i}.b.test\n"
      "    may send: 0 IPv4 addresses, 0 IPv6 networks of 48 bits, and what takes a message\n"
      "    the rest of the world: fail\n",
      NULL },
    { SPF("\"verdict\":\"unknown\",\"lookup_terms\":1,\"includes\":[\"b.test\"],"
          "\"unresolved\":[\"b.test\"]"),
      "", "", "    include b.test\n    no answer for: b.test\n", "lookups" },
    { SPF("\"verdict\":\"invalid\",\"violations\":[\"spf-too-many-lookups\"],\"lookups\":51"), "",
      "", "    more than 50 lookups, at most 10 are allowed\n", "void" },
    { SPF("\"verdict\":\"absent\""), "", "", "  SPF             absent\n", "lookups" },
    /* Nothing was read that could be invalid: what happened, and where. */
    { STS,
      NO_POLICY("\"outcome\":\"special-address\",\"step\":\"connect\",\"address\":\"10.0.0.9\""),
      "",
      "  MTA-STS policy  none fetched step=connect (special-address: private, loopback or "
      "otherwise "
      "special: not contacted)\n"
      "    mta-sts.a.test 10.0.0.9\n",
      "invalid" },
    { STS,
      NO_POLICY("\"outcome\":\"http-status\",\"step\":\"http\",\"address\":\"192.0.2.1\",\"tls\":{"
                "\"pkix\":{\"verdict\":\"valid\"},\"name_match\":true},\"http\":{\"status\":503}"),
      "",
      "  MTA-STS policy  none fetched step=http (http-status: an HTTP status other than 200 (RFC "
      "8461 "
      "§3.3))\n"
      "    mta-sts.a.test 192.0.2.1, certificate valid, name matches, HTTP status 503\n",
      "invalid" },
    { STS,
      NO_POLICY("\"outcome\":\"certificate\",\"step\":\"tls\",\"address\":\"192.0.2.1\",\"tls\":{"
                "\"pkix\":{\"verdict\":\"invalid\",\"errors\":[\"expired\"]},\"name_match\":true},"
                "\"http\":{\"status\":200},\"body\":\"version: STSv1\",\"mode\":\"enforce\""),
      "",
      "  MTA-STS policy  invalid mode=enforce step=tls (certificate: the certificate does not "
      "verify "
      "or match the name)\n"
      "    mta-sts.a.test 192.0.2.1, certificate invalid expired, name matches\n",
      "none fetched" },
    { STS, "", HOST("mx.a.test", ENDS),
      "  mail host mx.a.test 192.0.2.1: STARTTLS offered, TLSv1.3, certificate valid, name "
      "matches, but "
      "EHLO inside it failed (closed: the peer closed before it had answered)\n",
      NULL },
    { STS, POLICY("enforce", "\"*.a.test\",\"mx.b.test\""), HOSTS,
      "  delivery        all: a sender that honours the policy can deliver to every mail host\n"
      "    mx.a.test: named by the policy, can be delivered to: yes\n"
      "    mx.b.test: named by the policy, can be delivered to: yes\n",
      "testing" },
    { STS, POLICY("enforce", "\"mx.a.test\""), HOSTS,
      "  delivery        some: a sender that honours the policy can deliver to some mail hosts\n"
      "    mx.a.test: named by the policy, can be delivered to: yes\n"
      "    mx.b.test: not named by the policy (typo), can be delivered to: no\n",
      NULL },
    { STS, POLICY("testing", "\"*.a.test\",\"*.b.test\""),
      HOST("mx.a.test", BARE) HOST("mx.b.test", BARE),
      "  delivery        none: a sender that honours the policy can deliver to no mail host "
      "(the policy is in testing, and is only reported on)\n",
      NULL },
    { STS, POLICY("enforce", "\"*.a.test\",\"*.b.test\""), "",
      "  delivery        unknown: it could not be found out\n", NULL },
    { DOMAIN("\"mx\":{\"outcome\":\"ok\",\"kind\":\"null\"},\"mta_sts\":{\"outcome\":\"ok\","
             "\"verdict\":\"valid\",\"id\":\"1\"}"),
      POLICY("enforce", "\"*.a.test\""), "",
      "  delivery        no-mx: a policy binds a sender, but no mail host has an address\n",
      "can be delivered" },
    { DOMAIN(MX), "",
      HOST("mx.a.test", TLSA("insecure", "1") "," GOOD)
          HOST("mx.b.test", TLSA("secure", "1") "," BARE),
      "  dane            insecure: mx.a.test has TLSA records without DNSSEC, which count for "
      "nothing\n"
      "  dane            fails: mx.b.test has TLSA records, and no usable one matches what the "
      "host "
      "shows\n",
      NULL },
    /* RFC 7672 §2.2: TLS, and no authentication; no use of records that are insecure besides. */
    { DOMAIN(MX), "",
      HOST("mx.a.test", TLSA("secure", "0") "," GOOD)
          HOST("mx.b.test", TLSA("insecure", "0") "," GOOD),
      "  dane            unusable: mx.a.test has TLSA records, none of which SMTP can use: TLS is "
      "demanded, and no authentication\n"
      "  dane            insecure: mx.b.test has TLSA",
      "fails" },
    { DOMAIN(MX ",\"mta_sts\":{\"outcome\":\"nodata\",\"verdict\":\"absent\"}"), "", HOSTS,
      "  delivery        no policy of MTA-STS binds a sender\n", "dane" },
    { STS, POLICY("none", "\"*.a.test\""), HOSTS,
      "  delivery        no policy of MTA-STS binds a sender\n", "can be delivered" },
    { DOMAIN(MX ",\"mta_sts\":{\"outcome\":\"nxdomain\",\"verdict\":\"absent\"}"), "", HOSTS,
      "  delivery        no policy of MTA-STS binds a sender\n", "can be delivered" },
    /* A host without an address has shown nothing of STARTTLS. */
    { DOMAIN(MX), "",
      "{\"v\":1,\"host\":\"mx.a.test\",\"address\":null,\"outcome\":\"servfail\"}\n" HOST(
          "mx.b.test", BARE),
      "  mail host mx.a.test: no address found (servfail: the resolver could not find out)\n"
      "  mail host mx.b.test 192.0.2.1: STARTTLS absent (starttls-absent: ",
      "STARTTLS  (" },
};

static char *explained(size_t i)
{
    char path[128];
    FILE *f;

    run_make();
    run_lines(KIND_DOMAINS, rows[i].domains);
    run_lines(KIND_POLICIES, rows[i].policies);
    run_lines(KIND_MX, rows[i].hosts);
    run_lines(KIND_CERTS, "");
    snprintf(path, sizeof(path), "%s/words", run_dir);
    f = fopen(path, "wb");
    CHECK(explain_run(run_dir, f) == EXIT_OK, "row %zu", i);
    fclose(f);
    return run_read("words");
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *words = explained(i);

        CHECK(strstr(words, rows[i].told) != NULL, "row %zu: no %s\nin %s", i, rows[i].told, words);
        CHECK(rows[i].untold == NULL || strstr(words, rows[i].untold) == NULL, "row %zu: %s\nin %s",
              i, rows[i].untold, words);
        free(words);
        run_remove();
    }
    return check_report();
}
