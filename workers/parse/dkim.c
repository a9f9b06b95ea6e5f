#include "workers/parse/dkim.h"

#include "workers/parse/taglist.h"
#include "workers/parse/txt.h"

#define BITS_MIN 1024 /* RFC 8301 §3.2: verifiers must not take less */
#define BITS_GOOD 2048
#define OTHERS_MAX 64 /* of 64 KB of unknown tags no more are compared */

struct parser {
    struct dkim *r;
    struct arena *arena;
    struct bytes key;                /* of p= */
    struct bytes others[OTHERS_MAX]; /* names of unknown tags, each once */
    size_t other_count;
};

static bool is_fold(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void add(struct parser *p, enum violation v)
{
    violations_add(&p->r->violations, v);
}

/* Without folding white space at both ends, which may hold line ends (§2.8). */
static struct bytes unfolded(struct bytes text)
{
    size_t from = 0, to = text.len;

    while (from < to && is_fold(text.data[from]))
        from++;
    while (to > from && is_fold(text.data[to - 1]))
        to--;
    return bytes_slice(text, from, to);
}

static bool next_tag(struct taglist *list, struct tag *tag)
{
    if (!taglist_next(list, tag))
        return false;
    tag->name = unfolded(tag->name);
    tag->value = unfolded(tag->value);
    return true;
}

/* hyphenated-word = ALPHA [ *(ALPHA / DIGIT / "-") (ALPHA / DIGIT) ] (§2.10). */
static bool is_word(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool inside = i > 0 && (ascii_is_digit(c) || (c == '-' && i + 1 < text.len));

        if (!ascii_is_alpha(c) && !inside)
            return false;
    }
    return text.len > 0;
}

/* Pieces between colons, without white space around them, an array in the arena: words, or a star
 * where it may stand; else the record is malformed, and a verifier ignores it (§6.1.2). */
static size_t split(struct parser *p, struct bytes value, bool star, struct bytes **out)
{
    struct bytes rest = value, piece;
    size_t room = 1, count = 0;

    for (size_t i = 0; i < value.len; i++)
        room += value.data[i] == ':';
    *out = arena_array(p->arena, room, sizeof(**out));
    while (bytes_split(&rest, ':', &piece)) {
        piece = unfolded(piece);
        if (!is_word(piece) && !(star && bytes_equal(piece, "*")))
            add(p, VIOLATION_DKIM_SYNTAX);
        if (piece.len > 0)
            (*out)[count++] = piece;
    }
    return count;
}

static bool any_of(const struct bytes *pieces, size_t count, const char *one, const char *other)
{
    for (size_t i = 0; i < count; i++)
        if (bytes_equal_nocase(pieces[i], one) || bytes_equal_nocase(pieces[i], other))
            return true;
    return false;
}

static void on_version(struct parser *p, struct bytes value) /* the first was taken before */
{
    (void)value;
    add(p, VIOLATION_DKIM_SYNTAX);
}

/* Unknown algorithms are ignored; SHA-1 must not be used (RFC 8301 §3.1). */
static void on_hashes(struct parser *p, struct bytes value)
{
    p->r->hash_count = split(p, value, false, &p->r->hashes);
    if (!any_of(p->r->hashes, p->r->hash_count, "sha256", "sha256"))
        add(p, VIOLATION_DKIM_HASH_UNUSABLE);
}

static void on_key_type(struct parser *p, struct bytes value)
{
    p->r->k = dkim_key_find(value);
    if (p->r->k == DKIM_KEY_UNKNOWN)
        add(p, VIOLATION_DKIM_KEY_TYPE_UNKNOWN);
}

static void on_notes(struct parser *p, struct bytes value)
{
    p->r->notes = value;
}

static void on_key(struct parser *p, struct bytes value)
{
    p->key = value;
    p->r->revoked = value.len == 0;
}

static void on_services(struct parser *p, struct bytes value)
{
    p->r->service_count = split(p, value, true, &p->r->services);
    if (!any_of(p->r->services, p->r->service_count, "*", "email"))
        add(p, VIOLATION_DKIM_SERVICE_OTHER);
}

static void on_flags(struct parser *p, struct bytes value)
{
    p->r->flag_count = split(p, value, false, &p->r->flags);
    p->r->testing = any_of(p->r->flags, p->r->flag_count, "y", "y");
}

static void on_granularity(struct parser *p, struct bytes value)
{
    (void)value;
    add(p, VIOLATION_DKIM_TAG_HISTORIC); /* g= of RFC 4871 */
}

enum { P };

/* Names are case-sensitive (§3.2). */
static const struct {
    const char *name;
    void (*take)(struct parser *p, struct bytes value);
    bool empty; /* may be */
} tags[] = {
    [P] = { "p", on_key, true }, { "v", on_version, true },     { "k", on_key_type, false },
    { "h", on_hashes, false },   { "n", on_notes, true },       { "s", on_services, false },
    { "t", on_flags, false },    { "g", on_granularity, true },
};

/* Unknown tags are ignored, but none may stand twice either. */
static void take_other(struct parser *p, struct bytes name)
{
    add(p, VIOLATION_DKIM_TAG_UNKNOWN);
    if (p->other_count == OTHERS_MAX)
        return;
    for (size_t i = 0; i < p->other_count; i++) {
        if (!bytes_same(p->others[i], name))
            continue;
        add(p, VIOLATION_DKIM_TAG_REPEATED);
        return;
    }
    p->others[p->other_count++] = name;
}

static void take_tag(struct parser *p, const struct tag *tag, unsigned *seen)
{
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        if (!bytes_equal(tag->name, tags[i].name))
            continue;
        if ((*seen & 1U << i) != 0)
            add(p, VIOLATION_DKIM_TAG_REPEATED); /* spoils the whole list (§3.2) */
        else if (tag->value.len == 0 && !tags[i].empty)
            add(p, VIOLATION_DKIM_SYNTAX);
        else
            tags[i].take(p, tag->value);
        *seen |= 1U << i;
        return;
    }
    take_other(p, tag->name);
}

static void settle_key(struct parser *p, bool seen)
{
    struct dkim *r = p->r;

    if (!seen) {
        add(p, VIOLATION_DKIM_KEY_MISSING);
        return;
    }
    if (r->revoked || r->k == DKIM_KEY_UNKNOWN)
        return;
    r->bits = dkim_key_bits(r->k, p->key, p->arena);
    if (r->bits == 0)
        add(p, VIOLATION_DKIM_KEY_INVALID);
    else if (r->k == DKIM_KEY_RSA && r->bits < BITS_MIN)
        add(p, VIOLATION_DKIM_KEY_SHORT);
    else if (r->k == DKIM_KEY_RSA && r->bits < BITS_GOOD)
        add(p, VIOLATION_DKIM_KEY_BELOW_2048);
}

static void parse(struct parser *p, struct bytes record)
{
    struct taglist list;
    struct tag tag;
    unsigned seen = 0;
    bool first = true;

    taglist_begin(&list, unfolded(record));
    for (; next_tag(&list, &tag); first = false) {
        if (!taglist_is_spec(&tag))
            add(p, VIOLATION_DKIM_SYNTAX);
        else if (!first || !bytes_equal(tag.name, "v"))
            take_tag(p, &tag, &seen);
    }
    settle_key(p, (seen & 1U << P) != 0);
}

static bool has_key(struct bytes txt)
{
    struct taglist list;
    struct tag tag;
    bool key = false;

    taglist_begin(&list, unfolded(txt));
    while (next_tag(&list, &tag)) {
        if (!tag.equals) /* prose */
            continue;
        if (bytes_equal(tag.name, "v") && !bytes_equal(tag.value, "DKIM1"))
            return false;
        key |= bytes_equal(tag.name, "p");
    }
    return key;
}

static bool is_record(struct bytes txt)
{
    struct taglist list;
    struct tag tag;

    taglist_begin(&list, unfolded(txt));
    if (!next_tag(&list, &tag))
        return false;
    if (tag.equals && bytes_equal(tag.name, "v"))
        return bytes_equal(tag.value, "DKIM1");
    return has_key(txt);
}

static bool is_misspelt(struct bytes txt)
{
    struct taglist list;
    struct tag tag;

    taglist_begin(&list, unfolded(txt));
    return next_tag(&list, &tag) && bytes_equal_nocase(tag.name, "v") &&
           bytes_begin_nocase(tag.value, "dkim") && !is_record(txt);
}

void dkim_judge(const struct bytes *txts, size_t count, struct arena *arena, struct dkim *r)
{
    struct txt_choice c = txt_choose(txts, count, is_record, is_misspelt);
    struct parser p = { .r = r, .arena = arena, .key = { "", 0 } };

    *r = (struct dkim){ .verdict = VERDICT_ABSENT, .notes = { "", 0 } };
    if (c.misspelt)
        add(&p, VIOLATION_DKIM_VERSION);
    if (c.found == 0)
        return;
    r->readable = c.found == 1;
    if (r->readable)
        parse(&p, c.record);
    else
        add(&p, VIOLATION_DKIM_MULTIPLE);
    r->verdict = violations_fault(&r->violations) ? VERDICT_INVALID : VERDICT_VALID;
}
