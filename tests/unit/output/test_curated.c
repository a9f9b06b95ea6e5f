/* The curated lists: the longest suffix counts, a suffix is whole labels. */
#include "output/curated.h"

#include "output/operator.h"
#include "tests/unit/check.h"

static const struct {
    const char *host, *wanted;
} operators[] = {
    { "google.com", "Google" },
    { "aspmx.l.google.com", "Google" },
    { "example-com.mail.protection.outlook.com", "Microsoft" },
    { "mx1.notgoogle.com", "notgoogle.com" },
    { "mx.mail.example.co.uk", "example.co.uk" },
    { "mx.someone.github.io", "someone.github.io" }, /* a private suffix is one, too */
    { "localhost", "localhost" },
    { "com", "com" },
    { "", "" },
};

static void test_operators(void)
{
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
        CHECK(strcmp(operator_of(operators[i].host), operators[i].wanted) == 0, "%s is of %s",
              operators[i].host, operator_of(operators[i].host));
    CHECK(curated_operator("mx.zoho.eu") != NULL &&
              strcmp(curated_operator("mx.zoho.eu")->domain, "zoho.com") == 0,
          "its own domain");
    CHECK(curated_operator("example.org") == NULL, "on no list");
}

static void test_parking(void)
{
    CHECK(curated_is_parking_ns("ns1.sedoparking.com"), "sedo");
    CHECK(curated_is_parking_ns("ns1.voodoo.com"), "the cell behind it is quoted");
    CHECK(!curated_is_parking_ns("park-mx.above.com.example.org"), "a prefix");
    CHECK(curated_is_parking_mx("park-mx.above.com") && !curated_is_parking_mx("mx.above.com"),
          "above");
    CHECK(!curated_is_parking_mx("ns1.sedoparking.com"), "the lists are two");
    CHECK(!curated_is_parking_ns("suffix"), "the header is no line");
}

static void test_policies(void)
{
    const char *third = curated_policy_management("mta-sts.tutanota.de"),
               *self = curated_policy_management("someone.github.io");

    CHECK(third != NULL && strcmp(third, "third-party") == 0, "Tuta");
    CHECK(self != NULL && strcmp(self, "self-managed") == 0, "GitHub Pages");
    CHECK(curated_policy_management("nottutanota.de") == NULL, "on no list");
}

int main(void)
{
    test_policies();
    test_operators();
    test_parking();
    return check_report();
}
