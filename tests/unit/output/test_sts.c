/* The three files on MTA-STS, out of worlds of a few domains. */
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

struct row {
    enum kind kind;
    const char *record;
};

static const struct row world[] = {
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
    "record,any,all,1,12,0,0.083333",
    "record,sts-id-missing,self-managed,1,9,0,0.111111",
    "policy-dns,nxdomain,all,1,11,1,0.090909", /* lost.test is not known */
    "policy-tcp,any,all,0,10,2,0.000000",      /* nor is late.test, from here on */
    "policy-tls,any,all,1,10,2,0.100000",
    "policy-tls,self-signed,all,1,10,2,0.100000",
    "policy-tls,name-mismatch,all,1,10,2,0.100000",
    "policy-http,any,all,2,10,2,0.200000",
    "policy-http,status-404,all,1,10,2,0.100000",
    "policy-http,http-redirect,all,1,10,2,0.100000",
    "policy-syntax,any,all,1,10,2,0.100000",
    "policy-syntax,policy-mx-empty,all,1,10,2,0.100000",
    "policy-syntax,policy-mx-email,all,1,10,2,0.100000",
    "mx-certificate,any,all,1,12,0,0.083333",
    "mx-certificate,expired,third-party,1,1,0,1.000000",
    "mx-policy,any,all,1,3,2,0.333333",
    "mx-policy,whole-domain,unclassified,1,1,1,1.000000",
};

static const char *const certs[] = {
    "mx,all,all-good,12,14,0,0.857143",
    "mx,self-managed,none-good,1,2,0,0.500000", /* own.test, beside mx.test at home */
    "mx,self-managed,no-starttls,1,2,0,0.500000",
    "mx,third-party,all-good,1,1,0,1.000000", /* on the list */
    "mx,unclassified,all-good,10,11,0,0.909091",
    "sts_record,all,none-good,1,12,0,0.083333",
    "sts_record,all,expired,1,12,0,0.083333",
    "sts_enforce,all,all-good,2,3,0,0.666667",
    "sts_enforce,unclassified,name-mismatch,1,2,0,0.500000",
};

/* Lines that must not be: notes, and what lies behind the step at which a sender stops. */
static const char *const lacking[] = { "record,sts-field-repeated",
                                       "policy-syntax,policy-line-blank",
                                       "policy-syntax,policy-html",
                                       "policy-http,http-status",
                                       "policy-dns,timeout",
                                       "policy-tcp,timeout",
                                       ",all,unknown," };

/* A world of which much could not be found out. */
#define AND "\"},{\"host\":\""
static const struct row dim_world[] = {
    HOST("a.mx.test", GOOD),
    HOST("b.mx.test", EXPIRED),
    HOST("both.mx.test", GOOD),
    HOST("both.mx.test", EXPIRED),
    HOST("slow.mx.test", "\"outcome\":\"timeout\""),
    HOST("slow.test", "\"outcome\":\"timeout\""),
    { KIND_MX, "{\"host\":\"adrift.mx.test\",\"address\":null,\"outcome\":\"servfail\"}" },
    { KIND_MX, "{\"host\":\"adrift.test\",\"address\":null,\"outcome\":\"servfail\"}" },
    { KIND_MX, "{\"host\":\"gone.test\",\"address\":null,\"outcome\":\"nxdomain\"}" },
    POLICY("slow.test", DONE),
    POLICY("half.test", DONE),
    POLICY("bad.test", DONE),
    POLICY("both.test", DONE),
    POLICY("adrift.test", DONE),
    POLICY("away.test", DONE),
    POLICY("missed.test", DONE),
    POLICY("dns.test", "\"step\":\"dns\",\"outcome\":\"servfail\",\"verdict\":\"unknown\""),
    POLICY("tcp.test", "\"step\":\"connect\",\"outcome\":\"timeout\",\"verdict\":\"unknown\""),
    POLICY("503.test", "\"step\":\"http\",\"outcome\":\"http-status\",\"verdict\":\"unknown\","
                       "\"http\":{\"status\":503}"),
    DOMAIN("slow.test", VALID, "slow.mx.test"),
    DOMAIN("half.test", VALID, "a.mx.test" AND "slow.mx.test"),
    DOMAIN("bad.test", VALID, "b.mx.test" AND "slow.mx.test"), /* one fault is enough */
    DOMAIN("both.test", VALID, "both.mx.test" AND "slow.mx.test" AND "slow.test"),
    DOMAIN("adrift.test", VALID, "a.mx.test" AND "adrift.mx.test" AND "adrift.test"),
    DOMAIN("away.test", VALID, "a.mx.test" AND "gone.test"),
    DOMAIN("missed.test", VALID, "never-seen.test" AND "slow.test"),
    DOMAIN("dns.test", VALID, "a.mx.test"),
    DOMAIN("tcp.test", VALID, "a.mx.test"),
    DOMAIN("503.test", VALID, "a.mx.test"),
    DOMAIN("lost.test", VALID, "a.mx.test"), /* no record of its policy */
    DOMAIN("lost-id.test", "\"verdict\":\"invalid\"", "a.mx.test"),
};

static const char *const dim_errors[] = {
    "record,any,all,0,12,0,0.000000",
    "policy-dns,any,all,0,9,3,0.000000",
    "policy-dns,any,self-managed,0,9,1,0.000000",
    "policy-dns,any,unclassified,0,0,2,",
    "policy-tcp,any,all,0,8,4,0.000000",
    "policy-tls,any,all,0,8,4,0.000000",
    "policy-http,any,all,0,7,5,0.000000",
    "policy-syntax,any,all,0,7,5,0.000000",
    "mx-certificate,any,all,2,8,4,0.250000",
    "mx-certificate,expired,all,2,8,4,0.250000",
    "mx-certificate,any,self-managed,2,6,4,0.333333",
    "mx-policy,any,all,2,6,5,0.333333", /* an invalid record binds nobody, whatever its policy */
    "mx-policy,any,unclassified,0,0,1,",
};

static const char *const dim_certs[] = {
    "mx,all,all-good,6,6,6,1.000000",  "mx,all,some-good,0,6,6,0.000000",
    "mx,all,none-good,0,6,6,0.000000", /* of bad.test one host is silent */
    "mx,all,expired,2,8,4,0.250000",   "mx,all,revoked,0,8,4,0.000000",
};

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

static const struct json *parsed(const struct row *row, struct arena *arena)
{
    return json_parse(arena, row->record, strlen(row->record));
}

/* A world, its domains counted by two threads in turn. */
static struct sts *counted(const struct row *rows, unsigned count, struct arena *arena)
{
    struct sts *s = sts_new(16);
    struct join *j = join_new();

    for (unsigned i = 0; i < count; i++)
        if (rows[i].kind != KIND_DOMAINS)
            join_take(j, rows[i].kind, parsed(&rows[i], arena));
    join_seal(j);
    for (unsigned i = 0; i < count; i++)
        if (rows[i].kind == KIND_DOMAINS)
            sts_count(s, i % 2, join_view(j, arena, parsed(&rows[i], arena)), arena);
    join_free(j);
    return s;
}
#define COUNTED(rows, arena) counted(rows, sizeof(rows) / sizeof((rows)[0]), arena)

/* The first cells of the lines are told by stats --explain. */
static void check_explained(const char *const *lines, size_t count)
{
    struct buf text;
    char term[64];

    buf_init(&text, BUF_NO_CEILING);
    sts_explain(&text);
    buf_byte(&text, '\0');
    for (size_t i = 0; i < count; i++) {
        snprintf(term, sizeof(term), "\n  %.*s\n", (int)strcspn(lines[i], ","), lines[i]);
        CHECK(strstr(text.data, term) != NULL, "%s is not explained", lines[i]);
    }
    buf_free(&text);
}
#define CHECK_EXPLAINED(lines) check_explained(lines, sizeof(lines) / sizeof((lines)[0]))

int main(void)
{
    static const char errors_header[] =
        "component,error,management,domains,denominator,unknown,share\r\n";
    static const char certs_header[] =
        "population,management,finding,domains,denominator,unknown,share\r\n";
    struct arena arena;
    struct sts *s;

    arena_init(&arena, 4096);
    s = COUNTED(world, &arena);
    CHECK_LINES(sts_write_funnel, s, "step,management,entered,passed,failed,unknown,share\r\n",
                funnel);
    CHECK_LINES(sts_write_errors, s, errors_header, errors);
    CHECK_LINES(sts_write_mx_certs, s, certs_header, certs);
    sts_free(s);
    s = COUNTED(dim_world, &arena);
    CHECK_LINES(sts_write_errors, s, errors_header, dim_errors);
    CHECK_LINES(sts_write_mx_certs, s, certs_header, dim_certs);
    sts_free(s);
    CHECK_EXPLAINED(funnel);
    CHECK_EXPLAINED(errors);
    CHECK_EXPLAINED(certs);
    arena_free(&arena);
    return check_report();
}
