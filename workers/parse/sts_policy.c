#include "workers/parse/sts_policy.h"

#include <string.h>

#include "scanner/base/utf8.h"
#include "workers/parse/mx_pattern.h"
#include "workers/parse/text_record.h"

#define BOM "\xef\xbb\xbf"
#define FIELD_NAME_MAX 16 /* bytes of the longest that is known, and some white space */

static const char *const modes[] = {
    [STS_MODE_NONE] = "none",
    [STS_MODE_TESTING] = "testing",
    [STS_MODE_ENFORCE] = "enforce",
};

const char *sts_mode_name(enum sts_mode mode)
{
    return modes[mode];
}

static void on_version(struct sts_policy *p, struct bytes value)
{
    if (!bytes_equal(value, "STSv1"))
        violations_add(&p->violations, VIOLATION_POLICY_VERSION_INVALID);
}

static void on_mode(struct sts_policy *p, struct bytes value)
{
    for (int m = STS_MODE_NONE; m <= STS_MODE_ENFORCE; m++)
        if (bytes_equal(value, modes[m]))
            p->mode = (enum sts_mode)m;
    if (p->mode == STS_MODE_UNREADABLE)
        violations_add(&p->violations, VIOLATION_POLICY_MODE_INVALID);
}

static void on_max_age(struct sts_policy *p, struct bytes value)
{
    uint64_t seconds = 0;

    for (size_t i = 0; i < value.len && i < 11 && ascii_is_digit(value.data[i]); i++)
        p->has_max_age = i + 1 == value.len && i < 10;
    if (!p->has_max_age) {
        violations_add(&p->violations, VIOLATION_POLICY_MAX_AGE_INVALID);
        return;
    }
    for (size_t i = 0; i < value.len; i++)
        seconds = seconds * 10 + (uint64_t)(value.data[i] - '0');
    p->max_age = seconds;
    if (seconds > STS_MAX_AGE_MAX)
        violations_add(&p->violations, VIOLATION_POLICY_MAX_AGE_TOO_LARGE);
    else if (seconds < STS_MAX_AGE_SHORT)
        violations_add(&p->violations, VIOLATION_POLICY_MAX_AGE_SHORT);
}

static void on_mx(struct sts_policy *p, struct bytes value)
{
    p->mx[p->mx_count++] = value;
    mx_pattern_judge(value, &p->violations);
}

enum field { VERSION, MODE, MAX_AGE, MX, FIELDS };

/* Names are case-sensitive (%s); repeats says that each one counts, not the first alone. */
static const struct {
    const char *name;
    void (*take)(struct sts_policy *p, struct bytes value);
    enum violation missing;
    bool repeats;
} fields[FIELDS] = {
    [VERSION] = { "version", on_version, VIOLATION_POLICY_VERSION_MISSING, false },
    [MODE] = { "mode", on_mode, VIOLATION_POLICY_MODE_MISSING, false },
    [MAX_AGE] = { "max_age", on_max_age, VIOLATION_POLICY_MAX_AGE_MISSING, false },
    [MX] = { "mx", on_mx, VIOLATION_POLICY_MX_MISSING, true },
};

/* What one body shows: fields that are there, and those that are there in some form at all. */
struct reading {
    struct sts_policy *policy;
    unsigned seen, meant;
};

static void tell(struct reading *r, enum violation v)
{
    violations_add(&r->policy->violations, v);
}

/* The known field whose name the text begins with, in any case; FIELDS: none. */
static int field_begins(struct bytes text)
{
    for (int f = 0; f < FIELDS; f++) {
        size_t len = strlen(fields[f].name);

        if (bytes_begin_nocase(text, fields[f].name) &&
            (text.len == len || strchr("= \t", text.data[len]) != NULL))
            return f;
    }
    return FIELDS;
}

static int field_named(struct bytes name)
{
    for (int f = 0; f < FIELDS; f++)
        if (bytes_equal_nocase(name, fields[f].name))
            return f;
    return FIELDS;
}

static void take_known(struct reading *r, int f, struct bytes value)
{
    if (fields[f].repeats || !(r->seen & 1U << f))
        fields[f].take(r->policy, value);
    else
        tell(r, VIOLATION_POLICY_FIELD_REPEATED);
    r->seen |= 1U << f;
}

/* An extension is a name and at least one visible byte, UTF-8 allowed. */
static bool is_extension(struct bytes name, struct bytes value)
{
    struct tag extension = { .name = name, .value = bytes_of("x"), .equals = true };

    return value.len > 0 && text_record_extension(&extension);
}

static void take_field(struct reading *r, struct bytes name, struct bytes value)
{
    struct bytes bare = bytes_trim(name);
    int f = field_named(bare);

    if (f < FIELDS)
        r->meant |= 1U << f;
    if (f < FIELDS && bare.len < name.len) {
        tell(r, VIOLATION_POLICY_FIELD_SPACED);
    } else if (f < FIELDS && bytes_equal(name, fields[f].name)) {
        take_known(r, f, value);
    } else {
        if (f < FIELDS) /* an extension, then */
            tell(r, VIOLATION_POLICY_FIELD_CASE);
        if (!is_extension(name, value))
            tell(r, VIOLATION_POLICY_LINE_MALFORMED);
    }
}

/* "version: STSv1\nmode: ..." where the backslash is one. */
static bool has_written_line_end(struct bytes value)
{
    for (size_t i = 0; i + 2 < value.len; i++) {
        size_t end = i + 2 + FIELD_NAME_MAX < value.len ? i + 2 + FIELD_NAME_MAX : value.len;
        struct bytes rest = bytes_slice(value, i + 2, end), name;

        if (value.data[i] != '\\' || value.data[i + 1] != 'n')
            continue;
        bytes_split(&rest, ':', &name);
        if (rest.data != NULL && field_named(bytes_trim(name)) < FIELDS)
            return true;
    }
    return false;
}

/* HTAB stands around a value alone. */
static void take_line(struct reading *r, struct bytes line)
{
    struct bytes rest = line, name;
    int f = field_begins(bytes_trim(line));

    if (bytes_have(line, '\r'))
        tell(r, VIOLATION_POLICY_BARE_CR);
    bytes_split(&rest, ':', &name);
    if (rest.data != NULL) {
        rest = bytes_trim(rest);
        if (bytes_have(rest, '\t'))
            tell(r, VIOLATION_POLICY_LINE_MALFORMED);
        if (has_written_line_end(rest))
            tell(r, VIOLATION_POLICY_LINE_END_WRITTEN);
        take_field(r, name, rest);
    } else if (f < FIELDS) {
        r->meant |= 1U << f;
        tell(r, VIOLATION_POLICY_FIELD_SEPARATOR);
    } else {
        tell(r, VIOLATION_POLICY_LINE_MALFORMED);
    }
}

static bool is_blank(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] != ' ' && (text.data[i] < '\t' || text.data[i] > '\r'))
            return false;
    return true;
}

static void take_lines(struct reading *r, struct bytes body)
{
    struct bytes rest = body, line;

    while (bytes_split(&rest, '\n', &line)) {
        if (rest.data != NULL && line.len > 0 && line.data[line.len - 1] == '\r')
            line.len--;
        if (!is_blank(line))
            take_line(r, line);
        else if (rest.data != NULL || line.len > 0) /* not the nothing behind the last line end */
            tell(r, VIOLATION_POLICY_LINE_BLANK);
    }
}

static void parse(struct sts_policy *p, struct bytes body)
{
    struct reading r = { .policy = p };
    struct violations before = p->violations;

    take_lines(&r, body);
    if (r.meant == 0) { /* then there is nothing to find fault with line by line */
        p->violations = before;
        tell(&r, VIOLATION_POLICY_PROSE);
        return;
    }
    if (p->mode != STS_MODE_TESTING && p->mode != STS_MODE_ENFORCE) /* none needs no mx */
        r.seen |= 1U << MX;
    for (int f = 0; f < FIELDS; f++)
        if (!(r.seen & 1U << f))
            tell(&r, fields[f].missing);
}

/* Something else in place of the policy, by what it begins with behind white space. Catch-all hosts
 * serve web pages, APIs JSON; some put the TXT record there. */
static bool is_other(struct bytes body, enum violation *what)
{
    size_t at = 0;

    while (at < body.len && is_blank(bytes_slice(body, at, at + 1)))
        at++;
    body = bytes_slice(body, at, body.len);
    if (bytes_begin(body, "<"))
        *what = VIOLATION_POLICY_HTML;
    else if (bytes_begin(body, "{") || bytes_begin(body, "["))
        *what = VIOLATION_POLICY_JSON;
    else if (bytes_begin_nocase(body, "v=sts") || bytes_begin_nocase(body, "\"v=sts"))
        *what = VIOLATION_POLICY_RECORD;
    else
        return false;
    return true;
}

/* UTF-8 without controls but HTAB, LF and CR. */
static bool is_text(struct bytes text)
{
    size_t n;

    for (size_t at = 0; at < text.len; at += n) {
        unsigned char c = (unsigned char)text.data[at];

        n = utf8_length((const uint8_t *)text.data + at, text.len - at);
        if (n == 0 || (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            return false;
    }
    return true;
}

/* A byte order mark is no part of a field's name: it spoils the first line of a policy that may be
 * fine behind it. */
static struct bytes skip_bom(struct sts_policy *p, struct bytes text)
{
    if (!bytes_begin(text, BOM))
        return text;
    violations_add(&p->violations, VIOLATION_POLICY_BOM);
    return bytes_slice(text, strlen(BOM), text.len);
}

void sts_policy_judge(const char *body, size_t len, struct arena *arena, struct sts_policy *p)
{
    struct bytes text = { len > 0 ? body : "", len };
    enum violation other;
    size_t lines = 1;

    *p = (struct sts_policy){ .verdict = VERDICT_VALID };
    for (size_t i = 0; i < len; i++)
        lines += body[i] == '\n';
    p->mx = arena_array(arena, lines, sizeof(*p->mx));
    if (!is_text(text))
        violations_add(&p->violations, VIOLATION_POLICY_NOT_TEXT);
    text = skip_bom(p, text);
    if (is_blank(text))
        violations_add(&p->violations, VIOLATION_POLICY_EMPTY);
    else if (is_other(text, &other))
        violations_add(&p->violations, other);
    else
        parse(p, text);
    if (violations_fault(&p->violations))
        p->verdict = VERDICT_INVALID;
}

struct bytes sts_policy_media_type(struct bytes content_type)
{
    struct bytes rest = content_type, type = { "", 0 };

    bytes_split(&rest, ';', &type);
    return bytes_trim(type);
}

void sts_policy_judge_media_type(struct sts_policy *p, struct bytes content_type)
{
    if (!bytes_equal_nocase(sts_policy_media_type(content_type), "text/plain"))
        violations_add(&p->violations, VIOLATION_POLICY_MEDIA_TYPE);
}
