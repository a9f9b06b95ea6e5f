/* Whom a run may connect to. */
#include "scanner/base/contact.h"
#include "tests/unit/check.h"

static const char *path = "/tmp/mxcensus-test-opt-out";

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");

    fputs(text, file);
    fclose(file);
}

static const struct {
    const char *name, *address;
    enum outcome outcome;
} rows[] = {
    { "mx.example.org", "198.41.0.4", OUTCOME_OPTED_OUT }, /* below a listed domain */
    { "example.org", "198.41.0.4", OUTCOME_OPTED_OUT },    /* itself */
    { "notexample.org", "198.41.0.4", OUTCOME_OK },        /* a suffix of bytes is none of labels */
    { "org", "198.41.0.4", OUTCOME_OK },                   /* above it */
    { "mx.b\xc3\xbc"
      "cher.example",
      "198.41.0.4", OUTCOME_OK }, /* names are A-labels here */
    { "mx.xn--bcher-kva.example", "198.41.0.4", OUTCOME_OPTED_OUT },
    { "a.example", "8.8.8.9", OUTCOME_OPTED_OUT }, /* in a listed range */
    { "a.example", "8.8.4.4", OUTCOME_OPTED_OUT }, /* behind a byte order mark */
    { "a.example", "8.8.9.8", OUTCOME_OK },
    { "a.example", "9.9.9.9", OUTCOME_OPTED_OUT }, /* a single address */
    { "a.example", "2a00:1450::1", OUTCOME_OPTED_OUT },
    { "a.example", "::ffff:8.8.8.9", OUTCOME_OPTED_OUT }, /* the same host by another name */
    { "a.example", "64:ff9b::808:809", OUTCOME_OPTED_OUT },
    { "a.example", "2002:909:909::1", OUTCOME_OPTED_OUT },
    { "a.example", "127.64.0.1", OUTCOME_OK }, /* special and allowed */
    { "a.example", "127.0.0.1", OUTCOME_SPECIAL_ADDRESS },
    { "a.example", "10.0.0.1", OUTCOME_SPECIAL_ADDRESS },
};

static void test_rows(void)
{
    struct contact c;

    write_file("\xef\xbb\xbf"
               "8.8.4.4\n# who asked\nExample.ORG.\n\n b\xc3\xbc"
               "cher.example \n8.8.8.0/24 # and why\r\n9.9.9.9\n2a00:1450::/32\n");
    CHECK(contact_open(&c, "127.64.0.0/10", path) == NULL, "readable");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct address a;

        address_parse(&a, rows[i].address);
        CHECK(contact_judge(&c, rows[i].name, &a) == rows[i].outcome, "%s %s", rows[i].name,
              rows[i].address);
    }
    contact_free(&c);
}

/* The second line of an opt-out list that is no domain, address or range. */
static const char *const no_lines[] = {
    "not a name",          "https://example.org/",
    "*.example.org",       "a@example.org",
    "192.0.2.1-192.0.2.9", /* these would be names by their letters */
    "192.0.2.300",         "192.0.2",
    "192.0.2.0/33",        "example.7",
};

static void test_no_lines(void)
{
    for (size_t i = 0; i < sizeof(no_lines) / sizeof(no_lines[0]); i++) {
        struct contact c;
        const char *fault;
        char text[100];

        snprintf(text, sizeof(text), "example.org\n%s\n", no_lines[i]);
        write_file(text);
        fault = contact_open(&c, "", path);
        CHECK(fault != NULL && strstr(fault, "line 2") != NULL, "%s: %s", no_lines[i],
              check_text(fault));
        contact_free(&c);
    }
}

static void test_refusals(void)
{
    struct contact c;
    const char *fault;

    fault = contact_open(&c, "", "/no/such/file");
    CHECK(fault != NULL && strstr(fault, "/no/such/file") != NULL, "the file is named: %s",
          check_text(fault));
    contact_free(&c);
    fault = contact_open(&c, "", "/tmp");
    CHECK(fault != NULL && strstr(fault, "/tmp: Is a directory") != NULL, "cannot be read: %s",
          check_text(fault));
    contact_free(&c);
    fault = contact_open(&c, "10.0.0.0/8 rubbish", "");
    CHECK(fault != NULL && strstr(fault, "rubbish") != NULL, "the range is named: %s",
          check_text(fault));
    contact_free(&c);
    unlink(path);
}

/* A line of any length is read whole: no tail of a comment counts as a line, and nobody is lost. */
static void test_long_lines(void)
{
    static char text[5000];

    for (size_t len = 1000; len < 1050; len++) {
        struct contact c;
        const char *fault;

        snprintf(text, sizeof(text), "a.example\n#%0*d\nb.example\n#%0*d", (int)len, 0, 1000, 0);
        write_file(text);
        fault = contact_open(&c, "", path);
        CHECK(fault == NULL && c.name_count == 2, "%zu: %s", len, check_text(fault));
        contact_free(&c);
    }
    unlink(path);
}

int main(void)
{
    test_rows();
    test_long_lines();
    test_no_lines();
    test_refusals();
    return check_report();
}
