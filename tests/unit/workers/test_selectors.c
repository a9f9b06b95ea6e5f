/* The list of DKIM selectors: the one in the program, and files of others. */
#include <unistd.h>

#include "tests/unit/check.h"
#include "workers/selectors.h"

static char path[] = "/tmp/test_selectors.XXXXXX";

static void fill(const char *text)
{
    FILE *file = fopen(path, "w");

    fputs(text, file);
    fclose(file);
}

static const struct {
    const char *text, *names; /* each behind a blank, and behind a "<" what it goes with */
    const char *fault;        /* or what the sentence ends in */
} rows[] = {
    { "", "", NULL },
    { "a\nb\n", " a b", NULL },
    { "a\r\nb", " a b", NULL },
    { "selector\na\n", " a", NULL },
    { "selector,with,known_for\na,,A\nb,a,B\n", " a b<a", NULL },
    { "selector1\n", " selector1", NULL },
    { "\n# more\n  Mixed-Case_1 , \"\" , x\n", " mixed-case_1", NULL },
    { "a\na\nA\n", " a", NULL },
    { "20240101.s\n", " 20240101.s", NULL },
    { "\xef\xbb\xbfselector,with\r\na,\r\n", " a", NULL },
    { "a b\n", NULL, "line 1 is no selector" },
    { "a\n.b\n", NULL, "line 2 is no selector" },
    { "b.\n", NULL, "line 1 is no selector" },
    { "a..b\n", NULL, "line 1 is no selector" },
    { "b,a\na\n", NULL, "line 1 goes with a selector that does not stand above it" },
    { "a\xff\n", NULL, "line 1 is no selector" },
};

static void test_files(void)
{
    struct selectors s;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char names[256] = "";
        const char *fault;

        fill(rows[i].text);
        fault = selectors_open(&s, path);
        if (rows[i].fault != NULL) {
            CHECK(fault != NULL && strstr(fault, rows[i].fault) != NULL && s.count == 0, "%zu: %s",
                  i, check_text(fault));
            continue;
        }
        for (size_t k = 0; k < s.count; k++) {
            strcat(strcat(names, " "), s.items[k].name);
            if (s.items[k].with != NULL)
                strcat(strcat(names, "<"), s.items[k].with->name);
        }
        CHECK(fault == NULL && strcmp(names, rows[i].names) == 0, "%zu: %s:%s", i,
              check_text(fault), names);
        selectors_close(&s);
    }
}

static void test_limits(void)
{
    struct selectors s;
    FILE *file = fopen(path, "w");
    const char *fault;

    for (int i = 0; i < 257; i++)
        fprintf(file, "s%d\n", i);
    fclose(file);
    fault = selectors_open(&s, path);
    CHECK(fault != NULL && strstr(fault, "line 257 is one too many") != NULL, "%s",
          check_text(fault));
    file = fopen(path, "w");
    fprintf(file, "a\n#%02000000d\nb\n", 0);
    fclose(file);
    fault = selectors_open(&s, path);
    CHECK(fault != NULL && strstr(fault, "larger than 1024 KiB") != NULL, "%s", check_text(fault));
    unlink(path);
    fault = selectors_open(&s, path);
    CHECK(fault != NULL && strstr(fault, "No such file") != NULL, "%s", check_text(fault));
    fault = selectors_open(&s, "/");
    CHECK(fault != NULL && strstr(fault, "Is a directory") != NULL, "%s", check_text(fault));
}

/* Those that most domains have are in the program's own. */
static void test_own(void)
{
    struct selectors s;
    unsigned known = 0;

    CHECK(selectors_open(&s, "") == NULL && s.count > 30 && s.count < 100, "%zu", s.count);
    for (size_t i = 0; i < s.count; i++)
        known += strcmp(s.items[i].name, "google") == 0 ||
                 strcmp(s.items[i].name, "default") == 0 ||
                 (strcmp(s.items[i].name, "selector2") == 0 &&
                  strcmp(s.items[i].with->name, "selector1") == 0);
    CHECK(known == 3, "%u", known);
    selectors_close(&s);
}

int main(void)
{
    close(mkstemp(path));
    test_files();
    test_limits();
    test_own();
    return check_report();
}
