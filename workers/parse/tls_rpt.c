#include "workers/parse/tls_rpt.h"

#include "workers/parse/text_record.h"
#include "workers/parse/uri.h"

/* RFC 8460 §3 knows two schemes, and wants "!" encoded. */
static bool is_destination(struct bytes uri)
{
    return uri_valid(uri) && !bytes_have(uri, '!') &&
           (uri_has_scheme(uri, "mailto") || uri_has_scheme(uri, "https"));
}

static void take_rua(struct tls_rpt *r, struct bytes value)
{
    struct bytes rest = value, uri;

    while (bytes_split(&rest, ',', &uri)) {
        uri = bytes_trim(uri);
        if (is_destination(uri))
            r->rua[r->rua_count++] = uri;
        else
            violations_add(&r->violations, VIOLATION_TLSRPT_RUA_INVALID);
    }
}

/* No more URIs than this: each begins a field or stands behind a comma. */
static size_t room_for_uris(struct bytes record)
{
    size_t room = 1;

    for (size_t i = 0; i < record.len; i++)
        room += record.data[i] == ',' || record.data[i] == ';';
    return room;
}

static void parse(struct tls_rpt *r, struct arena *arena, struct bytes record)
{
    struct taglist list;
    struct tag tag;
    bool has_rua = false;

    r->rua = arena_array(arena, room_for_uris(record), sizeof(*r->rua));
    text_record_fields(&list, record);
    while (taglist_next(&list, &tag)) {
        bool is_rua = tag.equals && bytes_equal(tag.name, "rua");

        if (!tag.equals || (is_rua && tag.spaced))
            violations_add(&r->violations, VIOLATION_TLSRPT_SYNTAX);
        else if (!is_rua && !text_record_extension(&tag))
            violations_add(&r->violations, VIOLATION_TLSRPT_EXTENSION_INVALID);
        if (is_rua) /* there may be several */
            take_rua(r, tag.value);
        has_rua |= is_rua;
    }
    if (!has_rua)
        violations_add(&r->violations, VIOLATION_TLSRPT_RUA_MISSING);
    if (text_record_ends_badly(record))
        violations_add(&r->violations, VIOLATION_TLSRPT_SYNTAX);
}

void tls_rpt_judge(const struct bytes *txts, size_t count, struct arena *arena, struct tls_rpt *r)
{
    struct bytes record;

    *r = (struct tls_rpt){ .rua = NULL };
    switch (text_record_choose(txts, count, "v=TLSRPTv1", &record)) {
    case TEXT_ABSENT:
        r->verdict = VERDICT_ABSENT;
        return;
    case TEXT_MISSPELT:
        violations_add(&r->violations, VIOLATION_TLSRPT_VERSION);
        break;
    case TEXT_SEVERAL:
        violations_add(&r->violations, VIOLATION_TLSRPT_MULTIPLE);
        break;
    case TEXT_ONE:
        parse(r, arena, record);
    }
    r->verdict = violations_fault(&r->violations) ? VERDICT_INVALID : VERDICT_VALID;
}
