/* Names: what is one, what is not, and why. */
#include "scanner/base/name.h"
#include "tests/unit/check.h"

#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    const char *in;
    enum name_fault fault;
    const char *out;
} names[] = {
    { "example.com", NAME_OK, "example.com" },
    { "EXAMPLE.Com.", NAME_OK, "example.com" },
    { "_dmarc.example.com", NAME_OK, "_dmarc.example.com" },
    { "b\xc3\xbc"
      "cher.example",
      NAME_OK, "xn--bcher-kva.example" },
    { "B\xc3\x9c"
      "CHER.example",
      NAME_OK, "xn--bcher-kva.example" },
    { "stra\xc3\x9f"
      "e.de",
      NAME_OK, "xn--strae-oqa.de" }, /* non-transitional: sharp s stays */
    { "xn--bcher-kva.example", NAME_OK, "xn--bcher-kva.example" },
    { L63 ".com", NAME_OK, L63 ".com" },
    { L63 "a.com", NAME_LABEL_TOO_LONG, NULL },
    { L63 "." L63 "." L63 "." L63, NAME_TOO_LONG, NULL }, /* 255 bytes */
    { "", NAME_EMPTY, NULL },
    { ".", NAME_EMPTY, NULL },
    { "..", NAME_LABEL_EMPTY, NULL },
    { ".example.com", NAME_LABEL_EMPTY, NULL },
    { "a..b", NAME_LABEL_EMPTY, NULL },
    { "localhost", NAME_SINGLE_LABEL, NULL },
    { "-a.com", NAME_HYPHEN, NULL },
    { "a-.com", NAME_HYPHEN, NULL },
    { "a b.com", NAME_CHARACTER, NULL },
    { "user@example.com", NAME_CHARACTER, NULL },
    { "192.0.2.1", NAME_ADDRESS, NULL },
    { "1.2.3.4.5", NAME_OK, "1.2.3.4.5" },
    { "\xff\xfe.com", NAME_IDN, NULL },
};

int main(void)
{
    char out[NAME_SIZE];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t len = strlen(names[i].in);
        enum name_fault fault = name_clean(check_at_edge(names[i].in, len), len, out);

        CHECK(fault == names[i].fault, "%s: %s", names[i].in, name_fault_name(fault));
        if (fault == NAME_OK && names[i].out != NULL)
            CHECK(strcmp(out, names[i].out) == 0, "%s: %s", names[i].in, out);
    }
    CHECK(name_clean("a\0b.com", 7, out) == NAME_CHARACTER, "NUL inside");
    CHECK(strcmp(name_registrable("mx1.mail.example.co.uk"), "example.co.uk") == 0,
          "public suffix of two labels");
    CHECK(strcmp(name_registrable("co.uk"), "co.uk") == 0, "a suffix is its own");
    CHECK(strcmp(name_public_suffix("a.example.co.uk"), "co.uk") == 0, "suffix");
    CHECK(strcmp(name_tld("a.example.co.uk"), "uk") == 0, "last label");
    CHECK(name_lower("MX1.Example.", 12, out) && strcmp(out, "mx1.example") == 0, "lower");
    CHECK(name_lower(".", 1, out) && out[0] == '\0', "root");
    return check_report();
}
