/* The join: hosts and policies are found by name, an address adds to its host, memory follows the
 * hosts and not the domains. */
#include "output/join.h"

#include <stdarg.h>

#include "output/stamp.h"
#include "tests/unit/check.h"
#include "tests/unit/output/run.h"

#define MANY 5000

static struct arena arena;

static const struct json *tree(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const struct json *tree(const char *format, ...)
{
    char text[4096];
    const struct json *t;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    t = json_parse(&arena, text, strlen(text));
    CHECK(t != NULL, "%s", text);
    return t;
}

static void test_policies(void)
{
    struct join *j = join_new();
    const struct joined *d;

    join_take(j, KIND_POLICIES,
              tree("{\"domain\":\"a.test\",\"verdict\":\"valid\",\"mode\":\"testing\","
                   "\"mx\":[\"mx.a.test\",\"*.b.test\",7]}"));
    join_take(j, KIND_POLICIES, tree("{\"domain\":\"b.test\",\"verdict\":\"new word\"}"));
    join_take(j, KIND_POLICIES, tree("{\"verdict\":\"valid\"}")); /* of nobody */
    join_seal(j);
    d = join_view(j, &arena, tree("{\"domain\":\"a.test\"}"));
    CHECK(d->policy != NULL && d->policy->verdict == VERDICT_VALID &&
              d->policy->mode == STS_MODE_TESTING && d->policy->pattern_count == 2,
          "a.test");
    CHECK(d->policy != NULL && memcmp(d->policy->patterns, "mx.a.test\0*.b.test", 19) == 0,
          "patterns");
    d = join_view(j, &arena, tree("{\"domain\":\"b.test\"}"));
    CHECK(d->policy != NULL && d->policy->verdict == VERDICT_UNKNOWN &&
              d->policy->mode == STS_MODE_UNREADABLE && d->policy->pattern_count == 0,
          "b.test");
    CHECK(join_view(j, &arena, tree("{\"domain\":\"c.test\"}"))->policy == NULL, "c.test");
    CHECK(join_view(j, &arena, tree("{}"))->policy == NULL, "no name");
    join_free(j);
}

static void test_hosts_of_a_domain(void)
{
    struct join *j = join_new();
    const struct joined *d;

    join_take(j, KIND_MX, tree("{\"host\":\"mx.test\",\"address\":\"127.64.0.1\"}"));
    join_take(j, KIND_MX, tree("{\"address\":\"127.64.0.1\"}")); /* of nobody */
    join_seal(j);
    d = join_view(j, &arena,
                  tree("{\"domain\":\"a.test\",\"mx\":{\"hosts\":[{\"host\":\"mx.test\"},"
                       "{\"host\":\"127.64.0.9\",\"violation\":\"mx-target-address\"},"
                       "{\"host\":\"gone.test\"},{\"preference\":1}]}}"));
    CHECK(d->host_count == 2, "%zu hosts", d->host_count);
    CHECK(strcmp(d->hosts[0].name, "mx.test") == 0 && d->hosts[0].seen != NULL, "mx.test");
    CHECK(strcmp(d->hosts[1].name, "gone.test") == 0 && d->hosts[1].seen == NULL, "gone.test");
    CHECK(join_host_has_address(d->hosts[0].seen) == TRI_YES, "address");
    CHECK(join_host_has_address(NULL) == TRI_UNKNOWN &&
              join_host_all(NULL, HOST_TLS13) == TRI_UNKNOWN &&
              join_host_some(NULL, HOST_TLS13) == TRI_UNKNOWN &&
              join_host_dane(NULL, d) == TRI_UNKNOWN,
          "nothing is known of a host without record");
    join_free(j);
}

/* "y", "n", "?" for what each address shows of STARTTLS; then what the host has. */
static const struct {
    const char *addresses;
    enum tri all, some;
} shows[] = {
    { "y", TRI_YES, TRI_YES },  { "n", TRI_NO, TRI_NO },     { "?", TRI_UNKNOWN, TRI_UNKNOWN },
    { "y?", TRI_YES, TRI_YES }, { "?n", TRI_NO, TRI_NO },    { "??", TRI_UNKNOWN, TRI_UNKNOWN },
    { "yn", TRI_NO, TRI_YES },  { "yy?", TRI_YES, TRI_YES }, { "ny?", TRI_NO, TRI_YES },
};

static void test_addresses(void)
{
    struct join *j = join_new();

    for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]); i++)
        for (const char *c = shows[i].addresses; *c != '\0'; c++)
            join_take(j, KIND_MX,
                      tree("{\"host\":\"h%zu.test\",\"address\":\"127.64.0.%d\",\"outcome\":\"%s\","
                           "\"starttls\":\"%s\"}",
                           i, (int)(c - shows[i].addresses), *c == '?' ? "timeout" : "ok",
                           *c == 'y'   ? "offered"
                           : *c == 'n' ? "absent"
                                       : "unknown"));
    join_seal(j);
    for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]); i++) {
        const struct joined *d = join_view(
            j, &arena, tree("{\"domain\":\"a\",\"mx\":{\"hosts\":[{\"host\":\"h%zu.test\"}]}}", i));

        CHECK(join_host_all(d->hosts[0].seen, HOST_STARTTLS) == shows[i].all, "all of %s",
              shows[i].addresses);
        CHECK(join_host_some(d->hosts[0].seen, HOST_STARTTLS) == shows[i].some, "some of %s",
              shows[i].addresses);
    }
    join_free(j);
}

/* Outcomes of a host without address: which of them say that there is none. */
static void test_no_address(void)
{
    for (int o = 0; o < OUTCOME_COUNT; o++) {
        struct join *j = join_new();
        const struct joined *d;
        bool definite = o == OUTCOME_NO_ADDRESS || o == OUTCOME_NXDOMAIN || o == OUTCOME_NODATA ||
                        o == OUTCOME_CNAME_LOOP || o == OUTCOME_BAD_NAME;
        bool never = o != OUTCOME_TIMEOUT && o != OUTCOME_SERVFAIL && o != OUTCOME_QUARANTINED &&
                     o != OUTCOME_SKIPPED && o != OUTCOME_OPTED_OUT && o != OUTCOME_REFUSED &&
                     !definite;

        join_take(j, KIND_MX,
                  tree("{\"host\":\"h\",\"address\":null,\"outcome\":\"%s\"}",
                       outcome_name((enum outcome)o)));
        join_seal(j);
        d = join_view(j, &arena, tree("{\"domain\":\"a\",\"mx\":{\"hosts\":[{\"host\":\"h\"}]}}"));
        CHECK(never || join_host_has_address(d->hosts[0].seen) == (definite ? TRI_NO : TRI_UNKNOWN),
              "%s", outcome_name((enum outcome)o));
        join_free(j);
    }
}

static void take_domain(void *context, unsigned thread, const struct json *record)
{
    struct join *j = context;

    (void)thread;
    join_take(j, KIND_DOMAINS, record); /* is not kept */
}

/* Several threads fill the tables; every host and policy is found again. */
static void test_many(void)
{
    struct buf hosts, policies, lines;
    struct records_report report;
    struct join *j;
    bool sound = true;

    buf_init(&hosts, BUF_NO_CEILING);
    buf_init(&policies, BUF_NO_CEILING);
    buf_init(&lines, BUF_NO_CEILING);
    for (int i = 0; i < MANY; i++) {
        buf_printf(&lines, "{\"v\":1,\"host\":\"h%d.test\",\"address\":\"127.64.0.1\"}\n", i);
        if (i % 100 == 99) {
            buf_byte(&lines, '\0');
            run_frame(&hosts, lines.data);
            buf_reset(&lines);
        }
    }
    for (int i = 0; i < MANY; i++)
        buf_printf(&lines, "{\"v\":1,\"domain\":\"d%d.test\",\"verdict\":\"valid\"}\n", i);
    buf_byte(&lines, '\0');
    run_frame(&policies, lines.data);
    run_records(KIND_MX, &hosts);
    run_records(KIND_POLICIES, &policies);
    run_lines(KIND_CERTS, "");
    run_lines(KIND_DOMAINS, "{\"v\":1,\"domain\":\"d1.test\"}\n");
    j = join_read(run_dir, 4, &sound);
    CHECK(j != NULL && sound, "read");
    CHECK(records_read(run_dir, KIND_DOMAINS, 1, take_domain, j, &report) == 0, "domains");
    for (int i = 0; i <= MANY; i++) {
        const struct joined *d = join_view(
            j, &arena,
            tree("{\"domain\":\"d%d.test\",\"mx\":{\"hosts\":[{\"host\":\"h%d.test\"}]}}", i, i));

        CHECK((d->policy != NULL) == (i < MANY) && (d->hosts[0].seen != NULL) == (i < MANY), "%d",
              i);
    }
    join_free(j);
    buf_free(&hosts);
    buf_free(&policies);
    buf_free(&lines);
}

static const struct {
    const char *text;
    bool good;
    time_t t;
} stamps[] = {
    { "1970-01-01T00:00:00Z", true, 0 },
    { "2026-11-24T12:00:00Z", true, 1795521600 },
    { "2000-02-29T23:59:59Z", true, 951868799 },
    { "9999-12-31T23:59:59Z", true, 253402300799 },
    { "2026-11-24T12:00:00", false, 0 },
    { "2026-11-24T12:00:00Zx", false, 0 },
    { "2026-11-24 12:00:00Z", false, 0 },
    { "2026-1-24T12:00:00Z", false, 0 },
    { "", false, 0 },
    { NULL, false, 0 },
};

static void test_stamps(void)
{
    for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
        time_t t = 0;

        CHECK(stamp_parse(stamps[i].text, &t) == stamps[i].good && t == stamps[i].t,
              "stamp %zu: %lld", i, (long long)t);
    }
}

/* What was seen too long before or after its domain is not known; without a time it stays. */
static void test_skew(void)
{
    static const struct {
        int64_t max_skew;
        bool host, policy;
    } cases[] = {
        { -1, true, true }, { 59, false, false }, { 60, false, true }, { 120, true, true }
    };

    run_lines(KIND_MX, "{\"v\":1,\"host\":\"mx.test\",\"address\":\"192.0.2.1\",\"time\":"
                       "\"2026-11-24T12:02:00Z\"}\n{\"v\":1,\"host\":\"mx.test\",\"address\":"
                       "\"192.0.2.2\",\"time\":\"2026-11-24T12:00:00Z\"}\n");
    run_lines(KIND_POLICIES, "{\"v\":1,\"domain\":\"a.test\",\"verdict\":\"valid\",\"time\":"
                             "\"2026-11-24T11:59:00Z\"}\n");
    run_lines(KIND_CERTS, "");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct join_options o = { .max_skew = cases[i].max_skew };
        bool sound = true;
        struct join *j = join_read_with(run_dir, 1, &o, &sound);
        const struct joined *d =
            join_view(j, &arena,
                      tree("{\"domain\":\"a.test\",\"time\":\"2026-11-24T12:00:00Z\",\"mx\":{"
                           "\"kind\":\"hosts\",\"hosts\":[{\"host\":\"mx.test\"}]}}"));

        CHECK(d->hosts[0].skew == 120 && d->policy_skew == 60, "%d and %d", (int)d->hosts[0].skew,
              (int)d->policy_skew);
        CHECK((d->hosts[0].seen != NULL) == cases[i].host, "host within %d", (int)o.max_skew);
        CHECK((d->policy != NULL) == cases[i].policy, "policy within %d", (int)o.max_skew);
        join_free(j);
    }
}

int main(void)
{
    arena_init(&arena, 4096);
    run_make();
    test_policies();
    test_hosts_of_a_domain();
    test_addresses();
    test_no_address();
    test_many();
    test_stamps();
    test_skew();
    run_remove();
    arena_free(&arena);
    return check_report();
}
