/* Statistics: a run directory in, adoption.csv, a table and an exit status out. */
#include "output/stats.h"

#include <errno.h>

#include "output/adoption.h"
#include "output/run_file.h"
#include "output/table.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "tests/unit/check.h"
#include "tests/unit/output/run.h"

#define DOMAINS 12

static struct run_file the_run(bool finished)
{
    static const char *const files[] = { "a list.csv", "-" }, *const columns[] = { "sector" };
    struct run_file f = { .run = "first",
                          .epoch = "0123456789abcdef0123456789abcdef",
                          .version = "1.0",
                          .vantage = "here \"and\" now",
                          .started = "2026-11-24T12:00:00Z",
                          .finished = finished ? "2026-11-24T13:00:00Z" : NULL,
                          .trust_store_sha256 = "ab",
                          .counts = { DOMAINS, 0, 1, 2 } };

    f.list.files = files;
    f.list.file_count = 2;
    f.list.sha256 = "cd";
    f.list.lines = 20;
    f.list.accepted = DOMAINS;
    f.list.duplicates = 3;
    f.list.rejected = 5;
    f.list.ranks_lost = 4;
    f.list.columns = columns;
    f.list.column_count = 1;
    settings_default(&f.settings);
    f.settings.attempts = 9;
    return f;
}

static void test_run_file(void)
{
    struct run_file f = the_run(true), g = { 0 };
    struct arena arena;

    arena_init(&arena, 1024);
    CHECK(run_file_write(run_dir, &f), "write");
    if (!run_file_read(run_dir, &g, &arena) || g.run == NULL) {
        CHECK(false, "read");
        return;
    }
    CHECK(strcmp(g.run, f.run) == 0 && strcmp(g.epoch, f.epoch) == 0 &&
              strcmp(g.version, f.version) == 0 && strcmp(g.vantage, f.vantage) == 0 &&
              strcmp(g.started, f.started) == 0 && strcmp(g.finished, f.finished) == 0 &&
              strcmp(g.trust_store_sha256, f.trust_store_sha256) == 0,
          "texts");
    CHECK(g.list.file_count == 2 && strcmp(g.list.files[1], "-") == 0 && g.list.column_count == 1 &&
              strcmp(g.list.columns[0], "sector") == 0 && strcmp(g.list.sha256, "cd") == 0,
          "list");
    CHECK(g.list.lines == 20 && g.list.accepted == DOMAINS && g.list.duplicates == 3 &&
              g.list.rejected == 5 && g.list.ranks_lost == 4,
          "counts of the list");
    CHECK(memcmp(g.counts, f.counts, sizeof(g.counts)) == 0 && g.settings.attempts == 9,
          "counts and settings");
    f = the_run(false);
    CHECK(run_file_write(run_dir, &f) && run_file_read(run_dir, &g, &arena) && g.finished == NULL,
          "unfinished");
    arena_free(&arena);
}

/* Domain i has rank 10 i; the first has SPF, of the last nothing is known. */
static void write_domains(bool ranks)
{
    struct buf lines;

    buf_init(&lines, BUF_NO_CEILING);
    for (int i = 1; i <= DOMAINS; i++) {
        buf_printf(&lines, "{\"v\":1,\"domain\":\"d%d.test\"", i);
        if (ranks)
            buf_printf(&lines, ",\"rank\":%d", 10 * i);
        if (i <= 6) /* of twelve: four are "=bank", one "ngo", one "shop" */
            buf_printf(&lines, ",\"input\":{\"sector\":\"%s\"}",
                       i <= 4   ? "=bank"
                       : i == 5 ? "shop"
                                : "ngo");
        if (i == DOMAINS)
            buf_string(&lines, ",\"exists\":\"unknown\",\"outcome\":\"quarantined\"}\n");
        else
            buf_printf(&lines,
                       ",\"exists\":\"%s\",\"mx\":{\"outcome\":\"ok\",\"kind\":\"hosts\",\"hosts\":"
                       "[{\"host\":\"mx.test\"}]},\"spf\":{\"verdict\":\"%s\"}}\n",
                       i == 2 ? "no" : "yes", i == 1 ? "valid" : "absent");
    }
    buf_byte(&lines, '\0');
    run_lines(KIND_DOMAINS, lines.data);
    buf_free(&lines);
}

static void write_run(bool finished)
{
    struct run_file f = the_run(finished);

    CHECK(run_file_write(run_dir, &f), "run.json");
    run_lines(KIND_POLICIES, "");
    run_lines(KIND_CERTS, "");
    run_lines(KIND_MX, "{\"v\":1,\"host\":\"mx.test\",\"address\":\"127.64.0.1\",\"outcome\":"
                       "\"timeout\"}\n");
}

/* stats_publish(), and what it printed; free() that. */
static char *published(const struct stats_options *o, int wanted)
{
    int before = dup(STDOUT_FILENO), status;
    char path[128];

    fflush(stdout);
    snprintf(path, sizeof(path), "%s/printed", run_dir);
    if (freopen(path, "w", stdout) == NULL)
        abort();
    status = stats_publish(run_dir, o);
    fflush(stdout);
    dup2(before, STDOUT_FILENO);
    close(before);
    CHECK(status == wanted, "status %d and not %d", status, wanted);
    return run_read("printed");
}

static char *printed(int wanted)
{
    struct stats_options o = STATS_DEFAULTS;

    return published(&o, wanted);
}

static const char *const rows_wanted[] = {
    "metric,population,group,numerator,denominator,unknown,population_unknown,share,low,high\r\n",
    "\r\nspf_valid,all,all,1,11,1,0,0.090909,0.083333,0.166667\r\n",
    "\r\nspf_valid,all,rank<=100,1,10,0,0,0.100000,0.100000,0.100000\r\n",
    "\r\nspf_valid,exists,all,1,10,0,1,0.100000,0.090909,0.181818\r\n",
    "\r\nspf_valid,mx,all,1,11,0,1,0.090909,0.083333,0.166667\r\n",
    "\r\nstarttls_all,mx,all,0,0,11,1,,0.000000,1.000000\r\n",
    "\r\nnull_mx,all,all,0,11,1,0,0.000000,0.000000,0.083333\r\n",
};

static void test_adoption(void)
{
    char *csv, *table;

    write_run(true);
    write_domains(true);
    table = printed(EXIT_OK);
    csv = run_read("adoption.csv");
    for (size_t i = 0; i < sizeof(rows_wanted) / sizeof(rows_wanted[0]); i++)
        CHECK(csv != NULL && strstr(csv, rows_wanted[i]) != NULL, "no row %s", rows_wanted[i]);
    CHECK(csv != NULL && strstr(csv, "rank<=1000,") == NULL,
          "a bucket that the list does not reach");
    CHECK(strstr(table, "NOT") == NULL && strstr(table, "9.09") != NULL, "%s", table);
    free(csv);
    free(table);
    write_domains(false);
    free(printed(EXIT_OK));
    csv = run_read("adoption.csv");
    CHECK(strstr(csv, "rank") == NULL, "no ranks, no buckets");
    free(csv);
}

/* Every row of every CSV file says that the run is unfinished, or that it is not whole. */
static void check_incomplete(const char *wanted)
{
    static const char *const files[] = { "adoption.csv", "by_rank.csv", "timeline.csv",
                                         "sts_funnel.csv", "skew.csv" };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char *csv = run_read(files[i]), *save = NULL;
        const char *row = strtok_r(csv, "\r\n", &save);
        size_t len = strlen(wanted);

        CHECK(strcmp(row + strlen(row) - 11, ",incomplete") == 0, "%s: %s", files[i], row);
        while ((row = strtok_r(NULL, "\r\n", &save)) != NULL)
            CHECK(strlen(row) > len && strcmp(row + strlen(row) - len, wanted) == 0, "%s: %s",
                  files[i], row);
        free(csv);
    }
}

static void test_unfinished(void)
{
    char *table;

    write_run(false);
    table = printed(EXIT_INCOMPLETE);
    CHECK(strstr(table, "NOT FINISHED: 12 of 12 domains") != NULL, "%s", table);
    free(table);
    check_incomplete(",unfinished: 12 of 12 domains");
}

static void test_damaged(void)
{
    char path[128], *table;

    write_run(true);
    run_write("mx.jsonl.zst", "junk", 4);
    table = printed(EXIT_INCOMPLETE);
    CHECK(strstr(table, "NOT WHOLE") != NULL, "%s", table);
    free(table);
    check_incomplete(",records lost: 12 of 12 domains");
    snprintf(path, sizeof(path), "%s/mx.jsonl.zst", run_dir);
    remove(path);
    free(printed(EXIT_INCOMPLETE));
    write_run(true);
    run_lines(KIND_DOMAINS, "{\"v\":1,\"domain\":\"only.test\",\"exists\":\"yes\"}\n");
    table = printed(EXIT_INCOMPLETE); /* 12 were accepted */
    CHECK(strstr(table, "NOT WHOLE") != NULL, "%s", table);
    free(table);
    CHECK(stats_run("/nonexistent", true) == EXIT_RUN_DIRECTORY, "no directory");
}

/* Of families: the largest are told apart, those of equal size by name, all others are one. */
static const char *const groups_wanted[] = {
    "\r\nspf_valid,all,tld=test,1,11,1,0,",
    "\r\nspf_valid,all,operator=mx.test,1,11,0,0,",
    "\r\nspf_valid,exists,input.sector==bank,1,3,0,0,",
    "\r\nspf_valid,all,input.sector=(none),0,5,1,0,",
    "\r\nspf_valid,all,input.sector=(other),0,2,0,0,",
};

/* Rows of one metric on standard output, in groups of a column, with the interval of a sample. */
static void test_options(void)
{
    struct stats_options o = STATS_DEFAULTS;
    char *rows;

    write_run(true);
    write_domains(true);
    o.group_by = "sector";
    o.top = 2;
    o.sample = true;
    o.metric = "spf_valid";
    rows = published(&o, EXIT_OK);
    for (size_t i = 0; i < sizeof(groups_wanted) / sizeof(groups_wanted[0]); i++)
        CHECK(strstr(rows, groups_wanted[i]) != NULL, "no row %s in %s", groups_wanted[i], rows);
    CHECK(strstr(rows, "\r\nspf_valid,all,all,1,11,1,0,0.090909,0.083333,0.166667,0.016232,0.377358"
                       "\r\n") != NULL,
          "%s", rows);
    CHECK(strstr(rows, "dmarc") == NULL && strstr(rows, "wilson_high") != NULL, "%s", rows);
    free(rows);
    o.metric = "spf";
    free(published(&o, EXIT_USAGE));
    o.metric = NULL;
    o.group_by = "color";
    free(published(&o, EXIT_USAGE));
}

static void test_explain(void)
{
    struct buf out;

    buf_init(&out, BUF_NO_CEILING);
    metrics_explain(&out);
    buf_byte(&out, '\0');
    for (size_t i = 0; i < metric_count; i++)
        CHECK(strstr(out.data, metrics[i].id) != NULL &&
                  strstr(out.data, metrics[i].source) != NULL,
              "%s is not explained", metrics[i].id);
    for (int p = 0; p < POPULATION_COUNT; p++)
        CHECK(strstr(out.data, populations[p].id) != NULL, "%s", populations[p].id);
    /* What the words of the table mean: without it no number of hosts can be counted again. */
    CHECK(strstr(out.data, "\nnone has none, and every metric of hosts is no.") != NULL &&
              strstr(out.data, "some MX host is one\naddress of one host") != NULL,
          "MX hosts are not explained");
    buf_free(&out);
}

/* Lines of at most 80 columns, and no text of a stranger moves the cursor. */
static void test_table(void)
{
    struct adoption *a = adoption_new(run_dir, 1, NULL);
    unsigned column = 0;
    struct buf out;

    CHECK(adoption_seal(a, 1), "seal");
    buf_init(&out, BUF_NO_CEILING);
    table_print(a, "run \x1b[2J\xc2\x9b\xff\n end", &out);
    CHECK(out.len > 30 && memcmp(out.data, "run \\x1b[2J\\xc2\\x9b\\xff\\x0a end\n", 32) == 0,
          "%.40s", out.data);
    for (size_t i = 0; i < out.len; i++) {
        unsigned char c = (unsigned char)out.data[i];

        column = c == '\n' ? 0 : column + 1;
        CHECK(column <= 80, "a line is too long: %.80s", out.data + i + 1 - column);
        CHECK(c == '\n' || (c >= 0x20 && c < 0x7f), "byte %02x", c);
    }
    buf_free(&out);
    adoption_free(a);
}

int main(void)
{
    log_threshold = (enum log_level) - 1; /* what is said of the bad runs is not looked at */
    run_make();
    test_run_file();
    test_adoption();
    test_unfinished();
    test_damaged();
    test_table();
    test_options();
    test_explain();
    run_remove();
    return check_report();
}
