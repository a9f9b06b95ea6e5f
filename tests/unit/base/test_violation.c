/* The table of violations and sets of them. */
#include "scanner/base/violation.h"
#include "tests/unit/check.h"

int main(void)
{
    struct violations vs = { { 0 } };

    CHECK(!violations_any(&vs) && !violations_fault(&vs), "the empty set");
    for (int v = 0; v < VIOLATION_COUNT; v++) {
        const char *name = violation_name((enum violation)v);
        struct violations one = { { 0 } };
        enum violation again = VIOLATION_COUNT;

        CHECK(violation_parse(name, strlen(name), &again) && (int)again == v, "%s", name);
        CHECK(!violations_have(&vs, (enum violation)v), "%d before", v);
        violations_add(&vs, (enum violation)v);
        violations_add(&one, (enum violation)v);
        CHECK(violations_have(&vs, (enum violation)v), "%d after", v);
        CHECK(violations_any(&one), "%d alone", v);
        CHECK(violations_fault(&one) != violation_is_note((enum violation)v), "%d: its weight", v);
        CHECK(strlen(violation_source((enum violation)v)) > 0, "%d has a source", v);
        for (int w = 0; w < v; w++)
            CHECK(strcmp(violation_name((enum violation)v), violation_name((enum violation)w)) != 0,
                  "%d and %d have one name", v, w);
    }
    CHECK(strcmp(violation_name(VIOLATION_MX_NULL_WITH_OTHERS), "mx-null-with-others") == 0,
          "first");
    CHECK(violation_is_note(VIOLATION_SPF_PTR) && !violation_is_note(VIOLATION_SPF_MULTIPLE),
          "weight");
    CHECK(!violation_parse("spf-pt", 6, &(enum violation){ 0 }), "half a name");
    CHECK(!violation_parse("", 0, &(enum violation){ 0 }), "no name");
    return check_report();
}
