#include "workers/parse/sts_record.h"

#include "workers/parse/text_record.h"

#define ID_LEN_MAX 32

static bool is_id(struct bytes value)
{
    if (value.len < 1 || value.len > ID_LEN_MAX)
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (!ascii_is_alpha(value.data[i]) && !ascii_is_digit(value.data[i]))
            return false;
    return true;
}

/* The first id counts, be it invalid (RFC 8461 §3.2, of required fields). */
static void take_id(struct sts_record *r, const struct tag *tag, bool *seen)
{
    if (*seen)
        violations_add(&r->violations, VIOLATION_STS_FIELD_REPEATED);
    else if (tag->spaced)
        violations_add(&r->violations, VIOLATION_STS_SYNTAX);
    else if (!is_id(tag->value))
        violations_add(&r->violations, VIOLATION_STS_ID_INVALID);
    else
        r->id = tag->value;
    *seen = true;
}

static void parse(struct sts_record *r, struct bytes record)
{
    struct taglist list;
    struct tag tag;
    bool has_id = false;

    text_record_fields(&list, record);
    while (taglist_next(&list, &tag)) {
        if (!tag.equals) /* ";;" too */
            violations_add(&r->violations, VIOLATION_STS_SYNTAX);
        else if (bytes_equal(tag.name, "id"))
            take_id(r, &tag, &has_id);
        else if (!text_record_extension(&tag))
            violations_add(&r->violations, VIOLATION_STS_EXTENSION_INVALID);
    }
    if (!has_id)
        violations_add(&r->violations, VIOLATION_STS_ID_MISSING);
    if (text_record_ends_badly(record))
        violations_add(&r->violations, VIOLATION_STS_SYNTAX);
}

void sts_record_judge(const struct bytes *txts, size_t count, struct sts_record *r)
{
    struct bytes record;

    *r = (struct sts_record){ .id = { "", 0 } };
    switch (text_record_choose(txts, count, "v=STSv1", &record)) {
    case TEXT_ABSENT:
        r->verdict = VERDICT_ABSENT;
        return;
    case TEXT_MISSPELT:
        violations_add(&r->violations, VIOLATION_STS_VERSION);
        break;
    case TEXT_SEVERAL:
        violations_add(&r->violations, VIOLATION_STS_MULTIPLE);
        break;
    case TEXT_ONE:
        parse(r, record);
    }
    r->verdict = violations_fault(&r->violations) ? VERDICT_INVALID : VERDICT_VALID;
}
