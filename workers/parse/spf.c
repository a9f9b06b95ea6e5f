#include "workers/parse/spf.h"

#include "workers/parse/txt.h"

#define LOOKUPS_MAX 10 /* §4.6.4 */

/* One term, cut: [qualifier] name, then what follows it, beginning with ":", "/" or "=". */
struct term {
    enum spf_result qualifier;
    bool qualified;
    struct bytes name, rest;
    struct spf_term read; /* of a mechanism */
};

struct parser {
    struct spf *r;
    bool has_all, has_redirect, has_exp; /* be they malformed */
    unsigned lookups;
};

static const char *const results[] = {
    [SPF_PASS] = "pass",
    [SPF_FAIL] = "fail",
    [SPF_SOFTFAIL] = "softfail",
    [SPF_NEUTRAL] = "neutral",
};

const char *spf_result_name(enum spf_result r)
{
    return results[r];
}

bool spf_resembles(struct bytes txt)
{
    return bytes_begin_nocase(txt, "v=spf");
}

static void add(struct parser *p, enum violation v)
{
    violations_add(&p->r->violations, v);
}

/* Behind ":" or "=": a domain-spec. */
static bool take_domain(struct parser *p, struct bytes rest, struct bytes *domain)
{
    enum violation why = VIOLATION_SPF_TERM_MALFORMED;

    *domain = rest.len > 0 ? bytes_slice(rest, 1, rest.len) : rest;
    if ((rest.len == 0 || rest.data[0] != '/') && spf_domain_spec(*domain, &why))
        return true;
    add(p, why); /* a prefix length, where none may stand, is malformed */
    return false;
}

static bool on_all(struct parser *p, struct term *t)
{
    p->has_all = true;
    if (t->rest.len > 0) {
        add(p, VIOLATION_SPF_TERM_MALFORMED);
    } else if (p->r->all == SPF_NONE) {
        p->r->all = t->qualifier;
        if (t->qualifier == SPF_PASS)
            add(p, VIOLATION_SPF_ALL_PASS);
    }
    return false; /* it stands in r->all */
}

/* include and exists */
static bool on_domain(struct parser *p, struct term *t)
{
    return take_domain(p, t->rest, &t->read.domain);
}

/* a and mx: [":" domain-spec] [dual-cidr-length]. The length is cut off first, for a "/" may also
 * stand inside a domain-spec. */
static bool on_host(struct parser *p, struct term *t)
{
    struct bytes rest = t->rest;
    bool good = spf_cut_dual_cidr(&rest, &t->read.lengths);

    good &= rest.len == 0 || rest.data[0] != '/'; /* "/24/64": one is left */
    if (!good)
        add(p, VIOLATION_SPF_CIDR_INVALID);
    if (rest.len > 0 && rest.data[0] == ':')
        good &= take_domain(p, rest, &t->read.domain);
    return good;
}

static bool on_ptr(struct parser *p, struct term *t)
{
    add(p, VIOLATION_SPF_PTR);
    return t->rest.len == 0 || take_domain(p, t->rest, &t->read.domain);
}

static bool on_ip(struct parser *p, struct term *t)
{
    enum violation why;
    bool colon = t->rest.len > 0 && t->rest.data[0] == ':';
    struct bytes text = colon ? bytes_slice(t->rest, 1, t->rest.len) : bytes_of("");
    bool (*read)(struct bytes, uint8_t[16], struct spf_lengths *, enum violation *) =
        t->read.mechanism == SPF_IP4 ? spf_ip4 : spf_ip6;

    if (read(text, t->read.address, &t->read.lengths, &why))
        return true;
    add(p, why);
    return false;
}

static const struct mechanism {
    const char *name;
    enum spf_mechanism mechanism;
    bool lookup;                                    /* costs one of the ten DNS lookups (§4.6.4) */
    bool (*take)(struct parser *p, struct term *t); /* true: t->read is to be kept */
} mechanisms[] = {
    { "all", 0, false, on_all },      { "include", SPF_INCLUDE, true, on_domain },
    { "a", SPF_A, true, on_host },    { "mx", SPF_MX, true, on_host },
    { "ip4", SPF_IP4, false, on_ip }, { "ip6", SPF_IP6, false, on_ip },
    { "ptr", SPF_PTR, true, on_ptr }, { "exists", SPF_EXISTS, true, on_domain },
};

static void take_mechanism(struct parser *p, struct term *t, const struct mechanism *m)
{
    bool tested = p->r->all == SPF_NONE;

    if (!tested)
        add(p, VIOLATION_SPF_AFTER_ALL);
    else if (m->lookup)
        p->lookups++;
    t->read = (struct spf_term){ .mechanism = m->mechanism,
                                 .qualifier = t->qualifier,
                                 .lengths = { 32, 128 } };
    if (m->take(p, t) && tested)
        p->r->terms[p->r->term_count++] = t->read;
}

static void find_mechanism(struct parser *p, struct term *t)
{
    for (size_t m = 0; m < sizeof(mechanisms) / sizeof(mechanisms[0]); m++)
        if (bytes_equal_nocase(t->name, mechanisms[m].name)) {
            take_mechanism(p, t, &mechanisms[m]);
            return;
        }
    add(p, VIOLATION_SPF_TERM_UNKNOWN);
}

static void take_modifier(struct parser *p, const struct term *t)
{
    bool redirect = bytes_equal_nocase(t->name, "redirect");
    bool exp = bytes_equal_nocase(t->name, "exp");
    struct bytes domain;

    if (!redirect && !exp) {
        add(p, VIOLATION_SPF_MODIFIER_UNKNOWN);
        if (!spf_macro_string(bytes_slice(t->rest, 1, t->rest.len), true))
            add(p, VIOLATION_SPF_MACRO_INVALID);
        return;
    }
    if (redirect ? p->has_redirect : p->has_exp)
        add(p, VIOLATION_SPF_MODIFIER_REPEATED);
    else if (take_domain(p, t->rest, &domain) && redirect)
        p->r->redirect = domain;
    p->has_redirect |= redirect;
    p->has_exp |= exp;
}

static enum spf_result qualifier_of(char c)
{
    return c == '+'   ? SPF_PASS
           : c == '-' ? SPF_FAIL
           : c == '~' ? SPF_SOFTFAIL
           : c == '?' ? SPF_NEUTRAL
                      : SPF_NONE;
}

/* name = ALPHA *(ALPHA / DIGIT / "-" / "_" / ".") */
static size_t name_len(struct bytes text)
{
    size_t len = 0;

    if (text.len == 0 || !ascii_is_alpha(text.data[0]))
        return 0;
    while (len < text.len &&
           (ascii_is_alpha(text.data[len]) || ascii_is_digit(text.data[len]) ||
            text.data[len] == '-' || text.data[len] == '_' || text.data[len] == '.'))
        len++;
    return len;
}

static bool cut(struct bytes text, struct term *t)
{
    size_t len;

    t->qualifier = qualifier_of(text.data[0]);
    t->qualified = t->qualifier != SPF_NONE;
    if (t->qualified)
        text = bytes_slice(text, 1, text.len);
    else
        t->qualifier = SPF_PASS;
    len = name_len(text);
    t->name = bytes_slice(text, 0, len);
    t->rest = bytes_slice(text, len, text.len);
    return len > 0 && (t->rest.len == 0 || t->rest.data[0] == ':' || t->rest.data[0] == '/' ||
                       t->rest.data[0] == '=');
}

static bool is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] > 0x7f)
            return false;
    return true;
}

static void take_term(struct parser *p, struct bytes text)
{
    struct term t;
    bool good = cut(text, &t);
    bool modifier = t.rest.len > 0 && t.rest.data[0] == '=';

    if (!good || (modifier && t.qualified)) /* a modifier has no qualifier (§4.6.1) */
        add(p, VIOLATION_SPF_TERM_UNKNOWN);
    else if (modifier)
        take_modifier(p, &t);
    else
        find_mechanism(p, &t);
}

static void take_terms(struct parser *p, struct arena *arena)
{
    struct bytes rest = p->r->record, term;
    size_t room = 0;

    for (size_t i = 1; i < rest.len; i++)
        room += rest.data[i - 1] == ' ' && rest.data[i] != ' ';
    p->r->terms = arena_array(arena, room, sizeof(*p->r->terms));
    bytes_split(&rest, ' ', &term); /* the version */
    while (bytes_split(&rest, ' ', &term))
        if (term.len > 0)
            take_term(p, term);
}

/* What only the whole record shows. "all" anywhere makes redirect count for nothing (§6.1). */
static void settle(struct parser *p)
{
    if (p->has_redirect && p->r->all != SPF_NONE) {
        add(p, VIOLATION_SPF_REDIRECT_IGNORED);
        p->r->redirect = bytes_of("");
    } else if (p->has_redirect) {
        p->lookups++;
    } else if (!p->has_all) {
        add(p, VIOLATION_SPF_ALL_MISSING);
    }
    p->r->lookup_terms = p->lookups;
    p->r->sound = !violations_fault(&p->r->violations);
    if (p->lookups > LOOKUPS_MAX)
        add(p, VIOLATION_SPF_TOO_MANY_LOOKUPS);
}

/* §4.5: "v=spf1" and then a space or nothing. */
static bool is_record(struct bytes txt)
{
    return bytes_begin_nocase(txt, "v=spf1") && (txt.len == 6 || txt.data[6] == ' ');
}

/* Something that was meant as one: receivers discard it. */
static bool is_misspelt(struct bytes txt)
{
    return spf_resembles(bytes_trim(txt)) && !is_record(txt);
}

void spf_judge(const struct bytes *txts, size_t count, struct arena *arena, struct spf *r)
{
    struct txt_choice c = txt_choose(txts, count, is_record, is_misspelt);
    struct parser p = { .r = r };

    *r = (struct spf){ .verdict = VERDICT_ABSENT, .record = c.record, .redirect = { "", 0 } };
    if (c.misspelt)
        add(&p, VIOLATION_SPF_VERSION);
    if (c.found == 0)
        return;
    if (c.found > 1) {
        add(&p, VIOLATION_SPF_MULTIPLE);
    } else if (!is_ascii(r->record)) { /* §3.1: the record as a whole is in error */
        add(&p, VIOLATION_SPF_NOT_ASCII);
    } else {
        take_terms(&p, arena);
        settle(&p);
    }
    r->readable = c.found == 1 && !violations_have(&r->violations, VIOLATION_SPF_NOT_ASCII);
    r->verdict = violations_fault(&r->violations) ? VERDICT_INVALID : VERDICT_VALID;
}
