/* Files that options name: whole, or refused. */
#include "scanner/base/text_file.h"

#include <unistd.h>

#include "tests/unit/check.h"

static const char *path = "/tmp/mxcensus-test-text-file";

static void write_file(const char *text, size_t len)
{
    FILE *file = fopen(path, "w");

    fwrite(text, 1, len, file);
    fclose(file);
}

/* Lines are put out with a "|" behind each. */
static const struct {
    const char *text;
    size_t len;
    const char *lines, *fault;
} rows[] = {
    { "", 0, "", NULL },
    { "a\nb\n", 4, "a|b|", NULL },
    { "a\r\n\r\nb", 6, "a||b|", NULL },
    { "\n\na", 3, "||a|", NULL },
    { "\xef\xbb\xbf"
      "a\n",
      5, "a|", NULL },
    { "\xef\xbb\xbf", 3, "", NULL },
    { "a\rb\n", 4, "a\rb|", NULL },
    { "a\nb\0c", 5, NULL, "line 2 holds a NUL byte" },
    { "a\0", 2, NULL, "line 1 holds a NUL byte" },
    { "\xff\xfe"
      "a\0\n\0",
      6, NULL, "UTF-16" },
};

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *fault;
        char *text, *rest, *line, lines[100] = "";

        write_file(rows[i].text, rows[i].len);
        rest = text = text_file_read(path, 1024, &fault);
        while (text != NULL && (line = text_file_line(&rest)) != NULL)
            strcat(strcat(lines, line), "|");
        if (rows[i].fault != NULL)
            CHECK(text == NULL && strstr(fault, rows[i].fault) != NULL, "%zu: %s", i,
                  check_text(fault));
        else
            CHECK(text != NULL && strcmp(lines, rows[i].lines) == 0, "%zu: %s", i, lines);
        free(text);
    }
}

static void test_sizes(void)
{
    static char big[40000];
    const char *fault;

    memset(big, 'x', sizeof(big));
    for (size_t len = 8190; len <= 32770; len += len % 8192 == 2 ? 8188 : 1) {
        char *text;

        write_file(big, len);
        text = text_file_read(path, 32768, &fault);
        CHECK((text != NULL) == (len <= 32768), "%zu", len);
        if (text != NULL)
            CHECK(strlen(text) == len, "%zu: %zu", len, strlen(text));
        else
            CHECK(strstr(fault, "larger than 32 KiB") != NULL, "%zu: %s", len, fault);
        free(text);
    }
}

int main(void)
{
    const char *fault;

    test_rows();
    test_sizes();
    CHECK(text_file_read("/no/such/file", 10, &fault) == NULL && strstr(fault, "No such file"),
          "missing");
    CHECK(text_file_read("/tmp", 10, &fault) == NULL && strstr(fault, "Is a directory"), "folder");
    unlink(path);
    return check_report();
}
