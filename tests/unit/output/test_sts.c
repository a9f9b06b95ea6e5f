/* The three files on MTA-STS, out of a world of a few domains. */
#include "output/sts.h"

#include "tests/unit/check.h"

#define GOOD                                                                           \
    "\"outcome\":\"ok\",\"tls\":{\"version\":\"TLSv1.3\",\"chain\":[\"a\"],\"pkix\":{" \
    "\"verdict\":\"valid\"},\"name_match\":true}"
#define EXPIRED                                                                        \
    "\"outcome\":\"ok\",\"tls\":{\"version\":\"TLSv1.3\",\"chain\":[\"a\"],\"pkix\":{" \
    "\"verdict\":\"invalid\",\"errors\":[\"expired\"]},\"name_match\":false}"
#define HOST(host, rest)                                                      \
    {                                                                         \
        KIND_MX, "{\"host\":\"" host "\",\"address\":\"192.0.2.1\"," rest "}" \
    }
#define POLICY(domain, rest)                                  \
    {                                                         \
        KIND_POLICIES, "{\"domain\":\"" domain "\"," rest "}" \
    }
#define DONE                                                                                       \
    "\"step\":\"done\",\"outcome\":\"ok\",\"verdict\":\"valid\",\"mode\":\"enforce\",\"mx\":[\"*." \
    "mx.test\"]"
#define DOMAIN(domain, record, host)                                                       \
    {                                                                                      \
        KIND_DOMAINS, "{\"domain\":\"" domain "\",\"mta_sts\":{" record                    \
                      "},\"mx\":{\"kind\":\"hosts\",\"hosts\":[{\"host\":\"" host "\"}]}}" \
    }
#define VALID "\"verdict\":\"valid\""

static const struct {
    enum kind kind;
    const char *record;
} world[] = {
    HOST("a.mx.test", GOOD),
    HOST("b.mx.test", EXPIRED),
    HOST("aspmx.l.google.com", GOOD),
    HOST("mx.own.test", "\"outcome\":\"starttls-absent\""),
    { KIND_MX, "{\"host\":\"gone.mx.test\",\"address\":null,\"outcome\":\"nxdomain\"}" },
    POLICY("good.test", DONE),
    POLICY("id.test", DONE ",\"operator\":\"someone.github.io\""),
    POLICY("expired.test", DONE ",\"operator\":\"easydmarc.pro\""),
    POLICY("unnamed.test", DONE ",\"operator\":\"provider.test\""),
    POLICY("none.test",
           "\"step\":\"done\",\"outcome\":\"ok\",\"verdict\":\"valid\",\"mode\":\"none\""),
    POLICY("away.test", "\"step\":\"dns\",\"outcome\":\"nxdomain\",\"verdict\":\"absent\""),
    POLICY("late.test", "\"step\":\"connect\",\"outcome\":\"timeout\",\"verdict\":\"unknown\""),
    POLICY("tls.test", "\"step\":\"tls\",\"outcome\":\"certificate\",\"verdict\":\"invalid\","
                       "\"tls\":{\"chain\":[\"a\"],"
                       "\"pkix\":{\"errors\":[\"self-signed\"]},\"name_match\":false},"
                       "\"violations\":[\"policy-html\"]"),
    POLICY("404.test", "\"step\":\"http\",\"outcome\":\"http-status\",\"verdict\":\"invalid\","
                       "\"http\":{\"status\":404}"),
    POLICY("far.test", "\"step\":\"http\",\"outcome\":\"http-redirect\",\"verdict\":\"invalid\","
                       "\"http\":{\"status\":301}"),
    POLICY("mx.test",
           "\"step\":\"syntax\",\"outcome\":\"syntax\",\"verdict\":\"invalid\",\"violations\":"
           "[\"policy-mx-empty\",\"policy-mx-email\",\"policy-line-blank\"]"),
    DOMAIN("good.test", VALID, "a.mx.test"),
    DOMAIN("id.test",
           "\"verdict\":\"invalid\",\"violations\":[\"sts-id-missing\",\"sts-field-repeated\"]",
           "a.mx.test"),
    DOMAIN("expired.test", VALID, "b.mx.test"),
    DOMAIN("unnamed.test", VALID, "aspmx.l.google.com"),
    DOMAIN("none.test", VALID, "a.mx.test"),
    DOMAIN("away.test", VALID, "a.mx.test"),
    DOMAIN("late.test", VALID, "a.mx.test"),
    DOMAIN("tls.test", VALID, "a.mx.test"),
    DOMAIN("404.test", VALID, "a.mx.test"),
    DOMAIN("far.test", VALID, "a.mx.test"),
    DOMAIN("mx.test", VALID, "a.mx.test"),
    DOMAIN("lost.test", VALID, "a.mx.test"), /* no record of its policy */
    DOMAIN("own.test", "\"verdict\":\"absent\"", "mx.own.test"),
    DOMAIN("who.test", "\"verdict\":\"unknown\"", "a.mx.test"),
    DOMAIN("no-mx.test", VALID, "gone.mx.test"),
    DOMAIN("dark.test", VALID, "never-seen.test"),
};

static const char *const funnel[] = {
    "mx,all,16,14,1,1,0.933333",
    "record,all,14,12,1,1,0.923077",
    "record-valid,all,12,11,1,0,0.916667",
    "record-valid,self-managed,9,8,1,0,0.888889", /* web space at GitHub is one's own */
    "record-valid,third-party,1,1,0,0,1.000000",
    "record-valid,unclassified,2,2,0,0,1.000000",
    "policy-dns,all,11,9,1,1,0.900000", /* lost.test is not known */
    "policy-tcp,all,9,8,0,1,1.000000",
    "policy-tls,all,8,7,1,0,0.875000",
    "policy-http,all,7,5,2,0,0.714286",
    "policy-syntax,all,5,4,1,0,0.800000",
    "policy-mode,all,4,3,1,0,0.750000",
    "mx-certificate,all,3,2,1,0,0.666667",
    "mx-certificate,third-party,1,0,1,0,0.000000",
    "mx-policy,all,2,1,1,0,0.500000",
    "mx-policy,self-managed,1,1,0,0,1.000000",
    "mx-policy,unclassified,1,0,1,0,0.000000",
};

static const char *const errors[] = {
    "record,any,all,1,12,0.083333",
    "record,sts-id-missing,self-managed,1,9,0.111111",
    "policy-dns,nxdomain,all,1,11,0.090909", /* of lost.test nothing was looked at */
    "policy-tcp,timeout,all,1,11,0.090909",
    "policy-tls,any,all,1,11,0.090909",
    "policy-tls,self-signed,all,1,11,0.090909",
    "policy-tls,name-mismatch,all,1,11,0.090909",
    "policy-http,any,all,2,11,0.181818",
    "policy-http,status-404,all,1,11,0.090909",
    "policy-http,http-redirect,all,1,11,0.090909",
    "policy-syntax,any,all,1,11,0.090909",
    "policy-syntax,policy-mx-empty,all,1,11,0.090909",
    "policy-syntax,policy-mx-email,all,1,11,0.090909",
    "mx-certificate,any,all,1,12,0.083333",
    "mx-certificate,expired,third-party,1,1,1.000000",
    "mx-policy,any,all,1,3,0.333333",
    "mx-policy,whole-domain,unclassified,1,1,1.000000",
};

static const char *const certs[] = {
    "mx,all,all-good,12,14,0.857143",
    "mx,self-managed,none-good,1,2,0.500000", /* own.test, beside mx.test at home */
    "mx,self-managed,no-starttls,1,2,0.500000",
    "mx,third-party,all-good,1,1,1.000000", /* on the list */
    "mx,unclassified,all-good,10,11,0.909091",
    "sts_record,all,none-good,1,12,0.083333",
    "sts_record,all,expired,1,12,0.083333",
    "sts_enforce,all,all-good,2,3,0.666667",
    "sts_enforce,unclassified,name-mismatch,1,2,0.500000",
};

/* Lines that must not be: notes, and what lies behind the step at which a sender stops. */
static const char *const lacking[] = { "record,sts-field-repeated",
                                       "policy-syntax,policy-line-blank",
                                       "policy-syntax,policy-html", "policy-http,http-status" };

static void check_lines(void (*write)(const struct sts *s, struct buf *csv), const struct sts *s,
                        const char *header, const char *const *lines, size_t count)
{
    struct buf csv;
    char line[256];

    buf_init(&csv, BUF_NO_CEILING);
    write(s, &csv);
    buf_byte(&csv, '\0');
    CHECK(strncmp(csv.data, header, strlen(header)) == 0, "%.80s", csv.data);
    for (size_t i = 0; i < count; i++) {
        snprintf(line, sizeof(line), "\r\n%s\r\n", lines[i]);
        CHECK(strstr(csv.data, line) != NULL, "%s is not in\n%s", lines[i], csv.data);
    }
    for (size_t i = 0; i < sizeof(lacking) / sizeof(lacking[0]); i++)
        CHECK(strstr(csv.data, lacking[i]) == NULL, "%s", lacking[i]);
    buf_free(&csv);
}
#define CHECK_LINES(write, s, header, lines) \
    check_lines(write, s, header, lines, sizeof(lines) / sizeof((lines)[0]))

/* The domains of a world, by two threads in turn. */
static void count(struct sts *s, const struct join *j, struct arena *arena)
{
    for (unsigned i = 0; i < sizeof(world) / sizeof(world[0]); i++)
        if (world[i].kind == KIND_DOMAINS)
            sts_count(
                s, i % 2,
                join_view(j, arena, json_parse(arena, world[i].record, strlen(world[i].record))),
                arena);
}

int main(void)
{
    struct sts *s = sts_new(16);
    struct join *j = join_new();
    struct arena arena;

    arena_init(&arena, 4096);
    for (size_t i = 0; i < sizeof(world) / sizeof(world[0]); i++)
        if (world[i].kind != KIND_DOMAINS)
            join_take(j, world[i].kind,
                      json_parse(&arena, world[i].record, strlen(world[i].record)));
    join_seal(j);
    count(s, j, &arena);
    CHECK_LINES(sts_write_funnel, s, "step,management,entered,passed,failed,unknown,share\r\n",
                funnel);
    CHECK_LINES(sts_write_errors, s, "component,error,management,domains,denominator,share\r\n",
                errors);
    CHECK_LINES(sts_write_mx_certs, s,
                "population,management,finding,domains,denominator,share\r\n", certs);
    sts_free(s);
    join_free(j);
    arena_free(&arena);
    return check_report();
}
