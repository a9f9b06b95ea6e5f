#include "workers/parse/caa.h"

#include <string.h>

#include "workers/parse/uri.h"

#define CRITICAL 0x80
#define TAG_MAX 255

static bool is_alnum(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c);
}

static bool is_tag(struct bytes tag)
{
    for (size_t i = 0; i < tag.len; i++)
        if (!is_alnum(tag.data[i]))
            return false;
    return tag.len > 0;
}

bool caa_parse(const uint8_t *rdata, size_t len, struct caa *c)
{
    struct bytes whole = { (const char *)rdata, len };
    size_t tag_end;

    if (len < 2 || rdata[1] > len - 2)
        return false;
    tag_end = 2 + (size_t)rdata[1];
    *c = (struct caa){ rdata[0], bytes_slice(whole, 2, tag_end), bytes_slice(whole, tag_end, len) };
    return is_tag(c->tag);
}

/* ---- presentation (RFC 1035 §5.1) ---- */

void caa_print(const struct caa *c, struct buf *out)
{
    buf_printf(out, "%u %.*s \"", c->flags, (int)c->tag.len, c->tag.data);
    for (size_t i = 0; i < c->value.len; i++) {
        unsigned char byte = (unsigned char)c->value.data[i];

        if (byte == '"' || byte == '\\')
            buf_byte(out, '\\');
        if (byte < 0x20 || byte > 0x7e)
            buf_printf(out, "\\%03u", byte);
        else
            buf_byte(out, (char)byte);
    }
    buf_byte(out, '"');
}

/* Up to the next white space, cut off *rest with what stands before it. */
static struct bytes take_word(struct bytes *rest)
{
    struct bytes trimmed = bytes_trim(*rest);
    size_t len = 0;

    while (len < trimmed.len && trimmed.data[len] != ' ' && trimmed.data[len] != '\t')
        len++;
    *rest = bytes_trim(bytes_slice(trimmed, len, trimmed.len));
    return bytes_slice(trimmed, 0, len);
}

static bool scan_number(struct bytes word, uint8_t *out)
{
    unsigned n = 0;

    if (word.len < 1 || word.len > 3)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        if (!ascii_is_digit(word.data[i]))
            return false;
        n = n * 10 + (unsigned)(word.data[i] - '0');
    }
    *out = (uint8_t)n;
    return n <= 255;
}

/* The byte at text[*at], which goes on behind it: itself, \" or \DDD. */
static bool take_byte(struct bytes text, size_t *at, char *out)
{
    uint8_t value;

    *out = text.data[(*at)++];
    if (*out != '\\')
        return true;
    if (*at >= text.len)
        return false;
    *out = text.data[*at];
    if (!ascii_is_digit(*out)) {
        (*at)++;
        return true;
    }
    if (text.len - *at < 3 || !scan_number(bytes_slice(text, *at, *at + 3), &value))
        return false;
    *out = (char)value;
    *at += 3;
    return true;
}

/* A character-string, quoted or contiguous, with nothing behind it. */
static bool scan_value(struct bytes text, char *out, size_t *len)
{
    bool quoted = text.len > 0 && text.data[0] == '"';
    size_t at = quoted;

    *len = 0;
    while (at < text.len) {
        char c = text.data[at];

        if (c == '"')
            return quoted && at + 1 == text.len;
        if (!quoted && (c == ' ' || c == '\t'))
            return false;
        if (!take_byte(text, &at, &out[(*len)++]))
            return false;
    }
    return !quoted && text.len > 0;
}

bool caa_scan(struct bytes text, struct arena *arena, struct bytes *rdata)
{
    struct bytes rest = text, number = take_word(&rest), tag = take_word(&rest);
    char *out = arena_alloc(arena, 2 + text.len);
    uint8_t flags;
    size_t len;

    *rdata = (struct bytes){ "", 0 };
    if (!scan_number(number, &flags) || !is_tag(tag) || tag.len > TAG_MAX)
        return false;
    out[0] = (char)flags;
    out[1] = (char)(unsigned char)tag.len;
    memcpy(out + 2, tag.data, tag.len);
    if (!scan_value(rest, out + 2 + tag.len, &len))
        return false;
    *rdata = (struct bytes){ out, 2 + tag.len + len };
    return true;
}

/* ---- judgement ---- */

struct parser {
    struct caa_set *s;
    struct arena *arena;
    size_t records;
};

/* Labels of letters, digits and inner hyphens (§4.2). */
static bool is_issuer(struct bytes name)
{
    struct bytes rest = name, label;

    while (bytes_split(&rest, '.', &label)) {
        if (label.len == 0 || !is_alnum(label.data[0]) || !is_alnum(label.data[label.len - 1]))
            return false;
        for (size_t i = 0; i < label.len; i++)
            if (!is_alnum(label.data[i]) && label.data[i] != '-')
                return false;
    }
    return true;
}

/* tag *WSP "=" *WSP value, value of %x21-3A / %x3C-7E. */
static bool is_parameter(struct bytes text)
{
    struct bytes rest = text, name;

    bytes_split(&rest, '=', &name);
    name = bytes_trim(name);
    if (rest.data == NULL || bytes_have(name, '.') || !is_issuer(name))
        return false;
    rest = bytes_trim(rest);
    return bytes_printable(rest) && !bytes_have(rest, ' ');
}

/* Behind the first ";": nothing, or parameters with ";" between them. */
static bool are_parameters(struct bytes text)
{
    struct bytes rest = bytes_trim(text), parameter;

    if (rest.len == 0)
        return true;
    while (bytes_split(&rest, ';', &parameter))
        if (!is_parameter(bytes_trim(parameter)))
            return false;
    return true;
}

/* [issuer-domain-name] [";" [parameters]] with white space around each (§4.2). What does not match
 * is to be read as a property that names nobody. */
static void take_issuer(struct parser *p, struct caa_issuers *issuers, struct bytes value)
{
    struct bytes rest = value.len > 0 ? value : bytes_of(""), name;

    bytes_split(&rest, ';', &name);
    name = bytes_trim(name);
    if (issuers->names == NULL)
        issuers->names = arena_array(p->arena, p->records, sizeof(*issuers->names));
    issuers->present = true;
    if ((name.len > 0 && !is_issuer(name)) || (rest.data != NULL && !are_parameters(rest)))
        violations_add(&p->s->violations, VIOLATION_CAA_ISSUER_INVALID);
    else if (name.len > 0)
        issuers->names[issuers->count++] = name;
}

static void on_issue(struct parser *p, struct bytes value)
{
    take_issuer(p, &p->s->issue, value);
}

static void on_issuewild(struct parser *p, struct bytes value)
{
    take_issuer(p, &p->s->issuewild, value);
}

static void on_issuemail(struct parser *p, struct bytes value)
{
    take_issuer(p, &p->s->issuemail, value);
}

static void on_iodef(struct parser *p, struct bytes value)
{
    bool scheme = uri_has_scheme(value, "mailto") || uri_has_scheme(value, "https") ||
                  uri_has_scheme(value, "http");

    if (p->s->iodef == NULL)
        p->s->iodef = arena_array(p->arena, p->records, sizeof(*p->s->iodef));
    if (scheme && uri_valid(value))
        p->s->iodef[p->s->iodef_count++] = value;
    else
        violations_add(&p->s->violations, VIOLATION_CAA_IODEF_INVALID);
}

static void on_other(struct parser *p, struct bytes value)
{
    (void)p;
    (void)value;
}

/* Matched in any case (§4.1). The last three are in IANA's registry and no concern of ours. */
static const struct {
    const char *tag;
    void (*take)(struct parser *p, struct bytes value);
} properties[] = {
    { "issue", on_issue },        { "issuewild", on_issuewild }, { "issuemail", on_issuemail },
    { "iodef", on_iodef },        { "issuevmc", on_other },      { "contactemail", on_other },
    { "contactphone", on_other },
};

static void take(struct parser *p, const struct caa *c)
{
    if ((c->flags & ~CRITICAL) != 0)
        violations_add(&p->s->violations, VIOLATION_CAA_FLAGS_RESERVED);
    for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
        if (!bytes_equal_nocase(c->tag, properties[i].tag))
            continue;
        properties[i].take(p, c->value);
        return;
    }
    violations_add(&p->s->violations, (c->flags & CRITICAL) != 0 ? VIOLATION_CAA_CRITICAL_UNKNOWN
                                                                 : VIOLATION_CAA_TAG_UNKNOWN);
}

void caa_judge(const struct bytes *rdatas, size_t count, struct arena *arena, struct caa_set *s)
{
    struct parser p = { .s = s, .arena = arena, .records = count };

    *s = (struct caa_set){ .verdict = VERDICT_ABSENT };
    for (size_t i = 0; i < count; i++) {
        struct caa c;

        if (caa_parse((const uint8_t *)rdatas[i].data, rdatas[i].len, &c))
            take(&p, &c);
        else
            violations_add(&s->violations, VIOLATION_CAA_MALFORMED);
    }
    if (count > 0)
        s->verdict = violations_fault(&s->violations) ? VERDICT_INVALID : VERDICT_VALID;
}
