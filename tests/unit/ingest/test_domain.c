/* domain_clean: what a cell of a list says, and what of it is a name. */
#include "ingest/domain.h"
#include "tests/unit/check.h"

static const struct {
    const char *cell, *name; /* name NULL: a fault */
    enum name_fault fault;
} cells[] = {
    { "example.com", "example.com", NAME_OK },
    { "a-b.c_d.e1", "a-b.c_d.e1", NAME_OK },
    { "Example.COM", "example.com", NAME_OK },
    { "example.com.", "example.com", NAME_OK },
    { "  example.com\t", "example.com", NAME_OK },
    { "\"example.com\"", "example.com", NAME_OK },
    { "http://example.com", "example.com", NAME_OK },
    { "https://user:pw@Example.com:8443/path?q=a@b#c", "example.com", NAME_OK },
    { "//example.com/x", "example.com", NAME_OK },
    { "example.com/path", "example.com", NAME_OK },
    { "example.com:443", "example.com", NAME_OK },
    { "someone@example.com", "example.com", NAME_OK },
    { "mailto:someone@example.com?subject=x", "example.com", NAME_OK },
    { "<someone@example.com>", "example.com", NAME_OK },
    { "b\xc3\xbc"
      "cher.example",
      "xn--bcher-kva.example", NAME_OK },
    { "https://B\xc3\x9c"
      "CHER.example./",
      "xn--bcher-kva.example", NAME_OK },
    { "xn--bcher-kva.example", "xn--bcher-kva.example", NAME_OK },
    { "", NULL, NAME_EMPTY },
    { " ", NULL, NAME_EMPTY },
    { "http://", NULL, NAME_EMPTY },
    { ".", NULL, NAME_EMPTY },
    { "com", NULL, NAME_SINGLE_LABEL },
    { "a..b", NULL, NAME_LABEL_EMPTY },
    { ".a.b", NULL, NAME_LABEL_EMPTY },
    { "example.com..", NULL, NAME_LABEL_EMPTY },
    { "-a.b", NULL, NAME_HYPHEN },
    { "a-.b", NULL, NAME_HYPHEN },
    { "a.b-", NULL, NAME_HYPHEN },
    { "a.-b", NULL, NAME_HYPHEN },
    { "*.example.com", NULL, NAME_CHARACTER },
    { "exa mple.com", NULL, NAME_CHARACTER },
    { "192.0.2.1", NULL, NAME_ADDRESS },
    { "http://192.0.2.1:80/", NULL, NAME_ADDRESS },
    { "http://[2001:db8::1]/", NULL, NAME_ADDRESS },
    { "1.5", NULL, NAME_ADDRESS }, /* a number, not a name: no top label is one */
    { "a.b1", "a.b1", NAME_OK },
    { "a.1b", "a.1b", NAME_OK },
};

static void test_cells(void)
{
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        size_t len = strlen(cells[i].cell), out_len = 0;
        char out[NAME_SIZE];
        enum name_fault fault = domain_clean(check_at_edge(cells[i].cell, len), len, out, &out_len);

        CHECK(fault == cells[i].fault, "%s: %s", cells[i].cell, name_fault_name(fault));
        if (fault == NAME_OK)
            CHECK(cells[i].name != NULL && strcmp(out, cells[i].name) == 0 &&
                      out_len == strlen(out),
                  "%s: %s", cells[i].cell, out);
    }
}

/* The short way and name_clean() must agree on the limits. */
static void test_lengths(void)
{
    for (size_t label = 60; label <= 66; label++)
        for (size_t len = 240; len <= 260; len++) {
            char name[300], out[NAME_SIZE], other[NAME_SIZE];
            size_t out_len;
            enum name_fault fault;

            for (size_t i = 0; i < len; i++)
                name[i] = i % (label + 1) == label && i + 1 < len ? '.' : 'a';
            fault = domain_clean(check_at_edge(name, len), len, out, &out_len);
            CHECK(fault == name_clean(name, len, other), "%zu labels of %zu: %s", len, label,
                  name_fault_name(fault));
            CHECK(fault != NAME_OK || strcmp(out, other) == 0, "%zu of %zu", len, label);
        }
}

static void test_nul(void)
{
    char out[NAME_SIZE];
    size_t len;

    CHECK(domain_clean("a\0b.com", 7, out, &len) == NAME_CHARACTER, "NUL inside");
    CHECK(domain_clean("\0a.com", 6, out, &len) == NAME_CHARACTER, "NUL in front");
    CHECK(domain_clean("a.com\0", 6, out, &len) == NAME_CHARACTER, "NUL behind");
}

int main(void)
{
    test_cells();
    test_lengths();
    test_nul();
    return check_report();
}
