/* CSV: one row stays one row, and no cell runs. */
#include "scanner/base/csv.h"

#include <math.h>

#include "tests/unit/check.h"

static const struct {
    const char *in;
    size_t len;
    const char *out;
} cells[] = {
    { "plain", 5, "plain" },
    { "", 0, "" },
    { "a,b", 3, "\"a,b\"" },
    { "say \"hi\"", 8, "\"say \"\"hi\"\"\"" },
    { "two\r\nlines", 10, "two\\x0d\\x0alines" },
    { "nul\0x", 5, "nul\\x00x" },
    { "\0=1", 3, "\\x00=1" },
    { "\x1b[31m", 5, "\\x1b[31m" },  /* terminal escape */
    { "\xc2\x9b", 2, "\\xc2\\x9b" }, /* C1 CSI in UTF-8 */
    { "\xff", 1, "\\xff" },
    { "gr\xc3\xbcn", 5, "gr\xc3\xbcn" },
    { "=1+1", 4, "'=1+1" },
    { "+49", 3, "'+49" },
    { "-x", 2, "'-x" },
    { "@SUM(A1)", 8, "'@SUM(A1)" },
    { "=HYPERLINK(\"x\",1)", 17, "\"'=HYPERLINK(\"\"x\"\",1)\"" },
    { "\t=1", 3, "\\x09=1" },
    { " x", 2, "\" x\"" },
    { "x ", 2, "\"x \"" },
};

static void test_cells(void)
{
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        struct csv_writer w;
        struct buf out;

        buf_init(&out, BUF_NO_CEILING);
        csv_writer_init(&w, &out);
        csv_bytes(&w, check_at_edge(cells[i].in, cells[i].len), cells[i].len);
        CHECK(out.len == strlen(cells[i].out) &&
                  (out.len == 0 || memcmp(out.data, cells[i].out, out.len) == 0),
              "row %zu: %.*s", i, (int)out.len, out.data);
        buf_free(&out);
    }
}

static void test_rows(void)
{
    static const char wanted[] = "a,18446744073709551615,0.250,\r\n,-1.0,b\r\n";
    struct csv_writer w;
    struct buf out;

    buf_init(&out, BUF_NO_CEILING);
    csv_writer_init(&w, &out);
    csv_string(&w, "a");
    csv_uint(&w, UINT64_MAX);
    csv_double(&w, 0.25, 3);
    csv_double(&w, NAN, 3);
    csv_end_row(&w);
    csv_string(&w, NULL);
    csv_double(&w, -1, 1);
    csv_string(&w, "b");
    csv_end_row(&w);
    CHECK(out.len == sizeof(wanted) - 1 && memcmp(out.data, wanted, out.len) == 0, "%.*s",
          (int)out.len, out.data);
    buf_free(&out);
}

static void test_add_column(void)
{
    static const char before[] = "a,b\r\n\"x\"\"y, z\",\r\n,\"\"\r\n",
                      after[] = "a,b,new\r\n\"x\"\"y, z\",,\"1, 2\"\r\n,\"\",\"1, 2\"\r\n";
    struct buf csv;

    buf_init(&csv, BUF_NO_CEILING);
    csv_add_column(&csv, "new", "1");
    CHECK(csv.len == 0, "nothing to widen");
    buf_string(&csv, before);
    csv_add_column(&csv, "new", "1, 2");
    CHECK(csv.len == sizeof(after) - 1 && memcmp(csv.data, after, csv.len) == 0, "%.*s",
          (int)csv.len, csv.data);
    buf_free(&csv);
}

int main(void)
{
    test_cells();
    test_rows();
    test_add_column();
    return check_report();
}
