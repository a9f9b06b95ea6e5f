/* Export: rows of RFC 4180 that no spreadsheet runs, in the order of the records. */
#include "output/export.h"

#include "output/columns.h"
#include "output/metrics.h"
#include "output/run_file.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "tests/unit/check.h"
#include "tests/unit/output/run.h"

static void write_run(bool finished)
{
    static const char *const files[] = { "list.csv" }, *const columns[] = { "sector", "=cmd" };
    struct run_file f = { .run = "test", .started = "2026-11-24T12:00:00Z" };

    f.finished = finished ? "2026-11-24T13:00:00Z" : NULL;
    f.list.files = files;
    f.list.file_count = 1;
    f.list.columns = columns;
    f.list.column_count = 2;
    f.list.accepted = 2;
    settings_default(&f.settings);
    CHECK(run_file_write(run_dir, &f), "run.json");
}

static void write_records(void)
{
    run_lines(
        KIND_DOMAINS,
        "{\"v\":1,\"domain\":\"a.test\",\"rank\":7,\"input\":{\"sector\":\"b,c\",\"=cmd\":"
        "\"=1+1\"},\"time\":\"2026-11-24T12:00:00Z\",\"exists\":\"yes\",\"mx\":{\"outcome\":\"ok\","
        "\"dnssec\":\"secure\",\"kind\":\"hosts\",\"hosts\":[{\"preference\":10,\"host\":\"mx.a."
        "test\"},"
        "{\"preference\":20,\"host\":\"mx2.a.test\"}]},\"spf\":{\"verdict\":\"valid\",\"all\":"
        "\"fail\","
        "\"txt\":[\"v=spf1 -all\",\"\\u001b[2J\"],\"violations\":[\"spf-ptr\",\"spf-all-pass\"]},"
        "\"dmarc\":{\"verdict\":\"absent\",\"wildcard\":true,\"effective\":{\"verdict\":\"valid\","
        "\"domain\":\"test\",\"tag\":\"sp\",\"policy\":\"reject\"},\"external\":[{\"host\":\"x."
        "test\","
        "\"outcome\":\"ok\",\"authorized\":\"yes\"}]},"
        "\"mta_sts\":{\"verdict\":\"valid\"},"
        "\"ns\":{\"hosts\":[\"a.ns.one.test\",\"b.one.test\",\"ns.two.test\"]},"
        "\"dkim\":{\"node\":\"yes\",\"key\":\"yes\",\"asked\":9,\"keys\":["
        "{\"selector\":\"s1\",\"verdict\":\"valid\",\"k\":\"rsa\",\"bits\":2048},"
        "{\"selector\":\"s2\",\"verdict\":\"valid\",\"k\":\"rsa\",\"bits\":1024},"
        "{\"selector\":\"s3\",\"verdict\":\"valid\",\"k\":\"rsa\",\"bits\":768,\"revoked\":true},"
        "{\"selector\":\"s4\",\"verdict\":\"invalid\",\"k\":\"rsa\",\"bits\":512},"
        "{\"selector\":\"s5\",\"verdict\":\"valid\",\"k\":\"ed25519\",\"bits\":256}]},"
        "\"wildcard\":{\"outcome\":\"ok\",\"txt\":[\"v=spf1 -all\"]},"
        "\"caa\":{\"verdict\":\"valid\",\"found_at\":\"test\",\"records\":[\"0 issue \\\";\\\"\"],"
        "\"issue\":[],\"iodef\":[\"mailto:a@a.test\"]}}\n"
        "{\"v\":1,\"domain\":\"b.test\",\"exists\":\"unknown\",\"outcome\":\"quarantined\","
        "\"dkim\":{\"key\":\"unknown\"}}\n"
        "{\"v\":1,\"domain\":\"c.test\",\"exists\":\"yes\",\"dkim\":{\"key\":\"no\"}}\n");
    run_lines(
        KIND_POLICIES,
        "{\"v\":1,\"domain\":\"a.test\",\"verdict\":\"valid\",\"operator\":\"easydmarc.pro\","
        "\"mode\":\"enforce\",\"tls\":{\"group\":\"x25519\",\"signature\":\"ed25519\"},\"mx\":"
        "[\"*.a.test\",\"=evil\"],\"body\":\"version: STSv1\\r\\nmode: enforce\\r\\n\"}\n");
    run_lines(KIND_MX,
              "{\"v\":1,\"host\":\"mx.a.test\",\"address\":\"127.64.0.1\",\"banner\":"
              "\"=HYPERLINK(\\\"x\\\")\",\"ehlo\":[\"SIZE 1000\",\"STARTTLS\"],\"code\":454,"
              "\"requiretls\":false,\"tlsa\":{\"outcome\":\"nxdomain\"},\"tls\":{\"pkix\":{"
              "\"errors\":[\"expired\",\"other\"]}}}\n");
    run_lines(KIND_CERTS, "{\"v\":1,\"subject\":\"@SUM(A1)\",\"key\":{\"bits\":2048}}\n");
}

/* The CSV of a kind; free() it. */
static char *export_text(const char *kind, int wanted)
{
    char path[128], *text;
    FILE *f;
    int status;

    snprintf(path, sizeof(path), "%s/out.csv", run_dir);
    f = fopen(path, "wb");
    status = export_run(run_dir, kind, f);
    CHECK(status == wanted, "%s: status %d", kind, status);
    fclose(f);
    text = run_read("out.csv");
    return text;
}

/* The cell of a column in row `row` (the header is row 0) of a CSV without quoted line ends. */
static char *cell(const char *csv, const char *column, unsigned row)
{
    static char cells[2][512];
    unsigned at = 0, wanted = 0;
    const char *line = csv;

    for (unsigned pass = 0; pass < 2; pass++) {
        const char *c = line;

        for (unsigned i = 0; pass == 1 && i < row; i++)
            c = strstr(c, "\r\n") + 2;
        for (at = 0;; at++) {
            bool quoted = *c == '"';
            size_t n = 0;

            for (c += quoted;
                 *c != '\0' && (quoted ? (*c != '"' || c[1] == '"') : (*c != ',' && *c != '\r'));
                 c++) {
                c += quoted && *c == '"';
                if (n < sizeof(cells[0]) - 1)
                    cells[pass][n++] = *c;
            }
            c += quoted;
            cells[pass][n] = '\0';
            if (pass == 0 && strcmp(cells[0], column) == 0)
                wanted = at;
            if ((pass == 1 && at == wanted) || *c != ',')
                break;
            c++;
        }
    }
    return at == wanted ? cells[1] : NULL;
}

static const struct {
    const char *kind;
    unsigned row;
    const char *column, *wanted;
} cells_wanted[] = {
    { "domains", 1, "domain", "a.test" },
    { "domains", 1, "rank", "7" },
    { "domains", 1, "input_sector", "b,c" },
    { "domains", 1, "input_=cmd", "'=1+1" },
    { "domains", 1, "mx_hosts", "10 mx.a.test; 20 mx2.a.test" },
    { "domains", 1, "spf_txt", "[\"v=spf1 -all\",\"\\u001b[2J\"]" },
    { "domains", 1, "spf_violations", "spf-ptr spf-all-pass" },
    { "domains", 1, "outcome", "" },
    { "domains", 2, "domain", "b.test" },
    { "domains", 2, "outcome", "quarantined" },
    { "domains", 2, "spf_verdict", "" },
    { "domains", 1, "ns_hosts", "a.ns.one.test b.one.test ns.two.test" },
    { "domains", 1, "ns_domains", "one.test two.test" },
    { "domains", 1, "dmarc_wildcard", "true" },
    { "domains", 1, "dmarc_effective_policy", "reject" },
    { "domains", 1, "dmarc_effective_domain", "test" },
    { "domains", 1, "dmarc_external",
      "[{\"host\":\"x.test\",\"outcome\":\"ok\",\"authorized\":\"yes\"}]" },
    { "domains", 1, "dkim_key", "yes" },
    { "domains", 1, "dkim_key_count", "3" }, /* not the revoked one, nor the invalid */
    { "domains", 1, "dkim_selectors", "s1 s2 s5" },
    { "domains", 1, "dkim_rsa_bits_min", "1024" },
    { "domains", 1, "wildcard_txt", "[\"v=spf1 -all\"]" },
    { "domains", 1, "caa_found_at", "test" },
    { "domains", 1, "caa_records", "[\"0 issue \\\";\\\"\"]" },
    { "domains", 1, "caa_issue", "[]" }, /* nobody may issue */
    { "domains", 1, "caa_issuewild", "" },
    { "domains", 1, "caa_iodef", "mailto:a@a.test" },
    { "domains", 2, "ns_domains", "" },
    { "domains", 2, "dkim_key_count", "" },
    { "domains", 2, "dkim_rsa_bits_min", "" },
    { "domains", 3, "dkim_key_count", "0" },
    { "domains", 3, "dkim_rsa_bits_min", "" },
    { "policies", 1, "body", "version: STSv1\\x0d\\x0amode: enforce\\x0d\\x0a" },
    { "policies", 1, "tls_group", "x25519" },
    { "policies", 1, "tls_signature", "ed25519" },
    { "policies", 1, "mx", "*.a.test =evil" },
    { "mx", 1, "banner", "'=HYPERLINK(\"x\")" },
    { "mx", 1, "ehlo", "[\"SIZE 1000\",\"STARTTLS\"]" },
    { "mx", 1, "code", "454" },
    { "mx", 1, "requiretls", "false" },
    { "mx", 1, "tls_pkix_errors", "expired other" },
    { "certs", 1, "subject", "'@SUM(A1)" },
    { "certs", 1, "key_bits", "2048" },
    { "joined", 1, "domain", "a.test" },
    { "joined", 1, "input_sector", "b,c" },
    { "joined", 1, "ns_domains", "one.test two.test" },
    { "joined", 1, "dmarc_effective_policy", "reject" },
    { "joined", 1, "dkim_rsa_bits_min", "1024" },
    { "joined", 1, "caa_verdict", "valid" },
    { "joined", 1, "mx_operator", "a.test" },
    { "joined", 1, "policy_mode", "enforce" },
    { "joined", 1, "policy_mx", "*.a.test =evil" },
    { "joined", 1, "policy_operator", "easydmarc.pro" },
    { "joined", 1, "policy_management", "third-party" },
    { "joined", 1, "policy_hosts", "mx.a.test match; mx2.a.test match" },
    { "joined", 1, "sts_delivery", "unknown" },
    { "joined", 1, "dane_hosts", "mx.a.test none; mx2.a.test unknown" },
    { "joined", 1, "usable_mx", "yes" },
    { "joined", 1, "spf_enforcing", "yes" },
    { "joined", 1, "sts_policy_enforce", "yes" },
    { "joined", 1, "starttls_all", "unknown" },
    { "joined", 2, "mx_operator", "" },
    { "joined", 2, "policy_mode", "" },
    { "joined", 2, "policy_hosts", "" },
    { "joined", 2, "sts_delivery", "unknown" },
    { "joined", 2, "usable_mx", "unknown" },
    { "joined", 2, "ipv6_some", "unknown" },
};

/* Tools that read CSV rename or drop a second column of the same name. */
static void test_names(void)
{
    static const char *const kinds[] = { "domains", "policies", "mx", "certs", "joined" };

    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        char *csv = export_text(kinds[k], EXIT_OK), *names[256], *rest = csv;
        size_t count = 0;

        rest[strcspn(rest, "\r")] = '\0';
        while (count < 256 && (names[count] = strsep(&rest, ",")) != NULL)
            count++;
        for (size_t i = 0; i < count; i++)
            for (size_t other = 0; other < i; other++)
                CHECK(strcmp(names[i], names[other]) != 0, "%s: %s", kinds[k], names[i]);
        CHECK(count > 5 && count < 256, "%s: %zu", kinds[k], count);
        free(csv);
    }
}

static void test_cells(void)
{
    for (size_t i = 0; i < sizeof(cells_wanted) / sizeof(cells_wanted[0]); i++) {
        char *csv = export_text(cells_wanted[i].kind, EXIT_OK);
        const char *got = cell(csv, cells_wanted[i].column, cells_wanted[i].row);

        CHECK(got != NULL && strcmp(got, cells_wanted[i].wanted) == 0, "%s, %s: %s and not %s",
              cells_wanted[i].kind, cells_wanted[i].column, check_text(got),
              cells_wanted[i].wanted);
        free(csv);
    }
}

/* Every row has as many cells as the header, and no column stands twice. */
static void test_shape(void)
{
    static const char *const kinds[] = { "domains", "policies", "mx", "certs", "joined" };

    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        char *csv = export_text(kinds[k], EXIT_OK);
        unsigned columns = 0, count = 0;
        bool quoted = false;

        for (const char *c = csv; *c != '\0'; c++) {
            quoted = quoted != (*c == '"');
            count += !quoted && *c == ',';
            if (*c == '\n') {
                CHECK(columns == 0 || count == columns, "%s: %u commas, then %u", kinds[k], columns,
                      count);
                columns = count;
                count = 0;
            }
        }
        CHECK(columns > 5, "%s", kinds[k]);
        free(csv);
    }
    for (int k = 0; k < KIND_COUNT; k++)
        for (const struct column *c = columns_of[k]; c->path != NULL; c++)
            for (const struct column *d = c + 1; d->path != NULL; d++)
                CHECK(strcmp(c->path, d->path) != 0, "%s stands twice", c->path);
}

static void test_trouble(void)
{
    char *csv;

    csv = export_text("nonsense", EXIT_USAGE);
    CHECK(csv[0] == '\0', "nothing is written");
    free(csv);
    write_run(false);
    csv = export_text("domains", EXIT_INCOMPLETE);
    CHECK(strstr(csv, "b.test") != NULL && strstr(csv, ",incomplete\r\n") != NULL &&
              strstr(csv, ",unfinished\r\n") != NULL,
          "what is there, and that it is not all: %s", csv);
    free(csv);
    run_write("run.json", "{\"v\":99}", 8);
    free(export_text("domains", EXIT_RUN_DIRECTORY));
    run_write("run.json", "[]", 2);
    free(export_text("domains", EXIT_RUN_DIRECTORY));
    CHECK(export_run("/nonexistent", "domains", stdout) == EXIT_RUN_DIRECTORY, "no directory");
}

static void test_full_disk(void)
{
    FILE *full = fopen("/dev/full", "w");

    write_run(true);
    CHECK(full != NULL && export_run(run_dir, "domains", full) == EXIT_DISK, "a full disk");
    if (full != NULL)
        fclose(full);
}

int main(void)
{
    log_threshold = (enum log_level) - 1; /* what is said of the bad runs is not looked at */
    run_make();
    write_run(true);
    write_records();
    test_names();
    test_cells();
    test_shape();
    test_full_disk();
    test_trouble();
    run_remove();
    return check_report();
}
