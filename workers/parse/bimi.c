#include "workers/parse/bimi.h"

#include "workers/parse/taglist.h"
#include "workers/parse/txt.h"
#include "workers/parse/uri.h"

/* Empty, or one https URI with its commas encoded and a host of more than one label. */
static bool is_location(struct bytes value)
{
    struct bytes rest, host;

    if (value.len == 0)
        return true;
    if (!uri_valid(value) || !uri_has_scheme(value, "https") || bytes_have(value, ','))
        return false;
    rest = bytes_slice(value, sizeof("https://") - 1, value.len);
    bytes_split(&rest, '/', &host);
    return bytes_have(host, '.');
}

static void take(struct bimi *r, const struct tag *tag, bool *seen, bool *valid, struct bytes *out,
                 enum violation otherwise)
{
    if (*seen) { /* a name that stands twice spoils the list (RFC 6376 §3.2) */
        violations_add(&r->violations, VIOLATION_BIMI_SYNTAX);
        return;
    }
    *seen = true;
    *valid = is_location(tag->value);
    if (*valid)
        *out = tag->value;
    else
        violations_add(&r->violations, otherwise);
}

/* A tag that is not judged, be it one of the draft's or unknown: but the list it stands in must be
 * one, and the draft's stand in it once. */
static void pass_over(struct bimi *r, const struct tag *tag, unsigned *seen)
{
    static const char *const names[] = { "v", "avp", "lps" };
    bool good = taglist_is_spec(tag);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!bytes_equal_nocase(tag->name, names[i]))
            continue;
        good &= (*seen & 1U << i) == 0;
        *seen |= 1U << i;
    }
    if (!good)
        violations_add(&r->violations, VIOLATION_BIMI_SYNTAX);
}

static void parse(struct bimi *r, struct bytes record)
{
    struct taglist list;
    struct tag tag;
    bool l = false, a = false;
    unsigned others = 1; /* the version */

    taglist_begin(&list, record);
    taglist_next(&list, &tag); /* the version */
    while (taglist_next(&list, &tag)) {
        if (tag.equals && bytes_equal_nocase(tag.name, "l"))
            take(r, &tag, &l, &r->has_l, &r->l, VIOLATION_BIMI_LOCATION_INVALID);
        else if (tag.equals && bytes_equal_nocase(tag.name, "a"))
            take(r, &tag, &a, &r->has_a, &r->a, VIOLATION_BIMI_EVIDENCE_INVALID);
        else
            pass_over(r, &tag, &others);
    }
    if (!l)
        violations_add(&r->violations, VIOLATION_BIMI_LOCATION_MISSING);
}

/* "The value of this tag MUST match precisely", and it is the first tag. */
static bool is_record(struct bytes txt)
{
    return taglist_has_version(txt, "BIMI1");
}

static bool is_misspelt(struct bytes txt)
{
    return bytes_begin_nocase(bytes_trim(txt), "v=bimi") && !is_record(txt);
}

void bimi_judge(const struct bytes *txts, size_t count, struct bimi *r)
{
    struct txt_choice c = txt_choose(txts, count, is_record, is_misspelt);

    *r = (struct bimi){ .verdict = VERDICT_ABSENT, .l = { "", 0 }, .a = { "", 0 } };
    if (c.misspelt)
        violations_add(&r->violations, VIOLATION_BIMI_VERSION);
    if (c.found == 0)
        return;
    if (c.found == 1)
        parse(r, c.record);
    else
        violations_add(&r->violations, VIOLATION_BIMI_MULTIPLE);
    r->verdict = violations_fault(&r->violations) ? VERDICT_INVALID : VERDICT_VALID;
}
