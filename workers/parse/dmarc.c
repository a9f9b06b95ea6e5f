#include "workers/parse/dmarc.h"

#include "workers/parse/taglist.h"
#include "workers/parse/txt.h"
#include "workers/parse/uri.h"

struct parser {
    struct dmarc *r;
    struct arena *arena;
};

static const char *const policies[] = {
    [DMARC_NONE] = "none",
    [DMARC_QUARANTINE] = "quarantine",
    [DMARC_REJECT] = "reject",
};

const char *dmarc_policy_name(enum dmarc_policy p)
{
    return policies[p];
}

/* Literals of the grammar match in any case (RFC 5234 §2.3); only "DMARC1" is marked otherwise. */
static bool read_policy(struct bytes value, enum dmarc_policy *out)
{
    for (int p = DMARC_NONE; p <= DMARC_REJECT; p++)
        if (bytes_equal_nocase(value, policies[p]))
            *out = (enum dmarc_policy)p;
    return *out != DMARC_UNSET;
}

static bool read_letter(struct bytes value, const char *letters, char *out)
{
    for (; *letters != '\0'; letters++)
        if (value.len == 1 && ascii_lower(value.data[0]) == *letters)
            *out = *letters;
    return *out != '\0';
}

static bool on_p(struct parser *p, struct bytes value)
{
    return read_policy(value, &p->r->p);
}

static bool on_sp(struct parser *p, struct bytes value)
{
    return read_policy(value, &p->r->sp);
}

static bool on_np(struct parser *p, struct bytes value)
{
    return read_policy(value, &p->r->np);
}

static bool on_adkim(struct parser *p, struct bytes value)
{
    return read_letter(value, "rs", &p->r->adkim);
}

static bool on_aspf(struct parser *p, struct bytes value)
{
    return read_letter(value, "rs", &p->r->aspf);
}

static bool on_t(struct parser *p, struct bytes value)
{
    return read_letter(value, "yn", &p->r->t);
}

static bool on_psd(struct parser *p, struct bytes value)
{
    return read_letter(value, "ynu", &p->r->psd);
}

/* Each of 0, 1, d, s at most once, 0 and 1 not together. White space around ":" is not in the
 * grammar. */
static bool on_fo(struct parser *p, struct bytes value)
{
    struct bytes rest = value, option;
    unsigned seen = 0;

    while (bytes_split(&rest, ':', &option)) {
        unsigned bit = option.len != 1                      ? 0
                       : option.data[0] == '0'              ? 1
                       : option.data[0] == '1'              ? 2
                       : ascii_lower(option.data[0]) == 'd' ? 4
                       : ascii_lower(option.data[0]) == 's' ? 8
                                                            : 0;

        if (bit == 0 || (seen & bit) != 0)
            return false;
        seen |= bit;
    }
    if ((seen & 3) == 3)
        return false;
    p->r->fo = value;
    return true;
}

/* Without an obsolete "!10m" at its end (obs-dmarc-report-size). */
static struct bytes cut_size(struct parser *p, struct bytes uri)
{
    size_t at = uri.len;

    if (at > 0 && ascii_is_alpha(uri.data[at - 1])) {
        char unit = ascii_lower(uri.data[at - 1]);

        if (unit != 'k' && unit != 'm' && unit != 'g' && unit != 't')
            return uri;
        at--;
    }
    for (; at > 0 && ascii_is_digit(uri.data[at - 1]); at--)
        ;
    if (at == 0 || at == uri.len || uri.data[at - 1] != '!' || !ascii_is_digit(uri.data[at]))
        return uri;
    violations_add(&p->r->violations, VIOLATION_DMARC_URI_SIZE);
    return bytes_slice(uri, 0, at - 1);
}

/* True when at least one URI is valid; each that is not is told. */
static bool read_uris(struct parser *p, struct bytes value, struct bytes **uris, size_t *count)
{
    struct bytes rest = value, uri;
    size_t room = 1;

    for (size_t i = 0; i < value.len; i++)
        room += value.data[i] == ',';
    *uris = arena_array(p->arena, room, sizeof(**uris));
    while (bytes_split(&rest, ',', &uri)) {
        uri = cut_size(p, bytes_trim(uri));
        if (uri_valid(uri) && !bytes_have(uri, '!'))
            (*uris)[(*count)++] = uri;
        else
            violations_add(&p->r->violations, VIOLATION_DMARC_URI_INVALID);
    }
    return true;
}

static bool on_rua(struct parser *p, struct bytes value)
{
    return read_uris(p, value, &p->r->rua, &p->r->rua_count);
}

static bool on_ruf(struct parser *p, struct bytes value)
{
    return read_uris(p, value, &p->r->ruf, &p->r->ruf_count);
}

static bool on_historic(struct parser *p, struct bytes value)
{
    (void)p;
    (void)value;
    return false;
}

enum { P, SP, NP, RUA, RUF };

static const struct {
    const char *name;
    bool (*take)(struct parser *p, struct bytes value);
    enum violation otherwise; /* when it cannot be taken */
} tags[] = {
    [P] = { "p", on_p, VIOLATION_DMARC_POLICY_INVALID },
    [SP] = { "sp", on_sp, VIOLATION_DMARC_SP_INVALID },
    [NP] = { "np", on_np, VIOLATION_DMARC_NP_INVALID },
    [RUA] = { "rua", on_rua, VIOLATION_DMARC_URI_INVALID },
    [RUF] = { "ruf", on_ruf, VIOLATION_DMARC_URI_INVALID },
    { "adkim", on_adkim, VIOLATION_DMARC_ALIGNMENT_INVALID },
    { "aspf", on_aspf, VIOLATION_DMARC_ALIGNMENT_INVALID },
    { "t", on_t, VIOLATION_DMARC_T_INVALID },
    { "psd", on_psd, VIOLATION_DMARC_PSD_INVALID },
    { "fo", on_fo, VIOLATION_DMARC_FO_INVALID },
    { "pct", on_historic, VIOLATION_DMARC_TAG_HISTORIC },
    { "rf", on_historic, VIOLATION_DMARC_TAG_HISTORIC },
    { "ri", on_historic, VIOLATION_DMARC_TAG_HISTORIC },
    { "v", on_historic, VIOLATION_DMARC_TAG_REPEATED },
};

/* Its place in the table; past it for a name that is not there. */
static size_t tag_find(struct bytes name)
{
    size_t i = 0;

    while (i < sizeof(tags) / sizeof(tags[0]) && !bytes_equal_nocase(name, tags[i].name))
        i++;
    return i;
}

/* A name that stands twice spoils the list (RFC 6376 §3.2); unknown ones are ignored. */
static void take_tag(struct parser *p, const struct tag *tag, unsigned *seen)
{
    struct violations *vs = &p->r->violations;
    size_t i = tag_find(tag->name);

    if (i == sizeof(tags) / sizeof(tags[0]))
        violations_add(vs, VIOLATION_DMARC_TAG_UNKNOWN);
    else if ((*seen & 1U << i) != 0)
        violations_add(vs, VIOLATION_DMARC_TAG_REPEATED);
    else if (!tags[i].take(p, tag->value) && i != P)
        violations_add(vs, tags[i].otherwise);
    *seen |= 1U << i;
}

/* A value that is none of the grammar's is ignored, but its tag stands there: twice it spoils the
 * list, and an sp or np is one that is not valid (§4.10.1). */
static void take_malformed(struct parser *p, const struct tag *tag, unsigned *seen)
{
    struct violations *vs = &p->r->violations;
    size_t i = tag_find(tag->name);

    violations_add(vs, VIOLATION_DMARC_SYNTAX);
    if (!tag->equals || i == sizeof(tags) / sizeof(tags[0]))
        return;
    if ((*seen & 1U << i) != 0)
        violations_add(vs, VIOLATION_DMARC_TAG_REPEATED);
    else if (i == SP || i == NP)
        violations_add(vs, tags[i].otherwise);
    *seen |= 1U << i;
}

/* RFC 9989 §4.10.1: where p is missing or invalid, or sp or np invalid, a valid rua makes the
 * record read as p=none, for subdomains too; without one a receiver does nothing with it. */
static void settle_policy(struct dmarc *r, unsigned seen)
{
    bool subdomains = violations_have(&r->violations, VIOLATION_DMARC_SP_INVALID) ||
                      violations_have(&r->violations, VIOLATION_DMARC_NP_INVALID);

    if (r->p != DMARC_UNSET && !subdomains)
        return;
    if (r->rua_count > 0) {
        violations_add(&r->violations, VIOLATION_DMARC_POLICY_ASSUMED);
        r->p = DMARC_NONE;
        r->sp = r->np = DMARC_UNSET;
        return;
    }
    if (r->p == DMARC_UNSET)
        violations_add(&r->violations, (seen & 1U << P) != 0 ? VIOLATION_DMARC_POLICY_INVALID
                                                             : VIOLATION_DMARC_POLICY_MISSING);
    if (subdomains)
        violations_add(&r->violations, VIOLATION_DMARC_UNPROCESSED);
}

static bool is_tag_name(struct bytes name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!ascii_is_alpha(name.data[i]))
            return false;
    return name.len > 0;
}

/* 1*dmarc-value of printable bytes; HTAB has its place around the commas of a dmarc-urilist, and
 * one inside a URI spoils that URI. */
static bool is_value(const struct tag *tag)
{
    size_t i = tag_find(tag->name);
    bool list = i == RUA || i == RUF;

    for (size_t at = 0; at < tag->value.len; at++)
        if (!(list && tag->value.data[at] == '\t') &&
            !bytes_printable(bytes_slice(tag->value, at, at + 1)))
            return false;
    return tag->value.len > 0;
}

static void parse(struct parser *p, struct bytes record)
{
    struct taglist list;
    struct tag tag;
    unsigned seen = 0;

    taglist_begin(&list, record);
    taglist_next(&list, &tag); /* the version */
    while (taglist_next(&list, &tag)) {
        if (!tag.equals || !is_tag_name(tag.name) || !is_value(&tag))
            take_malformed(p, &tag, &seen);
        else
            take_tag(p, &tag, &seen);
    }
    settle_policy(p->r, seen);
}

bool dmarc_is_record(struct bytes txt)
{
    return taglist_has_version(txt, "DMARC1");
}

static bool is_misspelt(struct bytes txt)
{
    return bytes_begin_nocase(bytes_trim(txt), "v=dmarc") && !dmarc_is_record(txt);
}

void dmarc_judge(const struct bytes *txts, size_t count, struct arena *arena, struct dmarc *r)
{
    struct txt_choice c = txt_choose(txts, count, dmarc_is_record, is_misspelt);
    struct parser p = { .arena = arena };

    *r = (struct dmarc){ .verdict = VERDICT_ABSENT, .fo = { "", 0 } };
    p.r = r;
    if (c.misspelt)
        violations_add(&r->violations, VIOLATION_DMARC_VERSION);
    if (c.found == 0)
        return;
    if (c.found == 1)
        parse(&p, c.record);
    else
        violations_add(&r->violations, VIOLATION_DMARC_MULTIPLE);
    r->verdict = violations_fault(&r->violations) ? VERDICT_INVALID : VERDICT_VALID;
}
