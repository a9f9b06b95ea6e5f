/* What changed between two runs, and the same figures of both as a time series. */
#include "output/diff.h"

#include "output/history.h"
#include "output/run_file.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "tests/unit/check.h"
#include "tests/unit/output/run.h"

#define MX(kind, hosts) "\"mx\":{\"kind\":\"" kind "\",\"hosts\":[" hosts "]}"
#define HOST(name) "{\"host\":\"" name "\"}"
#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define SEEN(host, sha)                                                                     \
    "{\"v\":1,\"host\":\"" host "\",\"address\":\"192.0.2.1\",\"outcome\":\"ok\",\"tls\":{" \
    "\"chain\":[\"" sha "\"]}}\n"
#define LATE(host) \
    "{\"v\":1,\"host\":\"" host "\",\"address\":\"192.0.2.2\",\"outcome\":\"timeout\"}\n"

struct state {
    const char *name, *started, *domains, *policies, *mx;
};

static const struct state before = {
    "first",
    "2026-11-01T00:00:00Z",
    "{\"v\":1,\"domain\":\"a.test\",\"spf\":{\"verdict\":\"absent\"},\"dmarc\":{\"verdict\":"
    "\"valid\"},"
    "\"mta_sts\":{\"verdict\":\"valid\",\"id\":\"1\"}," MX(
        "hosts",
        HOST("mx.one.test")) "}\n"
                             "{\"v\":1,\"domain\":\"b.test\",\"spf\":{\"verdict\":\"unknown\"}," MX(
                                 "hosts",
                                 HOST("mx.one.test")) "}\n"
                                                      "{\"v\":1,\"domain\":\"gone.test\"}\n",
    "{\"v\":1,\"domain\":\"a.test\",\"verdict\":\"valid\",\"mode\":\"testing\",\"mx\":[\"mx.one."
    "test\"]}\n",
    SEEN("mx.one.test", SHA_A),
};

static const struct state after = {
    "second",
    "2026-12-01T00:00:00Z",
    "{\"v\":1,\"domain\":\"new.test\"}\n"
    "{\"v\":1,\"domain\":\"b.test\",\"spf\":{\"verdict\":\"valid\"}," MX(
        "hosts", HOST("mx.two.test")) "}\n"
                                      "{\"v\":1,\"domain\":\"a.test\",\"spf\":{\"verdict\":"
                                      "\"valid\"},\"dmarc\":{\"verdict\":\"absent\"},"
                                      "\"mta_sts\":{\"verdict\":\"valid\",\"id\":\"2\"}," MX(
                                          "hosts", HOST("mx.one.test")) "}\n",
    "{\"v\":1,\"domain\":\"a.test\",\"verdict\":\"valid\",\"mode\":\"enforce\",\"mx\":[\"*.one."
    "test\"]}\n",
    SEEN("mx.one.test", SHA_B),
};

/* A run in a folder of its own, whose name goes to dir. */
static void state_make(const struct state *s, bool finished, char dir[64])
{
    struct run_file f = { .run = s->name,
                          .epoch = "0",
                          .version = "1",
                          .vantage = "here",
                          .started = s->started,
                          .finished = finished ? s->started : NULL };

    run_make();
    settings_default(&f.settings);
    f.list.accepted = 3;
    CHECK(run_file_write(run_dir, &f), "run.json");
    run_lines(KIND_DOMAINS, s->domains);
    run_lines(KIND_POLICIES, s->policies);
    run_lines(KIND_MX, s->mx);
    run_lines(KIND_CERTS, "");
    memcpy(dir, run_dir, 64);
}

static const char *const wanted[] = {
    "domain,change,what,old,new\r\n",
    "a.test,adopted,spf_present,no,yes\r\n",
    "a.test,dropped,dmarc_present,yes,no\r\n",
    "a.test,changed,sts_mode,testing,enforce\r\n",
    "a.test,changed,sts_id,1,2\r\n",
    "a.test,changed,sts_mx,mx.one.test,*.one.test\r\n",
    "a.test,renewed,certificate,aaaaaaaaaaaaaaaa,bbbbbbbbbbbbbbbb\r\n",
    "b.test,changed,operator,one.test,two.test\r\n",
    "new.test,new,domain,,\r\n",
    "gone.test,gone,domain,,\r\n",
};

/* diff's or history's CSV as text; free() it. */
static char *text_of(FILE *out)
{
    char *text = calloc(1, 1 << 20);

    rewind(out);
    if (text == NULL || fread(text, 1, (1 << 20) - 1, out) == 0)
        abort();
    fclose(out);
    return text;
}

static size_t lines_of(const char *text)
{
    size_t n = 0;

    for (; (text = strchr(text, '\n')) != NULL; text++)
        n++;
    return n;
}

static void test_diff(const char *old, const char *now)
{
    FILE *out = tmpfile();
    char *text;

    CHECK(diff_run(old, now, false, out) == EXIT_OK, "status");
    text = text_of(out);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        CHECK(strstr(text, wanted[i]) != NULL, "no %s in %s", wanted[i], text);
    CHECK(lines_of(text) == sizeof(wanted) / sizeof(wanted[0]), "more: %s", text);
    free(text);
    out = tmpfile();
    CHECK(diff_run(old, old, false, out) == EXIT_OK, "the same");
    text = text_of(out);
    CHECK(lines_of(text) == 1, "%s", text);
    free(text);
    out = tmpfile();
    CHECK(diff_run(old, now, true, out) == EXIT_OK, "sum");
    text = text_of(out);
    CHECK(strstr(text, "changed,sts_mode,testing,enforce,1\r\n") != NULL &&
              strstr(text, "changed,sts_id,,,1\r\n") != NULL,
          "%s", text);
    free(text);
}

static void test_history(const char *old, const char *now)
{
    const char *const dirs[] = { now, old };
    FILE *out = tmpfile();
    char *text, *first, *second;

    CHECK(history_run(dirs, 2, out) == EXIT_OK, "status");
    text = text_of(out);
    first = strstr(text, "first,2026-11-01T00:00:00Z,,yes,spf_present,all,all,0,1,2,0,");
    second = strstr(text, "second,2026-12-01T00:00:00Z,,yes,spf_present,all,all,2,2,1,0,");
    CHECK(first != NULL && second != NULL && first < second, "%.400s", text);
    CHECK(strstr(text, "tld=") == NULL, "groups that lists need not have in common");
    free(text);
}

static void test_unfinished(const char *old, const char *unfinished)
{
    FILE *out = tmpfile();
    char *text;

    CHECK(diff_run(old, unfinished, false, out) == EXIT_INCOMPLETE, "diff");
    fclose(out);
    out = tmpfile();
    CHECK(history_run(&unfinished, 1, out) == EXIT_INCOMPLETE, "history");
    text = text_of(out);
    CHECK(strstr(text, ",no,spf_present,") != NULL, "said in every row");
    free(text);
    out = tmpfile();
    CHECK(diff_run("/nonexistent", old, false, out) == EXIT_RUN_DIRECTORY, "no run");
    fclose(out);
}

/* What the two hosts of a domain show in one run and in the next. */
static const struct {
    const char *old, *now;
    bool renewed;
} renewals[] = {
    { SEEN("mx.1.test", SHA_A) SEEN("mx.2.test", SHA_A),
      SEEN("mx.1.test", SHA_A) SEEN("mx.2.test", SHA_B), true },
    /* One could not be reached: what it has is not known. */
    { SEEN("mx.1.test", SHA_A) SEEN("mx.2.test", SHA_A), SEEN("mx.1.test", SHA_A) LATE("mx.2.test"),
      false },
    { SEEN("mx.1.test", SHA_A), SEEN("mx.1.test", SHA_A) SEEN("mx.2.test", SHA_A), false },
    { SEEN("mx.1.test", SHA_A) LATE("mx.2.test"), SEEN("mx.1.test", SHA_B) LATE("mx.2.test"),
      false },
    /* An address more or less, with or without that certificate. */
    { SEEN("mx.1.test", SHA_A) SEEN("mx.2.test", SHA_A),
      SEEN("mx.1.test", SHA_A) SEEN("mx.2.test", SHA_A) SEEN("mx.2.test", SHA_A), false },
    { SEEN("mx.1.test", SHA_A) SEEN("mx.2.test", SHA_A),
      SEEN("mx.1.test", SHA_A) SEEN("mx.2.test", SHA_A) LATE("mx.2.test"), false },
    { SEEN("mx.1.test", SHA_A) SEEN("mx.1.test", SHA_B) SEEN("mx.2.test", SHA_A),
      SEEN("mx.1.test", SHA_B) SEEN("mx.1.test", SHA_A) SEEN("mx.2.test", SHA_A), false },
    { SEEN("mx.1.test", SHA_A) SEEN("mx.2.test", SHA_A),
      SEEN("mx.1.test", SHA_A) SEEN("mx.1.test", SHA_B) SEEN("mx.2.test", SHA_A), true },
};

static void test_renewals(void)
{
    struct state s = { "run", "2026-11-01T00:00:00Z",
                       "{\"v\":1,\"domain\":\"a.test\"," MX(
                           "hosts", HOST("mx.1.test") "," HOST("mx.2.test")) "}\n",
                       "", NULL };

    for (size_t i = 0; i < sizeof(renewals) / sizeof(renewals[0]); i++) {
        FILE *out = tmpfile();
        char old[64], now[64], *text;

        s.mx = renewals[i].old;
        state_make(&s, true, old);
        s.mx = renewals[i].now;
        state_make(&s, true, now);
        CHECK(diff_run(old, now, false, out) == EXIT_OK, "row %zu", i);
        text = text_of(out);
        CHECK((strstr(text, "a.test,renewed,certificate,") != NULL) == renewals[i].renewed,
              "row %zu: %s", i, text);
        free(text);
        run_remove();
        memcpy(run_dir, old, 64);
        run_remove();
    }
}

int main(void)
{
    char old[64], now[64], unfinished[64];

    log_threshold = (enum log_level) - 1; /* what is said of the bad runs is not looked at */
    state_make(&before, true, old);
    state_make(&after, true, now);
    state_make(&after, false, unfinished);
    test_diff(old, now);
    test_history(old, now);
    test_unfinished(old, unfinished);
    run_remove();
    memcpy(run_dir, now, 64);
    run_remove();
    memcpy(run_dir, old, 64);
    run_remove();
    test_renewals();
    return check_report();
}
